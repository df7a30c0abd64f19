// The console's messages: every audit action has a description, and every message is used.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { messages } from "../../console/src/messages/index.ts";

const root = path.join(import.meta.dirname, "../..");

/** The concatenated sources of a folder, without unit tests. */
function sources(folder: string, name: RegExp): string {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => name.test(file) && !/(^|\/)(tests|testing|invariants)(\.rs$|\/)/.test(file))
    .sort();
  assert.ok(files.length > 0, `${folder} has no sources`);
  return files.map((file) => readFileSync(path.join(root, folder, file), "utf8").split("#[cfg(test)]")[0]).join("\n");
}

const unique = (found: Iterable<RegExpMatchArray>) => [...new Set(Array.from(found, (match) => match[1]!))].sort();
/** Texts like `"member.update"`. */
const actionsIn = (source: string) => unique(source.matchAll(/"([a-z]+(?:-[a-z]+)*\.[a-z]+)"/g));

// Decisions record events; use cases record denied attempts. A dry run's planned changes are not recorded.
const decisions = sources("crates/core/src/decision", /\.rs$/).replaceAll(/PlannedChange::new\(\s*"[a-z.-]+",\s*(Resource::new\(\s*"[a-z_]+")?/g, "");
const useCases = sources("crates/app/src", /\.rs$/);
const done = actionsIn(decisions);
const denied = actionsIn(useCases);

test("every action of the audit log has a message, and every message an action", () => {
  assert.ok(done.includes("invitation.accept") && denied.includes("gateway.request"), "the actions were not found in the sources");
  assert.deepEqual(Object.keys(messages.auditLog.done).sort(), done);
  assert.deepEqual(Object.keys(messages.auditLog.denied).sort(), denied);
});

test("every action and resource type is in the filter", () => {
  assert.deepEqual(Object.keys(messages.auditLog.actions).sort(), [...new Set([...done, ...denied])].sort());
  const kinds = unique((decisions + useCases).matchAll(/Resource::(?:new|of)\(\s*"([a-z_]+)"/g));
  assert.deepEqual(Object.keys(messages.auditLog.resources).sort(), kinds);
});

test("every way in which a sign-in at a provider comes to nothing has a message", () => {
  const source = readFileSync(path.join(root, "crates/app/src/providers.rs"), "utf8");
  const codes = unique(source.matchAll(/ProviderFailure::\w+ => "([a-z-]+)"/g));
  assert.ok(codes.length > 6, "the codes were not found in the source");
  assert.deepEqual(
    Object.keys(messages.providers.errors)
      .filter((code) => code !== "unknown")
      .sort(),
    codes,
  );
});

test("every message is used", () => {
  const pages = readdirSync(path.join(root, "console/src"), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !file.startsWith("messages"))
    .map((file) => readFileSync(path.join(root, "console/src", file), "utf8"))
    .join("\n");
  // Looked up by a dynamic value, so that the name is in no source.
  const byValue = [
    messages.errors.byCode,
    messages.errors.byFieldCode,
    messages.errors.byPasskeyCode,
    messages.invitations.expiries,
    messages.apiKeys.expiries,
    messages.security.methodNames,
    messages.security.ways,
    messages.providers.errors,
    messages.auditLog.resources,
    messages.auditLog.actions,
    messages.auditLog.done,
    messages.auditLog.denied,
  ];
  const unused: string[] = [];
  const look = (table: object, at: string) => {
    for (const [name, value] of Object.entries(table)) {
      if (!new RegExp(`\\b${name}\\b`).test(pages)) unused.push(at + name);
      else if (typeof value === "object" && !Array.isArray(value) && !byValue.includes(value)) look(value, `${at}${name}.`);
    }
  };
  look(messages, "");
  assert.deepEqual(unused, []);
});
