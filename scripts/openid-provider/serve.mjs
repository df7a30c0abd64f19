// Runs the development provider beside `npm start`. Imported before packages are installed, so it imports nothing of them.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isFree } from "../../cli/src/port.js";
import { at, environment } from "../lib.mjs";

/** First port to try. */
const PORT = 5190;
/** Domains that only documentation has (RFC 2606): the Worker takes the provider's word for addresses there. */
const DOMAINS = ["example.com", "example.net", "example.org"];
/** Hosts from whose pages a browser reaches a provider on the same machine. */
const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"];
/** Ways to sign in besides the provider, where the project says nothing. */
const DEFAULTS = { password: true, email_code: true, passkey: true };

/** The project's ways to sign in; undefined where the file is no JSON object, which the Worker reports. */
function signInOfProject() {
  const file = at("policy", "sign-in.json");
  if (!existsSync(file)) return DEFAULTS;
  try {
    const config = JSON.parse(readFileSync(file, "utf8"));
    return typeof config === "object" && config !== null && !Array.isArray(config) ? config : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Starts the provider for a Worker with this origin, and returns the variables with which the Worker offers it. It starts nothing, and
 * returns none, where SIGN_IN is set, the project has providers of its own, or the origin is not on this machine.
 */
export async function serveProvider(origin) {
  const config = signInOfProject();
  const hasProviders = config?.providers !== undefined && !(Array.isArray(config.providers) && config.providers.length === 0);
  const isLocal = URL.canParse(origin) && LOOPBACK_HOSTS.includes(new URL(origin).hostname);
  if (process.env.SIGN_IN || config === undefined || hasProviders || !isLocal) return {};
  let port = PORT;
  while (!(await isFree(port))) port += 1;
  const secret = randomBytes(32).toString("base64url");
  const child = spawn("node", [at("scripts", "openid-provider", "main.ts")], {
    env: environment({ PROVIDER_PORT: String(port), PROVIDER_ORIGIN: origin, PROVIDER_DOMAINS: DOMAINS.join(","), PROVIDER_LOCAL_SECRET: secret }),
    // The provider ends with its standard input, and so also where this process is killed.
    stdio: ["pipe", "inherit", "inherit"],
  });
  child.on("error", (error) => console.error(`The development provider did not start: ${error.message}`));
  child.on("exit", (code) => code && console.error(`The development provider ended with ${code}; everything else goes on.`));
  process.on("exit", () => child.kill("SIGTERM"));
  const issuer = `http://127.0.0.1:${port}`;
  const local = { id: "local", kind: "oidc", title: "the local provider", issuer, client_id: "rolecall-development", authoritative_domains: DOMAINS };
  return { SIGN_IN: JSON.stringify({ ...config, providers: [local] }), PROVIDER_LOCAL_SECRET: secret };
}
