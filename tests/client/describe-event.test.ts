// The console's descriptions of audit events: a sentence for each action, and one rule for every other changed field.
import assert from "node:assert/strict";
import { test } from "node:test";
import { messages } from "../../console/src/messages/index.ts";
import type { AuditEvent } from "../../console/src/data/types.ts";
import { type EventDescription, type NameLookup, describeEvent } from "../../console/src/pages/audit-log/describe-event.ts";

const GRACE = `usr_${"1".repeat(32)}`;
const names: NameLookup = {
  person: (id) => (id === GRACE ? "Grace" : "a former member"),
  role: (code) => ({ dev: "Developer", admin: "Admin" })[code] ?? code,
  permission: (code) => `<${code}>`,
};

function describe(action: string, data: Record<string, unknown>, change: Partial<AuditEvent> = {}): EventDescription {
  const event: Partial<AuditEvent> = {
    action,
    actor: { type: "user", id: "usr_2", name: "Ada" },
    resource: { type: action.split(".")[0]!, id: "x_1" },
    outcome: "done",
    data,
    erased: [],
    ...change,
  };
  return describeEvent(event as AuditEvent, names);
}
const sentence = (action: string, data: Record<string, unknown>) => describe(action, data).action;

test("an action has its own sentence, with names and titles", () => {
  assert.deepEqual(describe("account.update", { from: "Acme", to: "Acme 2" }), { actor: "Ada", action: "renamed the account from Acme to Acme 2" });
  assert.equal(sentence("account.convert", { name: "Acme" }), "converted the account to the team Acme");
  assert.equal(sentence("account.transfer", { from: "usr_2", to: GRACE }), "made Grace the owner");
  assert.equal(sentence("member.update", { user: GRACE, from: "dev", to: "admin" }), "changed the role of Grace from Developer to Admin");
  assert.deepEqual(describe("role.update", { title: "On call", from: ["a.b", "c.d"], permissions: ["c.d", "e.f"] }), {
    actor: "Ada",
    action: "changed the role On call",
    note: "Added: <e.f> · Removed: <a.b>",
  });
  assert.equal(sentence("account.fold", { name: "Acme" }), "did account.fold");
});

test("any other changed field is described by its name, its old and its new value", () => {
  assert.equal(sentence("account.update", { slug: { from: "acme", to: "acme-2" } }), "changed the slug from acme to acme-2");
  assert.equal(sentence("account.update", { slug: { from: null, to: "acme" } }), "set the slug to acme");
  assert.equal(sentence("account.update", { slug: { from: "acme", to: null } }), "removed the slug acme");
  assert.equal(
    sentence("account.update", { billing_email: { from: "a@x.example", to: "b@x.example" } }),
    "changed the billing email from a@x.example to b@x.example",
  );
  assert.equal(sentence("account.update", { seats: { from: 5, to: 0 } }), "changed the seats from 5 to 0");
  assert.equal(sentence("account.update", { domains: { from: [], to: ["a.example", "b.example"] } }), "set the domains to a.example, b.example");
  assert.equal(sentence("member.update", { user: GRACE, note: { from: "x", to: "y" } }), "changed the note of Grace from x to y");
  assert.equal(sentence("account.brand", { colour: { from: "red", to: "blue" } }), "changed the colour from red to blue");
});

test("changed fields follow the action's own sentence", () => {
  const slug = { from: "acme", to: "acme-2" };
  const colour = { from: "red", to: "blue" };
  assert.equal(
    sentence("account.update", { from: "Acme", to: "Acme 2", slug, colour }),
    "renamed the account from Acme to Acme 2, changed the slug from acme to acme-2, and changed the colour from red to blue",
  );
  assert.equal(
    sentence("account.convert", { name: "Acme", slug: { from: null, to: "acme" } }),
    "converted the account to the team Acme and set the slug to acme",
  );
});

test("other data is no changed field, and a denied attempt changed none", () => {
  const list = { count: 300, sha256: "0".repeat(64) };
  const other = { members: list, both: { from: null, to: null }, more: { from: 1, to: 2, by: 3 }, pair: ["from", "to"], slug: "acme", from: "Acme" };
  assert.equal(sentence("team.delete", other), "deleted the team; the account is personal again");
  assert.equal(sentence("account.update", other), "did account.update");
  assert.deepEqual(describe("account.update", { permission: "team.manage", slug: { from: "a", to: "b" } }, { outcome: "denied" }), {
    actor: "Ada",
    action: "tried to change the account",
    note: "Requires the permission “<team.manage>”.",
  });
});

test("an erased actor is an erased person, and an erased value says so in its place", () => {
  const actor = (type: string) => describe("account.create", {}, { actor: { type, id: "x_1", name: null }, erased: ["actor.name"] }).actor;
  assert.equal(actor("user"), "Erased person");
  assert.equal(actor("invitee"), "Erased person (by the emailed link)");
  assert.equal(actor("api_key"), "An API key (name erased)");
  const cases: [action: string, data: Record<string, unknown>, erased: string[], sentence: string][] = [
    ["invitation.create", { email: null, role: "dev", expires_at: null }, ["email"], "invited erased as Developer"],
    ["account.convert", { name: null }, ["name"], "converted the account to the team erased"],
    ["account.update", { from: null, to: null }, ["from", "to"], "renamed the account from erased to erased"],
    ["account.update", { from: null, to: "Acme" }, ["from"], "renamed the account from erased to Acme"],
    ["role.create", { title: null }, ["title"], "created the role erased"],
    ["api-key.create", { name: null, expires_at: null }, ["name"], "created the API key erased"],
    ["account.update", { contact: { from: null, to: null } }, ["contact.from", "contact.to"], "changed the contact from erased to erased"],
    ["account.update", { contact: { from: null, to: null } }, ["contact.to"], "set the contact to erased"],
  ];
  for (const [action, data, erased, sentence] of cases) {
    const described = describe(action, data, { erased: erased.map((name) => `data.${name}`) });
    assert.deepEqual(described, { actor: "Ada", action: sentence });
  }
});

test("no erased value, in no event, shows as null or undefined", () => {
  const data = Object.fromEntries(["name", "title", "email", "from", "to"].map((name) => [name, null]));
  const erased = ["actor.name", ...Object.keys(data).map((name) => `data.${name}`)];
  for (const action of Object.keys(messages.auditLog.actions)) {
    for (const outcome of ["done", "denied"] as const) {
      for (const type of ["user", "api_key", "invitee"]) {
        const told = describe(action, data, { actor: { type, id: "x_1", name: null }, erased, outcome });
        assert.doesNotMatch(`${told.actor} ${told.action} ${told.note ?? ""}`, /null|undefined|“”| {2}\S/, `${action} ${outcome}`);
      }
    }
  }
});

test("verification tells how many values were erased, where any were", () => {
  assert.match(messages.auditLog.verified(642, 12), /^642 events verified .*\. 12 values have been erased\. To see/);
  assert.match(messages.auditLog.verified(1, 1), /^1 event verified .*\. 1 value has been erased\. To see/);
  assert.doesNotMatch(messages.auditLog.verified(3, 0), /erased| {2}/);
});
