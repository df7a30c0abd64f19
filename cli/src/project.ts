// The project that a command works on: wrangler.toml, policy.json, the secrets of development.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseEnv } from "node:util";
import type { Unstable_Config as Config } from "wrangler";
import { UserError, shownPath } from "./output.ts";

/** Where a project runs: on this machine, or on Cloudflare. */
export type Target = "development" | "production";

/** Names under which a project has its policy; the second is that of Rolecall's own repository. */
const POLICY_FILES = ["policy.json", "policy/default.json"];

/** Names of the file with the ways to sign in, beside the policy. */
const SIGN_IN_FILES = ["sign-in.json", "policy/sign-in.json"];

/** Settings of a file for a target, with wrangler's defaults. @throws UserError where wrangler cannot read them. */
export async function readSettings(path: string, target: Target): Promise<Config> {
  // Loading wrangler takes a second, which commands on files alone do not need.
  const { unstable_readConfig } = await import("wrangler");
  try {
    return unstable_readConfig({ config: path, ...(target === "production" ? { env: target } : {}) }, { hideWarnings: true });
  } catch (error) {
    throw new UserError(`wrangler cannot read ${basename(path)}: ${(error as Error).message.trim()}`, { cause: error });
  }
}

export class Project {
  readonly root: string;
  readonly configPath: string;

  /** @throws UserError where the folder has no wrangler.toml. */
  constructor(root = process.cwd()) {
    this.root = root;
    this.configPath = join(root, "wrangler.toml");
    if (!existsSync(this.configPath)) throw new UserError(`There is no wrangler.toml in ${root}. Run this in the folder that \`npm create rolecall\` made.`);
  }

  /** Settings of wrangler.toml for a target. @throws UserError like `readSettings`. */
  config(target: Target): Promise<Config> {
    return readSettings(this.configPath, target);
  }

  /** Path of the policy. */
  get policyPath(): string {
    return policyPath(this.root);
  }

  /** Text of the ways to sign in; empty where the project has no such file. @throws UserError where it is not plain UTF-8. */
  signInText(): string {
    const path = SIGN_IN_FILES.map((name) => join(this.root, name)).find((path) => existsSync(path));
    return path === undefined ? "" : textOf(path, readFileSync(path));
  }

  /** The variables and secrets of `.dev.vars`. */
  developmentSecrets(): Record<string, string> {
    const file = join(this.root, ".dev.vars");
    return existsSync(file) ? (parseEnv(readFileSync(file, "utf8")) as Record<string, string>) : {};
  }

  /** Writes random secrets for development, unless there are some. */
  createDevelopmentSecrets(): boolean {
    const file = join(this.root, ".dev.vars");
    if (existsSync(file)) return false;
    writeFileSync(file, `LINK_KEYS="${newKey("l1")}"\nTOKEN_KEYS="${newKey("t1")}"\n`, { mode: 0o600, flag: "wx" });
    return true;
  }
}

/** A fresh key with an id, as LINK_KEYS and TOKEN_KEYS list them. */
export const newKey = (id: string): string => `${id}:${randomBytes(32).toString("base64url")}`;

/** Path of the policy of a folder. @throws UserError where it has none. */
export function policyPath(root = process.cwd()): string {
  const found = POLICY_FILES.map((name) => join(root, name)).find((path) => existsSync(path));
  if (!found) throw new UserError(`There is no policy.json in ${root}. Name the file, or run this in the folder that \`npm create rolecall\` made.`);
  return found;
}

const BYTE_ORDER_MARK = "\ufeff";

/** Text of a file that the Worker reads as UTF-8. @throws UserError where it is not that, or begins with a byte order mark. */
function textOf(path: string, bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UserError(`${shownPath(path)} is not UTF-8. Save it as UTF-8.`);
  }
  if (text.startsWith(BYTE_ORDER_MARK)) throw new UserError(`${shownPath(path)} begins with a byte order mark. Save it as UTF-8 without one.`);
  return text;
}

/** Text of a policy file, by default of that of the folder. @throws UserError where it cannot be read, or is not plain UTF-8. */
export function readPolicy(file?: string): { path: string; text: string } {
  const path = file === undefined ? policyPath() : resolve(file);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`);
  }
  return { path, text: textOf(path, bytes) };
}
