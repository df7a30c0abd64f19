// `npm run bench:engine`: the package's engine beside its peers and the floors, in Node and in Chromium, in one run.
// Prints the table and writes it into docs/BENCHMARKS.md; with `--dry` it only prints.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { ensureBrowser as bringBrowser } from "../../../scripts/install-chromium.mjs";
import { buildPackage } from "../../../scripts/build.mjs";
import { UserError, at, environment, main, run } from "../../../scripts/lib.mjs";
import { setup } from "../../../scripts/setup.mjs";
import { peers } from "../install-peers.mjs";
import { writeBenchmarks } from "../write-benchmarks.mjs";

const here = import.meta.dirname;
const NAMES = ["object", "bits", "rolecall", "casl", "better-auth", "accesscontrol", "casbin", "cedar"];
const out = at("target", "bench-engine");

/** Unpacks what `npm pack` makes: what is measured is what would be published. */
async function packed() {
  await run("npm", ["pack", "--silent", "-w", "pkg", "--pack-destination", out], { stdio: "ignore" });
  const home = join(out, "node_modules", "rolecall");
  mkdirSync(home, { recursive: true });
  await run("tar", [
    "-xzf",
    join(
      out,
      readdirSync(out).find((name) => name.endsWith(".tgz")),
    ),
    "--strip-components=1",
    "-C",
    home,
  ]);
  return home;
}

const instead = Object.fromEntries(["fs", "util", "async_hooks"].map((name) => [name, join(here, "node-stubs.mjs")]));

/** The tarball's package instead of the workspace's. */
const fromTarball = {
  name: "from-tarball",
  setup: (build) =>
    build.onResolve({ filter: /^rolecall\// }, ({ path, kind, pluginData }) =>
      pluginData ? undefined : build.resolve(path, { kind, resolveDir: out, pluginData: true }),
    ),
};

/** Only casbin gets what only casbin needs. */
const settings = (contents, wasm) => ({
  stdin: { contents, resolveDir: here, loader: "js" },
  bundle: true,
  minify: true,
  platform: "browser",
  format: "esm",
  target: "es2022",
  write: false,
  logLevel: "error",
  loader: { ".wasm": wasm },
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [fromTarball],
  alias: instead,
  inject: contents.includes("casbin") ? [join(here, "buffer.mjs")] : [],
});

const bundle = async (esbuild, contents) => (await esbuild.build(settings(contents, "binary"))).outputFiles[0].text;

const app = (name, then) =>
  `import make from "./candidates/${name}.mjs"; make(globalThis.policy).then((subject) => ${then(`subject.can("dev", "pods.manage")`)});`;

/** Bytes that a page pays; WebAssembly as the file it could be, not as the text that this bundler would make of it. */
async function shipped(esbuild, name) {
  const { outputFiles } = await esbuild.build({
    ...settings(
      app(name, (answer) => `console.log(${answer})`),
      "file",
    ),
    outdir: out,
    assetNames: "[name]",
  });
  const sum = (pack) => outputFiles.reduce((total, { contents }) => total + pack(contents).length, 0);
  return { gzip: sum((bytes) => gzipSync(bytes, { level: 9 })), brotli: sum((bytes) => brotliCompressSync(bytes)) };
}

/** Pages that note when they have checked for the first time. */
async function visited(esbuild, policy, home) {
  const files = { "/index.html": "<!doctype html><title>bench</title>", "/rolecall.wasm": readFileSync(join(home, "dist", "rolecall.wasm")) };
  for (const [page, name] of Object.entries({ inlined: "rolecall", fetched: "fetched" })) {
    files[`/${page}.js`] = await bundle(
      esbuild,
      app(name, (answer) => `{ if (${answer}) globalThis.checked = performance.now(); }`),
    );
    files[`/${page}.html`] =
      `<!doctype html><title>bench</title><script>globalThis.policy = ${JSON.stringify(policy)};</script><script type="module" src="/${page}.js"></script>`;
  }
  return files;
}

main(async () => {
  await setup();
  await buildPackage();
  await bringBrowser();
  await peers();
  const esbuild = await import("esbuild");
  const { pages, startupTimes, withChromium } = await import("./chromium.mjs");
  const { sentences, table } = await import("./report.mjs");
  const { weights } = await import("./weights.mjs");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const home = await packed();
  const policy = JSON.parse(readFileSync(at("policy", "default.json"), "utf8"));
  const cells = JSON.parse(readFileSync(at("tests", "vectors", "cells.json"), "utf8"));
  const load = loadavg()[0];

  const all = `${NAMES.map((name, index) => `import * as m${index} from "./candidates/${name}.mjs";`).join("\n")}
import { measure } from "./measure.mjs";
export const go = (policy, cells) => measure([${NAMES.map((_, index) => `m${index}`).join(", ")}], policy, cells);`;
  const everything = await bundle(esbuild, all);
  writeFileSync(join(out, "all.mjs"), everything);
  writeFileSync(
    join(out, "node.mjs"),
    `import { go } from "./all.mjs";\nprocess.stdout.write(JSON.stringify(await go(...${JSON.stringify([policy, cells])})));\n`,
  );
  const node = spawnSync("node", [join(out, "node.mjs")], { encoding: "utf8", env: environment(), maxBuffer: 1 << 26 });
  if (node.status !== 0) throw new UserError((node.stderr || String(node.error)).slice(-1_500));
  const inNode = JSON.parse(node.stdout);

  const sources = {};
  for (const name of NAMES) sources[name] = await bundle(esbuild, `export { default } from "./candidates/${name}.mjs";`);
  const files = { ...(await visited(esbuild, policy, home)), "/all.js": everything };
  await withChromium(files, async (chromium, address) => {
    const page = await chromium.newPage();
    await page.goto(address);
    const inChromium = await page.evaluate(async ([rules, wanted]) => (await import("/all.js")).go(rules, wanted), [policy, cells]);
    await page.close();
    const start = await startupTimes(chromium, address, NAMES, sources, policy);
    const first = await pages(chromium, address, ["inlined", "fetched"]);
    const rows = [];
    for (const [index, name] of NAMES.entries())
      rows.push({ name: inNode[index].name, node: inNode[index], chromium: inChromium[index], start: start[name], size: await shipped(esbuild, name) });
    const version = spawnSync("node", ["--version"], { encoding: "utf8", env: environment() }).stdout.trim().slice(1).split(".")[0];
    const where = `Medians, Node ${version} · Chromium ${chromium.version().split(".")[0]} (start and page: Chromium), on ${cpus().length} shared cores, load ${load.toFixed(1)} before the run. Absolute figures move; ratios within a run count.`;
    const ours = rows[NAMES.indexOf("rolecall")].size.gzip;
    const probe = app("rolecall", (answer) => `console.log(${answer})`);
    const parts = await weights(esbuild, settings(probe, "binary"), ours);
    const lines = [...table(rows), "", ...sentences(rows, first).map((text) => `- ${text}`), "", ...parts, "", where];
    console.log(lines.join("\n"));
    if (!process.argv.includes("--dry")) writeBenchmarks("engine", lines);
  });
});
