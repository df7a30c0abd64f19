// The policy by which a token is explained: changed, not available, late, and given
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { TokenError, UnknownCodeError } from "rolecall/server";
import { forge } from "../../e2e/support/gateway.ts";
import { later } from "../support/browser.ts";
import { type Fetches, POLICY, codeOf, openStage, part, verifierOf } from "./support.ts";

const { world, token } = await openStage();
const SECOND = 1_000;
const policyFetches = ({ log }: Fetches) => log.filter((path) => path === "/v1/policy").length;
const answerPolicy = (fetches: Fetches, answer: () => Response | Promise<Response>) => {
  fetches.instead = (path) => (path === "/v1/policy" ? answer() : undefined);
};
/** The policy after a deployment: one permission more, which admins have. */
const NEWER = JSON.stringify(JSON.parse(POLICY), (key, value) => {
  if (key === "permissions" && value[0]?.code) return [...value, { code: "reports.run", title: "Run reports" }];
  return value?.code === "admin" ? { ...value, permissions: [...value.permissions, "reports.run"] } : value;
});
const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const under = async (policy: string, permissions?: string[]) => forge(await token(), { claims: { pol: hash(policy), ...(permissions && { permissions }) } });

test("a token's pol is the hash of the policy that Rolecall serves, and its ETag", async () => {
  const response = await fetch(new URL("/v1/policy", world.running.base));
  assert.equal(response.headers.get("etag"), `"${part(await token(), 1).pol}"`);
  assert.equal(hash(await response.text()), part(await token(), 1).pol);
});

test("after a deployment, the first token of the new policy fetches it, once the cooldown is over", async () => {
  const { verifier, fetches } = verifierOf(world, { cooldown: 30 * SECOND });
  const old = await token();
  await verifier.verifyToken(old);
  answerPolicy(fetches, () => new Response(NEWER));
  const real = await under(NEWER, ["team.access", "reports.run"]);
  // Until then the token's own list decides, which the server has signed.
  const before = await verifier.verifyToken(real);
  assert.deepEqual([before.can("reports.run" as never), before.can("pods.manage"), before.can("pods.mange" as never)], [true, false, false]);
  assert.deepEqual(before.explain("reports.run" as never), { allowed: true, permission: "reports.run", role: "dev", grantedBy: [] });
  assert.deepEqual(before.explain("pods.manage"), { allowed: false, permission: "pods.manage", role: "dev", grantedBy: ["dev", "admin"] });
  assert.throws(() => before.require("pods.manage"), { code: "permission-missing" });
  assert.equal(policyFetches(fetches), 1);
  await later(31 * SECOND, async () => {
    const [first] = await Promise.all(Array.from({ length: 20 }, () => verifier.verifyToken(real)));
    assert.equal(policyFetches(fetches), 2);
    assert.deepEqual(first!.explain("reports.run" as never).grantedBy, ["admin"]);
    assert.throws(() => first!.can("pods.mange" as never), UnknownCodeError);
    // Tokens of both policies by turns.
    for (let n = 0; n < 5; n += 1) {
      const previous = await verifier.verifyToken(old);
      assert.throws(() => previous.can("reports.run" as never), UnknownCodeError);
      await verifier.verifyToken(real);
    }
  });
  assert.equal(policyFetches(fetches), 2);
});

test("tokens of a policy that Rolecall does not serve cause one fetch per cooldown", async () => {
  const { verifier, fetches } = verifierOf(world, { cooldown: 30 * SECOND });
  const other = await under("{}", ["pods.manage"]);
  for (let n = 0; n < 20; n += 1) {
    const access = await verifier.verifyToken(other);
    assert.deepEqual([access.can("pods.manage"), access.can("pods.connect")], [true, false]);
  }
  await Promise.all(Array.from({ length: 20 }, () => verifier.verifyToken(other)));
  assert.equal(policyFetches(fetches), 1);
  await later(31 * SECOND, () => verifier.verifyToken(other));
  assert.equal(policyFetches(fetches), 2);
});

test("a policy that anybody else wrote does not pass for the token's own", async () => {
  const { verifier, fetches } = verifierOf(world);
  const forged = JSON.parse(POLICY);
  for (const role of forged.roles) role.permissions = forged.permissions.map(({ code }: { code: string }) => code);
  answerPolicy(fetches, () => new Response(JSON.stringify(forged), { headers: { etag: `"${hash(POLICY)}"` } }));
  const access = await verifier.verifyToken(await token());
  assert.deepEqual([access.can("pods.manage"), access.can("members.invite")], [true, false]);
  assert.throws(() => access.require("members.invite"), { code: "permission-missing" });
});

const failures: Record<string, () => Response | Promise<Response>> = {
  "with an error": () => new Response("no", { status: 500 }),
  "with a page": () => new Response("<html>"),
  "with a redirect": () => new Response(null, { status: 302, headers: { location: "/" } }),
  "not at all": () => Promise.reject(new TypeError("fetch failed")),
};
for (const [how, answer] of Object.entries(failures)) {
  test(`where the policy is answered ${how}, the token's list decides and nothing is explained`, async () => {
    const { verifier, fetches } = verifierOf(world);
    answerPolicy(fetches, answer);
    const access = await verifier.verifyToken(await token());
    assert.deepEqual([access.can("pods.manage"), access.can("members.invite"), access.can("pods.mange" as never)], [true, false, false]);
    assert.throws(
      () => access.explain("pods.manage"),
      (error) => error instanceof TokenError && error.code === "policy-unavailable" && error.status === 503 && error.cause instanceof Error,
    );
    assert.throws(
      () => access.require("members.invite"),
      (error) => error instanceof TokenError && error.status === 403 && error.problem.denial?.granted_by.length === 0,
    );
    for (let n = 0; n < 20; n += 1) await verifier.verifyToken(await token());
    assert.equal(policyFetches(fetches), 1);
    fetches.instead = undefined;
    const recovered = await later(31 * SECOND, async () => verifier.verifyToken(await token()));
    assert.deepEqual(recovered.explain("members.invite").grantedBy, ["admin"]);
  });
}

test("a policy that comes late is not waited for beyond the timeout", async () => {
  const { verifier, fetches } = verifierOf(world, { timeout: 200 });
  fetches.instead = (path, { signal }) =>
    path === "/v1/policy" ? new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason as Error))) : undefined;
  const access = await verifier.verifyToken(await token());
  assert.deepEqual([access.can("pods.manage"), access.can("members.invite")], [true, false]);
});

test("a policy that is given is not fetched", async () => {
  const { verifier, fetches } = verifierOf(world, { policy: POLICY });
  assert.deepEqual((await verifier.verifyToken(await token())).explain("members.invite").grantedBy, ["admin"]);
  const other = await verifier.verifyToken(await under(NEWER, ["pods.manage"]));
  assert.equal(other.can("pods.manage"), true);
  assert.equal(policyFetches(fetches), 0);
  assert.equal(await codeOf(verifier.verifyToken(await token())), "accepted");
});
