// The difference of two policies: who gains and loses what.
import type { PermissionInfo, Policy, RoleInfo, RouteInfo } from "rolecall/core";

type Permission = PermissionInfo<string>;
type Role = RoleInfo<string, string>;
type Route = RouteInfo<string>;

/** What is compared of a policy. */
export type PolicyContent = Pick<Policy<string, string>, "permissions" | "roles" | "routes">;

/** A value before and after. */
export interface Change<T> {
  from: T;
  to: T;
}

/** A permission that concerns another resource type or other actions, by which AuthZEN requests find it. */
export interface PermissionChange {
  code: string;
  resource?: Change<string>;
  actions?: Change<readonly string[]>;
}

/** A role in both policies, with the permissions that its holders gain and lose. */
export interface RoleChange {
  code: string;
  gains: string[];
  loses: string[];
}

/** A route in both policies. `path` has other parameter names, which requests do not show. */
export interface RouteChange {
  method: string;
  path: Change<string>;
  permission?: Change<string>;
  freshness?: Change<Route["freshness"]>;
}

export interface PolicyDiff {
  permissions: { added: string[]; removed: string[]; changed: PermissionChange[] };
  /** Roles with the permissions that they grant. */
  roles: { added: { code: string; permissions: string[] }[]; removed: { code: string; permissions: string[] }[]; changed: RoleChange[] };
  routes: { added: Route[]; removed: Route[]; changed: RouteChange[] };
  /** Number of permissions and roles with another title or description. */
  titles: number;
}

/** Compares two valid policies. The order of lists in a policy has no meaning, so that it makes no difference. */
export function diffPolicies(old: PolicyContent, next: PolicyContent): PolicyDiff {
  const permissions = pair(old.permissions, next.permissions, ({ code }) => code);
  const roles = pair(old.roles, next.roles, ({ code }) => code);
  const routes = pair(old.routes, next.routes, routeKey);
  const codes = ({ code }: Permission) => code;
  const granted = ({ code, permissions }: Role) => ({ code, permissions: [...permissions] });
  return {
    permissions: {
      added: permissions.added.map(codes),
      removed: permissions.removed.map(codes),
      changed: permissions.both.map(permissionChange).filter((change) => change.resource || change.actions),
    },
    roles: {
      added: roles.added.map(granted),
      removed: roles.removed.map(granted),
      changed: roles.both.map(roleChange).filter(({ gains, loses }) => gains.length + loses.length > 0),
    },
    routes: {
      added: routes.added,
      removed: routes.removed,
      changed: routes.both.map(routeChange).filter(({ path, permission, freshness }) => path.from !== path.to || permission || freshness),
    },
    titles: permissions.both.filter(isRetitled).length + roles.both.filter(isRetitled).length,
  };
}

/** Whether two policies differ in anything. */
export function isDifferent({ permissions, roles, routes, titles }: PolicyDiff): boolean {
  return titles > 0 || [permissions, roles, routes].some(({ added, removed, changed }) => added.length + removed.length + changed.length > 0);
}

/** What a deployment of the new policy does to data that the policy does not contain: one sentence each. */
export function warningsOf({ permissions, roles }: PolicyDiff): string[] {
  return [
    ...roles.removed.map(
      ({ code }) =>
        `The role ${code} is removed: members who have it keep no permission, and invitations to it cannot be accepted. Give them another role before.`,
    ),
    ...permissions.removed.map(
      (code) => `The permission ${code} is removed: custom roles and API keys that name it lose it, and get it back if the policy has the code again.`,
    ),
  ];
}

interface Paired<T> {
  added: T[];
  removed: T[];
  both: Change<T>[];
}

function pair<T>(old: readonly T[], next: readonly T[], key: (item: T) => string): Paired<T> {
  const before = new Map(old.map((item) => [key(item), item]));
  const after = new Map(next.map((item) => [key(item), item]));
  return {
    added: next.filter((item) => !before.has(key(item))),
    removed: old.filter((item) => !after.has(key(item))),
    both: old.flatMap((from) => {
      const to = after.get(key(from));
      return to === undefined ? [] : [{ from, to }];
    }),
  };
}

/** Identity of a route: the requests that match it. The names of parameters are no part of it. */
const routeKey = ({ method, path }: Route): string => `${method} ${path.replace(/\{[^}]*\}/g, "{}")}`;

const missing = (from: readonly string[], to: readonly string[]): string[] => from.filter((item) => !to.includes(item));

function permissionChange({ from, to }: Change<Permission>): PermissionChange {
  const hasOtherActions = missing(from.actions, to.actions).length + missing(to.actions, from.actions).length > 0;
  return {
    code: from.code,
    ...(from.resource === to.resource ? {} : { resource: { from: from.resource, to: to.resource } }),
    ...(hasOtherActions ? { actions: { from: from.actions, to: to.actions } } : {}),
  };
}

const roleChange = ({ from, to }: Change<Role>): RoleChange => ({
  code: from.code,
  gains: missing(to.permissions, from.permissions),
  loses: missing(from.permissions, to.permissions),
});

const routeChange = ({ from, to }: Change<Route>): RouteChange => ({
  method: from.method,
  path: { from: from.path, to: to.path },
  ...(from.permission === to.permission ? {} : { permission: { from: from.permission, to: to.permission } }),
  ...(from.freshness === to.freshness ? {} : { freshness: { from: from.freshness, to: to.freshness } }),
});

const isRetitled = ({ from, to }: Change<{ title: string; description?: string }>): boolean => from.title !== to.title || from.description !== to.description;
