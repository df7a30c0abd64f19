// `rolecall/next`, `rolecall/vue`, `rolecall/svelte` and `rolecall/browser`: their sizes, and the examples built with the
// tarball, started, and used in Chromium, with the built Worker and the example upstream.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createPod } from "../browser/support/example-app.ts";
import { launch } from "../browser/support/browser.ts";
import { COOKIE, type Person } from "../e2e/support/people.ts";
import { framework, openTeam, servePages, shows, start, useButton, visit } from "./support/frameworks.ts";
import { ROOT, bin, must, project } from "./support/project.ts";

const team = await openTeam();
const browser = await launch();
after(() => browser.close());

/** Maximum bytes with gzip that an entry adds to an app which has the client. That of Next.js runs on the server: no page loads it. */
const LIMITS = { next: 1_250, vue: 1_000, svelte: 1_000 };

test("each entry adds at most about a kilobyte with gzip to the client", (t) => {
  const app = project("size-frameworks");
  const size = (use: string) => {
    app.write({ "main.js": `import { createClient } from "rolecall";\n${use}\nglobalThis.client = createClient;\n` });
    const args = ["main.js", "--bundle", "--minify", "--format=esm", "--external:vue", "--log-level=warning"];
    return gzipSync(must(bin("esbuild"), args, app.folder), { level: 9 }).length;
  };
  const client = size("");
  for (const [name, limit] of Object.entries(LIMITS)) {
    const added = size(`import * as entry from "rolecall/${name}";\nglobalThis.entry = entry;`) - client;
    t.diagnostic(`rolecall/${name}: ${added} bytes with gzip`);
    assert.ok(added > 100 && added <= limit, `rolecall/${name}: ${added} bytes`);
  }
});

