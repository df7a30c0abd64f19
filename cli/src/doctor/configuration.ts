// Variables and secrets, judged by the Worker itself.
import { newKey, type Target } from "../project.ts";
import { type Fault, faultsOf } from "../worker-rules.ts";
import { type Finding, fail, faultsOr, ok, unreadFinding } from "./finding.ts";
import { isPlaceholder, isSecret, KEYS, providerSecrets, section, type Vars, withoutCredentials } from "./settings.ts";
import { isUnread, type Unread } from "../wrangler-output.ts";

export interface Configuration {
  target: Target;
  /** Variables of wrangler.toml. */
  vars: Vars;
  /** Variables and secrets of `.dev.vars`; none in production. */
  local: Vars;
  /** Names of the secrets in production, or why they are not known; none in development, where `local` has them. */
  secrets: string[] | Unread;
  bindings: string[];
  policy: string;
  /** Text of the ways to sign in. */
  signIn: string;
}

/** How a variable or secret is set. */
function remedy(name: string, { target, local }: Configuration): string {
  if (target === "development") {
    if (KEYS.includes(name) && local[name] === undefined)
      return `Run \`rolecall dev\`, which writes random keys to .dev.vars where there is no such file, or set ${name} there.`;
    return isSecret(name) || local[name] !== undefined ? `Set ${name} in .dev.vars.` : `Set ${name} under [vars] in wrangler.toml.`;
  }
  if (KEYS.includes(name)) return "Run `rolecall deploy`, which sets the keys that are missing to random ones.";
  if (isSecret(name)) return `Set it with \`npx wrangler secret put ${name} --env production\`.`;
  return `Set ${name} under ${section(target, "vars")} in wrangler.toml, then run \`rolecall deploy\`.`;
}

/** Values for what cannot be read, so that the Worker judges everything else. */
function withUnreadable({ target, vars, secrets, signIn }: Configuration): Vars {
  if (target === "development") return {};
  const ofProviders = providerSecrets(signIn);
  const present = isUnread(secrets) ? [...KEYS, ...ofProviders] : secrets;
  const unread = Object.fromEntries(ofProviders.filter((name) => present.includes(name) && !(name in vars)).map((name) => [name, "unread"]));
  const keys = Object.fromEntries(KEYS.filter((name) => present.includes(name) && !(name in vars)).map((name) => [name, newKey("k1")]));
  return { ...unread, ...keys };
}

/** The faults that the Worker sees, without those of the policy and of secrets that it would see and this command cannot. */
function faultsSeen(configuration: Configuration): Fault[] {
  const { target, vars, local, secrets, bindings, policy, signIn } = configuration;
  const faults = faultsOf({ vars: { ...vars, ...local, ...withUnreadable(configuration) }, bindings, policy, sign_in: signIn });
  const isHidden = (name: string) => target === "production" && !isUnread(secrets) && secrets.includes(name) && !(name in vars);
  const seen = faults.filter(({ name }) => name !== "policy" && !isHidden(name));
  // One that is not set makes those fail which are read together with it.
  const unset = seen.filter(({ message }) => message.endsWith("is not set")).map(({ name }) => name);
  return seen.filter(({ name }) => !name.includes(" and ") || !name.split(" and ").some((part) => unset.includes(part)));
}

/** What only a deployment to production must not be. */
function productionFaults({ target, vars }: Configuration): Finding[] {
  const faults: Finding[] = [];
  const place = section(target, "vars");
  if (vars.ENVIRONMENT === "development") {
    const action = `Set ENVIRONMENT = "production" under ${place} in wrangler.toml.`;
    faults.push(fail("configuration", "ENVIRONMENT is development, which shows all mail to everybody", action));
  }
  if (vars.ORIGIN?.startsWith("http:")) {
    const action = `Set ORIGIN under ${place} in wrangler.toml to an origin with https://.`;
    faults.push(fail("configuration", `ORIGIN is ${vars.ORIGIN}, and browsers keep the session's cookie with https only`, action));
  }
  for (const name of Object.keys(vars).filter((name) => isPlaceholder(vars[name] ?? ""))) {
    const action = `Set ${name} under ${place} in wrangler.toml to your own, then run \`rolecall deploy\`.`;
    faults.push(fail("configuration", `${name} is still the example: ${withoutCredentials(vars[name] ?? "")}`, action));
  }
  for (const name of Object.keys(vars).filter((name) => isSecret(name) && vars[name])) {
    const action = `Remove ${name} from wrangler.toml, and set a new one with \`npx wrangler secret put ${name} --env production\`.`;
    faults.push(fail("secrets", `${name} stands in wrangler.toml, where everybody who reads the repository sees it`, action));
  }
  return faults;
}

/** Why the secrets are right as far as this command can see. */
const secretsInOrder = (target: Target): string =>
  target === "development"
    ? `${KEYS.join(" and ")} are valid`
    : `${KEYS.join(" and ")} are set; their values cannot be read, but with a faulty one the deployment answers 500 and its log names it`;

/** Variables and secrets: what the Worker refuses, and in production what only this command can see. */
export function configurationFindings(configuration: Configuration): Finding[] {
  const { target, secrets } = configuration;
  const refused = faultsSeen(configuration).map(({ name, message }) =>
    fail(isSecret(name) ? "secrets" : "configuration", message, remedy(name, configuration)),
  );
  const faults = [...refused, ...(target === "production" ? productionFaults(configuration) : [])];
  const [ofSecrets, ofVariables] = [faults.filter(({ check }) => check === "secrets"), faults.filter(({ check }) => check !== "secrets")];
  return [
    ...faultsOr(ofVariables, ok("configuration", `the Worker accepts the variables of ${target}`)),
    ...(isUnread(secrets) ? [...ofSecrets, unreadFinding("secrets", secrets)] : faultsOr(ofSecrets, ok("secrets", secretsInOrder(target)))),
  ];
}
