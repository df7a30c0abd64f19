// Generated from policy/default.json by `npm run generate -w pkg`; do not edit.

/** The permission codes of the default policy. */
export type DefaultPermissionCode =
  | "team.access"
  | "pods.connect"
  | "pods.manage"
  | "endpoints.manage"
  | "endpoints.invoke"
  | "clusters.connect"
  | "clusters.manage"
  | "volumes.manage"
  | "billing.view"
  | "billing.manage"
  | "members.invite"
  | "members.manage"
  | "team.manage"
  | "audit.read";

/** The built-in roles of the default policy. */
export type DefaultRoleCode =
  | "basic"
  | "billing"
  | "dev"
  | "admin";
