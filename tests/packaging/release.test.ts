// The release: its packages, their contents, and that it can be reproduced.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { repositoryUrl } from "../../scripts/release/registry.mjs";
import { ROOT, must, run } from "./support/project.ts";
import { release } from "./support/release.ts";

const { version } = JSON.parse(readFileSync(join(ROOT, "cli", "package.json"), "utf8"));
const first = release();
const unpacked = mkdtempSync(join(tmpdir(), "rolecall-unpacked-"));
after(() => rmSync(unpacked, { recursive: true, force: true }));

/** Unpacks a package and returns its folder. */
function unpack(name: string): string {
  const folder = join(unpacked, name);
  must("mkdir", ["-p", folder], ROOT);
  must("tar", ["xzf", join(first, `${name}-${version}.tgz`), "-C", folder, "--strip-components=1"], ROOT);
  return folder;
}

const CONTENTS: Record<string, string[]> = {
  rolecall: ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "dist", "package.json"],
  "rolecall-worker": [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "THIRD-PARTY-LICENSES.txt",
    "console",
    "dist",
    "migrations",
    "package.json",
    "sbom.cdx.json",
    "template",
    "worker",
  ],
  "create-rolecall": ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "create-rolecall.js", "package.json", "template"],
};

test("a second release has the same bytes, and the checksums are theirs", () => {
  const second = release();
  const names = readdirSync(first).sort();
  assert.deepEqual(names, [...Object.keys(CONTENTS).map((name) => `${name}-${version}.tgz`), "sbom.cdx.json", "SHA256SUMS"].sort());
  assert.deepEqual(readdirSync(second).sort(), names);
  for (const name of names) assert.ok(readFileSync(join(first, name)).equals(readFileSync(join(second, name))), `${name} differs`);
  const lines = readFileSync(join(first, "SHA256SUMS"), "utf8").trim().split("\n");
  assert.equal(lines.length, names.length - 1);
  for (const line of lines) {
    const [sum, name = ""] = line.split("  ");
    assert.equal(
      createHash("sha256")
        .update(readFileSync(join(first, name)))
        .digest("hex"),
      sum,
      name,
    );
  }
});

for (const [name, contents] of Object.entries(CONTENTS)) {
  test(`${name} contains what it needs, the licences, and no path of this machine`, () => {
    const folder = unpack(name);
    assert.deepEqual(readdirSync(folder).sort(), contents);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.ok(files.length >= 8);
    for (const { parentPath, name: file } of files) {
      const bytes = readFileSync(join(parentPath, file));
      for (const place of [ROOT, homedir()]) assert.ok(!bytes.includes(`${place}/`), `${join(parentPath, file)} contains ${place}`);
    }
  });
}

