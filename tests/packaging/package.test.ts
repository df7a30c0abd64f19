// The tarball: publint, Are The Types Wrong, and the size of each entry point.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ROOT, bin, must, project, tarball } from "./support/project.ts";

test("publint reports nothing", () => {
  must(bin("publint"), ["run", tarball(), "--strict"], ROOT);
});

test("the types resolve in every ESM resolution mode", () => {
  must(bin("attw"), [tarball(), "--profile", "esm-only", "--no-emoji", "--exclude-entrypoints", "rolecall.wasm", "default-policy.json"], ROOT);
});

interface Size {
  /** The chunk of the entry and those that it imports statically: what a page waits for. */
  first: number;
  /** With those that are loaded when they are needed: the WebAssembly. */
  all: number;
}

/** Bytes with gzip of what a bundler makes of a module. */
function bundled(name: string, module: string, external: string[]): Size {
  const app = project(`size-${name}`, { "main.js": module });
  const externals = external.map((other) => `--external:${other}`);
  must(bin("esbuild"), ["main.js", "--bundle", "--splitting", "--minify", "--format=esm", "--outdir=out", "--log-level=warning", ...externals], app.folder);
  const sizeOf = (file: string) => gzipSync(app.read(`out/${file}`), { level: 9 }).length;
  const chunks = readdirSync(join(app.folder, "out"));
  const statics = (file: string): string[] => [
    file,
    ...[...app.read(`out/${file}`).matchAll(/(?:from|import)"\.\/([^"]+)"/g)].flatMap(([, next]) => statics(next!)),
  ];
  const sum = (files: Iterable<string>) => [...files].reduce((total, file) => total + sizeOf(file), 0);
  return { first: sum(new Set(statics("main.js"))), all: sum(chunks) };
}

/**
 * Maximum bytes with gzip of a bundle that uses the entry point; peer dependencies are not counted. Those of frameworks are counted
 * beside the client, which their apps have anyway. Raise a limit only with the reason in the commit: every page load pays it.
 */
const LIMITS: { entry: string; use: string; first: number; all?: number; external?: string[] }[] = [
  {
    entry: "core",
    use: 'const { loadEngine } = entry; loadEngine().then((engine) => console.log(engine.policy(globalThis.policy).rights({ role: "dev" }).can("pods.manage")));',
    first: 15_400,
  },
  { entry: ".", use: "console.log(entry.createClient);", first: 10_000, all: 26_350 },
  {
    entry: "react",
    use: "console.log(entry.RolecallProvider, entry.useCan, entry.Can, entry.useAccount, entry.useSession);",
    first: 1_000,
    external: ["react", "react/jsx-runtime"],
  },
];

for (const { entry, use, first, all, external = [] } of LIMITS) {
  const name = entry === "." ? "rolecall" : `rolecall/${entry}`;
  test(`${name} is at most ${first} bytes with gzip${all ? `, ${all} with what it loads later` : ""}`, (t) => {
    const module = `import * as entry from "${name}";\n${use}\n`;
    const client = 'import { createClient } from "rolecall";\nconsole.log(createClient);\n';
    let size = bundled(name.replaceAll("/", "-"), external.length > 0 ? client + module : module, external);
    if (external.length > 0) {
      const alone = bundled(`${name.replaceAll("/", "-")}-without`, client, external);
      size = { first: size.first - alone.first, all: size.all - alone.all };
    }
    t.diagnostic(`${name}: ${size.first} bytes with gzip, ${size.all} with what it loads later`);
    assert.ok(size.first <= first, `${size.first} bytes`);
    assert.ok(size.all <= (all ?? first), `${size.all} bytes with what it loads later`);
  });
}

test("the tarball contains the README", () => {
  assert.ok(existsSync(join(project("readme").folder, "node_modules", "rolecall", "README.md")));
});
