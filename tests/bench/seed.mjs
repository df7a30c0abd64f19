// Rows as Rolecall's Worker writes them, in bulk: people with a personal account and a session each.
import { createHash, randomBytes } from "node:crypto";

/** What the Worker stores of a session's secret: SHA-256 over label, restore epoch and bytes, each with its length before it. */
function stored(secret, epoch = "0") {
  const hash = createHash("sha256");
  for (const part of [Buffer.from("session"), Buffer.from(epoch), secret]) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(part.length));
    hash.update(length).update(part);
  }
  return hash.digest("hex");
}

/** Counts up to the second parameter, from the first; D1 binds each number as a real one. */
const NUMBERS = "WITH RECURSIVE n(i) AS (SELECT CAST(?1 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i < ?2)";
const id = (prefix, number = "i") => `'${prefix}_' || printf('%032x', ${number})`;

export const userId = (number) => `usr_${number.toString(16).padStart(32, "0")}`;
export const email = (number) => `person${number}@example.com`;

/** People with these numbers. */
export async function people(database, from, to) {
  const run = (sql) => database.prepare(`${NUMBERS} ${sql}`).bind(from, to);
  // A build to compare with can have the schema from before `0015_identity.sql`.
  const identities = await database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'identity'").first();
  const [column, value] = identities ? ["", ""] : ["password, ", "'x', "];
  await database.batch([
    run(
      `INSERT INTO user (id, email, name, ${column}active_account, created_at) SELECT ${id("usr")}, 'person' || i || '@example.com', 'Person ' || i, ${value}${id("acct")}, 1790000000000 + i FROM n`,
    ),
    ...(identities
      ? [run(`INSERT INTO identity (user, id, kind, proof, epoch, created_at) SELECT ${id("usr")}, ${id("idn")}, 'password', 'x', 0, 1790000000000 + i FROM n`)]
      : []),
    run(
      `INSERT INTO account (id, kind, name, owner, version, created_at) SELECT ${id("acct")}, 'personal', 'Person ' || i, ${id("usr")}, 1, 1790000000000 + i FROM n`,
    ),
    run(`INSERT INTO member (account, user, role, joined_at) SELECT ${id("acct")}, ${id("usr")}, 'admin', 1790000000000 + i FROM n`),
  ]);
}

/** Makes them members of a team. */
export const members = (database, team, from, to, role = "dev") =>
  database
    .prepare(`${NUMBERS} INSERT INTO member (account, user, role, joined_at) SELECT ?3, ${id("usr")}, ?4, 1790000000000 + i FROM n`)
    .bind(from, to, team, role)
    .run();

/** Pending invitations of a team, to emails that nobody has. */
export const invitations = (database, team, by, from, to) =>
  database
    .prepare(
      `${NUMBERS} INSERT INTO invitation (id, account, email, role, state, link_version, expires_at, invited_by, created_at) SELECT ${id("inv")}, ?3, 'invited' || i || '@example.com', 'dev', 'pending', 1, 9990000000000, ?4, 1790000000000 + i FROM n`,
    )
    .bind(from, to, team, by)
    .run();

/** Signs them in; answers their cookies. The moment of last use is now, so that no request has to write it. */
export async function sessions(database, from, to) {
  const rows = [];
  const cookies = [];
  for (let number = from; number <= to; number += 1) {
    const secret = randomBytes(32);
    rows.push({ id: `ses_${number.toString(16).padStart(32, "0")}`, user: userId(number), token: stored(secret) });
    cookies.push(`__Host-rolecall_session=${secret.toString("base64url")}`);
  }
  await database
    .prepare(
      "INSERT INTO session (id, user, token, user_agent, created_at, last_seen_at) SELECT value ->> 'id', value ->> 'user', value ->> 'token', 'bench', ?2, ?2 FROM json_each(?1)",
    )
    .bind(JSON.stringify(rows), Date.now())
    .run();
  return cookies;
}

/** A personal value as the Worker stores it: its disclosure, and the digest of that. */
function conceal(name, value) {
  const disclosure = Buffer.from(JSON.stringify(["AAAAAAAAAAAAAAAAAAAAAA", name, value])).toString("base64url");
  return { disclosure, digest: createHash("sha256").update(disclosure).digest("base64url") };
}

/** The statement that appends the events of the numbers, and its values from the third on. */
async function appending(database, team, seq, actor) {
  const mark = createHash("sha256").update(team).digest("hex").slice(0, 8);
  const id = `'evt_${mark}' || printf('%024x', ?4 + i)`;
  const act = "iif(i % 1000 = 1, 'member.update', 'invitation.create'), 'invitation', 'inv_' || printf('%032x', i), 'done'";
  // A build to compare with can have the schema from before `0016_erasable_audit_log.sql`.
  if (!(await database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'audit_append'").first())) {
    const row = `?3, CAST(?4 AS INTEGER) + i, ${id}, 1790000000000 + i * 1000, 'user', ?5, 'Owner', ${act}, '{"email":"a@example.com","role":"dev"}', 'bench', NULL, NULL`;
    return { sql: `INSERT INTO audit_event SELECT ${row} FROM n`, values: [team, seq, actor] };
  }
  const [name, email] = [conceal("name", "Owner"), conceal("email", "a@example.com")];
  const data = JSON.stringify({ email: { _sd: [email.digest] }, role: "dev" });
  const disclosures = JSON.stringify([
    ["actor.name", actor, name.disclosure],
    ["data.email", "a@example.com", email.disclosure],
  ]);
  const row = `?3, ${id}, 1790000000000 + i * 1000, 'user', ?5, ?6, ${act}, ?7, 'bench', ?8`;
  return { sql: `INSERT INTO audit_append SELECT ${row} FROM n`, values: [team, seq, actor, name.digest, data, disclosures] };
}

/** A log that has grown by `count` events, sealed; the hashes link up and are those of no content. */
export async function events(database, team, actor, count) {
  const open = database.prepare("SELECT count(*) AS n FROM audit_event WHERE account = ? AND hash IS NULL").bind(team);
  // The Worker seals its own events right after its answers.
  while ((await open.first()).n > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const { seq, hash } = await database.prepare("SELECT seq, hash FROM audit_event WHERE account = ? ORDER BY seq DESC LIMIT 1").bind(team).first();
  const { sql, values } = await appending(database, team, seq, actor);
  for (let from = 1; from <= count; from += 10_000) {
    const to = Math.min(count, from + 9_999);
    await database
      .prepare(`${NUMBERS} ${sql}`)
      .bind(from, to, ...values)
      .run();
  }
  const before = "iif(seq = ?2 + 1, ?3, printf('%064x', seq - 1))";
  await database
    .prepare(`UPDATE audit_event SET prev_hash = ${before}, hash = printf('%064x', seq) WHERE account = ?1 AND seq > ?2`)
    .bind(team, seq, hash)
    .run();
}
