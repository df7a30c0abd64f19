// A running deployment: what it answers.
import type { Target } from "../project.ts";
import { type Finding, fail, ok, skipped, warn, unreadFinding } from "./finding.ts";
import { type Answer, isAnswer, objectIn, type Reply } from "./http.ts";
import { deployedPolicyFindings, type PolicyFile } from "./policy.ts";
import { isUnread, type Unread } from "../wrangler-output.ts";

/** Replies of a deployment. */
export interface Replies {
  /** The origin that was asked. */
  url: string;
  health: Reply;
  policy: Reply;
  keys: Reply;
  metadata: Reply;
}

export interface Deployment {
  target: Target;
  /** Replies, or why none was asked for. */
  replies: Replies | Unread;
  /** Whether the user named the origin. */
  named: boolean;
  /** ORIGIN. */
  origin: string | undefined;
  policy: PolicyFile | string;
  /** Id of the key that signs, where the keys can be read. */
  kid: string | undefined;
}

/** Deviation of clocks, in seconds. */
const CLOCK_WARN = 30;
const CLOCK_FAIL = 300;
/** `Date` has whole seconds: on average it is this much behind, in milliseconds. */
const DATE_LAG_MS = 500;

const log = (target: Target) => (target === "production" ? "`npx wrangler tail --env production`" : "the output of `rolecall dev`");

/** How a deployment gets the settings, secrets and policy of the project. */
const renew = (target: Target) => (target === "production" ? "run `rolecall deploy`" : "restart `rolecall dev`");

const capitalised = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** What to do where a path of the deployment is answered by something else. */
const ROUTE_TO_WORKER = "Make the origin's domain or route lead to the Worker with all its paths.";

function healthFinding({ target }: Deployment, url: string, answer: Answer): Finding {
  const { status, version } = (objectIn(answer) ?? {}) as { status?: string; version?: string };
  if (answer.status === 200 && status === "ok") return ok("deployment", `${url} answers: version ${version}, with its database`);
  if (answer.status === 500)
    return fail("deployment", `${url}/healthz: 500: the Worker refuses its configuration`, `See its log, which names the fault: ${log(target)}.`);
  if (answer.status === 503) {
    const command = `rolecall migrate${target === "production" ? " --production" : ""}`;
    return fail("deployment", `${url}/healthz: 503: the database does not answer`, `Run \`${command}\`, and see the Worker's log: ${log(target)}.`);
  }
  if (answer.status >= 300 && answer.status < 400) {
    const action = "Remove what redirects in front of the Worker, such as an access rule or a redirect of the zone.";
    return fail("deployment", `${url}/healthz redirects to ${answer.headers.location}`, action);
  }
  return fail("deployment", `${url}/healthz: ${answer.status}, which is no answer of Rolecall`, "Make the origin's domain or route lead to the Worker.");
}

function clockFinding({ headers, at }: Answer): Finding {
  const time = Date.parse(headers.date ?? "");
  if (Number.isNaN(time)) return skipped("clock", "not compared: the deployment sends no `Date`");
  const seconds = Math.round((at - time - DATE_LAG_MS) / 1000);
  const found = `this machine's clock is ${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} the deployment's`;
  const action = "Set this machine's clock by NTP: tokens are valid by the clock.";
  if (Math.abs(seconds) > CLOCK_FAIL) return fail("clock", found, action);
  if (Math.abs(seconds) > CLOCK_WARN) return warn("clock", found, action);
  return ok("clock", "this machine and the deployment have the same time");
}

function originFinding({ target, origin }: Deployment, { url, metadata }: Replies): Finding {
  const named = objectIn(metadata)?.policy_decision_point;
  if (!isAnswer(metadata) || metadata.status !== 200 || typeof named !== "string")
    return fail("origin", `${url}/.well-known/authzen-configuration is no metadata`, ROUTE_TO_WORKER);
  // In development `rolecall dev` sets ORIGIN to the port that it listens at.
  if (named === origin || (target === "development" && named === url)) return ok("origin", `links lead to ${named}`);
  return fail(
    "origin",
    `the deployment's links lead to ${named}, and ORIGIN is ${origin}`,
    `${capitalised(renew(target))}, so that the deployment has the ORIGIN of wrangler.toml.`,
  );
}

function keyFinding({ target, kid }: Deployment, { url, keys }: Replies): Finding {
  const list = objectIn(keys)?.keys;
  const kids = Array.isArray(list) ? list.map((key: { kid?: string }) => key.kid) : [];
  if (!isAnswer(keys) || keys.status !== 200 || kids.length === 0)
    return fail("keys", `${url}/.well-known/jwks.json has no key that verifies tokens`, ROUTE_TO_WORKER);
  if (kid !== undefined && !kids.includes(kid)) {
    const action = `${capitalised(renew(target))}, so that the deployment has these keys.`;
    return fail("keys", `the deployment signs with other keys: ${kids.join(", ")}, and not with ${kid}`, action);
  }
  return ok("keys", `tokens are verified by ${kids.join(", ")}`);
}

/** What a deployment answers. In development nothing needs to run. */
export function deploymentFindings(deployment: Deployment): Finding[] {
  const { replies, target, named } = deployment;
  if (isUnread(replies)) return [unreadFinding("deployment", replies)];
  const { health, url } = replies;
  if (!isAnswer(health)) {
    if (target === "development" && !named && health.refused)
      return [skipped("deployment", `not checked: nothing runs at ${url}`, "Start it with `rolecall dev`.")];
    return [fail("deployment", health.reason, "Correct this, or name another origin with `--url`.")];
  }
  const finding = healthFinding(deployment, url, health);
  const clock = clockFinding(health);
  if (health.status !== 200 || finding.status !== "ok") return [finding, clock];
  return [
    finding,
    originFinding(deployment, replies),
    keyFinding(deployment, replies),
    clock,
    ...deployedPolicyFindings(deployment.policy, { url, reply: replies.policy, renew: renew(target) }),
  ];
}

/** Id of the key that signs tokens: the first of TOKEN_KEYS, which a restore renames. */
export function signingKeyId(keys: string | undefined, restoreEpoch: string | undefined): string | undefined {
  const kid = keys?.split(",")[0]?.trim().split(":")[0];
  if (!kid) return undefined;
  return Number(restoreEpoch ?? 0) > 0 ? `${kid}.${Number(restoreEpoch)}` : kid;
}
