// A parsed policy: WebAssembly validates it and decides; titles and descriptions come from the same JSON.
import { getExports, readOutput, readOutputLines, writeInput } from "./abi.js";
import { BitRights, type PermissionBits, type RolePermissions } from "./bit-rights.js";
import { PolicyError, UnknownCodeError } from "./errors.js";
import type { CustomRole, PermissionInfo, Policy, PolicyInput, Rights, RightsInput, RoleInfo, RouteInfo, RouteMatch } from "./types.js";

type WithOptional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

interface PolicyFile<P extends string, R extends string> {
  permissions: readonly WithOptional<PermissionInfo<P>, "description" | "resource" | "actions">[];
  roles: readonly RoleInfo<P, R>[];
  routes?: readonly WithOptional<RouteInfo<P>, "freshness">[];
}

/** Frees a policy's memory after its JavaScript object was collected, where the runtime supports that. */
const finalizer = typeof FinalizationRegistry === "undefined" ? undefined : new FinalizationRegistry<number>((handle) => getExports().policy_free(handle));

/** Bit index of a retired permission: beyond the last one, so no set holds it. */
const RETIRED = 256;

/**
 * Parses and validates a policy. `retired` are codes that only earlier versions of it defined: they are held by nobody,
 * and do not throw an {@link UnknownCodeError}.
 */
export function parsePolicy<P extends string, R extends string>(source: PolicyInput, retired: readonly string[] = []): Policy<P, R> {
  const json = typeof source === "string" ? source : JSON.stringify(source);
  const handle = writeInput(json).policy_new();
  if (!handle) {
    const [code, pointer, ...value] = readOutputLines() as [string, string, ...string[]];
    throw new PolicyError(code, pointer, value.join("\n"));
  }
  const policy = new WasmPolicy<P, R>(handle, new Uint32Array(readOutput()), JSON.parse(json), retired as readonly P[]);
  finalizer?.register(policy, handle);
  return policy;
}

class WasmPolicy<P extends string, R extends string> implements Policy<P, R> {
  readonly permissions: readonly PermissionInfo<P>[];
  readonly roles: readonly RoleInfo<P, R>[];
  readonly routes: readonly RouteInfo<P>[];
  readonly #handle: number;
  readonly #indexes: ReadonlyMap<P, number>;
  readonly #builtInRoles: readonly RolePermissions[];

  constructor(handle: number, roleBits: PermissionBits, file: PolicyFile<P, R>, retired: readonly P[]) {
    this.permissions = file.permissions.map((permission) => ({ description: "", resource: "", actions: [], ...permission }));
    this.roles = file.roles;
    this.routes = (file.routes ?? []).map((route) => ({ freshness: "token", ...route }));
    this.#handle = handle;
    this.#indexes = new Map([...retired.map((code) => [code, RETIRED] as const), ...file.permissions.map(({ code }, index) => [code, index] as const)]);
    this.#builtInRoles = file.roles.map(({ code }, index) => ({ code, bits: roleBits.subarray(index * 8, index * 8 + 8) }));
  }

  rights({ role, customRoles, permissions }: RightsInput<R>): Rights<P> {
    const roles = customRoles?.length ? this.#allRoles(customRoles) : this.#builtInRoles;
    const bits = permissions ? this.#permissionBits(permissions) : roles.find(({ code }) => code === role)?.bits;
    if (!bits) throw new UnknownCodeError("role", role);
    return new BitRights<P>(role, bits, this.#indexes, roles);
  }

  matchRoute(method: string, path: string): RouteMatch<P> | null {
    writeInput(`${method}\n${path}`).match_route(this.#handle);
    const [permission, freshness, pattern, ...pairs] = readOutputLines() as [P, RouteInfo["freshness"], string, ...string[]];
    if (!permission) return null;
    const params: Record<string, string> = {};
    for (let index = 0; index < pairs.length; index += 2) params[pairs[index]!] = pairs[index + 1]!;
    return { permission, freshness, pattern, params };
  }

  /**
   * The built-in roles and the team's custom ones. Codes are unique, except that a custom role may replace a built-in one
   * (`overrides_built_in`): the team created it before the policy defined that code.
   */
  #allRoles(customRoles: readonly CustomRole[]): RolePermissions[] {
    const roles = new Map<string, RolePermissions>(this.#builtInRoles.map((role) => [role.code, role]));
    const seen = new Set<string>();
    customRoles.forEach(({ code, permissions, built_in, overrides_built_in }, index) => {
      if (built_in) return;
      if (seen.has(code) || (roles.has(code) && !overrides_built_in)) throw new PolicyError("role-twice", `/customRoles/${index}/code`, code);
      seen.add(code);
      roles.set(code, { code, bits: this.#permissionBits(permissions) });
    });
    return [...roles.values()];
  }

  #permissionBits(permissions: readonly string[]): PermissionBits {
    for (const code of permissions) if ((this.#indexes.get(code as P) ?? RETIRED) === RETIRED) throw new UnknownCodeError("permission", code);
    writeInput(permissions.join("\n")).permission_set(this.#handle);
    return new Uint32Array(readOutput());
  }
}