test("rolecall/browser: a page with an import map and without a bundler", async () => {
  const app = project("without-bundler");
  const page = readFileSync(join(import.meta.dirname, "support", "without-bundler.html"), "utf8");
  const script = app.read("node_modules/rolecall/dist/browser.js");
  const address = await servePages({ "/": page, "/rolecall.js": script }, team.origin);
  const nobody = await visit(browser, team, address);
  await shows(nobody, "Sign in to create Pods.");
  const allowed = await visit(browser, team, address, team.dev);
  await shows(allowed, `You use ${team.account} as dev.`);
  assert.match(await createPod(allowed.page), /^Created pod_/);
  const refused = await visit(browser, team, address, team.billing);
  await shows(refused, `You use ${team.account} as billing.`);
  assert.equal(await refused.page.getByRole("button").count(), 0);
  // One file: nothing else was loaded, and the types are those of the package.
  assert.doesNotMatch(script, /\bimport\s*\(|\bfrom\s*"/);
  for (const { complaints, context } of [nobody, allowed, refused]) {
    assert.deepEqual(complaints, []);
    await context.close();
  }
});

test("rolecall/next: where nothing responds, the state is plain data, the cause is reported, and only Rolecall's cookie was sent", () => {
  const app = project("next-failures", {
    "main.js": `import { createServer } from "node:http";
import { createProxy, getSnapshot, withSession } from "rolecall/next";
const cookies = [];
const hanging = createServer(({ headers }) => void cookies.push(headers.cookie)).listen(0, "127.0.0.1");
await new Promise((resolve) => hanging.on("listening", resolve));
const slow = "http://127.0.0.1:" + hanging.address().port;
const closed = "http://127.0.0.1:1";
const headers = new Headers({ cookie: "theme=dark; ${COOKIE}=abc; secret=1" });
const reported = [];
const onError = (error) => void reported.push(error.name);
const show = async (promise) => console.log(JSON.stringify(await promise.catch(({ name, code }) => ({ rejected: name, code }))));
const status = async (promise) => { const response = await promise; return [response.status, response.headers.get("content-type"), (await response.text()).slice(0, 200)]; };
await show(getSnapshot(headers, { baseUrl: slow, timeout: 100, onError }));
await show(getSnapshot(headers, { baseUrl: closed, onError }));
await show(getSnapshot(new Headers({ cookie: "theme=dark" }), { baseUrl: closed, onError }));
await show(getSnapshot(headers, { onError }));
const handler = withSession({ baseUrl: closed, onError }, () => new Response("handled"));
await show(status(handler(new Request("http://app.example/x", { headers }))));
const write = (more) => handler(new Request("http://app.example/x", { method: "POST", headers: { ...Object.fromEntries(headers), host: "app.example", ...more } }));
await show(status(write({ origin: "https://evil.example" })));
await show(status(write({ "sec-fetch-site": "same-site" })));
await show(status(write({ origin: "http://app.example" })));
console.error = () => {};
await show(status(createProxy({ baseUrl: closed })(new Request("http://app.example/v1/me"))));
console.log(JSON.stringify({ cookies, reported }));
process.exit();
`,
  });
  const { status, out } = app.node("main.js");
  assert.equal(status, 0, out);
  const unavailable = [503, "application/problem+json", '{"type":"about:blank","status":503,"title":"The session could not be read","code":"unavailable"}'];
  const forbidden = [403, "application/problem+json", '{"type":"about:blank","status":403,"title":"The origin is not allowed","code":"origin-forbidden"}'];
  const unreachable = { name: "RolecallNetworkError", message: "Rolecall could not be reached" };
  assert.deepEqual(
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
    [
      { status: "failed", error: { name: "TimeoutError", message: "The operation was aborted due to timeout" } },
      { status: "failed", error: unreachable },
      { status: "signed-out" },
      { rejected: "RolecallClientError", code: "base-url-invalid" },
      unavailable,
      forbidden,
      forbidden,
      unavailable,
      [502, "text/plain;charset=UTF-8", "Rolecall could not be reached"],
      { cookies: [`${COOKIE}=abc`], reported: ["TimeoutError", "RolecallNetworkError", "RolecallNetworkError", "RolecallNetworkError"] },
    ],
  );
});

test("rolecall/next: the proxy passes what Rolecall and its API read, and neither the app's secrets nor what would be about the whole app", () => {
  const app = project("next-proxy", {
    "main.js": `import { createServer } from "node:http";
import { createProxy } from "rolecall/next";
let received;
const rolecall = createServer((request, response) => {
  received = request.headers;
  response.writeHead(200, { "set-cookie": ["${COOKIE}=new; Secure", "theme=light"], "clear-site-data": '"storage"', "strict-transport-security": "max-age=1", etag: '"7"', "x-request-id": "r1" });
  response.end("ok");
}).listen(0, "127.0.0.1");
await new Promise((resolve) => rolecall.on("listening", resolve));
const proxy = createProxy({ baseUrl: "http://127.0.0.1:" + rolecall.address().port, headers: ["x-api-version"] });
const ask = async (headers) => {
  const response = await proxy(new Request("http://app.example/v1/me", { method: "POST", body: "{}", headers: { host: "app.example", ...headers } }));
  await response.text();
  return Object.fromEntries([...response.headers].filter(([name]) => name !== "date"));
};
const answered = await ask({
  authorization: "Basic c2VjcmV0", cookie: "theme=dark; ${COOKIE}=abc", origin: "http://app.example", "content-type": "application/json",
  "idempotency-key": "k1", "if-match": '"7"', "rolecall-account": "acct_1", "x-request-id": "r1", "x-api-version": "2",
  "x-app-secret": "s", "proxy-authorization": "s", "cf-connecting-ip": "1.2.3.4", "x-forwarded-for": "1.2.3.4", "x-real-ip": "1.2.3.4", "x-vercel-oidc-token": "s",
});
const first = received;
await ask({ authorization: "Bearer rc_key", origin: "https://evil.example" });
// What Node's fetch adds itself.
const own = new Set("host connection user-agent sec-fetch-mode accept accept-language accept-encoding cache-control pragma transfer-encoding content-length".split(" "));
const passed = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !own.has(name)));
console.log(JSON.stringify([passed(first), passed(received), answered]));
process.exit();
`,
  });
  const { status, out } = app.node("main.js");
  assert.equal(status, 0, out);
  const [first, second, answered] = JSON.parse(out);
  assert.deepEqual(first, {
    "content-type": "application/json",
    "idempotency-key": "k1",
    "if-match": '"7"',
    "rolecall-account": "acct_1",
    "x-api-version": "2",
    "x-request-id": "r1",
    cookie: `${COOKIE}=abc`,
  });
  assert.deepEqual(second, { authorization: "Bearer rc_key", "content-type": "text/plain;charset=UTF-8", origin: "https://evil.example" });
  assert.deepEqual(answered, { etag: '"7"', "set-cookie": `${COOKIE}=new; Secure`, "x-request-id": "r1" });
});

const KNOWN = `{ status: "signed-in", user: { id: "usr_1" }, account: "acct_1", role: "dev", version: 1, permissions: ["pods.manage"], grantedBy: { "pods.manage": ["dev", "admin"], "billing.view": ["billing"] } }`;

test("rolecall/svelte on a server: the store has the initial state, and sends nothing", () => {
  const app = project("svelte-server", {
    "main.js": `import { createClient } from "rolecall";
import { rolecallStore } from "rolecall/svelte";
const client = createClient({ fetch: () => { console.log("sent"); return new Promise(() => {}); } });
const show = (store) => store.subscribe((value) => console.log(JSON.stringify(value) ?? "undefined"))();
show(rolecallStore(client));
show(rolecallStore(client).can("pods.manage"));
const store = rolecallStore(client, ${KNOWN});
show(store.can("pods.manage"));
show(store.can(["pods.manage", "billing.view"]));
show(store.explain("billing.view"));
show(rolecallStore(client, { status: "signed-out" }).explain("billing.view"));
try { show(store.can(["billing.view", "pods.mange"])); } catch ({ name }) { console.log(name); }
`,
  });
  const { out } = app.node("main.js");
  const denied = '{"allowed":false,"permission":"billing.view","role":"dev","grantedBy":["billing"]}';
  assert.deepEqual(out.trim().split("\n"), ['{"status":"loading"}', "false", "true", "false", denied, "undefined", "UnknownCodeError"]);
});

test("rolecall/vue on a server: the first HTML is right, Chromium hydrates it without a warning, and the client takes over", async () => {
  const app = project(
    "vue-server",
    {
      "app.js": `import { createSSRApp, h } from "vue";
import { createClient } from "rolecall";
import { Can, createRolecall, useAccount, useCan, useExplain } from "rolecall/vue";
const Show = { setup() {
  const [can, { account, status }, explanation] = [useCan("pods.manage"), useAccount(), useExplain("billing.view")];
  return () => h("p", [can.value, account.value, status.value, explanation.value?.grantedBy].map(String).join(" "));
} };
const slots = { default: () => "may", loading: () => "soon", fallback: ({ why }) => why.status + " " + why.missing?.grantedBy };
const Root = { render: () => h("main", [h(Can, { permission: "pods.manage" }, slots), h(Can, { anyOf: ["pods.manage", "billing.view"] }, { default: () => " any" }), h(Show)]) };
export const create = (initial) => createSSRApp(Root).use(createRolecall({ client: createClient(), initial }));
export const without = () => createSSRApp(Root);
`,
      "server.js": `import { renderToString } from "vue/server-renderer";
import { create, without } from "./app.js";
for (const initial of [undefined, ${KNOWN}, { status: "signed-out" }, ...process.argv.slice(2).map(JSON.parse)]) console.log(await renderToString(create(initial)));
await renderToString(without()).catch(({ code, message }) => console.log(code, message));
`,
      "browser.js": `import { create } from "./app.js";
create(JSON.parse(document.getElementById("initial").textContent)).mount("#app");
`,
      "snapshot.js": `import { getSnapshot } from "rolecall/next";
console.log(JSON.stringify(await getSnapshot(new Headers({ cookie: process.argv[2] }), { baseUrl: process.argv[3] })));
`,
    },
    ["vue", "@vue"],
  );
  const initial = app.node("snapshot.js", `${COOKIE}=${team.billing.cookie}`, team.origin).out;
  const { out } = app.node("server.js", initial);
  const pages = out.trim().split("\n");
  // After them: warnings of Vue about the error.
  const seen = pages.slice(0, 5).map((page) => page.replace(/<!--.*?-->/g, ""));
  assert.deepEqual(seen, [
    "<main>soon<p>false undefined loading undefined</p></main>",
    "<main>may any<p>true acct_1 signed-in billing</p></main>",
    "<main>signed-out undefined<p>false undefined signed-out undefined</p></main>",
    `<main>signed-in dev,admin any<p>false ${team.account} signed-in billing,admin</p></main>`,
    "provider-missing The app has no Rolecall client: app.use(createRolecall({ client })) first.",
  ]);
  const define = [
    "--define:process.env.NODE_ENV='development'",
    ...["OPTIONS_API", "PROD_DEVTOOLS", "PROD_HYDRATION_MISMATCH_DETAILS"].map((flag) => `--define:__VUE_${flag}__=true`),
  ];
  const script = must(bin("esbuild"), ["browser.js", "--bundle", "--format=esm", "--log-level=error", ...define], app.folder);
  const page = (body: string) =>
    `<!doctype html><link rel="icon" href="data:,"><div id="app">${body}</div><script type="application/json" id="initial">${initial}</script><script type="module" src="/main.js"></script>`;
  const address = await servePages({ "/": page(pages[3]!), "/wrong": page(pages[1]!), "/main.js": script }, team.origin);
  const opened = await visit(browser, team, address, team.billing);
  await shows(opened, `false ${team.account} signed-in billing,admin`);
  // The session ends: the client says so, and the page follows.
  await opened.page.evaluate(() => fetch("/v1/sessions/current", { method: "DELETE" }));
  await opened.page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await shows(opened, "signed-out undefined");
  assert.deepEqual(opened.complaints, []);
  // Vue does notice a difference.
  const wrong = await visit(browser, team, `${address}/wrong`, team.billing);
  assert.match(wrong.complaints.join(), /Hydration/);
  for (const { context } of [opened, wrong]) await context.close();
});

test("the README shows files of the examples", () => {
  const readme = readFileSync(join(ROOT, "pkg", "README.md"), "utf8");
  const section = readme.slice(readme.indexOf("\n## Next.js, Vue, Svelte"), readme.indexOf("\n## On a server\n"));
  const withoutSpace = (text: string) => text.replaceAll(/\s/g, "");
  const shown = [...section.matchAll(/```(?:tsx?|vue)\n([\s\S]*?)```/g)].map((block) => withoutSpace(block[1]!));
  const files = ["next-app/proxy.ts", "next-app/app/providers.tsx", "next-app/app/session/route.ts", "vue-app/src/App.vue"];
  assert.equal(shown.length, files.length);
  for (const [index, file] of files.entries()) assert.ok(withoutSpace(readFileSync(join(ROOT, "examples", file), "utf8")).includes(shown[index]!), file);
});

test("lockfiles of the examples name no registry", () => {
  for (const name of ["next-app", "vue-app", "svelte-app"]) {
    const lock = readFileSync(join(ROOT, "examples", name, "package-lock.json"), "utf8");
    assert.deepEqual(lock.match(/"resolved": "http[^"]*"/g), null, name);
  }
});

for (const [name, check] of [
  ["vue-app", ["vue-tsc", "--noEmit"]],
  ["svelte-app", ["svelte-check", "--tsconfig", "./tsconfig.json"]],
] as const) {
  test(`examples/${name}: its button creates a Pod, or the page says why it may not`, async () => {
    const folder = await framework(name);
    const local = (program: string) => join(folder, "node_modules", ".bin", program);
    must(local(check[0]), check.slice(1), folder);
    must(local("vite"), ["build", "--logLevel", "warn"], folder);
    const config = readFileSync(join(folder, "vite.config.ts"), "utf8");
    assert.ok(config.includes("http://localhost:8787"));
    writeFileSync(join(folder, "vite.config.ts"), config.replace("http://localhost:8787", team.origin));
    // Development mode, in which the framework has warnings; then what was built.
    await useButton(browser, team, await start(folder, "vite", ["--strictPort"]));
    await useButton(browser, team, await start(folder, "vite", ["preview", "--strictPort"]));
  });
}

/** The HTML as a browser without JavaScript shows it: the comments of React between texts are not visible. */
const html = async (address: string, headers: Record<string, string>) =>
  (await (await fetch(address, { headers })).text()).replace(/<script.*?<\/script>/gs, "").replaceAll("<!-- -->", "");

test("examples/next-app: the first HTML is right; a route handler knows the session; the proxy keeps foreign pages out", async (t) => {
  const folder = await framework("next-app");
  // The same in the edge runtime, which has its own form of the WebAssembly.
  mkdirSync(join(folder, "app", "edge"));
  const handler = readFileSync(join(folder, "app", "session", "route.ts"), "utf8");
  writeFileSync(join(folder, "app", "edge", "route.ts"), `export const runtime = "edge";\n${handler}`);
  const next = join(folder, "node_modules", ".bin", "next");
  must(next, ["build"], folder);
  // Where Next.js deploys its edge runtime, only a module that is a file of the build can be instantiated.
  const modules = readdirSync(join(folder, ".next", "server"), { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".wasm"));
  const engine = readFileSync(join(folder, "node_modules", "rolecall", "dist", "rolecall.wasm"));
  assert.ok(
    modules.some((path) => engine.equals(readFileSync(join(folder, ".next", "server", path)))),
    `the engine is not among ${modules}`,
  );
  const origin = await start(folder, "next", ["start"], { ROLECALL_URL: team.origin });
  const cookieOf = ({ cookie }: Person) => ({ cookie: `theme=dark; ${COOKIE}=${cookie}` });

  await t.test("the first HTML, without JavaScript", async () => {
    const nobody = await html(origin, {});
    assert.match(nobody, /Sign in to create Pods\./);
    assert.doesNotMatch(nobody, /Create a Pod/);
    const allowed = await html(origin, cookieOf(team.dev));
    assert.match(allowed, new RegExp(`You use ${team.account} as dev\\.`));
    assert.match(allowed, /<button[^>]*>Create a Pod<\/button>/);
    assert.doesNotMatch(allowed, /Loading|Billing/);
    const refused = await html(origin, cookieOf(team.billing));
    assert.match(refused, /Your role billing may not create Pods; dev or admin may\. Ask an admin of your team\./);
    assert.match(refused, /Billing/);
    // A session that has ended is none.
    assert.match(await html(origin, { cookie: `${COOKIE}=${"A".repeat(43)}` }), /Sign in to create Pods\./);
  });

  for (const path of ["/session", "/edge"]) {
    await t.test(`the route handler ${path}`, async () => {
      const ask = async (headers: Record<string, string>) => {
        const response = await fetch(origin + path, { headers });
        return [response.status, await response.json()];
      };
      assert.deepEqual(await ask(cookieOf(team.dev)), [200, { user: team.dev.id, account: team.account, role: "dev" }]);
      const [status, problem] = await ask(cookieOf(team.billing));
      assert.equal(status, 403);
      assert.equal(problem.code, "permission-missing");
      assert.equal(problem.denial.role, "billing");
      const [missing, { code }] = await ask({});
      assert.deepEqual([missing, code], [401, "session-missing"]);
    });
  }

  await t.test("the proxy", async () => {
    const post = (headers: Record<string, string>) =>
      fetch(`${origin}/v1/accounts/${team.account}/tokens`, { method: "POST", headers: { ...cookieOf(team.dev), ...headers } });
    assert.equal((await post({ origin, "sec-fetch-site": "same-origin" })).status, 201);
    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin, "sec-fetch-site": "cross-site" },
      { origin: "http://localhost:1", "sec-fetch-site": "same-site" },
    ] as Record<string, string>[]) {
      const response = await post(headers);
      assert.deepEqual([response.status, (await response.json()).code], [403, "origin-forbidden"], JSON.stringify(headers));
    }
    // A sign-in through the proxy sets the session cookie.
    const credentials = JSON.stringify({ email: team.dev.email, password: team.dev.password });
    const signedIn = await fetch(`${origin}/v1/sessions`, { method: "POST", headers: { origin, "content-type": "application/json" }, body: credentials });
    assert.equal(signedIn.status, 201);
    assert.ok(signedIn.headers.getSetCookie().some((line) => line.startsWith(`${COOKIE}=`)));
    // A path with two slashes at its start is not another host.
    assert.notEqual((await fetch(`${origin}//evil.example/v1/me`)).status, 502);
  });

  await t.test("the button, as built", () => useButton(browser, team, origin, { rendered: true }));
});

test("examples/next-app in development: the button works, and React reports no difference between the server's HTML and its own", async () => {
  const folder = await framework("next-app");
  await useButton(browser, team, await start(folder, "next", ["dev"], { ROLECALL_URL: team.origin }), { rendered: true });
});
