// The peer: better-auth with its organization plugin, on the same workerd and D1.
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { build } from "esbuild";
import { at } from "../../../../scripts/lib.mjs";
import { configuration, startWorkers, weighed } from "../platform.mjs";

const here = import.meta.dirname;
const SECRET = "a secret of the benchmark alone, 32 bytes or more";
/** Its list of pending invitations is read anew by each invitation: many teams keep that list short. */
const TEAMS = 16;
const LATER = "2099-01-01T00:00:00.000Z";

export const version = JSON.parse(readFileSync(at("tests/bench/node_modules/better-auth/package.json"), "utf8")).version;

async function bundled(contents) {
  const settings = {
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2024",
    conditions: ["workerd", "worker"],
    external: ["node:*", "cloudflare:*", "bun:*"],
    write: false,
    logLevel: "error",
  };
  return (await build({ ...settings, stdin: { contents, resolveDir: here, loader: "js" } })).outputFiles[0].text;
}

export const source = () => bundled(`export { default } from "./better-auth.worker.js";`);

/** Makes its tables; apart, since no deployment would carry it. */
const migrator = () =>
  bundled(`import { getMigrations } from "better-auth/db/migration";
import { options } from "./better-auth.worker.js";
export default { async fetch(request, env) { await (await getMigrations(options(env))).runMigrations(); return new Response("done"); } };`);

/** People with these numbers, signed in; answers their cookies. */
async function people(database, from, to) {
  const rows = [];
  for (let number = from; number <= to; number += 1)
    rows.push({
      id: `user${number}`,
      email: `person${number}@example.com`,
      name: `Person ${number}`,
      session: `session${number}`,
      token: randomBytes(24).toString("base64url"),
    });
  const now = new Date().toISOString();
  const insert = (sql) => database.prepare(`${sql} FROM json_each(?1) WHERE ?3 > ?2`).bind(JSON.stringify(rows), now, LATER);
  await database.batch([
    insert(`INSERT INTO "user" (id, name, email, emailVerified, createdAt, updatedAt) SELECT value ->> 'id', value ->> 'name', value ->> 'email', 1, ?2, ?2`),
    insert(
      `INSERT INTO "session" (id, userId, token, expiresAt, createdAt, updatedAt, userAgent) SELECT value ->> 'session', value ->> 'id', value ->> 'token', ?3, ?2, ?2, 'bench'`,
    ),
  ]);
  return rows.map(({ token }) => `better-auth.session_token=${encodeURIComponent(`${token}.${createHmac("sha256", SECRET).update(token).digest("base64")}`)}`);
}

async function newTeam(database, name, owner) {
  const now = new Date().toISOString();
  await database.batch([
    database.prepare(`INSERT INTO "organization" (id, name, slug, createdAt) VALUES (?1, ?1, ?1, ?2)`).bind(name, now),
    database.prepare(`INSERT INTO "member" (id, organizationId, userId, role, createdAt) VALUES (?1 || '-owner', ?1, ?2, 'owner', ?3)`).bind(name, owner, now),
  ]);
  return name;
}

export async function start({ writes }) {
  const contents = await source();
  const env = { DB: { type: "d1", id: "peer" }, SECRET: { type: "text", value: SECRET } };
  const counting = { env: { ...env, COUNT: { type: "text", value: "1" } } };
  const [workers, weight] = await weighed(async () =>
    startWorkers(configuration("peer", contents, { env }), configuration("counted", contents, counting), configuration("migrator", await migrator(), { env })),
  );
  const migrated = await fetch(await workers.url("migrator"));
  if (!migrated.ok) throw new Error(`better-auth's tables could not be made: ${await migrated.text()}`);
  const database = await workers.database("peer");
  const [owner] = await people(database, 0, 0);

  const cookies = new Map();
  let [teams, invited, next, made] = [[], [], 1, 0];
  const post = (path, cookie, json, more = {}) => ({
    method: "POST",
    path: `/api/auth${path}`,
    headers: { cookie, origin: "http://localhost:3000", "content-type": "application/json" },
    body: JSON.stringify(json),
    ...more,
  });
  const json = (test) => (text) => test(JSON.parse(text));
  const operations = [
    {
      key: "session",
      name: "get session",
      next: () => ({ path: "/api/auth/get-session", headers: { cookie: owner } }),
      right: json(({ user }) => user.email === "person0@example.com"),
    },
    {
      key: "permission",
      name: "has-permission",
      next: () => post("/organization/has-permission", owner, { organizationId: teams[0], permissions: { invitation: ["create"] } }),
      right: json(({ success }) => success === true),
    },
    {
      key: "invite",
      name: "create invitation",
      writes: true,
      next: () => {
        const number = next;
        next += 1;
        return post(
          "/organization/invite-member",
          owner,
          { email: `person${number}@example.com`, role: "member", organizationId: teams[number % TEAMS] },
          { taken: (text) => invited.push([JSON.parse(text).id, number]) },
        );
      },
      right: json(({ status, role }) => status === "pending" && role === "member"),
    },
    {
      key: "accept",
      name: "accept invitation",
      writes: true,
      next: () => {
        const [invitationId, number] = invited.pop();
        return post("/organization/accept-invitation", cookies.get(number), { invitationId });
      },
      right: json(({ invitation, member }) => invitation.status === "accepted" && member.role === "member"),
    },
  ];
  /** Fresh teams, and people who will be invited. */
  const prepare = async (round) => {
    teams = [];
    for (let place = 0; place < TEAMS; place += 1) teams.push(await newTeam(database, `team${round}x${place}`, "user0"));
    invited = [];
    next = made + 1;
    made += writes;
    for (const [place, cookie] of (await people(database, next, made)).entries()) cookies.set(next + place, cookie);
  };
  const counted = await workers.url("counted");
  return { operations, prepare, counted, url: await workers.url("peer"), weight, stop: workers.stop, contents };
}
