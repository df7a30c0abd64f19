// A policy: validated and decided in WebAssembly; the texts for people come from the same JSON.
import { PolicyError, UnknownCodeError } from "./errors.js";
import { bound, lines, pass, take } from "./glue.js";
import { type Bits, type Grantor, HeldRights } from "./rights.js";
import type { CustomRole, PermissionInfo, Policy, PolicySource, Rights, RightsSource, RoleInfo, RouteInfo, RouteMatch } from "./types.js";

interface PolicyFile<P extends string, R extends string> {
  permissions: readonly { code: P; title: string; description?: string; resource?: string; actions?: readonly string[] }[];
  roles: readonly RoleInfo<P, R>[];
  routes?: readonly { method: string; path: string; permission: P; freshness?: "token" | "live" }[];
}

/** Gives a policy's memory back when nothing in JavaScript refers to it any more; some runtimes cannot tell. */
const forgotten = typeof FinalizationRegistry === "undefined" ? undefined : new FinalizationRegistry<number>((rules) => bound().close(rules));

/** No permission's place: what no role holds. */
const RETIRED = 256;

/** `retired` are codes of earlier policies: nobody holds them, and asking for one is no slip of the pen. */
export function readPolicy<P extends string, R extends string>(source: PolicySource, retired: readonly string[] = []): Policy<P, R> {
  const json = typeof source === "string" ? source : JSON.stringify(source);
  const rules = pass(json).open();
  if (!rules) {
    const [code, pointer, ...value] = lines() as [string, string, ...string[]];
    throw new PolicyError(code, pointer, value.join("\n"));
  }
  const policy = new ReadPolicy<P, R>(rules, new Uint32Array(take()), JSON.parse(json), retired as readonly P[]);
  forgotten?.register(policy, rules);
  return policy;
}

class ReadPolicy<P extends string, R extends string> implements Policy<P, R> {
  readonly permissions: readonly PermissionInfo<P>[];
  readonly roles: readonly RoleInfo<P, R>[];
  readonly routes: readonly RouteInfo<P>[];
  readonly #rules: number;
  readonly #ids: ReadonlyMap<P, number>;
  readonly #builtIn: readonly Grantor[];

  constructor(rules: number, bits: Bits, file: PolicyFile<P, R>, retired: readonly P[]) {
    this.permissions = file.permissions.map((permission) => ({ description: "", resource: "", actions: [], ...permission }));
    this.roles = file.roles;
    this.routes = (file.routes ?? []).map((route) => ({ freshness: "token", ...route }));
    this.#rules = rules;
    this.#ids = new Map([...retired.map((code) => [code, RETIRED] as const), ...file.permissions.map(({ code }, id) => [code, id] as const)]);
    this.#builtIn = file.roles.map(({ code }, at) => ({ code, bits: bits.subarray(at * 8, at * 8 + 8) }));
  }

  rights({ role, customRoles, permissions }: RightsSource<R>): Rights<P> {
    const grantors = customRoles?.length ? this.#grantors(customRoles) : this.#builtIn;
    const bits = permissions ? this.#set(permissions) : grantors.find(({ code }) => code === role)?.bits;
    if (!bits) throw new UnknownCodeError("role", role);
    return new HeldRights<P>(role, bits, this.#ids, grantors);
  }

  matchRoute(method: string, path: string): RouteMatch<P> | null {
    pass(`${method}\n${path}`).route(this.#rules);
    const [permission, freshness, pattern, ...rest] = lines() as [P, "token" | "live", string, ...string[]];
    if (!permission) return null;
    const params: Record<string, string> = {};
    for (let at = 0; at < rest.length; at += 2) params[rest[at]!] = rest[at + 1]!;
    return { permission, freshness, pattern, params };
  }

  /**
   * The policy's roles and a team's own. None may pass for another, but for one that the team had before the policy
   * got a role of its code: that keeps its permissions.
   */
  #grantors(roles: readonly CustomRole[]): Grantor[] {
    const grantors = new Map<string, Grantor>(this.#builtIn.map((grantor) => [grantor.code, grantor]));
    const taken = new Set<string>();
    roles.forEach(({ code, permissions, built_in, overrides_built_in }, at) => {
      if (built_in) return;
      if (taken.has(code) || (grantors.has(code) && !overrides_built_in)) throw new PolicyError("role-twice", `/customRoles/${at}/code`, code);
      taken.add(code);
      grantors.set(code, { code, bits: this.#set(permissions) });
    });
    return [...grantors.values()];
  }

  #set(permissions: readonly string[]): Bits {
    for (const code of permissions) if ((this.#ids.get(code as P) ?? RETIRED) === RETIRED) throw new UnknownCodeError("permission", code);
    pass(permissions.join("\n")).set(this.#rules);
    return new Uint32Array(take());
  }
}
