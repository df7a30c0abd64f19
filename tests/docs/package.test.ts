// pkg/README.md as one app: its blocks are the files of a project with the packed package in it, served by Vite with the
// settings that it shows, and run in Chromium by people of a real team, with the example upstream behind the gateway.
import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { after } from "node:test";
import { createServer, loadConfigFromFile } from "vite";
import { type Opened, createPod, openApp } from "../browser/support/example-app.ts";
import { launch } from "../browser/support/browser.ts";
import { freePort } from "../e2e/support/free-port.ts";
import type { Person } from "../e2e/support/people.ts";
import { REACT, bin, must, project, run } from "../packaging/support/project.ts";
import { blockOf, documented } from "./support/block-tests.ts";
import { openExample } from "../browser/support/hosted-server.ts";

const DOCUMENT = "pkg/README.md";
const { origin, world } = await openExample();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const dev = await world.hire(owner, team, "dev@example.com", "dev");
const basic = await world.hire(owner, team, "basic@example.com", "basic");
const browser = await launch();
after(() => browser.close());

const block = (name: string) => blockOf(DOCUMENT, name).text.replaceAll("http://localhost:8787", origin).replaceAll("acct_…", team);
const FILES: Record<string, string> = {
  "vite.config.ts": block("Vite's settings"),
  "src/rolecall.ts": block("the client"),
  "src/answers.ts": block("answers"),
  "src/App.tsx": block("the guarded button"),
  "src/refusal.ts": block("a refusal"),
  "src/lists.ts": block("lists and results"),
  "src/engine.ts": block("the engine"),
};
const options = (more: object) => ({
  target: "ES2022",
  module: "ESNext",
  moduleResolution: "Bundler",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  types: [],
  verbatimModuleSyntax: true,
  moduleDetection: "force",
  jsx: "react-jsx",
  ...more,
});
const app = project("documented", FILES, [...REACT, "vite"]);

/** What makes the blocks that draw something a page. */
const MAIN = `import { createRoot } from "react-dom/client";
import { App } from "./App";
createRoot(document.getElementById("app")!).render(<App />);
`;

/** After a block: says that it has run to its end, and what is to be seen then. */
const PROBES: Record<string, string> = {
  "src/rolecall.ts": "",
  "src/answers.ts": 'Object.assign(globalThis, { probe: { can: rolecall.can("pods.manage"), why: rolecall.explain("pods.manage") } });',
  "src/refusal.ts": "Object.assign(globalThis, { probe: true });",
  "src/lists.ts": "Object.assign(globalThis, { probe: { events: firstPage.items.length, result } });",
  "src/engine.ts": `Object.assign(globalThis, { probe: {
    codes: rights.list(), one: rights.can("pods.manage"), all: rights.canAll(["pods.manage", "volumes.manage"]), any: rights.canAny(["billing.view", "billing.manage"]),
    why: rights.explain("billing.view"), match: policy.matchRoute("POST", "/api/pods"),
  } });`,
};

// Vite's settings bring the types of Node along, which what runs in a page must do without.
app.write({
  "src/main.tsx": MAIN,
  "tsconfig.json": JSON.stringify({ compilerOptions: options({ lib: ["ES2022", "DOM", "DOM.AsyncIterable"] }), include: ["src"] }),
});
app.write({ "tsconfig.vite.json": JSON.stringify({ compilerOptions: options({ lib: ["ES2022", "DOM"], skipLibCheck: true }), include: ["vite.config.ts"] }) });
must(bin("tsc"), ["-p", "."], app.folder);
must(bin("tsc"), ["-p", "tsconfig.vite.json"], app.folder);
app.write(Object.fromEntries(Object.entries(PROBES).map(([file, probe]) => [file, `${FILES[file]}\n${probe}\n`])));
const page = (script: string) =>
  `<!doctype html><meta charset="utf-8"><title>Documented</title><link rel="icon" href="data:,"><div id="app"></div><script type="module" src="/src/${script}"></script>`;
app.write(
  Object.fromEntries(["answers.ts", "main.tsx", "refusal.ts", "lists.ts", "engine.ts"].map((script) => [`${script.split(".")[0]}.html`, page(script)])),
);
const port = await freePort();
// Read as Vite reads it, and not watched: the project is gone before the server is.
const settings = (await loadConfigFromFile({ command: "serve", mode: "development" }, path.join(app.folder, "vite.config.ts")))!.config;
const vite = await createServer({
  ...settings,
  root: app.folder,
  configFile: false,
  server: { ...settings.server, port, strictPort: true, watch: null },
  logLevel: "error",
});
after(() => vite.close());
await vite.listen();
const address = `http://localhost:${port}`;

const open = (page: string, who: Person): Promise<Opened> => openApp(browser, `${address}/${page}.html`, { origin, email: who.email, password: who.password });

interface CommandResult {
  /** What the probe after the block saw. */
  probe: any;
  /** What the block wrote to the console. */
  said: string[];
}

/** Runs a block to its end as somebody. */
async function ran(page: string, who: Person): Promise<CommandResult> {
  const opened = await open(page, who);
  const probe = await opened.page
    .waitForFunction(() => (globalThis as { probe?: unknown }).probe)
    .then((handle) => handle.jsonValue())
    .catch((error: unknown) => assert.fail([...opened.complaints, error].join("\n")));
  assert.deepEqual(opened.complaints, []);
  await opened.context.close();
  return { probe, said: opened.logged };
}

