// Delivery of mail. None is sent.
import type { Target } from "../project.ts";
import { type Finding, fail, ok, skipped, warn } from "./finding.ts";
import type { Failure } from "./http.ts";
import { type Settings, section, urlOf, type Vars } from "./settings.ts";

export interface Mail {
  target: Target;
  settings: Settings;
  /** Variables, with those of `.dev.vars`. */
  vars: Vars;
  /** Whether the secret MAIL_API_KEY is set; undefined where that is not known. */
  hasKey: boolean | undefined;
  /** Why the mail service cannot be reached; undefined where it can, or was not asked. */
  unreachable?: Failure;
  /** Whether the mail service was asked for a connection. */
  asked: boolean;
}

function httpFindings({ target, vars, hasKey, unreachable, asked }: Mail): Finding[] {
  const place = section(target, "vars");
  const findings: Finding[] = [];
  const url = urlOf(vars.MAIL_API_URL);
  const action = `Correct MAIL_API_URL under ${place} in wrangler.toml.`;
  if (vars.MAIL_API_URL && (!url || !/^https?:$/.test(url.protocol))) findings.push(fail("mail", "MAIL_API_URL is no URL of http or https", action));
  else if (url?.protocol === "http:" && target === "production")
    findings.push(fail("mail", `MAIL_API_URL is without https, so mails can be read on their way`, action));
  if (unreachable) findings.push(fail("mail", unreachable.reason, action));
  if (hasKey === false) {
    const set = target === "production" ? "`npx wrangler secret put MAIL_API_KEY --env production`" : "a line in .dev.vars";
    findings.push(warn("mail", "the secret MAIL_API_KEY is not set, and most mail services demand one", `Set it with ${set}.`));
  }
  if (findings.length > 0) return findings;
  return [asked ? ok("mail", `${url?.host} accepts connections`) : skipped("mail", "not checked: MAIL_API_URL is not set to a mail service")];
}

/** How mail leaves the Worker. An invalid MAIL is a fault of the configuration. */
export function mailFindings(mail: Mail): Finding[] {
  const { target, settings, vars } = mail;
  if (vars.MAIL === "log" && target === "development") return [ok("mail", "none is sent: the log and /dev/outbox show it")];
  if (vars.MAIL === "http") return httpFindings(mail);
  if (vars.MAIL !== "send_email") return [skipped("mail", "not checked: MAIL is not valid")];
  if (settings.send_email.some(({ name }) => name === "EMAIL")) return [ok("mail", "it is sent through the binding EMAIL")];
  return [
    fail("mail", "MAIL is send_email, and the binding EMAIL is missing", `Add ${section(target, "send_email", true)} with name = "EMAIL" to wrangler.toml.`),
  ];
}

/** Whether the name in ORIGIN has an address; `failure` says why it has none. */
export function dnsFindings(host: string | undefined, failure: Failure | undefined): Finding[] {
  if (host === undefined) return [skipped("dns", "not checked: ORIGIN is not set to a domain of yours")];
  if (!failure) return [ok("dns", `${host} resolves`)];
  return [fail("dns", failure.reason, `Add ${host} as a custom domain of the Worker in Cloudflare's dashboard, under Domains & Routes.`)];
}
