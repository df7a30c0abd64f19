// The settings of a project as the checks need them: the part of wrangler.toml that concerns Rolecall.
import { isIP } from "node:net";
import type { Target } from "../project.ts";

/** The part of wrangler's configuration that is checked. */
export interface Settings {
  main?: string;
  vars: Record<string, unknown>;
  assets?: { binding?: string; directory?: string; not_found_handling?: string; run_worker_first?: boolean | string[] };
  d1_databases: { binding: string; database_id?: string; migrations_dir?: string; migrations_table?: string }[];
  kv_namespaces: { binding: string; id?: string }[];
  ratelimits: { name: string }[];
  send_email: { name: string }[];
  services?: { binding: string }[];
  triggers: { crons?: string[] };
}

export type Vars = Record<string, string>;

/** Secrets without which no deployment answers. */
export const KEYS = ["LINK_KEYS", "TOKEN_KEYS"];
/** Everything that belongs in a secret, never in wrangler.toml. */
export const SECRETS = [...KEYS, "PASSWORD_PEPPER", "MAIL_API_KEY"];

/** Whether a variable is the client secret of a sign-in provider. */
export const isProviderSecret = (name: string): boolean => /^PROVIDER_[A-Z][A-Z0-9_]*_SECRET$/.test(name);

/** Whether a variable belongs in a secret. */
export const isSecret = (name: string): boolean => SECRETS.includes(name) || isProviderSecret(name);

/** Names of the client secrets that the providers of sign-in.json need; none where it is not JSON. */
export function providerSecrets(signIn: string): string[] {
  try {
    const { providers = [] } = JSON.parse(signIn) as { providers?: { id: string }[] };
    return providers.map(({ id }) => `PROVIDER_${id.toUpperCase().replaceAll("-", "_")}_SECRET`);
  } catch {
    return [];
  }
}

const isObject = (value: unknown) => typeof value === "object" && value !== null;

/** The variables of wrangler.toml as the Worker receives them: anything that is not an object, as text. */
export function varsOf(settings: Settings): Vars {
  const texts = Object.entries(settings.vars).filter(([, value]) => !isObject(value));
  return Object.fromEntries(texts.map(([name, value]) => [name, String(value)]));
}

/** Names of the bindings. */
export function bindingNames({ assets, d1_databases, kv_namespaces, ratelimits, send_email, services = [] }: Settings): string[] {
  const bound = [...d1_databases, ...kv_namespaces, ...services].map(({ binding }) => binding);
  return [...bound, ...[...ratelimits, ...send_email].map(({ name }) => name), ...(assets?.binding ? [assets.binding] : [])];
}

/** Where wrangler.toml has a table, for the target: `[env.production.vars]` for `vars`. */
export const section = (target: Target, name: string, list = false): string => {
  const path = target === "production" ? `env.production.${name}` : name;
  return list ? `[[${path}]]` : `[${path}]`;
};

/** Whether a text names a domain that is reserved for examples. */
export const isPlaceholder = (text: string): boolean => /((^|[./@])example\.(com|net|org)|\.example)(?![\w.-])/i.test(text);

/** A URL, or undefined where the text is none. */
export const urlOf = (text: string | undefined): URL | undefined => (text && URL.canParse(text) ? new URL(text) : undefined);

/** A text as it may be printed: of a URL the origin alone, since the rest may have credentials. */
export const withoutCredentials = (text: string): string => {
  const url = urlOf(text);
  return url && (url.username || url.password || url.search) ? url.origin : text;
};

/** Host of a URL as it is resolved: an IPv6 address without its brackets. */
export const hostOf = (url: URL): string => {
  const bare = url.hostname.replace(/^\[|\]$/g, "");
  return isIP(bare) ? bare : url.hostname;
};
