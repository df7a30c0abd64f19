// The policy: by itself, and beside that of the deployment.
import { createHash } from "node:crypto";
import { type Finding, fail, ok, skipped, warn } from "./finding.ts";
import { isAnswer, type Reply } from "./http.ts";

export interface PolicyFile {
  /** Name of the file, from the project's folder. */
  name: string;
  text: string;
  /** Each fault with its place, in the Worker's words. */
  faults: string[];
}

/** The policy of the project. A text is why there is none. */
export function policyFindings(policy: PolicyFile | string): Finding[] {
  if (typeof policy === "string") return [fail("policy", policy, "Correct that, or restore policy.json, for example from `npm create rolecall`.")];
  const { name, faults } = policy;
  if (faults.length === 0) return [ok("policy", `${name} is valid`)];
  return faults.map((fault) => fail("policy", `${name}: ${fault}`, "Correct it, and see what it then grants: `rolecall policy check`."));
}

/** `ETag` with which the Worker serves a policy. */
export const etagOf = (text: string): string => `"${createHash("sha256").update(text).digest("hex")}"`;

/** Whether the deployment at `url` decides by the policy of the project. `reply` is that to `GET /v1/policy`; `renew` is how it gets it. */
export function deployedPolicyFindings(policy: PolicyFile | string, { url, reply, renew }: { url: string; reply: Reply; renew: string }): Finding[] {
  if (typeof policy === "string") return [];
  const etag = isAnswer(reply) && reply.status === 200 ? reply.headers.etag : undefined;
  if (!etag) return [skipped("policy", "not compared: the deployment does not serve its policy")];
  // A proxy that compresses a response makes its ETag weak.
  if (etag.replace(/^W\//, "") === etagOf(policy.text)) return [ok("policy", `the deployment has that of ${policy.name}`)];
  return [warn("policy", "the deployment has another policy", `See the difference with \`rolecall policy diff ${url}\`, then ${renew}.`)];
}

/** Whether a policy has routes, and so demands an API behind the gateway. */
export function hasRoutes(policy: PolicyFile | string): boolean {
  if (typeof policy === "string" || policy.faults.length > 0) return false;
  const { routes = [] } = JSON.parse(policy.text) as { routes?: unknown[] };
  return routes.length > 0;
}
