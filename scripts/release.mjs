// `npm run release [-- --out <folder>] [-- --registry]`: leaves the packages in dist/, with checksums and an SBOM. The same commit gives the
// same bytes. With `--registry` they are fit to be published: they name the repository, and npm attests their provenance.
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildAll, compileBeside } from "./build.mjs";
import { UserError, at, capture, main, root, run, step } from "./lib.mjs";
import { registryFields } from "./release/registry.mjs";
import { setup } from "./setup.mjs";

/** Of this run alone, since two may run at once. */
const STAGING = at("target", `release-${process.pid}`);
const LEGAL = ["LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md"];
const SBOM = "sbom.cdx.json";
const SUMS = "SHA256SUMS";
/** Files of any release: the only ones that a new one removes. */
const RELEASED = new RegExp(`^((rolecall|rolecall-worker|create-rolecall)-\\d[^/]*\\.tgz|${SBOM}|${SUMS})$`);

const manifest = (folder) => JSON.parse(readFileSync(at(folder, "package.json"), "utf8"));

/** Copies the parts of a package to a folder of its own; `parts` maps names there to paths here. */
function stage(name, folder, parts) {
  const place = join(STAGING, name);
  mkdirSync(place, { recursive: true });
  for (const file of LEGAL) cpSync(at(file), join(place, file));
  for (const file of ["package.json", "README.md"]) cpSync(at(folder, file), join(place, file));
  for (const [to, from] of Object.entries(parts)) cpSync(at(from), join(place, to), { recursive: true, filter: (path) => basename(path) !== ".vite" });
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
  writeFileSync(join(place, SBOM), sbom);
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

/** Folders of this machine that no file may name: the repository, the home folder, those of Rust's registries and toolchains. */
const PLACES = [root, homedir(), process.env.CARGO_HOME, process.env.RUSTUP_HOME].filter((place) => place?.length > 2).map((place) => resolve(place));

/** Fails where a file names a place of this machine. */
function refusePathsOfThisMachine(folder) {
  const named = filesOf(folder).find((file) => PLACES.some((place) => readFileSync(file).includes(`${place}/`)));
  if (named) throw new Error(`${named} contains a path of this machine`);
}

/** SBOM and licence texts of what the packages contain. */
async function materials() {
  const { licences, linkedCrates, runtimePackages, sorted } = await import("./release/components.mjs");
  const { bill } = await import("./release/sbom.mjs");
  const engine = linkedCrates(["rolecall-sdk"]);
  const contained = sorted([...engine, ...linkedCrates(["rolecall-worker"]), ...runtimePackages("console")]);
  const own = (folder, components) => ({ ...manifest(folder), licence: manifest(folder).license, components });
  const sbom = await bill([
    own("pkg", sorted([...engine, ...runtimePackages("pkg")])),
    own("cli", sorted([...contained, ...runtimePackages("cli")])),
    own("create", []),
  ]);
  return { sbom, licences: licences(contained) };
}

/** Adds fields to the manifest of a staged package. */
function extendManifest(folder, fields) {
  const file = join(folder, "package.json");
  writeFileSync(file, `${JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...fields }, null, 2)}\n`);
}

/** Packs a staged package and returns the name of its tarball and the number of files in it. */
function pack(folder, out) {
  normalizeModes(folder);
  refusePathsOfThisMachine(folder);
  const { ok, out: packed, err } = capture("npm", ["pack", "--json", "--pack-destination", out], { cwd: folder });
  if (!ok) throw new Error(`npm pack: ${err}`);
  const [{ filename, entryCount }] = JSON.parse(packed);
  const staged = filesOf(folder).length;
  // npm takes what `files` of package.json lists, and says nothing of the rest.
  if (entryCount !== staged) throw new Error(`${filename} has ${entryCount} of ${staged} staged files: see \`files\` of its package.json`);
  return [filename, entryCount];
}

/** The files of an earlier release in a folder. @throws UserError where it has others, which this release must not remove. */
function earlierRelease(out) {
  if (!existsSync(out)) return [];
  if (!statSync(out).isDirectory()) throw new UserError(`${out} is not a folder.`);
  const names = readdirSync(out);
  const foreign = names.find((name) => !RELEASED.test(name));
  if (foreign) throw new UserError(`${out} has files that no release made, such as ${foreign}. Name another folder.`);
  return names.map((name) => join(out, name));
}

/** Writes SHA256SUMS, and prints each file with its size; `counts` has the number of files in each package. */
function checksums(out, counts) {
  const rows = readdirSync(out)
    .sort()
    .map((name) => ({
      name,
      size: statSync(join(out, name)).size,
      sum: createHash("sha256")
        .update(readFileSync(join(out, name)))
        .digest("hex"),
    }));
  writeFileSync(join(out, SUMS), rows.map(({ name, sum }) => `${sum}  ${name}\n`).join(""));
  const width = Math.max(...rows.map(({ name }) => name.length));
  const line = (name, files, size, sum) => `  ${name.padEnd(width)}  ${`${files}`.padStart(5)}  ${size.padStart(8)}  ${sum}`;
  console.log(line("package", "files", "packed", "SHA-256"));
  for (const { name, size, sum } of rows) console.log(line(name, counts.get(name) ?? "", `${Math.round(size / 1000)} kB`, sum.slice(0, 12)));
}

/** What the command line asks for. @throws UserError where it is wrong. */
function options() {
  try {
    return parseArgs({ options: { out: { type: "string", default: at("dist") }, registry: { type: "boolean", default: false } } }).values;
  } catch (error) {
    throw new UserError(`${error.message}\nUsage: npm run release [-- --out <folder>] [-- --registry]`);
  }
}

main(async () => {
  const { out: folder, registry } = options();
  const out = resolve(folder);
  // Told before the builds, too.
  const remote = registry ? registryFields() : undefined;
  // Told before the builds; removed after them, so that a build that fails leaves the earlier release.
  const earlier = earlierRelease(out);
  await setup({ beside: compileBeside });
  await buildAll();
  const counts = new Map();
  await step("Packing", "some seconds", async () => {
    for (const file of earlier) rmSync(file, { force: true });
    mkdirSync(out, { recursive: true });
    const { sbom, licences } = await materials();
    const engine = stage("rolecall", "pkg", { dist: "pkg/dist" });
    const places = { pkg: engine, cli: await stageWorker(sbom, licences), create: await stageCreate() };
    for (const [folder, place] of Object.entries(places)) {
      if (remote) extendManifest(place, remote(folder));
      counts.set(...pack(place, out));
    }
    writeFileSync(join(out, SBOM), sbom);
  }).finally(() => rmSync(STAGING, { recursive: true, force: true }));
  checksums(out, counts);
});
