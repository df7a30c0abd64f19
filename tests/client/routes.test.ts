// One method for each route under /v1: calls every method of the client once, with a `fetch` that records the requests, and
// compares them with the OpenAPI document.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type Client, createClient } from "rolecall";

const document = JSON.parse(readFileSync(path.join(import.meta.dirname, "../../openapi.json"), "utf8")) as { paths: Record<string, object> };
const documented = Object.entries(document.paths).flatMap(([template, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${template}`));

const [account, id, user, token] = ["acct_1", "x_1", "usr_1", "link"];
const assertion = { id: "AQ", response: { clientDataJSON: "AQ", authenticatorData: "AQ", signature: "AQ", userHandle: null } };
const registration = { id: "AQ", response: { clientDataJSON: "AQ", attestationObject: "AQ" } };
const calls: Record<string, (client: Client) => Promise<unknown>> = {
  signUp: (client) => client.signUp({ email: "a@example.com", password: "p" }),
  verifyEmail: (client) => client.verifyEmail(token),
  signIn: (client) => client.signIn({ email: "a@example.com", password: "p" }),
  "signIn, with a code": (client) => client.signIn({ email: "a@example.com", code: "12345678" }),
  signOut: (client) => client.signOut(),
  reauthenticate: (client) => client.reauthenticate({ password: "p" }),
  "reauthenticate, with a code": (client) => client.reauthenticate({ code: "12345678" }),
  "signIn, with a passkey": (client) => client.signIn({ passkey: assertion }),
  "reauthenticate, with a passkey": (client) => client.reauthenticate({ passkey: assertion }),
  secondFactor: (client) => client.secondFactor({ code: "123456" }),
  "secondFactor, with a recovery code": (client) => client.secondFactor({ recoveryCode: "abcde-fgh10" }),
  "secondFactor, with a passkey": (client) => client.secondFactor({ passkey: assertion }),
  "reauthenticate, with an authenticator app": (client) => client.reauthenticate({ totpCode: "123456" }),
  "reauthenticate, with a recovery code": (client) => client.reauthenticate({ recoveryCode: "abcde-fgh10" }),
  "totp.begin": (client) => client.totp.begin(),
  "totp.confirm": (client) => client.totp.confirm("123456"),
  "totp.remove": (client) => client.totp.remove(),
  "recoveryCodes.create": (client) => client.recoveryCodes.create(),
  "passkeys.list": (client) => client.passkeys.list(),
  "passkeys.rename": (client) => client.passkeys.rename(id, "Laptop"),
  "passkeys.remove": (client) => client.passkeys.remove(id),
  "passkeys.registrationOptions": (client) => client.passkeys.registrationOptions(),
  "passkeys.register": (client) => client.passkeys.register({ passkey: registration }),
  "passkeys.authenticationOptions": (client) => client.passkeys.authenticationOptions(),
  "signIn, with an issuer's token": (client) => client.signIn({ token: "a.b.c" }),
  "providers.waiting": (client) => client.providers.waiting(),
  "providers.connect": (client) => client.providers.connect(),
  "providers.forget": (client) => client.providers.forget(),
  "me.removeSignInMethod": (client) => client.me.removeSignInMethod(id),
  "signInMethods.get": (client) => client.signInMethods.get(),
  "emailCodes.request": (client) => client.emailCodes.request("a@example.com"),
  "passwordResets.request": (client) => client.passwordResets.request("a@example.com"),
  "passwordResets.complete": (client) => client.passwordResets.complete({ token, password: "p" }),
  "sessions.list": (client) => client.sessions.list().page(),
  "sessions.revoke": (client) => client.sessions.revoke(id),
  "me.get": (client) => client.me.get(),
  "me.update": (client) => client.me.update({ name: "Ann" }),
  "me.signInMethods": (client) => client.me.signInMethods(),
  "me.changePassword": (client) => client.me.changePassword({ password: "p" }),
  "accounts.list": (client) => client.accounts.list().page(),
  "accounts.get": (client) => client.accounts.get(account),
  "accounts.update": (client) => client.accounts.update(account, { name: "Acme" }),
  "accounts.convert": (client) => client.accounts.convert(account),
  "accounts.convert, previewed": (client) => client.accounts.convert(account, { dryRun: true }),
  "accounts.deleteTeam": (client) => client.accounts.deleteTeam(account),
  "accounts.deleteTeam, previewed": (client) => client.accounts.deleteTeam(account, { dryRun: true }),
  "accounts.transfer": (client) => client.accounts.transfer(account, user),
  "members.list": (client) => client.members.list({ account }).page(),
  "members.update": (client) => client.members.update(user, { account, role: "dev" }),
  "members.remove": (client) => client.members.remove(user, { account }),
  "members.remove, previewed": (client) => client.members.remove(user, { account, dryRun: true }),
  "invitations.list": (client) => client.invitations.list({ account }).page(),
  "invitations.create": (client) => client.invitations.create({ account, email: "b@example.com", role: "dev" }),
  "invitations.resend": (client) => client.invitations.resend(id, { account }),
  "invitations.revoke": (client) => client.invitations.revoke(id, { account }),
  "invitations.preview": (client) => client.invitations.preview({ token, proof: "of-the-mail" }),
  "invitations.accept": (client) => client.invitations.accept(token),
  "invitations.decline": (client) => client.invitations.decline(token, "of-the-mail"),
  "roles.list": (client) => client.roles.list({ account }),
  "roles.create": (client) => client.roles.create({ account, code: "ops", title: "Ops", permissions: [] }),
  "roles.update": (client) => client.roles.update("ops", { account, title: "Operations" }),
  "roles.delete": (client) => client.roles.delete("ops", { account }),
  "apiKeys.list": (client) => client.apiKeys.list({ account }).page(),
  "apiKeys.create": (client) => client.apiKeys.create({ account, name: "key", permissions: [] }),
  "apiKeys.revoke": (client) => client.apiKeys.revoke(id, { account }),
  "attributePolicy.get": (client) => client.attributePolicy.get({ account }),
  "attributePolicy.put": (client) => client.attributePolicy.put({ version: 1, rules: [] } as never, { account }),
  "attributePolicy.delete": (client) => client.attributePolicy.delete({ account }),
  "auditLog.list": (client) => client.auditLog.list({ account }).page(),
  "auditLog.export": (client) => client.auditLog.export("csv", { account }),
  "auditLog.verify": (client) => client.auditLog.verify({ account }),
  "policy.get": (client) => client.policy.get(),
  "checks.run": (client) => client.checks.run({ account, permissions: ["team.access"] }),
  "tokens.create": (client) => client.tokens.create(account),
};
/** Methods that send no request, or only the requests of the methods above. */
const others = [
  "start",
  "switchAccount",
  "snapshot",
  "subscribe",
  "refresh",
  "close",
  "passkeys.create",
  "providers.url",
  "tokens.current",
  "can",
  "canAll",
  "canAny",
  "explain",
  "permissions",
  "rightsError",
  "fetch",
];

/** Routes to which a browser navigates: `providers.url` is the address of one, the provider knows the other. */
const navigations = ["GET /v1/providers/{provider}/authorize", "GET /v1/providers/{provider}/callback"];

function methodsOf(part: object, at = ""): string[] {
  return Object.entries(part).flatMap(([name, value]) => (typeof value === "function" ? [at + name] : methodsOf(value as object, `${at}${name}.`)));
}

const requests: Request[] = [];
const client = createClient({
  baseUrl: "https://team.example.com",
  fetch: async (input, init) => {
    requests.push(new Request(input, init));
    return new Response('{"items":[],"changes":[],"next_cursor":null}', { headers: { "content-type": "application/json", etag: '"1"' } });
  },
});

/** The operation that a request matches; a literal path before one with a parameter. */
function operationOf({ method, url }: Request): string | undefined {
  const { pathname } = new URL(url);
  const fits = (template: string) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(pathname);
  return documented
    .filter((operation) => operation.startsWith(`${method} `) && fits(operation.slice(method.length + 1)))
    .sort((a, b) => a.split("{").length - b.split("{").length)[0];
}

test("this test covers every method of the client", () =>
  assert.deepEqual([...new Set([...Object.keys(calls).map((name) => name.split(",")[0]), ...others])].sort(), methodsOf(client).sort()));

test("the methods send exactly one request to each route under /v1", async () => {
  const reached = new Set<string>();
  for (const [name, call] of Object.entries(calls)) {
    requests.length = 0;
    await call(client);
    const operations = requests.map(operationOf);
    assert.deepEqual([operations.length, operations[0] !== undefined], [1, true], `${name} sends ${requests.map(({ method, url }) => `${method} ${url}`)}`);
    reached.add(operations[0]!);
    for (const { url } of requests) assert.ok(!url.includes("of-the-mail"), `${name} puts the mail's proof into the URL`);
  }
  const expected = documented.filter((operation) => operation.includes(" /v1/") && !navigations.includes(operation));
  assert.deepEqual([...reached].sort(), expected.sort());
});
