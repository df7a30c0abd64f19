// The package in Node: ESM, every entry point, the command line, and calls before and after a failed load.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, assertVectors, project, run, vectorFiles, oldestNode } from "./support/project.ts";

const PROLOGUE = 'import assert from "node:assert/strict";\n';
const policyFile = readFileSync(join(ROOT, "policy", "default.json"), "utf8");

for (const entry of ["core", "inline"]) {
  test(`every vector passes with rolecall/${entry} in Node`, () => {
    const app = project(`node-${entry}`, {
      ...vectorFiles(),
      "main.js": `import { loadEngine } from "rolecall/${entry}";\nimport { runVectors } from "./vectors.js";\nimport data from "./data.js";\nconsole.log(JSON.stringify(runVectors(await loadEngine(), data)));\n`,
    });
    const { status, out } = app.node("main.js");
    assert.equal(status, 0, out);
    assertVectors(JSON.parse(out));
  });
}

test("it runs in the oldest supported Node, where that is installed", (t) => {
  const found = oldestNode();
  if (!found) return t.skip("no Node 20 here");
  const app = project("node-20", {
    "main.js": 'import { loadEngine } from "rolecall/core";\nconst engine = await loadEngine();\nconsole.log(engine.verifyAuditLog("").ok);\n',
  });
  assert.equal(run(found, ["main.js"], app.folder).out.trim(), "true");
});

test("rolecall/slim accepts the WebAssembly in every documented form", () => {
  const app = project("node-slim", {
    "main.js": `${PROLOGUE}import { readFileSync } from "node:fs";
import { loadEngine, getEngine } from "rolecall/slim";
const url = new URL(import.meta.resolve("rolecall/rolecall.wasm"));
const bytes = readFileSync(url);
const forms = {
  bytes: () => bytes,
  buffer: () => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  module: () => new WebAssembly.Module(bytes),
  url: () => url,
  text: () => url.href,
  response: () => new Response(bytes, { headers: { "content-type": "application/octet-stream" } }),
  promise: () => Promise.resolve(bytes),
};
const engine = await loadEngine({ wasm: forms[process.argv[2]]() });
assert.equal(engine, getEngine());
assert.equal(engine.policy({ version: 1, permissions: [{ code: "a.b", title: "" }], roles: [{ code: "r", title: "", permissions: ["a.b"] }] }).rights({ role: "r" }).can("a.b"), true);
`,
  });
  for (const form of ["bytes", "buffer", "module", "url", "text", "response", "promise"]) {
    const { status, out } = app.node("main.js", form);
    assert.equal(status, 0, `${form}: ${out}`);
  }
});

test("it throws when used before loading, loads again after a failure, and loads once", () => {
  const app = project("node-load", {
    "main.js": `${PROLOGUE}import { EngineError, getEngine, loadEngine } from "rolecall/core";
assert.throws(() => getEngine(), (error) => error instanceof EngineError && error.code === "engine-not-loaded" && /loadEngine/.test(error.message));
await assert.rejects(loadEngine({ wasm: new Uint8Array([0, 1, 2]) }), (error) => error instanceof EngineError && error.code === "engine-load-failed" && error.cause instanceof WebAssembly.CompileError);
await assert.rejects(loadEngine({ wasm: Promise.reject(new Error("offline")) }), /offline/);
assert.throws(() => getEngine(), EngineError);
const [a, b] = [loadEngine(), loadEngine({ wasm: new Uint8Array() })];
assert.equal(a, b);
assert.equal(await a, getEngine());
assert.equal(await loadEngine(), getEngine());
`,
  });
  assert.deepEqual(app.node("main.js"), { status: 0, out: "" });
});

test("memory is freed: ten thousand policies and a hundred megabytes of log need a few megabytes", () => {
  const app = project("node-memory", {
    "policy.json": policyFile,
    "main.js": `${PROLOGUE}import { readFileSync } from "node:fs";
import { loadEngine } from "rolecall/core";
const { instantiate } = WebAssembly;
let memory;
WebAssembly.instantiate = async (...args) => { const made = await instantiate(...args); memory = made.instance.exports.memory; return made; };
const engine = await loadEngine();
const json = readFileSync("policy.json", "utf8");
const turn = () => new Promise((resolve) => setImmediate(resolve));
for (let n = 0; n < 10_000; n += 1) {
  const policy = engine.policy(json);
  policy.rights({ role: "dev" }).can("pods.manage");
  policy.matchRoute("GET", "/api/pods/" + n);
  try { engine.policy(json.replace("pods.manage", "nothing.such")); } catch {}
  if (n % 100 === 0) { globalThis.gc(); await turn(); }
}
const line = "x".repeat(1_000_000);
for (let n = 0; n < 100; n += 1) assert.equal(engine.verifyAuditLog(line).ok, false);
assert.ok(memory.buffer.byteLength < 32 << 20, String(memory.buffer.byteLength));
`,
  });
  const { status, out } = run("node", ["--expose-gc", "main.js"], app.folder);
  assert.equal(status, 0, out);
});

test("the command line writes types, and reports an invalid policy", () => {
  const app = project("node-cli", {
    "policy.json": policyFile,
    "bad.json": '{"version":1,"permissions":[],"roles":[{"code":"r","title":"","permissions":["a.b"]}]}',
  });
  const cli = join("node_modules", ".bin", "rolecall");
  const good = run(cli, ["types", "policy.json", "rolecall.d.ts"], app.folder);
  assert.equal(good.status, 0, good.out);
  assert.match(app.read("rolecall.d.ts"), /declare module "rolecall\/core"[\s\S]*\| "pods\.manage"[\s\S]*\| "admin"/);
  assert.equal(good.out, "");
  app.write({ "rolecall.tsx": "export {};\n" });
  const ignored = run(cli, ["types", "policy.json", "rolecall.d.ts"], app.folder);
  assert.equal(ignored.status, 0);
  assert.equal(ignored.out, "rolecall: TypeScript ignores rolecall.d.ts beside rolecall.tsx. Choose another name, such as rolecall-policy.d.ts.\n");
  const bad = run(cli, ["types", "bad.json"], app.folder);
  assert.equal(bad.status, 1);
  assert.match(bad.out, /permission-unknown `a\.b` at \/roles\/0\/permissions\/0/);
  assert.equal(run(cli, [], app.folder).status, 2, "wrong usage");
});

test("the tarball contains the built package and nothing else", () => {
  const app = project("node-files");
  const files = run("find", [".", "-type", "f"], join(app.folder, "node_modules", "rolecall"))
    .out.trim()
    .split("\n");
  assert.equal(files.filter((name) => name.endsWith(".wasm")).length, 1);
  assert.deepEqual(
    files.filter((name) => !/^\.\/(dist\/|package\.json$|README\.md$|LICENSE)/.test(name)),
    [],
  );
  const all = files
    .filter((name) => /\.(js|ts|json|md)$/.test(name))
    .map((name) => readFileSync(join(app.folder, "node_modules", "rolecall", name), "utf8"))
    .join("\n");
  assert.ok(!all.includes(ROOT), "an absolute path of this machine is in the package");
  assert.ok(!readFileSync(join(app.folder, "node_modules/rolecall/dist/rolecall.wasm")).includes("/.cargo/"), "a path of this machine is in the WebAssembly");
});
