// What `rolecall doctor` reports: one finding for each thing that is right, wrong or not checked.
import { table } from "../output.ts";
import type { Unread } from "../wrangler-output.ts";

/** What was checked. */
export type Check = "tools" | "policy" | "configuration" | "secrets" | "bindings" | "migrations" | "deployment" | "origin" | "keys" | "clock" | "mail" | "dns";

export type Status = "ok" | "warn" | "fail" | "skipped";

export interface Finding {
  check: Check;
  status: Status;
  /** What was found. It contains no secret. */
  found: string;
  /** What to do about it, in one sentence. */
  action?: string;
}

export const ok = (check: Check, found: string): Finding => ({ check, status: "ok", found });
export const warn = (check: Check, found: string, action: string): Finding => ({ check, status: "warn", found, action });
export const fail = (check: Check, found: string, action: string): Finding => ({ check, status: "fail", found, action });
export const skipped = (check: Check, found: string, action?: string): Finding => ({ check, status: "skipped", found, ...(action ? { action } : {}) });

/** The finding about what could not be read. */
export function unreadFinding(check: Check, { unread, action, fault }: Unread): Finding {
  return fault && action ? fail(check, unread, action) : skipped(check, unread, action);
}

/** The faults of a check, or that there are none. */
export const faultsOr = (faults: Finding[], otherwise: Finding): Finding[] => (faults.length > 0 ? faults : [otherwise]);

const count = (findings: Finding[], status: Status) => findings.filter((finding) => finding.status === status).length;

/** Whether nothing fails. Warnings and what was not checked do not count. */
export const passes = (findings: Finding[]): boolean => count(findings, "fail") === 0;

function summary(findings: Finding[]): string {
  const statuses: Status[] = ["ok", "warn", "fail", "skipped"];
  const counts = statuses.map((status) => [status, count(findings, status)] as const).filter(([, number]) => number > 0);
  return counts.map(([status, number]) => `${number} ${status}`).join(", ");
}

/** The findings as text: a row for each, what to do below it. */
export function render(findings: Finding[]): string {
  const rows = findings.flatMap(({ check, status, found, action }) => [
    [status === "fail" ? "FAIL" : status, check, found],
    ...(action ? [["", "", `→ ${action}`]] : []),
  ]);
  return `${table([["status", "check", "found"], ...rows])}\n\n${summary(findings)}`;
}
