// The first thing to do with a new key: a command that the key may send, by the routes of the policy.
import type { Policy } from "../../data/types";

interface Key {
  permissions: string[];
  resources: string[];
}

/** Ids that mean the same in a path, in a shell and on paper. */
const PLAIN = /^[A-Za-z0-9._~-]+$/;

/** A call that only reads and that this key may send; undefined where the policy has none. */
function pathFor(key: Key, policy: Policy): string | undefined {
  const routes = policy.routes.filter((route) => route.method === "GET" && key.permissions.includes(route.permission));
  // A limited key reaches no collection: only what it names.
  if (key.resources.length === 0) return routes.find((route) => !route.path.includes("{"))?.path;
  for (const resource of key.resources) {
    const [type, id = ""] = resource.split(/:(.*)/s);
    const route = routes.find(({ path, permission }) => path.split("{").length === 2 && path.includes("{id}") && policy.permissions.some((one) => one.code === permission && one.resource === type));
    if (route && PLAIN.test(id)) return route.path.replace("{id}", id);
  }
  return undefined;
}

/** A line for a shell that tries the key through the gateway. */
export function curlFor(key: Key, secret: string, policy: Policy, origin: string): string | undefined {
  const path = pathFor(key, policy);
  return path === undefined ? undefined : `curl -H "Authorization: Bearer ${secret}" ${origin}${path}`;
}
