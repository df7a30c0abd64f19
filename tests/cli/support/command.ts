// Runs the command `rolecall` as a user does: as a process of its own, in the folder of a project.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { DEFAULT_POLICY, ROOT } from "../../e2e/support/worker.ts";

const MAIN = path.join(ROOT, "cli/src/main.ts");

export interface Result {
  code: number | null;
  out: string;
  err: string;
}

export interface RunOptions {
  cwd?: string;
  /** Added to this process's environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
  /** Standard input; empty otherwise. */
  input?: string;
}

/** Runs a program with this Node. Standard output and error are no terminals. */
export function runNode(args: string[], { cwd, env, input = "" }: RunOptions = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      // Without the test runner's variable, which would make a program that uses node:test report to it.
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, NODE_TEST_CONTEXT: undefined, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (chunk) => (out += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk) => (err += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
    child.stdin.on("error", () => {}).end(input);
  });
}

/** Runs `rolecall` with arguments. */
export function run(args: string[], options?: RunOptions): Promise<Result> {
  return runNode([MAIN, ...args], options);
}

/** A project's settings: development, and production at accounts.example.com. */
export const WRANGLER_TOML = `name = "my-accounts-development"
main = "main.js"
compatibility_date = "2026-11-01"

[vars]
ENVIRONMENT = "development"
ORIGIN = "http://localhost:8787"
PRODUCT_NAME = "Acme"
MAIL = "log"
MAIL_FROM = "team@localhost.example"

[[d1_databases]]
binding = "DB"
database_name = "my-accounts"
database_id = "my-accounts-development"
migrations_dir = ${JSON.stringify(path.join(ROOT, "crates/store/migrations"))}

[[kv_namespaces]]
binding = "KV"
id = "my-accounts-development"

[env.production]
name = "my-accounts"

[env.production.vars]
ENVIRONMENT = "production"
ORIGIN = "https://accounts.example.com"
PRODUCT_NAME = "Acme"
MAIL = "send_email"
MAIL_FROM = "team@example.com"

[[env.production.d1_databases]]
binding = "DB"
database_name = "my-accounts"
database_id = "00000000-0000-0000-0000-000000000000"
migrations_dir = ${JSON.stringify(path.join(ROOT, "crates/store/migrations"))}
`;

/** A new folder, removed after the test (or the test file, where it is made outside of a test). */
export function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), "rolecall-cli-"));
  after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/**
 * A new folder with wrangler.toml and the default policy as policy.json, removed like that of `folder`. `files` are added, or
 * replace these; null leaves one of them out.
 */
export function project(files: Record<string, string | null> = {}): string {
  const root = folder();
  for (const [name, text] of Object.entries({ "wrangler.toml": WRANGLER_TOML, "policy.json": DEFAULT_POLICY, ...files })) {
    if (text === null) continue;
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

/** Text of a file of a folder. */
export const read = (root: string, name: string): string => readFileSync(path.join(root, name), "utf8");
