// Writes audit.json: chains made with Node's own JSON and hashes, so that no code of this project vouches for itself.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";

/** RFC 8785 for what events are made of. JavaScript compares strings by UTF-16 units, as the RFC asks. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

const sha256 = (text) => createHash("sha256").update(text, "utf8").digest("hex");

function chain(events) {
  let prev_hash = "0".repeat(64);
  return events.map((event, at) => {
    const body = { id: `evt_${String(at + 1).padStart(32, "0")}`, seq: at + 1, prev_hash, ...event };
    const hash = sha256(canonical(body));
    prev_hash = hash;
    return { ...body, hash };
  });
}

const event = (action, data = {}, more = {}) => ({
  at: "2026-11-24T10:00:00.000Z",
  actor: { type: "user", id: "usr_1", name: "Ada" },
  action,
  resource: { type: "member", id: "usr_2" },
  outcome: "done",
  data,
  request_id: "r1",
  ...more,
});

const plain = [event("account.convert"), event("invitation.create", { role: "dev" }), event("invitation.accept"), event("member.update", { from: "dev", to: "admin" }, { outcome: "denied" }), event("member.remove")];
const odd = [
  event("role.create", { title: 'quote " slash \\ tab \t line \n end', code: "on-call", permissions: ["team.access", "pods.manage"] }),
  event("account.update", { name: "Zoë 🚀 名前", "\u{1f600}": 1, "\ue000": 2, z: null, a: { deep: [1, [2, [3]]], yes: true, no: false } }),
  event("account.update", { number: 9007199254740991, negative: -42, zero: 0, empty: {}, none: [] }, { actor: { type: "system", id: "system", name: null } }),
];
const lines = (events) => events.map(canonical);
const with_ = (events, at, change) => events.map((event, index) => (index === at ? change(structuredClone(event)) : event));
const resealed = (events, at, change) => with_(events, at, (event) => {
  const { hash, ...body } = change(event);
  return { ...body, hash: sha256(canonical(body)) };
});

const good = chain(plain);
const strange = chain(odd);
const spaced = good.map((event) => JSON.stringify(event, null, 1).replaceAll("\n", " "));
const cases = [
  { name: "an empty log", lines: [], events: 0 },
  { name: "one event", lines: lines(chain(plain.slice(0, 1))), events: 1 },
  { name: "five events", lines: lines(good), events: 5 },
  { name: "cut at its end, which only a hash kept elsewhere can show", lines: lines(good.slice(0, 3)), events: 3 },
  { name: "escapes, names beyond the basic plane, numbers at the limit", lines: lines(strange), events: 3 },
  { name: "white space and the order of names do not count", lines: spaced, events: 5 },
  { name: "empty lines do not count", lines: ["", ...lines(good), "", ""], events: 5 },
  { name: "a changed value", lines: lines(with_(good, 1, (e) => ({ ...e, data: { role: "admin" } }))), seq: 2, reason: "hash-wrong" },
  { name: "a changed outcome", lines: lines(with_(good, 3, (e) => ({ ...e, outcome: "done" }))), seq: 4, reason: "hash-wrong" },
  { name: "an added field", lines: lines(with_(good, 4, (e) => ({ ...e, note: "x" }))), seq: 5, reason: "hash-wrong" },
  { name: "a removed field", lines: lines(with_(good, 0, ({ request_id, ...e }) => e)), seq: 1, reason: "hash-wrong" },
  { name: "a changed event with a new hash of its own", lines: lines(resealed(good, 1, (e) => ({ ...e, data: { role: "admin" } }))), seq: 3, reason: "prev-hash-wrong" },
  { name: "the first event removed", lines: lines(good.slice(1)), seq: 1, reason: "gap" },
  { name: "an event removed from the middle", lines: lines(good.filter((_, at) => at !== 2)), seq: 3, reason: "gap" },
  { name: "two events swapped", lines: lines([good[0], good[2], good[1], ...good.slice(3)]), seq: 2, reason: "gap" },
  { name: "an event twice", lines: lines([good[0], good[0], ...good.slice(1)]), seq: 2, reason: "gap" },
  { name: "removed and renumbered", lines: lines([good[0], ...resealed(good.slice(2), 0, (e) => ({ ...e, seq: 2 }))]), seq: 2, reason: "prev-hash-wrong" },
  { name: "a first event that claims one before it", lines: lines(resealed(good, 0, (e) => ({ ...e, prev_hash: "1".repeat(64) }))), seq: 1, reason: "prev-hash-wrong" },
  { name: "no hash", lines: lines(with_(good, 2, ({ hash, ...e }) => e)), seq: 3, reason: "hash-missing" },
  { name: "a hash that is no text", lines: lines(with_(good, 2, (e) => ({ ...e, hash: 1 }))), seq: 3, reason: "hash-missing" },
  { name: "a hash in capitals", lines: lines(with_(good, 0, (e) => ({ ...e, hash: e.hash.toUpperCase() }))), seq: 1, reason: "hash-wrong" },
  { name: "a number as text", lines: lines(with_(good, 0, (e) => ({ ...e, seq: "1" }))), seq: 1, reason: "gap" },
  { name: "not JSON", lines: [...lines(good.slice(0, 2)), "{"], seq: 3, reason: "malformed" },
  { name: "a list instead of an event", lines: ["[]"], seq: 1, reason: "malformed" },
  { name: "a name that stands twice", lines: [lines(good)[0].replace('"seq":1', '"seq":1,"seq":1')], seq: 1, reason: "malformed" },
  { name: "a fraction", lines: [lines(good)[0].replace('"seq":1', '"seq":1.0')], seq: 1, reason: "malformed" },
  { name: "two events on one line", lines: [lines(good).slice(0, 2).join(" ")], seq: 1, reason: "malformed" },
];
writeFileSync(new URL("audit.json", import.meta.url), `${JSON.stringify(cases, null, 1)}\n`);
