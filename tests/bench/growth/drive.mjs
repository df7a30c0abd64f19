// The run itself: three teams of one database, asked the same questions in turns; the small one also before anything else was there.
import { cpus, loadavg } from "node:os";
import { email, events, invitations, members, people, sessions, userId } from "../seed.mjs";
import { apiKey, bearer, cookieOf, json, open, post } from "../worker/candidates/rolecall.mjs";
import { Load, median } from "../worker/load.mjs";

const dry = process.argv.includes("--dry");
/** Members, pending invitations and audit events of each team, and accounts in the whole database. */
const SIZES = dry
  ? [
      [10, 10, 30],
      [20, 20, 60],
      [40, 40, 120],
    ]
  : [
      [10, 10, 100],
      [1_000, 1_000, 10_000],
      [10_000, 10_000, 100_000],
    ];
const ACCOUNTS = dry ? 200 : 100_000;
const ROUNDS = dry ? 1 : 9;
const TIMES = dry ? 1 : 25;
const BOUND = 2;
/** People are numbered: each team's members from its own thousands, and whoever changes something from here on. */
const GUESTS = 1_000_000;
const STEP = 10_000;
const PAGE = 10;

const { world, url } = await open();
const { database } = world;
const load = new Load(url);
let guest = GUESTS;

async function inSteps(from, to, act) {
  for (let begin = from; begin <= to; begin += STEP) await act(begin, Math.min(to, begin + STEP - 1));
}

const parsed = async (request) => JSON.parse((await load.send({ name: request.path, next: () => request })).text);

/** A team with this many of everything, and what is needed to ask about it. */
async function makeTeam(name, [size, pending, log], from) {
  const owner = await world.signUp(`${name}@example.com`);
  const id = await owner.convert(name);
  const last = from + size - 2;
  await inSteps(from, last, (begin, end) => people(database, begin, end));
  await inSteps(from, last, (begin, end) => members(database, id, begin, end));
  await inSteps(from, from + pending - 1, (begin, end) => invitations(database, id, owner.id, begin, end));
  const [member] = await sessions(database, last, last);
  const key = await apiKey(owner, id, ["team.access", "pods.connect"]);
  const headers = cookieOf(owner);
  await events(database, id, owner.id, log);
  const team = { id, owner, headers, member: { cookie: member }, key, email: email(last), cursors: {} };
  for (const list of ["members", "invitations", "audit-log"]) team.cursors[list] = await cursor(team, list, size);
  return team;
}

/** Where a list goes on after its first half, or after as much of it as is quickly reached. */
async function cursor(team, list, size) {
  let [found, left] = [null, Math.min(size / 2, 2_000)];
  while (left > 0) {
    const limit = Math.min(200, Math.ceil(left));
    const page = await parsed({
      path: `/v1/accounts/${team.id}/${list}?limit=${limit}${found ? `&cursor=${encodeURIComponent(found)}` : ""}`,
      headers: team.headers,
    });
    found = page.next_cursor ?? found;
    left -= limit;
  }
  return found;
}

const page = (items) => json((body) => body.items.length > 0 && body.items.length <= items);
const read = (path, right, who = "headers") => ({ next: (team) => ({ path: path(team), headers: team[who] }), right });
const base = (team) => `/v1/accounts/${team.id}`;

const operations = {
  me: read(
    () => "/v1/me",
    json(({ user }) => user.id.startsWith("usr_")),
    "member",
  ),
  account: read(
    base,
    json(({ kind }) => kind === "team"),
    "member",
  ),
  "members: first page": read((team) => `${base(team)}/members?limit=${PAGE}`, page(PAGE)),
  "members: a page inside": read((team) => `${base(team)}/members?limit=5&cursor=${encodeURIComponent(team.cursors.members)}`, page(5)),
  "pending invitations: first page": read((team) => `${base(team)}/invitations?state=pending&limit=${PAGE}`, page(PAGE)),
  "invitations: a page inside": read((team) => `${base(team)}/invitations?limit=5&cursor=${encodeURIComponent(team.cursors.invitations)}`, page(5)),
  "audit log: first page": read((team) => `${base(team)}/audit-log?limit=${PAGE}`, page(PAGE)),
  "audit log: a page inside": read((team) => `${base(team)}/audit-log?limit=5&cursor=${encodeURIComponent(team.cursors["audit-log"])}`, page(5)),
  "audit log: of one action": read((team) => `${base(team)}/audit-log?limit=1&action=account.convert`, page(1)),
  "audit log: of one resource": read((team) => `${base(team)}/audit-log?limit=1&resource_id=inv_${(7).toString(16).padStart(32, "0")}`, page(1)),
  "audit log: of one actor and action": read((team) => `${base(team)}/audit-log?limit=1&actor=${team.owner.id}&action=account.convert`, page(1)),
  checks: {
    next: (team) => post(`${base(team)}/checks`, team.member, { permissions: ["pods.manage"] }),
    right: json(({ results }) => results[0].allowed === true),
  },
  "gateway, session": { next: (team) => ({ path: "/api/pods", headers: { ...team.member, "rolecall-account": team.id } }), right: (text) => text === "ok" },
  "gateway, API key": { next: (team) => ({ path: "/api/pods", headers: bearer(team.key) }), right: (text) => text === "ok" },
  "AuthZEN evaluation": {
    next: (team) =>
      post("/access/v1/evaluation", bearer(team.key), {
        subject: { type: "user", id: team.email },
        action: { name: "connect" },
        resource: { type: "pod", id: "p" },
      }),
    right: json(({ decision }) => decision === true),
  },
  "AuthZEN subject search, ten": {
    next: (team) =>
      post("/access/v1/search/subject", bearer(team.key), {
        subject: { type: "user" },
        action: { name: "connect" },
        resource: { type: "pod", id: "p" },
        page: { limit: PAGE },
      }),
    right: json(({ results }) => results.length > 0 && results.length <= PAGE),
  },
  "create invitation": {
    status: 201,
    next: (team) => ({
      ...post(`${base(team)}/invitations`, team.headers, { email: email(team.guests[team.at]), role: "dev" }),
      taken: (text) => (team.link = new URL(JSON.parse(text).link).hash.slice("#token=".length)),
    }),
    right: json(({ state }) => state === "pending"),
  },
  "accept invitation": {
    next: (team) => post(`/v1/invitations/${encodeURIComponent(team.link)}/accept`, { cookie: team.cookies[team.at] }),
    right: json(({ account }) => account.kind === "team"),
  },
  "change a role": {
    next: (team) => ({ ...post(`${base(team)}/members/${userId(team.guests[team.at])}`, team.headers, { role: "basic" }), method: "PATCH" }),
    right: json(({ role }) => role === "basic"),
  },
  "remove a member": {
    status: 204,
    next: (team) => ({ method: "DELETE", path: `${base(team)}/members/${userId(team.guests[team.at])}`, headers: team.headers }),
    right: (text) => text === "",
  },
};

