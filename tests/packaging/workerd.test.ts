// The packed client in real workerd, against the real Worker and its gateway: what a Worker that uses Rolecall does.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { Miniflare } from "miniflare";
import { seen } from "../e2e/support/gateway.ts";
import { QUIET, compatibility } from "../e2e/support/worker.ts";
import { openWorld } from "../e2e/support/world.ts";
import { ROOT, bin, must, project } from "./support/project.ts";

const world = await openWorld({ upstream: true });
const ann = await world.signUp("ann@example.com");
const team = await ann.convert("Acme");
const dot = await world.hire(ann, team, "dot@example.com", "dev");

/** The README's own Worker. */
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
const told = (promise) => promise.then((response) => response.status, (error) => error.code ?? error.name);

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/readme") return own.fetch(request, env);
    let policies = 0;
    // The first policy comes from a cache of an older deployment: the client reads it again, past the caches.
    const older = ({ url }, response) => (new URL(url).pathname === "/v1/policy" && policies++ === 0 ? new Response(response.body, { headers: { etag: '"older"' } }) : undefined);
    const rolecall = await createClient({ baseUrl: env.ROLECALL, fetch: keeping(older) });
    await rolecall.signIn({ email: env.EMAIL, password: env.PASSWORD });
    await rolecall.accounts.use(env.TEAM);
    const answers = [
      await told(rolecall.fetch("/api/pods", { method: "POST", body: "{}" })),
      await told(rolecall.fetch("/api/volumes/vol_1", { method: "patch" })),
      await told(rolecall.fetch(new Request(env.ROLECALL + "api/pods"))),
      await told(rolecall.fetch("/api/clusters", { method: "POST" })),
    ];
    await rolecall.signOut();
    answers.push(await told(rolecall.fetch("/api/pods")), await told(rolecall.me.get()));
    const relative = await createClient({ baseUrl: "/" }).then(() => "made", (error) => error.code);
    return Response.json({ answers, policies, relative });
  },
};
`;

const app = project("workerd-client", { "main.js": HARD, "readme.ts": README });
must(bin("esbuild"), ["main.js", "--bundle", "--format=esm", "--conditions=workerd", "--loader:.wasm=copy", "--asset-names=[name]", "--outdir=out", "--log-level=warning"], app.folder);
const wasm = readdirSync(join(app.folder, "out")).find((name) => name.endsWith(".wasm"))!;
const manifest = {
  mainModule: "main.js",
  modulesRoot: "/",
  modules: {
    "main.js": { type: "esm" as const, contents: app.read("out/main.js") },
    [wasm]: { type: "wasm" as const, contents: new Uint8Array(readFileSync(join(app.folder, "out", wasm))) },
  },
};

// What workerd's `fetch` refuses depends on the date that a Worker names: `cache` in any form before 2024-11-11, for instance.
for (const compatibilityDate of [compatibility().compatibilityDate, "2024-01-01"]) {
  const text = (value: string) => ({ type: "text" as const, value });
  const env = { ROLECALL: text(world.running.base.href), EMAIL: text(dot.email), PASSWORD: text(dot.password), TEAM: text(team) };
  const worker = new Miniflare({ ...QUIET, workers: [{ config: { name: "app", compatibilityDate, manifest, env } }] });
  after(() => worker.dispose());

  test(`the README's Worker signs in and asks the gateway, with the date ${compatibilityDate}`, async () => {
    const response = await fetch(new URL("/readme", await worker.ready));
    const told = (await response.json()) as { identity: { sub: string } };
    assert.equal(response.status, 200, JSON.stringify(told));
    assert.equal(told.identity.sub, dot.id);
  });

  test(`allowed, in capitals, from a request, refused here, and ended, with the date ${compatibilityDate}`, async () => {
    await seen(world);
    const response = await fetch(await worker.ready);
    const body = await response.text();
    assert.equal(response.status, 200, body);
    assert.deepEqual(JSON.parse(body), { answers: [200, 200, 200, "permission-missing", "session-ended", "session-missing"], policies: 2, relative: "base-url-invalid" });
    assert.deepEqual((await seen(world)).map(({ method, path }) => `${method} ${path}`), ["POST /api/pods", "PATCH /api/volumes/vol_1", "GET /api/pods"]);
  });
}
