// Guards: Hono's with the real framework, that of route handlers with Fetch requests, and Express's with Node's server
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { Hono } from "hono";
import { type VerifiedToken, UnknownCodeError, expressGuard, honoGuard, withRolecall } from "rolecall/server";
import { forge } from "../../e2e/support/gateway.ts";
import { openStage, verifierOf } from "./support.ts";

const { world, dev, team, token } = await openStage();
const { verifier } = verifierOf(world);
const down = verifierOf(world);
down.fetches.instead = () => Promise.reject(new TypeError("fetch failed"));

const app = new Hono<{ Variables: { rolecall: VerifiedToken } }>();
let reached = 0;
app.get("/pods", honoGuard(verifier, "pods.manage"), (c) => {
  reached += 1;
  const { user, account, role } = c.get("rolecall");
  return c.json({ user, account, role });
});
app.get("/invitations", honoGuard(verifier, "members.invite"), (c) => c.json({ reached: (reached += 1) }));
app.get("/down", honoGuard(down.verifier, "pods.manage"), (c) => c.json({ reached: (reached += 1) }));
app.get("/misspelt", honoGuard(verifier, "pods.mange" as never), (c) => c.json({ reached: (reached += 1) }));
app.onError((error, c) => c.text(error instanceof UnknownCodeError ? "unknown" : "other", 500));
/** Without the declaration of variables, a guard is a middleware as well. */
const bare = new Hono();
bare.use("/pods", honoGuard(verifier, "pods.manage"));
bare.get("/pods", (c) => c.text("reached"));

const show = (_request: Request, { user, account, role }: VerifiedToken, context: { params: Promise<{ id: string }> }) =>
  context.params.then(({ id }) => Response.json({ user, account, role, id }));
const routes: Record<string, (request: Request, context: { params: Promise<{ id: string }> }) => Promise<Response>> = {
  "/pods": withRolecall(verifier, "pods.manage", show),
  "/invitations": withRolecall(verifier, "members.invite", show),
  "/down": withRolecall(down.verifier, "pods.manage", show),
  "/misspelt": withRolecall(verifier, "pods.mange" as never, show),
};

const guards: Record<string, ReturnType<typeof expressGuard>> = {
  "/pods": expressGuard(verifier, "pods.manage"),
  "/invitations": expressGuard(verifier, "members.invite"),
  "/down": expressGuard(down.verifier, "pods.manage"),
  "/misspelt": expressGuard(verifier, "pods.mange" as never),
};
const server = createServer((request, response) => {
  const res = Object.assign(response, { locals: {} as { rolecall?: VerifiedToken } });
  void guards[request.url!]!(request, res, (error) => {
    if (error) return res.writeHead(500).end(error instanceof UnknownCodeError ? "unknown" : "other");
    const { user, account, role } = res.locals.rolecall!;
    res.end(JSON.stringify({ user, account, role }));
  });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
after(() => {
  server.closeAllConnections();
  server.close();
});
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Each kind of guard behind one way to ask it. */
const kinds: Record<string, (path: string, headers: Record<string, string>) => Promise<Response>> = {
  Hono: async (path, headers) => app.request(path, { headers }),
  "route handlers": (path, headers) => routes[path]!(new Request(`https://api.example.com${path}`, { headers }), { params: Promise.resolve({ id: "pod_1" }) }),
  "Express, by Node's server": (path, headers) => fetch(`${origin}${path}`, { headers }),
};

for (const [kind, ask] of Object.entries(kinds)) {
  const bearer = async () => ({ authorization: `Bearer ${await token()}` });

  test(`${kind}: who has the permission reaches the handler, which knows who it is`, async () => {
    const response = await ask("/pods", await bearer());
    assert.equal(response.status, 200);
    const { id, ...told } = (await response.json()) as Record<string, string>;
    assert.deepEqual([told, id], [{ user: dev.id, account: team, role: "dev" }, kind === "route handlers" ? "pod_1" : undefined]);
    assert.equal((await ask("/pods", { authorization: `bearer  ${await token()}` })).status, 200, "the scheme is case-insensitive");
  });

  test(`${kind}: who lacks it gets Rolecall's problem, and the handler is not called`, async () => {
    const before = reached;
    const response = await ask("/invitations", await bearer());
    assert.deepEqual(
      [response.status, response.headers.get("content-type"), response.headers.get("cache-control")],
      [403, "application/problem+json", "no-store"],
    );
    const { code, denial } = (await response.json()) as { code: string; denial: object };
    assert.deepEqual([code, denial], ["permission-missing", { permission: "members.invite", role: "dev", granted_by: ["admin"] }]);
    assert.equal(reached, before);
  });

  test(`${kind}: no token, another scheme, a bad token and missing keys are refused`, async () => {
    const before = reached;
    const expired = await forge(await token(), { claims: { iat: 1, exp: 2 } });
    const cases: [string, Record<string, string>, number, string][] = [
      ["/pods", {}, 401, "token-missing"],
      ["/pods", { cookie: `token=${await token()}` }, 401, "token-missing"],
      ["/pods", { authorization: `Basic ${await token()}` }, 401, "token-malformed"],
      ["/pods", { authorization: await token() }, 401, "token-malformed"],
      ["/pods", { authorization: "Bearer" }, 401, "token-malformed"],
      ["/pods", { authorization: `Bearer ${expired}` }, 401, "token-expired"],
      ["/down", { authorization: `Bearer ${await token()}` }, 503, "keys-unavailable"],
    ];
    for (const [path, headers, status, code] of cases) {
      const response = await ask(path, headers);
      assert.deepEqual([response.status, ((await response.json()) as { code: string }).code], [status, code]);
      const challenge = status === 401 ? (code === "token-missing" ? "Bearer" : 'Bearer error="invalid_token"') : null;
      assert.equal(response.headers.get("www-authenticate"), challenge, code);
    }
    assert.equal(reached, before);
  });

  test(`${kind}: a misspelt permission is the programmer's error and no refusal`, async () => {
    const answer = await ask("/misspelt", await bearer()).then(
      (response) => response.text(),
      (error: unknown) => (error instanceof UnknownCodeError ? "unknown" : "other"),
    );
    assert.equal(answer, "unknown");
  });
}

test("Hono without declared variables takes the guard, too", async () => {
  assert.equal((await bare.request("/pods")).status, 401);
  assert.equal(await (await bare.request("/pods", { headers: { authorization: `Bearer ${await token()}` } })).text(), "reached");
});

test("an error of a handler is not mistaken for a refusal", async () => {
  const failing = withRolecall(verifier, "pods.manage", () => Promise.reject(new Error("of the handler")));
  const request = new Request("https://api.example.com/pods", { headers: { authorization: `Bearer ${await token()}` } });
  await assert.rejects(failing(request, undefined), /of the handler/);
});
