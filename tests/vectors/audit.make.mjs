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

const sha256 = (text, form = "hex") => createHash("sha256").update(text, "utf8").digest(form);
const base64url = (text) => Buffer.from(text, "utf8").toString("base64url");
const disclosureOf = (path, value, salt = sha256(path, "base64url").slice(0, 22)) =>
  base64url(JSON.stringify([salt, path.slice(path.lastIndexOf(".") + 1), value]));
const placeholder = (...disclosures) => ({ _sd: disclosures.map((text) => sha256(text, "base64url")) });

/** A personal value: replaced by its placeholder, and disclosed. */
class Personal {
  constructor(value) {
    this.value = value;
  }
}
const personal = (value) => new Personal(value);

/** The event with placeholders, and its disclosures by path. */
function conceal(event, seq) {
  const disclosed = {};
  const walk = (value, path) => {
    if (value instanceof Personal) {
      disclosed[path] = disclosureOf(path, value.value, sha256(`${seq} ${path}`, "base64url").slice(0, 22));
      return placeholder(disclosed[path]);
    }
    if (Array.isArray(value) || value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, walk(member, path ? `${path}.${name}` : name)]));
  };
  const body = walk(event, "");
  return { body, disclosures: Object.keys(disclosed).sort().map((path) => disclosed[path]) };
}

/** The events with numbers, hashes and disclosures; an event that brings disclosures keeps those. */
function chain(events) {
  let prev_hash = "0".repeat(64);
  return events.map(({ disclosures: own, ...event }, at) => {
    const { body, disclosures } = conceal({ id: `evt_${String(at + 1).padStart(32, "0")}`, seq: at + 1, prev_hash, v: 2, ...event }, at + 1);
    prev_hash = sha256(canonical(body));
    return { ...body, hash: prev_hash, disclosures: own ?? disclosures };
  });
}

const event = (action, data = {}, more = {}) => ({
  at: "2026-11-24T10:00:00.000Z",
  actor: { type: "user", id: "usr_1", name: personal("Ada") },
  action,
  resource: { type: "member", id: "usr_2" },
  outcome: "done",
  data,
  request_id: "r1",
  ...more,
});
const system = { actor: { type: "system", id: "system", name: null } };

const plain = [
  event("account.convert", { name: personal("Acme") }),
  event("invitation.create", { email: personal("grace@example.com"), expires_at: null, role: "dev" }),
  event("invitation.accept"),
  event("member.update", { from: "dev", to: "admin" }, { outcome: "denied" }),
  event("member.remove"),
];
const odd = [
  event("role.create", { title: personal('quote " slash \\ tab \t line \n end'), code: "on-call", permissions: ["team.access", "pods.manage"] }),
  event("account.update", { name: personal("Zoë 🚀 名前"), "\u{1f600}": 1, "\ue000": 2, z: null, a: { deep: [1, [2, [3]]], yes: true, no: false } }),
  event("account.update", { number: 9007199254740991, negative: -42, zero: 0, empty: {}, none: [] }, system),
  event("account.update", { label: { from: personal(""), to: personal("an inner place") } }),
];
const lines = (events) => events.map(canonical);
const with_ = (events, at, change) => events.map((event, index) => (index === at ? change(structuredClone(event)) : event));
const resealed = (events, at, change) =>
  with_(events, at, (event) => {
    const { hash, disclosures, ...body } = change(event);
    return { ...body, hash: sha256(canonical(body)), disclosures };
  });
/** The events without the disclosures of these paths, which holds for `all` events or the one with that number. */
const erased = (events, seq, ...names) =>
  events.map((event) => {
    if (seq !== "all" && event.seq !== seq) return event;
    const kept = event.disclosures.filter((text) => !names.includes(JSON.parse(Buffer.from(text, "base64url"))[1]));
    return { ...event, disclosures: kept };
  });
const bare = (events) => events.map(({ disclosures, ...event }) => event);
const erasure = (seq, ...values) => ({ seq, values });

const good = chain(plain);
const strange = chain(odd);
const spaced = good.map((event) => JSON.stringify(event, null, 1).replaceAll("\n", " "));
const actors = [1, 2, 3, 4, 5].map((seq) => erasure(seq, "actor.name"));
const everything = [erasure(1, "actor.name", "data.name"), erasure(2, "actor.name", "data.email"), ...actors.slice(2)];