/** One round: everything of each team once in turn, many times over; answers medians in ms by operation and team. */
async function round(teams) {
  for (const team of teams) {
    team.guests = Array.from({ length: TIMES }, (_, place) => guest + place);
    await people(database, guest, guest + TIMES - 1);
    team.cookies = await sessions(database, guest, guest + TIMES - 1);
    guest += TIMES;
  }
  const found = Object.fromEntries(Object.keys(operations).map((name) => [name, teams.map(() => [])]));
  for (let time = 0; time < TIMES; time += 1) {
    for (const [name, { next, right, status }] of Object.entries(operations)) {
      for (const [place, team] of teams.entries()) {
        team.at = time;
        const start = performance.now();
        const { text, headers } = await load.send({ name, status, next: () => next(team) });
        found[name][place].push(performance.now() - start);
        if (!right(text, headers)) throw new Error(`${name} of ${team.id} is answered wrongly: ${text.slice(0, 400)}`);
      }
      // What is done after an answer shall not weigh on the next question.
      if (name.startsWith("create") && !dry) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, times]) => [name, times.map(median)]));
}

async function rounds(teams) {
  const all = [];
  if (!dry) await round(teams);
  for (let number = 0; number < ROUNDS; number += 1) all.push(await round(teams));
  return Object.fromEntries(Object.keys(operations).map((name) => [name, teams.map((_, place) => median(all.map((each) => each[name][place])))]));
}

const number = (value) => value.toLocaleString("en");
try {
  const busy = loadavg()[0];
  const teams = [await makeTeam("small", SIZES[0], 1)];
  const alone = await rounds(teams);
  console.log(`▸ filling the database: ${number(ACCOUNTS)} accounts, ${number(SIZES[2][2])} audit events`);
  let from = 100_000;
  for (const [place, name] of ["middle", "large"].entries()) {
    teams.push(await makeTeam(name, SIZES[place + 1], from));
    from += 100_000;
  }
  const { n } = await database.prepare("SELECT count(*) AS n FROM account").first();
  await inSteps(from, from + ACCOUNTS - n - 1, (begin, end) => people(database, begin, end));
  console.log("▸ measuring");
  const grown = await rounds(teams);
  const ratio = (name, place) => grown[name][place] / alone[name][0];
  const cell = (value) => `${value.toFixed(2)}${value > BOUND ? " ✗" : ""}`;
  const title = ([size, pending, log]) => `${number(size)} members, ${number(pending)} invitations, ${number(log)} events`;
  const lines = [
    "",
    `| median of | alone: ${title(SIZES[0])}, ms | the same team among ${number(ACCOUNTS)} accounts, × | ${title(SIZES[1])}, × | ${title(SIZES[2])}, × |`,
    "|---|--:|--:|--:|--:|",
    ...Object.keys(operations).map((name) => `| ${name} | ${alone[name][0].toFixed(2)} | ${teams.map((_, place) => cell(ratio(name, place))).join(" | ")} |`),
    "",
  ];
  const beyond = Object.keys(operations).filter((name) => teams.some((_, place) => ratio(name, place) > BOUND));
  lines.push(
    `Goal: every route within ${BOUND} × of the small team alone. ${beyond.length === 0 ? "Met." : `NOT met: ${beyond.join(", ")}.`} On ${cpus().length} shared cores, load ${busy.toFixed(1)} before the run.`,
  );
  console.log(lines.join("\n"));
} finally {
  await load.close();
  await world.close();
}
