// Bindings, cron trigger and static files of wrangler.toml.
import type { Target } from "../project.ts";
import { type Finding, fail, faultsOr, ok, warn } from "./finding.ts";
import { type Settings, section } from "./settings.ts";

export interface Bindings {
  target: Target;
  settings: Settings;
  /** Whether the file `main` exists. */
  mainExists: boolean;
  /** Whether the folder of the static files exists. */
  assetsExist: boolean;
  /** Whether the policy has routes. */
  routes: boolean;
  upstreamUrl?: string;
}

const LIMITERS = ["LIMIT_AUTH", "LIMIT_API", "LIMIT_NETWORK", "LIMIT_GATEWAY"];
const CRON = "* * * * *";

/** An id of Cloudflare's: 32 hexadecimal digits, for a database with hyphens. */
export const isId = (id: string | undefined) => id !== undefined && /^[0-9a-f-]{32,36}$/.test(id) && /[1-9a-f]/.test(id);

const missing = (what: string, add: string): Finding => fail("bindings", `${what} is missing`, `Add ${add} to wrangler.toml.`);

function storageFaults({ target, settings }: Bindings): Finding[] {
  const database = settings.d1_databases.find(({ binding }) => binding === "DB");
  const namespace = settings.kv_namespaces.find(({ binding }) => binding === "KV");
  const faults: Finding[] = [];
  if (!database) faults.push(missing("the D1 database DB", `${section(target, "d1_databases", true)} with binding = "DB"`));
  if (!namespace) faults.push(missing("the KV namespace KV", `${section(target, "kv_namespaces", true)} with binding = "KV"`));
  if (target === "development") return faults;
  const action = "Run `rolecall deploy`, which creates what has no id and writes the id into wrangler.toml.";
  if (database && !isId(database.database_id)) faults.push(fail("bindings", `DB has no database yet: database_id is ${database.database_id}`, action));
  if (namespace && !isId(namespace.id)) faults.push(fail("bindings", `KV has no namespace yet: its id is ${namespace.id}`, action));
  return faults;
}

function assetFaults({ target, settings: { assets }, assetsExist }: Bindings): Finding[] {
  const place = section(target, "assets");
  if (assets?.binding !== "ASSETS") return [missing("ASSETS, the console's files,", `${place} with binding = "ASSETS"`)];
  const faults: Finding[] = [];
  if (!assetsExist) {
    const action = "Install the package that has them with `npm install`, or correct `directory`.";
    faults.push(fail("bindings", `the folder of ASSETS does not exist: ${assets.directory ?? "directory is not set"}`, action));
  }
  if (assets.run_worker_first !== true) {
    const action = `Set run_worker_first = true under ${place} in wrangler.toml.`;
    faults.push(fail("bindings", "ASSETS answers before the Worker, without its security headers", action));
  }
  if (assets.not_found_handling !== "single-page-application") {
    const action = `Set not_found_handling = "single-page-application" under ${place} in wrangler.toml.`;
    faults.push(fail("bindings", "ASSETS does not serve the console at its own addresses, such as those of links in mails", action));
  }
  return faults;
}

function otherFaults({ target, settings, mainExists, routes, upstreamUrl }: Bindings): Finding[] {
  const faults: Finding[] = [];
  if (!mainExists) faults.push(fail("bindings", `the Worker's file does not exist: ${settings.main ?? "main is not set"}`, "Correct `main` in wrangler.toml."));
  const limiters = settings.ratelimits.map(({ name }) => name);
  for (const name of LIMITERS.filter((name) => !limiters.includes(name)))
    faults.push(missing(`the rate limiter ${name}`, `${section(target, "ratelimits", true)} with name = "${name}"`));
  if (!settings.triggers.crons?.includes(CRON)) {
    const action = `Set crons = ["${CRON}"] under ${section(target, "triggers")} in wrangler.toml.`;
    faults.push(fail("bindings", "there is no trigger every minute, so mail that failed is not sent again and nothing is cleaned up", action));
  }
  const upstream = (settings.services ?? []).some(({ binding }) => binding === "UPSTREAM") || upstreamUrl;
  if (routes && !upstream) {
    const action = `Set UPSTREAM_URL under ${section(target, "vars")}, or bind a Worker as the service UPSTREAM, in wrangler.toml.`;
    faults.push(warn("bindings", "the policy has routes, and the gateway has nowhere to forward to", action));
  }
  return faults;
}

/** Faults of the bindings. That of mail is judged with mail. */
export function bindingFindings(bindings: Bindings): Finding[] {
  const faults = [...storageFaults(bindings), ...assetFaults(bindings), ...otherFaults(bindings)];
  return faultsOr(faults, ok("bindings", `DB, KV, ASSETS, ${LIMITERS.length} rate limiters, a trigger every minute`));
}
