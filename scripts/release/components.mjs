// What the packages contain of others: Rust crates that are linked, npm packages that are bundled or installed.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { at, capture } from "../lib.mjs";
import { WASM_TARGET } from "../toolchain.mjs";

const LICENCE_FILE = /^(licen[cs]e|copying|notice|unlicense)/i;

/**
 * @typedef {object} Component
 * @property {string} name
 * @property {string} version
 * @property {string} licence SPDX expression.
 * @property {string} purl
 * @property {[algorithm: string, hex: string] | undefined} hash Of the archive in its registry.
 * @property {string} folder Where its sources are, with its licence texts.
 */

function cargo(...args) {
  const { ok, out, err } = capture("cargo", [...args, "--locked"]);
  if (!ok) throw new Error(`cargo ${args.join(" ")}: ${err}`);
  return out;
}

/** Checksums of crates by name and version. */
function cargoChecksums() {
  const lock = readFileSync(at("Cargo.lock"), "utf8");
  const entries = [...lock.matchAll(/name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"/g)];
  return new Map(entries.map(([, name, version, checksum]) => [`${name}@${version}`, checksum]));
}

/** Crates of others that are linked into the module of one of ours, without macros, which run at compile time only. */
export function linkedCrates(ours) {
  const tree = ours.flatMap((name) =>
    cargo("tree", "-p", name, "-e", "normal,no-proc-macro", "--target", WASM_TARGET, "--prefix", "none", "--format", "{p}").split("\n"),
  );
  const linked = new Set(tree.map((line) => line.split(" ").slice(0, 2).join("@").replace("@v", "@")));
  const { packages } = JSON.parse(cargo("metadata", "--format-version", "1", "--filter-platform", WASM_TARGET));
  const checksums = cargoChecksums();
  return packages
    .filter(({ name, version, source }) => source !== null && linked.has(`${name}@${version}`))
    .map(({ name, version, license, manifest_path }) => ({
      name,
      version,
      licence: license.replaceAll("/", " OR "),
      purl: `pkg:cargo/${name}@${version}`,
      hash: ["SHA-256", checksums.get(`${name}@${version}`)],
      folder: dirname(manifest_path),
    }));
}

/** The npm package that `name` means for a package at a place of package-lock.json. */
function resolved(packages, from, name) {
  for (let place = from; ; place = place.includes("/node_modules/") ? place.slice(0, place.lastIndexOf("/node_modules/")) : "") {
    const candidate = `${place ? `${place}/` : ""}node_modules/${name}`;
    if (packages[candidate]) return candidate;
    if (place === "") return undefined;
  }
}

/** The npm packages of others that one of ours needs at run time, its own name left out. */
export function runtimePackages(workspace) {
  const { packages } = JSON.parse(readFileSync(at("package-lock.json"), "utf8"));
  const found = new Map();
  const visit = (place) => {
    const { dependencies = {}, optionalDependencies = {} } = packages[place];
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const target = resolved(packages, place, name);
      if (!target || packages[target].link || found.has(target)) continue;
      found.set(target, { name, ...packages[target] });
      visit(target);
    }
  };
  visit(workspace);
  return [...found].map(([place, { name, version, license, integrity }]) => ({
    name,
    version,
    licence: license,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    hash: integrity?.startsWith("sha512-") ? ["SHA-512", Buffer.from(integrity.slice(7), "base64").toString("hex")] : undefined,
    folder: at(place),
  }));
}

/** The components sorted by purl, each once. */
export const sorted = (components) =>
  [...new Map(components.map((component) => [component.purl, component])).values()].sort((a, b) => (a.purl < b.purl ? -1 : 1));

/** The licence texts in a component's folder. */
function licenceTexts({ folder }) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name))
    .map(({ name }) => readFileSync(join(folder, name), "utf8").replaceAll("\r\n", "\n").trim())
    .sort();
}

/** A text that names each component with its licence, and has each licence text once. */
export function licences(components) {
  const users = new Map();
  const unnamed = [];
  for (const component of components) {
    const label = `${component.name} ${component.version} (${component.licence})`;
    const texts = licenceTexts(component);
    if (texts.length === 0) unnamed.push(label);
    for (const text of texts) users.set(text, [...(users.get(text) ?? []), label]);
  }
  const groups = [...users].map(([text, labels]) => `${labels.join("\n")}\n\n${text}`);
  const rest = unnamed.length > 0 ? [`Without a licence text of their own:\n\n${unnamed.join("\n")}`] : [];
  return `Rolecall contains the following works of others.\n\n${[...groups, ...rest].join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}
