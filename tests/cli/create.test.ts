// `npm create rolecall`, without the installation: where it writes a project, and where it does not.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { ROOT } from "../e2e/support/worker.ts";
import { folder, read, runNode } from "./support/command.ts";

// By its path as text: the scripts have no types.
const { writeTemplate } = (await import(path.join(ROOT, "scripts/release/template.mjs"))) as { writeTemplate: (folder: string) => void };
const program = folder();
for (const file of ["create-rolecall.js", "package.json"]) copyFileSync(path.join(ROOT, "create", file), path.join(program, file));
writeTemplate(path.join(program, "template"));

const create = (name: string, cwd: string) => runNode([path.join(program, "create-rolecall.js"), name, "--no-install"], { cwd });

test("a folder that has a repository only is used; a repeat leaves what is there", async () => {
  const cwd = folder();
  mkdirSync(path.join(cwd, "acme", ".git"), { recursive: true });
  for (const time of ["first", "repeat"]) {
    mkdirSync(path.join(cwd, "acme", "node_modules"), { recursive: true });
    const { code, err } = await create("acme", cwd);
    assert.deepEqual([code, err], [0, ""], time);
  }
  assert.ok(existsSync(path.join(cwd, "acme", ".gitignore")));
  // An installation that succeeded is a project.
  mkdirSync(path.join(cwd, "acme", "node_modules", "rolecall-worker"));
  assert.match((await create("acme", cwd)).err, /^✗ .*acme is not empty\.\n$/);
});

test("a folder with other files, or with a file that was edited, is refused", async () => {
  const cwd = folder();
  mkdirSync(path.join(cwd, "other"));
  writeFileSync(path.join(cwd, "other", "notes.txt"), "");
  assert.match((await create("other", cwd)).err, /^✗ .*other is not empty\.\n$/);
  assert.equal((await create("edited", cwd)).code, 0);
  for (const [name, from, to] of [
    ["policy.json", "{", '{ "mine": true,'],
    ["package.json", "{", '{ "mine": true,'],
    ["package.json", '"dependencies": {', '"dependencies": {\n    "left-pad": "1.3.0",'],
  ] as const) {
    const file = path.join(cwd, "edited", name);
    const before = read(cwd, `edited/${name}`);
    const edited = before.replace(from, to);
    assert.notEqual(edited, before);
    writeFileSync(file, edited);
    assert.equal((await create("edited", cwd)).code, 1, name);
    assert.equal(read(cwd, `edited/${name}`), edited);
    writeFileSync(file, before);
  }
});

test("the hint names a folder with spaces as a shell takes it", async () => {
  const cwd = folder();
  assert.match((await create("my products/acme", cwd)).out, /\n {2}cd "my products\/acme"\n/);
  assert.match((await create("products/acme", cwd)).out, /\n {2}cd products\/acme\n/);
});
