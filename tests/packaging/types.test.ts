// The package's types in a strict project: valid use compiles, invalid use does not.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { REACT, bin, must, project, run } from "./support/project.ts";
import { TOOLS, installTestingTools } from "./testing-tools/install.mjs";

await installTestingTools();

/** The compilers that the package supports: the oldest one, and the workspace's. */
const COMPILERS = [
  ["5.7", ["node", join(TOOLS, "typescript-5.7", "bin", "tsc")]],
  ["7", [bin("tsc")]],
] as const;

const config = (module: string, moduleResolution: string) =>
  JSON.stringify({
    compilerOptions: {
      target: "ES2022",
      lib: ["ES2022", "DOM"],
      module,
      moduleResolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      types: [],
      jsx: "react-jsx",
      verbatimModuleSyntax: true,
    },
    include: ["*.ts", "*.tsx"],
  });

const USE = `import { type AuditVerification, type PermissionCode, type Rights, type RoleCode, loadEngine, PolicyError, UnknownCodeError } from "rolecall/core";

const engine = await loadEngine();
const policy = engine.policy('{"version":1,"permissions":[],"roles":[]}');
engine.policy({ version: 1, permissions: [], roles: [] });
const rights: Rights = policy.rights({ role: "dev" });
const allowed: boolean = rights.can("pods.manage") && rights.canAll(["pods.manage", "billing.view"]) && rights.canAny([]);
const codes: readonly PermissionCode[] = rights.list();
const { grantedBy, role }: { grantedBy: readonly string[]; role: string } = rights.explain("audit.read");
policy.rights({ role: "on-call", customRoles: [{ code: "on-call", title: "On call", permissions: ["pods.manage"] }] });
policy.rights({ iss: "i", aud: "a", sub: "usr_1", account: "acct_1", role: "dev", permissions: ["pods.manage"], ver: 1, pol: "p", iat: 1, exp: 2, jti: "j" });
policy.rights({ role: "dev", permissions: ["pods.manage"], acr: "aal1", amr: ["pwd"], auth_time: 1 });
const match = policy.matchRoute("GET", "/api/pods");
if (match) { const needed: PermissionCode = match.permission; const id: string | undefined = match.params["id"]; console.log(needed, id, match.freshness === "live"); }
const result: AuditVerification = engine.verifyAuditLog("");
console.log(result.ok ? result.events : result.reason === "gap" && result.seq);
const builtIn: RoleCode = policy.roles[0]!.code;
try { rights.can("pods.manage"); } catch (error) {
  if (error instanceof PolicyError) console.log(error.pointer satisfies string);
  if (error instanceof UnknownCodeError) console.log(error.code satisfies "permission-unknown" | "role-unknown");
}
const own = engine.policy<"docs.read" | "docs.write", "reader">("{}").rights({ role: "reader" });
own.can("docs.read");
console.log(allowed, codes, grantedBy, role, builtIn);
`;

const CLIENT_USE = `import { type Client, type Explanation, type PermissionCode, type Problem, type Rights, type RoleCode, type Snapshot, createClient, RolecallClientError, RolecallError, RolecallNetworkError, toResult } from "rolecall";

/** Fails to compile unless the type is \`true\`. */
type Is<T extends true> = T;
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

// Built-in roles complete, and custom ones are accepted: a plain \`string\` would have no members to extract.
type InvitedRole = Parameters<Client["invitations"]["create"]>[0]["role"];
type NewRole = Parameters<Client["members"]["update"]>[1]["role"];
export type Completions = [
  Is<Equal<Extract<InvitedRole, RoleCode>, RoleCode>>,
  Is<Equal<Extract<NewRole, RoleCode>, RoleCode>>,
  Is<Equal<RoleCode, "basic" | "billing" | "dev" | "admin">>,
  Is<"pods.manage" extends PermissionCode ? true : false>,
];

const client: Client = createClient({ baseUrl: "https://team.example.com" });
await client.invitations.create({ email: "ann@example.com", role: "dev" });
await client.invitations.create({ email: "ann@example.com", role: "on-call", account: undefined });
await client.signIn({ email: "ann@example.com", password: "p" });
await client.signIn({ email: "ann@example.com", code: "12345678" });
await client.signIn({ passkey: true });
await client.signIn({ passkey: "autofill" }, { signal: new AbortController().signal });
const { label }: { label: string } = await client.passkeys.create({ label: "Laptop" });
const { aal }: { aal: number } = await client.reauthenticate({ code: "12345678" });
await client.secondFactor({ code: "123456" });
await client.secondFactor({ passkey: true });
await client.reauthenticate({ recoveryCode: (await client.recoveryCodes.create()).codes[0]! });
const explanation: Explanation = client.explain("pods.manage");
const rights: Pick<Rights, "can" | "canAll" | "canAny" | "explain"> = client;

export function describe(error: unknown): string {
  if (error instanceof RolecallError) {
    switch (error.code) {
      case "permission-missing":
      case "permission-escalation":
        return error.problem.denial.permission satisfies string;
      case "fields-invalid":
        return error.problem.errors.map(({ pointer }) => pointer).join();
      case "second-factor-required":
      case "reauthentication-required":
        error.problem.errors satisfies undefined;
        return error.problem.methods.join();
      case "rate-limited":
        error.code satisfies "rate-limited";
        return String(error.retryAfter satisfies number | undefined);
      default:
        error.problem.denial satisfies undefined;
        error.problem.errors satisfies undefined;
        error.problem.methods satisfies undefined;
        return error.problem.detail;
    }
  }
  if (error instanceof RolecallClientError && error.code === "session-ended") return error.message;
  return error instanceof RolecallNetworkError ? "offline" : "";
}

const result = await toResult(client.accounts.get());
const name: string = result.ok ? result.value.name : (result.problem satisfies Problem).title;
const page = (snapshot: Snapshot): string => (snapshot.status === "signed-in" ? snapshot.account : snapshot.status);
{
  using disposed = createClient();
  disposed.close();
}
console.log(aal, explanation.grantedBy, rights, name, page(client.snapshot()));
`;

