// Fails when what the first page loads has grown beyond its limit: scripts and wasm, gzipped, as a browser gets them
// that opens the console for the first time and lands on signing in, and for comparison on the team page. With `--compare`,
// each figure stands beside that of an empty page of Vite and React, which is the least that such a page can ship, and is written
// to docs/BENCHMARKS.md.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** In bytes; the wasm of the package counts. */
const LIMIT = 200_000;
const TEAM_LIMIT = 260_000;

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));

/** The files that an entry needs before it runs, itself included. */
function staticFiles(key, found = new Set()) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`the build has no ${key}`);
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const asset of chunk.assets ?? []) if (asset.endsWith(".wasm")) found.add(asset);
  for (const next of chunk.imports ?? []) staticFiles(next, found);
  return found;
}

/** Keys of the chunks whose code is loaded by every page soon after the start, whatever the page. */
const always = Object.keys(manifest).filter(
  (key) =>
    key === "index.html" ||
    key.startsWith("src/components/Toasts") ||
    manifest[key].file.endsWith(".wasm") ||
    manifest[key].assets?.some((asset) => asset.endsWith(".wasm")),
);

const size = (bytes) => gzipSync(bytes, { level: 9 }).length;
const gzipped = (file) => size(readFileSync(join(dist, file)));

/** Bytes of the scripts of a page that renders one empty element with React, gzipped. */
async function emptyPage() {
  const [{ build }, { default: react }] = await Promise.all([import("vite"), import("@vitejs/plugin-react")]);
  const root = mkdtempSync(fileURLToPath(new URL("../.empty-page-", import.meta.url)));
  try {
    writeFileSync(join(root, "index.html"), '<!doctype html><div id="root"></div><script type="module" src="/main.jsx"></script>');
    const main = 'import { createRoot } from "react-dom/client";\ncreateRoot(document.getElementById("root")).render(<main />);\n';
    writeFileSync(join(root, "main.jsx"), main);
    const { output } = await build({
      root,
      configFile: false,
      logLevel: "silent",
      plugins: [react()],
      build: { target: "es2022", write: false, modulePreload: { polyfill: false } },
    });
    return output.filter(({ type }) => type === "chunk").reduce((sum, { code }) => sum + size(code), 0);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function measure(pages) {
  const files = new Set([...always, ...pages].flatMap((key) => [...staticFiles(key)]));
  const sizes = [...files].filter((file) => /\.(js|wasm)$/.test(file)).map((file) => [file, gzipped(file)]);
  return { sizes: sizes.sort((a, b) => b[1] - a[1]), total: sizes.reduce((sum, [, size]) => sum + size, 0) };
}

const empty = process.argv.includes("--compare") ? await emptyPage() : undefined;
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
let failed = false;
const rows = [];
for (const [name, limit, pages] of [
  ["/sign-in", LIMIT, ["src/pages/sign-in.tsx"]],
  ["/sign-up", LIMIT, ["src/pages/sign-up.tsx"]],
  ["/join", LIMIT, ["src/pages/join.tsx"]],
  ["/team", TEAM_LIMIT, ["src/layout/ConsoleLayout.tsx", "src/pages/team.tsx", "src/components/TooltipPopup.tsx"]],
]) {
  const { sizes, total } = measure(pages);
  const over = total > limit;
  failed ||= over;
  console.log(
    `${over ? "TOO LARGE" : "ok"}  ${name}: ${kB(total)} of ${limit / 1000} kB, gzip${empty ? `, ${(total / empty).toFixed(1)} × an empty page` : ""}`,
  );
  if (over || process.argv.includes("--files")) for (const [file, size] of sizes) console.log(`      ${(size / 1000).toFixed(1).padStart(6)} kB  ${file}`);
  rows.push(`| \`${name}\` | ${kB(total)} | ${empty ? (total / empty).toFixed(1) : ""} | ${limit / 1000} kB |`);
}
if (empty) {
  const { writeBenchmarks } = await import("../../tests/bench/write-benchmarks.mjs");
  const head = ["| page | JavaScript | × the empty page | limit |", "|---|--:|--:|--:|", `| empty, Vite and React | ${kB(empty)} | 1.0 | |`];
  writeBenchmarks("console", [...head, ...rows]);
}
if (failed) process.exit(1);
