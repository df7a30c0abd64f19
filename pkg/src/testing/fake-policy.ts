// The decisions of a policy in JavaScript, for tests without WebAssembly. The tests of the engine run against it, too.
import { UnknownCodeError } from "../engine/errors.js";
import type { PermissionCode, PolicyInput } from "../core.js";

interface PolicyDocument {
  readonly permissions: readonly { readonly code: string }[];
  readonly roles: readonly { readonly code: string; readonly permissions: readonly string[] }[];
  readonly routes?: readonly FakeRoute[] | undefined;
}

interface FakeRoute {
  readonly method: string;
  readonly path: string;
  readonly permission: string;
}

/** What a user holds: the permissions of a role that the policy defines, or with `permissions` those of a custom role. */
export interface Grant {
  readonly role: string;
  readonly permissions?: readonly string[] | undefined;
}

/** Longest path that the gateway accepts. */
const PATH_MAX = 2048;
/** A segment of a path in canonical form; escapes are only for what is not ASCII. */
const PLAIN_SEGMENT = /^(?!\.\.)(?:[\w.~:@!$&'()*+,=-]|%[89A-F][0-9A-F])+(?<!\.)$/;

const isParameter = (segment: string) => segment.startsWith("{") && segment.endsWith("}");
const segmentsOf = (path: string) => path.slice(1).split("/");

function isPlain(path: string): boolean {
  if (path === "/") return true;
  if (path.length > PATH_MAX || !path.startsWith("/") || !segmentsOf(path).every((segment) => PLAIN_SEGMENT.test(segment))) return false;
  try {
    // Throws where the escapes are not UTF-8.
    return decodeURIComponent(path) !== "";
  } catch {
    return false;
  }
}

/** Whether the first of two patterns that match one path has a literal where they first differ. */
function isMoreSpecific(one: string, other: string): boolean {
  const others = segmentsOf(other);
  const first = segmentsOf(one).findIndex((segment, index) => isParameter(segment) !== isParameter(others[index]!));
  return first >= 0 && isParameter(others[first]!);
}

export class FakePolicy {
  readonly #codes: readonly string[];
  readonly #roles: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #routes: readonly FakeRoute[];

  /** Reads a policy, which is not validated: the command `rolecall policy` and the server do that. */
  constructor(source: PolicyInput) {
    const { permissions, roles, routes = [] } = (typeof source === "string" ? JSON.parse(source) : source) as PolicyDocument;
    if (!Array.isArray(permissions) || !Array.isArray(roles))
      throw new TypeError("fakeClient: `policy` is not a policy: it has no `permissions` or no `roles`.");
    this.#codes = permissions.map(({ code }) => code);
    this.#roles = new Map(roles.map(({ code, permissions: granted }) => [code, new Set(granted)]));
    this.#routes = routes;
  }

  /** The permissions held in the policy's order, and by every code the roles that grant it. @throws UnknownCodeError */
  rights({ role, permissions }: Grant): { permissions: readonly PermissionCode[]; grantedBy: Readonly<Record<string, readonly string[]>> } {
    const roles = new Map(this.#roles);
    for (const code of permissions ?? []) if (!this.#codes.includes(code)) throw new UnknownCodeError("permission", code);
    if (permissions) roles.set(role, new Set(permissions));
    const held = roles.get(role);
    if (!held) throw new UnknownCodeError("role", role);
    const grantedBy = (code: string) => [...roles].filter(([, granted]) => granted.has(code)).map(([name]) => name);
    return {
      permissions: Object.freeze(this.#codes.filter((code) => held.has(code)) as PermissionCode[]),
      grantedBy: Object.fromEntries(this.#codes.map((code) => [code, Object.freeze(grantedBy(code))])),
    };
  }

  /** The permission that a request behind the gateway requires; undefined where no route matches it. */
  permissionFor(method: string, path: string): PermissionCode | undefined {
    if (!isPlain(path)) return undefined;
    const parts = segmentsOf(path);
    const matches = (pattern: string) => {
      const segments = segmentsOf(pattern);
      return segments.length === parts.length && segments.every((segment, index) => isParameter(segment) || segment === parts[index]);
    };
    const found = this.#routes.filter((route) => route.method === method && matches(route.path));
    const best = found.reduce<FakeRoute | undefined>((one, other) => (one && !isMoreSpecific(other.path, one.path) ? one : other), undefined);
    return best?.permission as PermissionCode | undefined;
  }
}
