// Where a policy comes from: a file, or a deployment.
import { UserError, shownPath } from "./output.ts";
import { isPlaceholder } from "./doctor/settings.ts";
import { Project, readPolicy } from "./project.ts";

/** A policy as text, with the name by which it is shown. */
export interface PolicySource {
  name: string;
  text: string;
}

/** More characters than any policy within its limits of permissions, roles and routes needs. */
const POLICY_MAX = 1_000_000;
/** Path of the policy at the origin of a deployment. */
const POLICY_PATH = "/v1/policy";
const TIMEOUT_MS = 15_000;

const isUrl = (source: string): boolean => /^https?:\/\//i.test(source);

/** Reads a file or fetches a URL; of an origin, its policy. @throws UserError where that is not possible. */
export async function readSource(source?: string): Promise<PolicySource> {
  if (source !== undefined && isUrl(source)) return fetchPolicy(source);
  const { path, text } = readPolicy(source);
  return { name: shownPath(path), text };
}

/** Fetches the policy that the project's production deployment has now. @throws UserError where that is not possible. */
export async function readDeployed(): Promise<PolicySource> {
  const { vars } = await new Project().config("production");
  const origin = vars["ORIGIN"];
  if (typeof origin !== "string" || !isUrl(origin) || !URL.canParse(origin))
    throw new UserError("wrangler.toml has no ORIGIN under [env.production.vars]. Set it, or name what to compare with: a file or a URL.");
  if (isPlaceholder(new URL(origin).hostname))
    throw new UserError(
      `There is no deployment to compare with: ORIGIN under [env.production.vars] in wrangler.toml is still the example, ${origin}. Name a file or a URL instead.`,
    );
  return fetchPolicy(origin);
}

async function fetchPolicy(source: string): Promise<PolicySource> {
  if (!URL.canParse(source)) throw new UserError(`${source} is not a URL.`);
  const url = new URL(source);
  if (url.pathname === "/" && url.search === "") url.pathname = POLICY_PATH;
  try {
    const response = await fetch(url, { headers: { accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new UserError(`${url} responded with status ${response.status}, so its policy is not known.`);
    const text = await response.text();
    if (text.length > POLICY_MAX) throw new UserError(`${url} responded with ${text.length} characters, which is no policy.`);
    return { name: url.href, text };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { message, cause } = error as Error;
    throw new UserError(`${url} cannot be reached: ${cause instanceof Error && cause.message ? cause.message : message}`);
  }
}
