// A project in which nothing is wrong: the settings of this repository, with its policy, static files and secrets of its own.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../e2e/support/worker.ts";
import { project } from "./command.ts";

const key = (id: string) => `${id}:${randomBytes(32).toString("base64url")}`;

/** wrangler.toml of this repository, with its paths made absolute. */
export const SETTINGS = readFileSync(path.join(ROOT, "wrangler.toml"), "utf8").replace(
  /^(main|directory|migrations_dir) = "(.+)"$/gm,
  (_, name, place) => `${name} = ${JSON.stringify(path.join(ROOT, place))}`,
);

export const SECRETS = { LINK_KEYS: key("l1"), TOKEN_KEYS: key("t1") };

/** The text of `.dev.vars`. */
export const devVars = (vars: Record<string, string>) =>
  Object.entries(vars)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join("");

/** A text with one replacement, which must apply. */
export function changed(text: string, from: string | RegExp, to: string): string {
  const result = text.replace(from, to);
  if (result === text) throw new Error(`nothing to replace: ${from}`);
  return result;
}

export function healthyProject(files: Record<string, string | null> = {}): string {
  return project({ "wrangler.toml": SETTINGS, ".dev.vars": devVars(SECRETS), ...files });
}
