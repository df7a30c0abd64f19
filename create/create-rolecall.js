#!/usr/bin/env node
// `npm create rolecall <folder>`: a folder with team accounts, ready to start and to deploy. Asks nothing.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const TEMPLATE = fileURLToPath(new URL("template/", import.meta.url));
const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
/** Names of Workers: letters, digits and hyphens; development adds a suffix to at most 63 characters. */
const NAME = /^[a-z]([a-z0-9-]{0,48}[a-z0-9])?$/;
const DEFAULT_FOLDER = "my-accounts";
const PACKAGES = ["rolecall", "rolecall-worker"];

const HELP = `usage: npm create rolecall [folder] [-- options]

Makes a folder with policy.json, wrangler.toml, package.json and README.md, and installs the packages.

  folder           name of the folder and of the Worker; ${DEFAULT_FOLDER} if there is none
  --no-install     make the files only
  --from <folder>  take the packages from tarballs in a folder (\`npm run release\` in Rolecall's repository makes them)
  --yes, -y        accepted, since nothing is asked
  --version, --help

Examples:
  npm create rolecall my-accounts
  npm exec --package=./dist/create-rolecall-${version}.tgz -- create-rolecall my-accounts`;

/** A mistake of the user, told in one sentence. */
class UserError extends Error {
  exitCode = 1;
}

/** A command line that is wrong. */
class UsageError extends UserError {
  exitCode = 2;
}

const tarball = (folder, name) => join(folder, `${name}-${version}.tgz`);

/** Folder of the packages' tarballs: the one that was named, or that of the tarball which npm runs this from. */
function packagesFolder(from) {
  if (from !== undefined) {
    const folder = resolve(from);
    const missing = PACKAGES.find((name) => !existsSync(tarball(folder, name)));
    if (missing) throw new UserError(`${folder} has no ${basename(tarball(folder, missing))}.`);
    return folder;
  }
  const own = (process.env.npm_config_package ?? "").split("\n").find((spec) => spec.endsWith(".tgz"));
  const folder = own && dirname(resolve(own.replace(/^file:/, "")));
  return folder && PACKAGES.every((name) => existsSync(tarball(folder, name))) ? folder : undefined;
}

/** What may be in a folder beforehand: a new repository, and what npm leaves of an installation. */
const HARMLESS = [".git", ".DS_Store", "node_modules", "package-lock.json"];

/** What a manifest says besides the versions of dependencies, which are paths where the packages come from tarballs. */
function manifestWithoutVersions(text) {
  try {
    const { dependencies = {}, overrides: _, ...rest } = JSON.parse(text);
    return JSON.stringify([rest, Object.keys(dependencies).sort()]);
  } catch {
    return undefined;
  }
}

/** Whether a folder has nothing that this program would overwrite: it is empty, or a repeat after an installation that failed. */
function isUsable(folder, name) {
  if (existsSync(join(folder, "node_modules", "rolecall-worker"))) return false;
  const written = readdirSync(TEMPLATE).map((file) => (file === "gitignore" ? ".gitignore" : file));
  return readdirSync(folder)
    .filter((file) => !HARMLESS.includes(file))
    .every((file) => {
      if (!written.includes(file)) return false;
      const text = readFileSync(join(folder, file), "utf8");
      const own = filled(join(TEMPLATE, file === ".gitignore" ? "gitignore" : file), name);
      return file === "package.json" ? manifestWithoutVersions(text) === manifestWithoutVersions(own) : text === own;
    });
}

/** A path as a shell takes it. */
const shellWord = (path) => (/^[\w@%+=:,./-]+$/.test(path) ? path : `"${path.replace(/(["\\$`])/g, "\\$1")}"`);

/** Text of a file of the template, with its placeholders filled. */
const filled = (file, name) => readFileSync(file, "utf8").replaceAll("{{name}}", name).replaceAll("{{version}}", version);

/** Fills the template's placeholders and names. */
function writeProject(folder, name) {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(TEMPLATE)) {
    writeFileSync(join(folder, file), filled(join(TEMPLATE, file), name));
  }
  // npm leaves files named .gitignore out of packages.
  renameSync(join(folder, "gitignore"), join(folder, ".gitignore"));
}

/** Makes the project depend on tarballs, also where one of them depends on the other. */
function usePackagesOf(tarballs, folder) {
  const file = join(folder, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  for (const name of PACKAGES) manifest.dependencies[name] = `file:${relative(folder, tarball(tarballs, name))}`;
  manifest.overrides = { rolecall: "$rolecall" };
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

function install(folder) {
  console.log("Installing the packages …");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status, error } = spawnSync(npm, ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
    // What npm set for running this program would also hold for the installation.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(config_package|config_call|lifecycle|package)/.test(name))),
  });
  if (error ?? status !== 0) throw new UserError(`The packages could not be installed. The files are in ${folder}: run \`npm install\` there.`);
}

function main() {
  const options = { yes: { type: "boolean", short: "y" }, install: { type: "boolean", default: true }, from: { type: "string" } };
  const flags = { help: { type: "boolean", short: "h" }, version: { type: "boolean" } };
  let parsed;
  try {
    parsed = parseArgs({ options: { ...options, ...flags }, allowPositionals: true, allowNegative: true });
  } catch (error) {
    throw new UsageError(`${error.message}\n\n${HELP}`);
  }
  const { values, positionals } = parsed;
  if (values.help) return console.log(HELP);
  if (values.version) return console.log(version);
  if (positionals.length > 1) throw new UsageError(`One folder is enough.\n\n${HELP}`);
  const folder = resolve(positionals[0] ?? DEFAULT_FOLDER);
  const name = basename(folder);
  if (!NAME.test(name))
    throw new UserError(`${name} cannot be the name of a Worker: up to 50 lower-case letters, digits and hyphens, beginning with a letter.`);
  if (existsSync(folder) && !statSync(folder).isDirectory()) throw new UserError(`${folder} is a file.`);
  if (existsSync(folder) && !isUsable(folder, name)) throw new UserError(`${folder} is not empty.`);
  const tarballs = packagesFolder(values.from);
  writeProject(folder, name);
  if (tarballs) {
    console.log(`The packages come from ${tarballs}.`);
    usePackagesOf(tarballs, folder);
  }
  if (values.install) install(folder);
  const place = relative(process.cwd(), folder) || ".";
  console.log(`\n${name} is ready:\n\n  cd ${shellWord(place)}${values.install ? "" : "\n  npm install"}\n  npm start\n`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`✗ ${error.message}`);
  process.exitCode = error.exitCode;
}