const CLIENT_MISUSE = `import { createClient, RolecallError } from "rolecall";
import { fakeClient } from "rolecall/testing";
const client = createClient();
// @ts-expect-error a misspelt code
client.can("pods.mange");
// @ts-expect-error an invitation without a role
client.invitations.create({ email: "ann@example.com" });
// @ts-expect-error the account comes in the first argument
client.members.list("acct_1");
// @ts-expect-error a password and a code
client.signIn({ email: "ann@example.com", password: "p", code: "12345678" });
// @ts-expect-error neither a password nor a code
client.reauthenticate({});
// @ts-expect-error two second factors
client.secondFactor({ code: "123456", recoveryCode: "abcde-fgh10" });
// @ts-expect-error a snapshot may have no account
client.snapshot().account;
try { await client.start(); } catch (error) {
  // @ts-expect-error errors are only there for fields-invalid
  if (error instanceof RolecallError) error.problem.errors.length;
  // @ts-expect-error no such code
  if (error instanceof RolecallError && error.code === "field-invalid") console.log();
}
// @ts-expect-error neither a role nor permissions nor a status
fakeClient({});
// @ts-expect-error both a role and permissions
fakeClient({ role: "dev", permissions: ["pods.manage"] });
// @ts-expect-error a misspelt code
fakeClient({ permissions: ["pods.mange"] });
`;

const MISUSE = `import { loadEngine } from "rolecall/core";
import { loadEngine as loadSlim } from "rolecall/slim";
const engine = await loadEngine();
const policy = engine.policy("{}");
const rights = policy.rights({ role: "dev" });
// @ts-expect-error a misspelt code
rights.can("pods.mange");
// @ts-expect-error one misspelt code of many
rights.canAll(["pods.manage", "pods.mange"]);
// @ts-expect-error a role is not a permission
rights.explain("dev");
// @ts-expect-error not awaited
loadEngine().policy("{}");
// @ts-expect-error a missing policy
engine.policy();
// @ts-expect-error a missing role
policy.rights({});
// @ts-expect-error a role is a string
policy.rights({ role: 1 });
// @ts-expect-error a custom role without permissions
policy.rights({ role: "x", customRoles: [{ code: "x" }] });
// @ts-expect-error a match may be null
policy.matchRoute("GET", "/").permission;
// @ts-expect-error a failed verification has no number of events
engine.verifyAuditLog("").events;
// @ts-expect-error lists are readonly
rights.list().push("pods.manage");
// @ts-expect-error the option wasm is required
loadSlim();
// @ts-expect-error a code of another policy
engine.policy<"docs.read", "reader">("{}").rights({ role: "reader" }).can("pods.manage");
`;

const REACT_USE = `import { createClient } from "rolecall";
import { Can, RolecallProvider, useExplain } from "rolecall/react";
import { fakeClient } from "rolecall/testing";
export const Page = () => <p>{useExplain("pods.manage")?.grantedBy.join()}</p>;
export const App = () => <RolecallProvider client={createClient()}><Can permission="pods.manage" fallback={(why) => why.status}><Page /></Can></RolecallProvider>;
export const Test = () => <RolecallProvider client={fakeClient({ role: "on-call", policy: {} })}><Page /></RolecallProvider>;
// @ts-expect-error a misspelt code
export const Misuse = () => <Can permission="pods.mange" />;
`;

