// The packed client in workerd, against the built Worker and its gateway.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { Miniflare } from "miniflare";
import { takeUpstreamRequests } from "../e2e/support/gateway.ts";
import { QUIET_SETTINGS, compatibility } from "../e2e/support/worker.ts";
import { openWorld } from "../e2e/support/world.ts";
import { ROOT, project, bundleForWorkerd } from "./support/project.ts";

const world = await openWorld({ upstream: true });
const ann = await world.signUp("ann@example.com");
const team = await ann.convert("Acme");
const dot = await world.hire(ann, team, "dot@example.com", "dev");

/** The Worker in the README. */
const blocks = [...readFileSync(join(ROOT, "pkg", "README.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map((block) => block[1]!);
const README = blocks.find((block) => block.includes("getSetCookie"))!;

const HARD = `import { createClient } from "rolecall";
import own from "./readme.ts";

function keeping(change) {
  let cookie = "";
  return async (input, init) => {
    const request = new Request(input, init);
    if (cookie) request.headers.set("cookie", cookie);
    const response = await fetch(request);
    for (const line of response.headers.getSetCookie()) if (line.startsWith("__Host-rolecall_session=")) cookie = line.split(";")[0];
    return change?.(request, response) ?? response;
  };
}
const outcome = (promise) => promise.then((response) => response.status, (error) => error.code ?? error.name);

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/readme") return own.fetch(request, env);
    let policies = 0;
    // The first policy is a cached one of an earlier deployment: the client fetches it again, revalidating caches.
    const older = ({ url }, response) => (new URL(url).pathname === "/v1/policy" && policies++ === 0 ? new Response(response.body, { headers: { etag: '"older"' } }) : undefined);
    const rolecall = createClient({ baseUrl: env.ROLECALL, fetch: keeping(older) });
    await rolecall.signIn({ email: env.EMAIL, password: env.PASSWORD });
    await rolecall.switchAccount(env.TEAM);
    const outcomes = [
      await outcome(rolecall.fetch("/api/pods", { method: "POST", body: "{}" })),
      await outcome(rolecall.fetch("/api/volumes/vol_1", { method: "patch" })),
      await outcome(rolecall.fetch(new Request(env.ROLECALL + "api/pods"))),
      await outcome(rolecall.fetch("/api/clusters", { method: "POST" })),
    ];
    await rolecall.signOut();
    outcomes.push(await outcome(rolecall.fetch("/api/pods")), await outcome(rolecall.me.get()));
    const relative = await createClient().start().then(() => "started", (error) => error.code);
    return Response.json({ outcomes, policies, relative });
  },
};
`;

const app = project("workerd-client", { "main.js": HARD, "readme.ts": README });
const manifest = bundleForWorkerd(app);

// workerd's `fetch` depends on the compatibility date: before 2024-11-11, for instance, it refuses the option `cache`.
for (const compatibilityDate of [compatibility().compatibilityDate, "2024-01-01"]) {
  const text = (value: string) => ({ type: "text" as const, value });
  const env = { ROLECALL: text(world.running.base.href), EMAIL: text(dot.email), PASSWORD: text(dot.password), TEAM: text(team) };
  const worker = new Miniflare({ ...QUIET_SETTINGS, workers: [{ config: { name: "app", compatibilityDate, manifest, env } }] });
  after(() => worker.dispose());

  test(`the README's Worker signs in and calls the gateway, with compatibility date ${compatibilityDate}`, async () => {
    const response = await fetch(new URL("/readme", await worker.ready));
    const upstreamRequest = (await response.json()) as { identity: { sub: string } };
    assert.equal(response.status, 200, JSON.stringify(upstreamRequest));
    assert.equal(upstreamRequest.identity.sub, dot.id);
  });

  test(`allowed, lower-case method, Request object, refused locally, signed out, with compatibility date ${compatibilityDate}`, async () => {
    await takeUpstreamRequests(world);
    const response = await fetch(await worker.ready);
    const body = await response.text();
    assert.equal(response.status, 200, body);
    assert.deepEqual(JSON.parse(body), {
      outcomes: [200, 200, 200, "permission-missing", "session-ended", "session-missing"],
      policies: 2,
      relative: "base-url-invalid",
    });
    assert.deepEqual(
      (await takeUpstreamRequests(world)).map(({ method, path }) => `${method} ${path}`),
      ["POST /api/pods", "PATCH /api/volumes/vol_1", "GET /api/pods"],
    );
  });
}