test("the packages depend on each other in this version, and every program that one names is there", () => {
  for (const name of Object.keys(CONTENTS)) {
    const folder = join(unpacked, name);
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    assert.equal(manifest.version, version);
    assert.equal(manifest.dependencies?.rolecall ?? version, version);
    for (const program of Object.values<string>(manifest.bin ?? {})) assert.match(readFileSync(join(folder, program), "utf8"), /^#!\/usr\/bin\/env node\n/);
  }
});

test("a package for the registry names the repository of the git remote, or is refused", () => {
  assert.equal(repositoryUrl("https://user:secret@git.example.com/acme/rolecall.git"), "https://git.example.com/acme/rolecall");
  assert.equal(repositoryUrl("git@git.example.com:acme/rolecall.git"), "https://git.example.com/acme/rolecall");
  assert.equal(repositoryUrl("ssh://git@git.example.com:2222/acme/rolecall"), "https://git.example.com/acme/rolecall");
  for (const local of ["/srv/rolecall", "../rolecall", "file:///srv/rolecall", "C:\\rolecall", "", "localhost:rolecall"])
    assert.equal(repositoryUrl(local), undefined, local);
  const elsewhere = mkdtempSync(join(unpacked, "no-remote-"));
  must("git", ["init", "--quiet", elsewhere], ROOT);
  const { status, out } = run(
    "env",
    [`GIT_DIR=${join(elsewhere, ".git")}`, "node", "scripts/release.mjs", "--registry", "--out", join(unpacked, "registry")],
    ROOT,
  );
  assert.equal(status, 1, out);
  assert.match(out, /names its repository: add the git remote `origin`/);
});

test("an output folder with files of somebody else is refused and keeps them", () => {
  const folder = mkdtempSync(join(unpacked, "output-"));
  writeFileSync(join(folder, "notes.txt"), "kept");
  const { status, out } = run("node", ["scripts/release.mjs", "--out", folder], ROOT);
  assert.equal(status, 1, out);
  assert.match(out, /files that no release made, such as notes\.txt/);
  assert.deepEqual(readdirSync(folder), ["notes.txt"]);
});

test("create-rolecall refuses what it cannot do in one sentence, and writes nothing", () => {
  const folder = mkdtempSync(join(unpacked, "create-"));
  const create = (...args: string[]) => run("node", [join(unpacked, "create-rolecall", "create-rolecall.js"), "--no-install", ...args], folder);
  writeFileSync(join(folder, "a-file"), "kept");
  const refused: [string[], number, RegExp][] = [
    [["Upper_Case"], 1, /Upper_Case cannot be the name of a Worker/],
    [["a".repeat(51)], 1, /up to 50 lower-case letters/],
    [["a-file"], 1, /a-file is a file/],
    [["."], 1, /is not empty|cannot be the name/],
    [["new", "--from", folder], 1, new RegExp(`has no rolecall-${version}\\.tgz`)],
    [["one", "two"], 2, /One folder is enough/],
    [["--nonsense"], 2, /--nonsense/],
  ];
  for (const [args, code, sentence] of refused) {
    const { status, out } = create(...args);
    assert.equal(status, code, `${args.join(" ")}\n${out}`);
    assert.match(out, sentence);
    assert.doesNotMatch(out, /^\s+at /m, "a stack trace");
  }
  assert.deepEqual(readdirSync(folder), ["a-file"]);
});

test("a project from tarballs takes both packages from them, also where one depends on the other", () => {
  const folder = mkdtempSync(join(unpacked, "tarballs-"));
  must("node", [join(unpacked, "create-rolecall", "create-rolecall.js"), "deep/my-accounts", "--no-install", "--from", first], folder);
  const project = join(folder, "deep", "my-accounts");
  const { name, dependencies, overrides } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  assert.equal(name, "my-accounts");
  for (const own of ["rolecall", "rolecall-worker"]) {
    assert.match(dependencies[own], /^file:/);
    assert.ok(existsSync(join(project, dependencies[own].slice("file:".length))), dependencies[own]);
  }
  assert.deepEqual(overrides, { rolecall: "$rolecall" });
  for (const file of readdirSync(project)) assert.doesNotMatch(readFileSync(join(project, file), "utf8"), /\{\{/, file);
});

test("the SBOM and the licences name what is contained, and nothing that only tests use", () => {
  const { bomFormat, specVersion, components, dependencies } = JSON.parse(readFileSync(join(first, "sbom.cdx.json"), "utf8"));
  assert.deepEqual([bomFormat, specVersion], ["CycloneDX", "1.6"]);
  const worker = dependencies.find(({ ref }: { ref: string }) => ref === `pkg:npm/rolecall-worker@${version}`);
  assert.ok(worker.dependsOn.includes(`pkg:npm/rolecall@${version}`), "rolecall-worker depends on rolecall");
  const names = components.map(({ purl }: { purl: string }) => purl.replace(/@[^@]*$/, ""));
  for (const contained of ["pkg:cargo/argon2", "pkg:cargo/ed25519-dalek", "pkg:npm/react", "pkg:npm/wrangler", "pkg:npm/rolecall-worker"]) {
    assert.ok(names.includes(contained), contained);
  }
  for (const other of ["pkg:cargo/proptest", "pkg:cargo/rusqlite", "pkg:cargo/serde_derive", "pkg:npm/vite"]) assert.ok(!names.includes(other), other);
  const licences = readFileSync(join(unpacked, "rolecall-worker", "THIRD-PARTY-LICENSES.txt"), "utf8");
  for (const contained of ["argon2 0", "react 1", "@base-ui/react 1"]) assert.ok(licences.includes(`\n${contained}`), contained);
  assert.ok(!licences.includes("\nwrangler "), "wrangler is installed beside the package and brings its own licence");
});
