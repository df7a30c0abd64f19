// Rolecall's Worker as it is built for production, with the measures that development adds to its headers, and no rate limits.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { at } from "../../../../scripts/lib.mjs";
import { Person } from "../../../e2e/support/people.ts";
import { DEFAULT_POLICY, MAIN, startWorker } from "../../../e2e/support/worker.ts";
import { World } from "../../../e2e/support/world.ts";
import { email, people, sessions } from "../../seed.mjs";
import { UPSTREAM, configuration, gzippedFiles, weighed } from "../platform.mjs";

const JSON_TYPE = { "content-type": "application/json" };

const BUILD = at("worker/build");

const files = (build) => readdirSync(build).filter((name) => /\.(js|wasm)$/.test(name));
/** Bytes of the upload, gzip. */
export const size = (build = BUILD) => gzippedFiles(...files(build).map((name) => join(build, name)));
/** The modules of the Worker by name, its main one first. */
export const modules = (build = BUILD) => ({
  "main.js": MAIN,
  "policy.json": DEFAULT_POLICY,
  ...Object.fromEntries(files(build).map((name) => [name, readFileSync(join(build, name))])),
});

/** Starts the Worker of a build folder with an upstream behind it. A folder `migrations` inside it is that build's own schema. */
export async function open({ build = BUILD } = {}) {
  const own = join(build, "migrations");
  const settings = {
    build,
    ...(existsSync(own) ? { migrations: own } : {}),
    direct: true,
    vars: { TOKEN_LIFE: "900" },
    beside: [configuration("upstream", UPSTREAM)],
    bindings: { UPSTREAM: { type: "worker", worker: "upstream" } },
  };
  const [running, weight, processor] = await weighed(() => startWorker(settings));
  return { running, weight, processor, world: new World(running), url: await running.direct() };
}

export const bearer = (secret) => ({ authorization: `Bearer ${secret}` });
export const cookieOf = (person) => ({ cookie: `__Host-rolecall_session=${person.cookie}` });
export const json = (test) => (text) => test(JSON.parse(text));
export const post = (path, headers, body) => ({
  method: "POST",
  path,
  headers: body === undefined ? headers : { ...headers, ...JSON_TYPE },
  body: body === undefined ? undefined : JSON.stringify(body),
});

async function created(person, path, body) {
  const answer = await person.post(path, body);
  if (answer.status !== 201) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
  return answer.body;
}

export const token = async (person, account) => (await created(person, `/v1/accounts/${account}/tokens`)).token;
export const apiKey = async (person, account, permissions) =>
  (await created(person, `/v1/accounts/${account}/api-keys`, { name: "bench", permissions })).secret;
export { Person };

export async function start({ writes, build }) {
  const { running, weight, processor, world, url } = await open({ build });
  const owner = await world.signUp("owner@example.com");
  const team = await owner.convert("Acme");
  const basic = await world.hire(owner, team, "basic@example.com", "basic");
  const key = await apiKey(owner, team, ["team.access", "pods.connect"]);
  const [forMember, forOwner] = [cookieOf(basic), cookieOf(owner)];

  let [held, links, cookies, next, made] = ["", [], new Map(), 1, 0];
  const question = { subject: { type: "user", id: basic.email }, action: { name: "connect" }, resource: { type: "pod", id: "pod_1" } };
  const operations = [
    {
      key: "ok",
      name: "no route: an answer without I/O",
      status: 404,
      next: () => ({ path: "/api/nothing" }),
      right: json(({ code }) => code === "not-found"),
    },
    { key: "health", name: "healthz: one D1 ping", next: () => ({ path: "/healthz" }), right: json(({ status }) => status === "ok") },
    { key: "token", name: "gateway, permission token", next: () => ({ path: "/api/pods", headers: bearer(held) }), right: (text) => text === "ok" },
    {
      key: "refused",
      name: "gateway, token refused",
      status: 403,
      next: () => post("/api/clusters", bearer(held), {}),
      right: json(({ code, denial }) => code === "permission-missing" && denial.permission === "clusters.manage"),
    },
    { key: "key", name: "gateway, API key", next: () => ({ path: "/api/pods", headers: bearer(key) }), right: (text) => text === "ok" },
    {
      key: "session",
      name: "gateway, session",
      next: () => ({ path: "/api/pods", headers: { ...forMember, "rolecall-account": team } }),
      right: (text) => text === "ok",
    },
    {
      key: "checks",
      name: "checks",
      next: () => post(`/v1/accounts/${team}/checks`, forMember, { permissions: ["pods.manage"] }),
      right: json(({ results }) => results.length === 1 && results[0].allowed === false),
    },
    {
      key: "authzen",
      name: "AuthZEN evaluation, API key",
      next: () => post("/access/v1/evaluation", bearer(key), question),
      right: json(({ decision }) => decision === true),
    },
    {
      key: "me",
      name: "me",
      next: () => ({ path: "/v1/me", headers: forMember }),
      right: json(({ user, memberships }) => user.email === basic.email && memberships.length === 2),
    },
    {
      key: "invite",
      name: "create invitation",
      writes: true,
      status: 201,
      next: () => {
        const number = next;
        next += 1;
        return {
          ...post(`/v1/accounts/${team}/invitations`, forOwner, { email: email(number), role: "dev" }),
          taken: (text) => links.push([new URL(JSON.parse(text).link).hash.slice("#token=".length), number]),
        };
      },
      right: json(({ state, role }) => state === "pending" && role === "dev"),
    },
    {
      key: "accept",
      name: "accept invitation",
      writes: true,
      tries: 0,
      answers: 0,
      next() {
        const [secret, number] = links.pop();
        const taken = (_, headers) => {
          this.tries += Number(headers["rolecall-tries"]);
          this.answers += 1;
        };
        return { ...post(`/v1/invitations/${encodeURIComponent(secret)}/accept`, { cookie: cookies.get(number) }), taken };
      },
      right: json(({ account }) => account.id === team && account.role === "dev"),
    },
  ];
  /** A fresh token, and people who will be invited. */
  const prepare = async () => {
    held = await token(basic, team);
    links = [];
    next = made + 1;
    made += writes;
    await people(world.database, next, made);
    for (const [place, cookie] of (await sessions(world.database, next, made)).entries()) cookies.set(next + place, cookie);
  };
  return { operations, prepare, url, weight, processor, stop: () => world.close(), running };
}
