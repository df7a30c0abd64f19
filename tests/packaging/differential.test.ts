// Differential test: random policies and queries, evaluated by the packed package, by the same crate built natively, and
// by an independent oracle in JavaScript. `SEED` repeats a run, `POLICIES` makes it longer.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import type * as Core from "rolecall/core";
import { ROOT, must, project } from "./support/project.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const rounds = Number(process.env["POLICIES"] ?? 60);

/** Pseudo-random numbers from a seed (mulberry32). */
function random(state: number): (below: number) => number {
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

interface Route {
  method: string;
  path: string;
  permission: string;
  freshness?: "token" | "live";
}
interface PolicyFile {
  version: 1;
  permissions: { code: string; title: string }[];
  roles: { code: string; title: string; permissions: string[] }[];
  routes: Route[];
}

const segments = (path: string) => path.slice(1).split("/");
const isParam = (segment: string) => segment.startsWith("{");

/** The documented rules: at the first difference a literal segment wins over a parameter; only canonical paths match. */
const oracle = {
  plain(path: string): boolean {
    if (!path.startsWith("/") || path.length > 2048) return false;
    if (path === "/") return true;
    return segments(path).every((segment) => {
      if (segment === "" || segment.startsWith("..") || segment.endsWith(".")) return false;
      if (!/^(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[89A-F][0-9A-F])+$/.test(segment)) return false;
      try {
        decodeURIComponent(segment);
        return true;
      } catch {
        return false;
      }
    });
  },
  ambiguous(a: Route, b: Route): boolean {
    const [left, right] = [segments(a.path), segments(b.path)];
    return (
      a.method === b.method && left.length === right.length && left.every((segment, at) => (isParam(segment) ? isParam(right[at]!) : segment === right[at]))
    );
  },
  match(policy: PolicyFile, method: string, path: string): string[] {
    if (!oracle.plain(path)) return [];
    const parts = segments(path);
    const fits = policy.routes.filter((route) => {
      const pattern = segments(route.path);
      return route.method === method && pattern.length === parts.length && pattern.every((segment, at) => isParam(segment) || segment === parts[at]);
    });
    // A literal is 0, a parameter 1: the least key is the most specific route.
    const key = (route: Route) =>
      segments(route.path)
        .map((segment) => (isParam(segment) ? 1 : 0))
        .join("");
    const best = fits.sort((a, b) => (key(a) < key(b) ? -1 : 1))[0];
    if (!best) return [];
    const params = segments(best.path).flatMap((segment, at) => (isParam(segment) ? [segment.slice(1, -1), parts[at]!] : []));
    return [best.permission, best.freshness ?? "token", best.path, ...params];
  },
};

function draw(next: (below: number) => number) {
  const pick = <T>(from: readonly T[]): T => from[next(from.length)]!;
  const some = <T>(from: readonly T[], most: number): T[] => [...new Set(Array.from({ length: next(most + 1) }, () => pick(from)))];
  const word = () =>
    Array.from({ length: 1 + next(3) }, () => pick([..."abz09_-"]))
      .join("")
      .replace(/^[^a-z]/, "q");
  const codes = [...new Set(Array.from({ length: 1 + next(next(4) === 0 ? 256 : 40) }, () => `${word()}.${word()}`))];
  const roles = [...new Set(Array.from({ length: next(12) }, word))].map((code) => ({ code, title: "", permissions: some(codes, codes.length) }));
  const methods = ["GET", "POST", "DELETE", "M"];
  const literals = ["x", "y", "a.b", "%C3%A9", "me"];
  const path = () => `/${Array.from({ length: 1 + next(4) }, (_, at) => (next(3) === 0 ? `{p${at}}` : pick(literals))).join("/")}`;
  const routes: Route[] = [];
  for (let tries = next(30); tries > 0; tries -= 1) {
    const route: Route = {
      method: pick(methods),
      path: path(),
      permission: pick(codes),
      ...(next(3) === 0 ? { freshness: pick(["token", "live"] as const) } : {}),
    };
    if (!routes.some((other) => oracle.ambiguous(other, route))) routes.push(route);
  }
  const policy: PolicyFile = { version: 1, permissions: codes.map((code) => ({ code, title: "" })), roles, routes };
  const wild = [...literals, "", ".", "..", "%2E", "%2F", "%c3%a9", "%C3", "é", "x;y", "X", "x.", " ", "\\"];
  const requests = Array.from({ length: 60 }, () => ({
    method: pick(methods),
    path: `${next(20) === 0 ? "" : "/"}${Array.from({ length: 1 + next(4) }, () => (next(12) === 0 ? pick(wild) : pick(literals))).join("/")}`,
  }));
  const sets = Array.from({ length: 10 }, () => some(codes, codes.length));
  return { policy, requests, sets };
}

test(`package, native crate and oracle agree (SEED=${seed})`, async () => {
  const app = project("differential");
  const { loadEngine } = (await import(pathToFileURL(join(app.folder, "node_modules/rolecall/dist/core.js")).href)) as typeof Core;
  const engine = await loadEngine();
  const next = random(seed);
  const queries: object[] = [];
  const expectations: { name: string; expected: string[] }[] = [];
  const expect = (query: object, expected: string[], name: string) => {
    queries.push(query);
    expectations.push({ name, expected });
  };
  for (let round = 0; round < rounds; round += 1) {
    const { policy, requests, sets } = draw(next);
    const json = JSON.stringify(policy);
    const read = engine.policy<string, string>(json);
    const order = policy.permissions.map(({ code }) => code);
    const sorted = (codes: readonly string[]) => order.filter((code) => codes.includes(code));
    expect({ policy: json }, [], "policy");
    for (const { code, permissions } of policy.roles) {
      const rights = read.rights({ role: code });
      assert.deepEqual(rights.list(), sorted(permissions));
      for (const permission of order) assert.equal(rights.can(permission), permissions.includes(permission));
      expect({ role: code }, sorted(permissions), `role ${code}`);
    }
    for (const codes of sets) {
      const claims = read.rights({ role: "somebody", permissions: codes });
      const custom = read.rights({ role: "CUSTOM", customRoles: [{ code: "CUSTOM", permissions: codes }] });
      assert.deepEqual([claims.list(), custom.list()], [sorted(codes), sorted(codes)]);
      expect({ codes }, sorted(codes), `set ${codes}`);
    }
    for (const permission of order.slice(0, 20)) {
      const granting = policy.roles.filter(({ permissions }) => permissions.includes(permission)).map(({ code }) => code);
      assert.deepEqual(read.rights({ role: "x", permissions: [] }).explain(permission), { allowed: false, permission, role: "x", grantedBy: granting });
      expect({ permission }, granting, `explain ${permission}`);
    }
    for (const { method, path } of requests) {
      const expected = oracle.match(policy, method, path);
      const match = read.matchRoute(method, path);
      assert.deepEqual(
        match ? [match.permission, match.freshness, match.pattern, ...Object.entries(match.params).flat()] : [],
        expected,
        `${method} ${path} of ${json}`,
      );
      expect({ method, path }, expected, `${method} ${path}`);
    }
  }
  must("cargo", ["build", "-q", "-p", "rolecall-policy", "--example", "ndjson_queries"], ROOT);
  const native = spawnSync(join(ROOT, "target", "debug", "examples", "ndjson_queries"), {
    input: `${queries.map((query) => JSON.stringify(query)).join("\n")}\n`,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  assert.equal(native.status, 0, native.stderr);
  const outputs = native.stdout.trimEnd().split("\n");
  assert.equal(outputs.length, expectations.length);
  outputs.forEach((line, at) => assert.deepEqual(JSON.parse(line), expectations[at]!.expected, expectations[at]!.name));
});
