// The release: its packages, their contents, and that it can be reproduced.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ROOT, must } from "./support/project.ts";
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

test("the SBOM and the licences name what is contained, and nothing that only tests use", () => {
  const { bomFormat, specVersion, components } = JSON.parse(readFileSync(join(first, "sbom.cdx.json"), "utf8"));
  assert.deepEqual([bomFormat, specVersion], ["CycloneDX", "1.6"]);
  const names = components.map(({ purl }: { purl: string }) => purl.replace(/@[^@]*$/, ""));
  for (const contained of ["pkg:cargo/argon2", "pkg:cargo/ed25519-dalek", "pkg:npm/react", "pkg:npm/wrangler", "pkg:npm/rolecall-worker"]) {
    assert.ok(names.includes(contained), contained);
  }
  for (const other of ["pkg:cargo/proptest", "pkg:cargo/rusqlite", "pkg:cargo/serde_derive", "pkg:npm/vite"]) assert.ok(!names.includes(other), other);
  const licences = readFileSync(join(unpacked, "rolecall-worker", "THIRD-PARTY-LICENSES.txt"), "utf8");
  for (const contained of ["argon2 0", "react 1", "@base-ui/react 1"]) assert.ok(licences.includes(`\n${contained}`), contained);
  assert.ok(!licences.includes("\nwrangler "), "wrangler is installed beside the package and brings its own licence");
});
