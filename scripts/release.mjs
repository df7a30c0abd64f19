// `npm run release [-- --out <folder>]`: leaves the packages in dist/, with checksums and an SBOM. The same commit gives the same bytes.
import { createHash } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildAll, compileBeside } from "./build.mjs";
import { at, main, root, run, step } from "./lib.mjs";
import { setup } from "./setup.mjs";

/** Of this run alone, since two may run at once. */
const STAGING = at("target", `release-${process.pid}`);
const LEGAL = ["LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md"];

const manifest = (folder) => JSON.parse(readFileSync(at(folder, "package.json"), "utf8"));

/** Copies the parts of a package to a folder of its own; `parts` maps names there to paths here. */
function stage(name, folder, parts) {
  const place = join(STAGING, name);
  mkdirSync(place, { recursive: true });
  for (const file of LEGAL) cpSync(at(file), join(place, file));
  for (const file of ["package.json", "README.md"]) cpSync(at(folder, file), join(place, file));
  for (const [to, from] of Object.entries(parts)) cpSync(at(from), join(place, to), { recursive: true, filter: (path) => !path.includes("/.vite") });
  return place;
}

/** Stages the package of the Worker: what the builds left, and the command compiled to JavaScript. */
async function stageWorker(sbom, licences) {
  const { writeTemplate } = await import("./release/template.mjs");
  const place = stage("rolecall-worker", "cli", {
    "worker/rolecall.js": "worker/build/rolecall.js",
    "worker/rolecall.wasm": "worker/build/rolecall.wasm",
    "worker/rolecall.d.ts": "worker/rolecall.d.ts",
    console: "console/dist",
    migrations: "crates/store/migrations",
  });
  writeTemplate(join(place, "template"));
  await run("tsc", ["-p", at("cli", "tsconfig.json"), "--outDir", join(place, "dist")]);
  chmodSync(join(place, "dist", "main.js"), 0o755);
  writeFileSync(join(place, "sbom.cdx.json"), sbom);
  writeFileSync(join(place, "THIRD-PARTY-LICENSES.txt"), licences);
  return place;
}

async function stageCreate() {
  const { writeTemplate } = await import("./release/template.mjs");
  const place = stage("create-rolecall", "create", { "create-rolecall.js": "create/create-rolecall.js" });
  writeTemplate(join(place, "template"));
  return place;
}

const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

/** Modes as in every release, whatever the umask of this machine. */
function normalizeModes(folder) {
  for (const file of filesOf(folder)) chmodSync(file, statSync(file).mode & 0o100 ? 0o755 : 0o644);
}

/** Fails where a file names a place of this machine. */
function refusePathsOfThisMachine(folder) {
  const places = [root, homedir()].filter((place) => place.length > 2);
  const named = filesOf(folder).find((file) => places.some((place) => readFileSync(file).includes(`${place}/`)));
  if (named) throw new Error(`${named} contains a path of this machine`);
}

/** SBOM and licence texts of what the packages contain. */
async function materials() {
  const { licences, linkedCrates, runtimePackages, sorted } = await import("./release/components.mjs");
  const { bill } = await import("./release/sbom.mjs");
  const engine = linkedCrates(["rolecall-sdk"]);
  const contained = sorted([...engine, ...linkedCrates(["rolecall-worker"]), ...runtimePackages("console")]);
  const own = (folder, components) => ({ ...manifest(folder), licence: manifest(folder).license, components });
  const sbom = await bill([own("pkg", sorted(engine)), own("cli", sorted([...contained, ...runtimePackages("cli")])), own("create", [])]);
  return { sbom, licences: licences(contained) };
}

async function pack(folder, out) {
  normalizeModes(folder);
  refusePathsOfThisMachine(folder);
  await run("npm", ["pack", "--silent", "--pack-destination", out], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
}

/** Writes SHA256SUMS, and prints each file with its size. */
function checksums(out) {
  const rows = readdirSync(out)
    .filter((name) => name !== "SHA256SUMS")
    .sort()
    .map((name) => ({
      name,
      size: statSync(join(out, name)).size,
      sum: createHash("sha256")
        .update(readFileSync(join(out, name)))
        .digest("hex"),
    }));
  writeFileSync(join(out, "SHA256SUMS"), rows.map(({ name, sum }) => `${sum}  ${name}\n`).join(""));
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, size, sum } of rows) console.log(`  ${name.padEnd(width)}  ${`${Math.round(size / 1000)} kB`.padStart(8)}  sha256 ${sum.slice(0, 12)}`);
}

main(async () => {
  const { values } = parseArgs({ options: { out: { type: "string", default: at("dist") } } });
  const out = resolve(values.out);
  await setup({ beside: compileBeside });
  await buildAll();
  await step("Packing", "some seconds", async () => {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
    const { sbom, licences } = await materials();
    const engine = stage("rolecall", "pkg", { dist: "pkg/dist" });
    for (const place of [engine, await stageWorker(sbom, licences), await stageCreate()]) await pack(place, out);
    writeFileSync(join(out, "sbom.cdx.json"), sbom);
  }).finally(() => rmSync(STAGING, { recursive: true, force: true }));
  checksums(out);
});