// RFC 9901, section 4.2.1, with the digest of section 4.2.3.
const RFC = { disclosure: "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0", digest: "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0" };
const rfc = chain([event("user.update", { family_name: { _sd: [RFC.digest] } }, { ...system, disclosures: [RFC.disclosure] })]);

/** One event whose `data.email` is the digest of a text that is disclosed, whatever that is. */
const disclosing = (text, data = { email: placeholder(text) }) => lines(chain([event("invitation.create", data, { ...system, disclosures: [text] })]));
const wrong = (name, text, data) => ({ name, lines: disclosing(text, data), seq: 1, reason: "disclosure-wrong" });
const email = disclosureOf("data.email", "grace@example.com");
const disclosed = (at, change) => lines(with_(good, at, (e) => ({ ...e, disclosures: change(e.disclosures) })));

const cases = [
  { name: "an empty log", lines: [], events: 0 },
  { name: "one event", lines: lines(chain(plain.slice(0, 1))), events: 1 },
  { name: "five events", lines: lines(good), events: 5 },
  { name: "cut at its end, which only a hash kept elsewhere can show", lines: lines(good.slice(0, 3)), events: 3 },
  { name: "escapes, names beyond the basic plane, numbers at the limit", lines: lines(strange), events: 4 },
  { name: "white space and the order of names do not count", lines: spaced, events: 5 },
  { name: "empty lines do not count", lines: ["", ...lines(good), "", ""], events: 5 },
  { name: "a changed value", lines: lines(with_(good, 1, (e) => ({ ...e, data: { ...e.data, role: "admin" } }))), seq: 2, reason: "hash-wrong" },
  { name: "a changed outcome", lines: lines(with_(good, 3, (e) => ({ ...e, outcome: "done" }))), seq: 4, reason: "hash-wrong" },
  { name: "an added field", lines: lines(with_(good, 4, (e) => ({ ...e, note: "x" }))), seq: 5, reason: "hash-wrong" },
  { name: "a removed field", lines: lines(with_(good, 0, ({ request_id, ...e }) => e)), seq: 1, reason: "hash-wrong" },
  { name: "a changed event with a new hash of its own", lines: lines(resealed(good, 1, (e) => ({ ...e, data: { ...e.data, role: "admin" } }))), seq: 3, reason: "prev-hash-wrong" },
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

  { name: "one value of one event erased", lines: lines(erased(good, 2, "email")), events: 5, erased: 1, erasures: [erasure(2, "data.email")] },
  { name: "every value of one event erased", lines: lines(erased(good, 1, "name")), events: 5, erased: 2, erasures: [erasure(1, "actor.name", "data.name")] },
  { name: "the values of one kind erased throughout", lines: lines(erased(good, "all", "name")), events: 5, erased: 6, erasures: [everything[0], ...actors.slice(1)] },
  { name: "every value of a log erased", lines: lines(erased(good, "all", "name", "email")), events: 5, erased: 7, erasures: everything },
  { name: "no event has its disclosures: the same as every value erased", lines: lines(bare(good)), events: 5, erased: 7, erasures: everything },
  { name: "erased values inside a field", lines: lines(erased(chain(odd.slice(3)), 1, "from")), events: 1, erased: 1, erasures: [erasure(1, "data.label.from")] },
  { name: "an event without personal values has nothing to erase", lines: lines(bare(chain([event("account.update", { number: 1 }, system)]))), events: 1 },
  { name: "the order of disclosures does not count", lines: disclosed(1, (texts) => texts.toReversed()), events: 5 },
  { name: "the example of RFC 9901, with spaces in the disclosure", lines: lines(rfc), events: 1 },
  { name: "the example of RFC 9901, erased", lines: lines(bare(rfc)), events: 1, erased: 1, erasures: [erasure(1, "data.family_name")] },
  { name: "an object with a digest and more is a value like others", lines: lines(chain([event("x.y", { email: { ...placeholder(email), more: 1 } }, system)])), events: 1 },

  { name: "no version", lines: lines(resealed(good, 0, ({ v, ...e }) => e)), seq: 1, reason: "version-unknown" },
  { name: "version 1", lines: lines(resealed(good, 0, (e) => ({ ...e, v: 1 }))), seq: 1, reason: "version-unknown" },
  { name: "version 3, in the middle", lines: lines(resealed(good, 2, (e) => ({ ...e, v: 3 }))), seq: 3, reason: "version-unknown" },
  { name: "a version that is no number", lines: lines(resealed(good, 0, (e) => ({ ...e, v: "2" }))), seq: 1, reason: "version-unknown" },
  { name: "a gap is told before the version", lines: lines(with_(good, 1, (e) => ({ ...e, seq: 3, v: 1 }))), seq: 2, reason: "gap" },
  { name: "the version is told before a missing hash", lines: lines(with_(good, 1, ({ hash, ...e }) => ({ ...e, v: 1 }))), seq: 2, reason: "version-unknown" },

  { name: "a digest in the event altered", lines: lines(with_(good, 1, (e) => ({ ...e, data: { ...e.data, email: placeholder(email) } }))), seq: 2, reason: "hash-wrong" },
  { name: "a placeholder replaced by its value", lines: lines(with_(good, 1, (e) => ({ ...e, data: { ...e.data, email: "grace@example.com" } }))), seq: 2, reason: "hash-wrong" },
  { name: "a wrong hash is told before a wrong disclosure", lines: lines(with_(good, 1, (e) => ({ ...e, outcome: "denied", disclosures: [email] }))), seq: 2, reason: "hash-wrong" },
  { name: "a disclosure altered", lines: disclosed(1, ([name, text]) => [name, base64url(Buffer.from(text, "base64url").toString().replace("grace", "frank"))]), seq: 2, reason: "disclosure-wrong" },
  { name: "a disclosure twice", lines: disclosed(1, ([name, text]) => [name, text, text]), seq: 2, reason: "disclosure-wrong" },
  { name: "a disclosure of another event", lines: disclosed(4, () => good[1].disclosures.slice(0, 1)), seq: 5, reason: "disclosure-wrong" },
  { name: "a further disclosure of another event", lines: disclosed(4, ([name]) => [name, good[3].disclosures[0]]), seq: 5, reason: "disclosure-wrong" },
  { name: "disclosures that are no list", lines: disclosed(1, (texts) => texts.join(" ")), seq: 2, reason: "disclosure-wrong" },
  { name: "a disclosure that is no text", lines: disclosed(1, (texts) => [...texts, 1]), seq: 2, reason: "disclosure-wrong" },
  wrong("the name of another field", disclosureOf("data.name", "grace@example.com")),
  wrong("the path instead of the name", base64url(JSON.stringify(["salt", "data.email", "grace@example.com"]))),
  wrong("base64 that is not base64url", Buffer.from('["salt","email","?>?>?>"]').toString("base64").replaceAll("=", "")),
  wrong("base64url with padding", `${base64url('["salt","email","xyz"]')}==`),
  wrong("a character too many to be base64url", `${base64url('["salt","email","xy"]')}A`),
  wrong("white space in base64url", `${email} `),
  wrong("an empty disclosure", ""),
  wrong("a disclosure that is no JSON", base64url('["salt","email","x"')),
  wrong("a disclosure that is no list", base64url('{"salt":"x","name":"email","value":"x"}')),
  wrong("a list of two", base64url('["salt","x"]')),
  wrong("a list of four", base64url('["salt","email","x","y"]')),
  wrong("a value that is a number", base64url('["salt","email",1]')),
  wrong("a value that is null", base64url('["salt","email",null]')),
  wrong("a salt that is no text", base64url('[1,"email","x"]')),
  wrong("bytes that are no UTF-8", Buffer.from('["salt","email","\xff"]', "latin1").toString("base64url")),
  wrong("a digest that stands in the event as a text", email, { email: sha256(email, "base64url") }),
  wrong("a digest beside another", email, { email: placeholder(email, email) }),
  wrong("a digest in an object with more", email, { email: { ...placeholder(email), more: 1 } }),
];
if (sha256(RFC.disclosure, "base64url") !== RFC.digest) throw new Error("the example of RFC 9901 is not what it was");
writeFileSync(new URL("audit.json", import.meta.url), `${JSON.stringify(cases, null, 1)}\n`);
