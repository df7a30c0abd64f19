// Builds a curl command that tries a new API key.
import type { Policy } from "../../data/types";

interface Key {
  permissions: string[];
  resources: string[];
}

/** Characters that need no escaping in a path or a shell. */
const PLAIN = /^[A-Za-z0-9._~-]+$/;

/** Finds a read-only route that the key may call. */
function pathFor(key: Key, policy: Policy): string | undefined {
  const routes = (policy.routes ?? []).filter((route) => route.method === "GET" && key.permissions.includes(route.permission));
  // A key with resource limits can read only those resources, not collections.
  if (key.resources.length === 0) return routes.find((route) => !route.path.includes("{"))?.path;
  for (const resource of key.resources) {
    const [type, id = ""] = resource.split(/:(.*)/s);
    const route = routes.find(
      ({ path, permission }) =>
        path.split("{").length === 2 && path.includes("{id}") && policy.permissions.some(({ code, resource }) => code === permission && resource === type),
    );
    if (route && PLAIN.test(id)) return route.path.replace("{id}", id);
  }
  return undefined;
}

export function curlCommand(key: Key, secret: string, policy: Policy, origin: string): string | undefined {
  const path = pathFor(key, policy);
  return path === undefined ? undefined : `curl -H "Authorization: Bearer ${secret}" ${origin}${path}`;
}
