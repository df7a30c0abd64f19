// The console's words: there is a sentence for everything that the audit log can hold and for nothing else, and no text
// stands there that no page shows.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { text } from "../../console/src/text.ts";

const root = path.join(import.meta.dirname, "../..");

/** The sources of a folder, without their tests. */
function sources(folder: string, name: RegExp): string {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" }).filter((file) => name.test(file)).sort();
  assert.ok(files.length > 0, `${folder} has no sources`);
  return files.map((file) => readFileSync(path.join(root, folder, file), "utf8").split("#[cfg(test)]")[0]).join("\n");
}

const unique = (found: Iterable<RegExpMatchArray>) => [...new Set(Array.from(found, (match) => match[1]!))].sort();
/** Texts like `"member.update"`. */
const actionsIn = (source: string) => unique(source.matchAll(/"([a-z]+(?:-[a-z]+)*\.[a-z]+)"/g));

// Everything that is done is an event of a decision; everything that can be refused is an attempt of a use case.
// What a dry run plans is told, and stands in no log.
const decisions = sources("crates/core/src/decision", /\.rs$/).replaceAll(/PlannedChange::new\(\s*"[a-z.-]+",\s*(Resource::new\(\s*"[a-z_]+")?/g, "");
const useCases = sources("crates/app/src", /\.rs$/);
const done = actionsIn(decisions);
const denied = actionsIn(useCases);

test("every action of the audit log has its sentence, and no sentence is about another", () => {
  assert.ok(done.includes("invitation.accept") && denied.includes("gateway.request"), "the actions are not found where they stand");
  assert.deepEqual(Object.keys(text.audit.done).sort(), done);
  assert.deepEqual(Object.keys(text.audit.denied).sort(), denied);
});

test("every action and every kind of resource can be filtered for", () => {
  assert.deepEqual(Object.keys(text.audit.actions).sort(), [...new Set([...done, ...denied])].sort());
  const kinds = unique((decisions + useCases).matchAll(/Resource::new\(\s*"([a-z_]+)"/g));
  assert.deepEqual(Object.keys(text.audit.resources).sort(), kinds);
});

test("every text is shown somewhere", () => {
  const pages = readdirSync(path.join(root, "console/src"), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && file !== "text.ts")
    .map((file) => readFileSync(path.join(root, "console/src", file), "utf8"))
    .join("\n");
  // Looked up by a value that comes from elsewhere, so that its name stands in no page.
  const byValue = [text.errors.byCode, text.errors.byFieldCode, text.invite.expiries, text.keys.expiries, text.audit.resources, text.audit.actions, text.audit.done, text.audit.denied];
  const unused: string[] = [];
  const look = (words: object, at: string) => {
    for (const [name, value] of Object.entries(words)) {
      if (!new RegExp(`\\b${name}\\b`).test(pages)) unused.push(at + name);
      else if (typeof value === "object" && !Array.isArray(value) && !byValue.includes(value)) look(value, `${at}${name}.`);
    }
  };
  look(text, "");
  assert.deepEqual(unused, []);
});
