// Runs `rolecall doctor` in a project, and reads its findings.
import assert from "node:assert/strict";
import { run } from "./command.ts";

export interface Finding {
  check: string;
  status: "ok" | "warn" | "fail" | "skipped";
  found: string;
  action?: string;
}

export interface Examined {
  code: number | null;
  findings: Finding[];
}

/** Runs `rolecall doctor` in a project. */
export async function examine(root: string, args: string[] = [], account: Record<string, string> = {}): Promise<Examined> {
  // Without an account at Cloudflare, whatever this machine has.
  const env = { CLOUDFLARE_API_TOKEN: undefined, CLOUDFLARE_ACCOUNT_ID: undefined, HOME: root, XDG_CONFIG_HOME: root, ...account };
  const { code, out, err } = await run(["doctor", "--json", ...args], { cwd: root, env });
  assert.ok(out.startsWith("["), `${out}\n${err}`);
  const findings: Finding[] = JSON.parse(out);
  assert.equal(code, findings.some(({ status }) => status === "fail") ? 1 : 0);
  for (const { status, action, found } of findings) if (status === "fail" || status === "warn") assert.match(action ?? "", /^[A-Z].*\.$/, found);
  return { code, findings };
}

/** Asserts that a finding is reported once. */
export function expectFinding({ findings }: { findings: Finding[] }, check: string, status: Finding["status"], found: RegExp): void {
  const matching = findings.filter((finding) => finding.check === check && finding.status === status && found.test(finding.found));
  assert.equal(matching.length, 1, `${check} ${status} ${found}\n${JSON.stringify(findings, null, 1)}`);
}

/** The checks that fail. */
export const failing = ({ findings }: Examined) => [...new Set(findings.filter(({ status }) => status === "fail").map(({ check }) => check))];