documented(DOCUMENT, {
  async "Vite's settings"() {
    const { context, page } = await open("answers", dev);
    const email = await page.evaluate(async () => (await (await fetch("/v1/me")).json()).user.email);
    assert.equal(email, dev.email, "through the proxy, by the cookie of another port");
    const status = await page.evaluate(
      async () => (await fetch("/v1/me", { method: "PATCH", headers: { "content-type": "application/json" }, body: '{"name":"Dev"}' })).status,
    );
    assert.equal(status, 200, "a write through the proxy is one of Rolecall's own origin");
    await context.close();
  },

  async "the client"() {
    const { probe } = await ran("answers", dev);
    assert.equal(probe.can, true);
  },

  async answers() {
    const { probe, said } = await ran("answers", basic);
    assert.deepEqual(said, [`${basic.email} in ${team} as basic`]);
    assert.equal(probe.can, false);
    assert.deepEqual(probe.why, { allowed: false, permission: "pods.manage", role: "basic", grantedBy: ["dev", "admin"] }, "as its comment shows");
  },

  async "the guarded button"() {
    const allowed = await open("main", dev);
    assert.match(await createPod(allowed.page), /^Created pod_[0-9a-f]{32}\.$/);
    const pods = await dev.get("/api/pods", { headers: { "rolecall-account": team } });
    assert.deepEqual(
      pods.body.items.map(({ name }: { name: string }) => name),
      ["first"],
    );
    const refused = await open("main", basic);
    await refused.page.getByText("Your role basic may not; dev or admin may.").waitFor();
    assert.equal(await refused.page.getByRole("button").count(), 0);
    const nobody = await openApp(browser, `${address}/main.html`);
    await nobody.page.getByRole("link", { name: "Sign in first." }).waitFor();
    assert.deepEqual([...allowed.complaints, ...refused.complaints], []);
  },

  async "a refusal"() {
    const refused = await ran("refusal", dev);
    assert.deepEqual(refused.said, ["dev lacks clusters.manage; ask for admin (not sent)"]);
    const allowed = await ran("refusal", owner);
    assert.match(allowed.said[0]!, /^201 /);
  },

  async "lists and results"() {
    const first = await ran("lists", owner);
    assert.deepEqual(
      first.said
        .slice(0, 3)
        .map((line) => line.split(" ").at(-1))
        .sort(),
      ["admin", "basic", "dev"],
    );
    assert.equal(first.probe.result.value.email, "ben@example.com");
    const again = await ran("lists", owner);
    assert.ok(again.said.includes("Somebody has invited them already."), again.said.join("\n"));
  },

  async "a server"() {
    const tokens = await Promise.all([dev, basic].map(async (who) => (await who.post(`/v1/accounts/${team}/tokens`)).body.token as string));
    const { aud } = JSON.parse(Buffer.from(tokens[0]!.split(".")[1]!, "base64url").toString());
    const call =
      "await startPod(new Request('https://api.example.com', { headers: { authorization: `Bearer ${process.argv[2]}` } })).catch((error) => error.code)";
    const back = project("documented-server", {
      "server.ts": `${block("a server").replace("rolecall-development", aud)}\nconsole.log(JSON.stringify(${call}));\n`,
    });
    const outcomes = tokens.map((token) => JSON.parse(back.node("server.ts", token).out));
    assert.deepEqual(outcomes, [{ user: dev.id, account: team, mayInvite: false }, "permission-missing"]);
  },

  async "the engine"() {
    const { probe } = await ran("engine", owner);
    assert.deepEqual([probe.one, probe.all, probe.any], [true, true, false]);
    assert.ok(probe.codes.includes("pods.manage") && !probe.codes.includes("billing.view"));
    assert.deepEqual(probe.why, { allowed: false, permission: "billing.view", role: "dev", grantedBy: ["billing", "admin"] });
    assert.deepEqual(Object.keys(probe.match).sort(), ["freshness", "params", "pattern", "permission"], "as its comment shows");
  },

  async "own types"({ text }) {
    const policy = {
      version: 1,
      permissions: [{ code: "docs.read", title: "Read" }],
      roles: [{ code: "reader", title: "Reader", permissions: ["docs.read"] }],
    };
    const own = project("documented-types", {
      "policy.json": JSON.stringify(policy),
      "tsconfig.json": JSON.stringify({ compilerOptions: options({ lib: ["ES2022", "DOM"] }), include: ["src"] }),
      "src/use.ts":
        'import type { PermissionCode } from "rolecall/core";\n"docs.read" satisfies PermissionCode;\n// @ts-expect-error the default policy has it, this one does not\n"pods.manage" satisfies PermissionCode;\n',
    });
    mkdirSync(path.join(own.folder, "src"), { recursive: true });
    const { status, out } = run("bash", ["-c", text], own.folder);
    assert.equal(status, 0, out);
    assert.ok(existsSync(path.join(own.folder, "src/rolecall-policy.d.ts")));
    must(bin("tsc"), ["-p", "."], own.folder);
  },
});
