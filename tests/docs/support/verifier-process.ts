// A program that verifies identities, one line of JSON a question: {method, path, token} in, {claims} or {refused} out.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { after } from "node:test";
import type { Verify } from "./identities.ts";

export function verifyBy(command: string, args: string[], env: Record<string, string>): Verify {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  after(() => child.kill());
  let complaints = "";
  child.stderr.on("data", (chunk) => (complaints += chunk));
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.resolve(line));
  const ended = (error?: Error) => waiting.splice(0).forEach(({ reject }) => reject(error ?? new Error(`${command} ended: ${complaints}`)));
  child.on("error", ended).on("close", () => ended());
  child.stdin.on("error", () => {});
  return async (method, path, token) => {
    const line = await new Promise<string>((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.stdin.write(`${JSON.stringify({ method, path, token })}\n`);
    });
    const { claims, refused } = JSON.parse(line) as { claims?: Record<string, unknown>; refused?: string };
    if (!claims) throw new Refusal(refused ?? line);
    return claims;
  };
}

/** The program said no; anything else that goes wrong with it is no refusal. */
export class Refusal extends Error {}