const FILES = { "use.ts": USE, "misuse.ts": MISUSE, "client.ts": CLIENT_USE, "client-misuse.ts": CLIENT_MISUSE };

for (const [module, resolution] of [
  ["NodeNext", "NodeNext"],
  ["ESNext", "Bundler"],
] as const) {
  for (const [version, [command, ...args]] of COMPILERS) {
    test(`valid use compiles and invalid use does not, resolved as ${resolution}, with TypeScript ${version}`, () => {
      const app = project(`types-${resolution.toLowerCase()}-${version}`, { "tsconfig.json": config(module, resolution), ...FILES });
      must(command, [...args, "-p", "."], app.folder);
    });
  }
}

for (const [version, [command, ...args]] of COMPILERS) {
  test(`the components compile with TypeScript ${version}, checked with those of React`, () => {
    const app = project(`types-react-${version}`, { "tsconfig.json": config("ESNext", "Bundler"), "app.tsx": REACT_USE }, REACT);
    must(command, [...args, "-p", "."], app.folder);
  });
}

test("codes registered by the command line replace the default ones", () => {
  const policy = {
    version: 1,
    permissions: [
      { code: "docs.read", title: "" },
      { code: "docs.write", title: "" },
    ],
    roles: [{ code: "reader", title: "", permissions: ["docs.read"] }],
  };
  const app = project("types-own", {
    "tsconfig.json": config("NodeNext", "NodeNext"),
    "policy.json": JSON.stringify(policy),
    "use.ts": `import { type PermissionCode, type RoleCode, loadEngine } from "rolecall/core";
const rights = (await loadEngine()).policy("{}").rights({ role: "reader" });
rights.can("docs.write");
// @ts-expect-error the default policy's code
rights.can("pods.manage");
const role: RoleCode = "reader";
// @ts-expect-error the default policy's role
const other: RoleCode = "dev";
console.log(role, other, "docs.read" satisfies PermissionCode);
`,
  });
  must("node_modules/.bin/rolecall", ["types", "policy.json", "rolecall.d.ts"], app.folder);
  must(bin("tsc"), ["-p", "."], app.folder);
  app.write({ "rolecall.d.ts": "export {};\n" });
  assert.notEqual(run(bin("tsc"), ["-p", "."], app.folder).status, 0, "the registered codes made no difference");
});

test("the command prints its help and version, and a mistake of its user as one line", () => {
  const app = project("types-command", {
    "bad.json": '{"version":1,"permissions":[],"roles":[{"code":"dev","title":"","permissions":["a.b"]}]}',
    "policy.json": "{",
  });
  const rolecall = (...args: string[]) => run("node_modules/.bin/rolecall", args, app.folder);
  for (const args of [["--help"], ["-h"], ["help"], ["types", "--help"]]) {
    const { status, out } = rolecall(...args);
    assert.deepEqual([status, out.startsWith("Usage: rolecall types [FILE] [OUT]")], [0, true], args.join());
  }
  const { version } = JSON.parse(app.read("node_modules/rolecall/package.json"));
  for (const option of ["--version", "-V"]) assert.deepEqual(rolecall(option), { status: 0, out: `${version}\n` });
  for (const [args, status, message] of [
    [[], 2, /^rolecall: a command is missing/],
    [["doctor"], 2, /^rolecall: there is no command doctor in this package/],
    [["--frob"], 2, /^rolecall: there is no option --frob/],
    [["types", "--frob"], 2, /^rolecall: wrong arguments/],
    [["types"], 1, /^rolecall: policy\.json: .*json-malformed/],
    [["types", "none.json"], 1, /^rolecall: there is no file none\.json/],
    [["types", "."], 1, /^rolecall: \. cannot be read/],
    [["types", "bad.json"], 1, /^rolecall: bad\.json: .*permission-unknown `a\.b`/],
    [["types", "node_modules/rolecall/dist/default-policy.json", "no/such/folder.d.ts"], 1, /^rolecall: no\/such\/folder\.d\.ts cannot be written/],
  ] as const) {
    const result = rolecall(...args);
    assert.equal(result.status, status, result.out);
    assert.match(result.out, message);
    assert.equal(result.out.trimEnd().split("\n").length, 1, result.out);
  }
});
