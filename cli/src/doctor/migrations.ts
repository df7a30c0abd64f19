// Migrations: those of the package against those that the database has.
import type { Target } from "../project.ts";
import { type Finding, fail, ok, unreadFinding } from "./finding.ts";
import { isUnread, type Unread } from "../wrangler-output.ts";

export interface Migrations {
  target: Target;
  /** Names of the files, or undefined where their folder does not exist. */
  files: string[] | undefined;
  /** Names that the database lists, or why it was not asked. */
  applied: string[] | Unread;
}

/** The first names of a list, and how many more there are. */
function named(names: string[]): string {
  const [first = "", ...others] = names;
  return others.length > 0 ? `${first} and ${others.length} more` : first;
}

export function migrationFindings({ target, files, applied }: Migrations): Finding[] {
  if (isUnread(applied)) return [unreadFinding("migrations", applied)];
  if (!files?.length)
    return [
      fail("migrations", "the folder `migrations_dir` has no migrations", "Install the package that has them with `npm install`, or correct `migrations_dir`."),
    ];
  const command = `rolecall migrate${target === "production" ? " --production" : ""}`;
  const pending = files.filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !files.includes(name));
  const findings: Finding[] = [];
  if (pending.length > 0) findings.push(fail("migrations", `${pending.length} of ${files.length} are pending: ${named(pending)}`, `Run \`${command}\`.`));
  if (unknown.length > 0) {
    const action = "Install the version of the package that has them: `npm install rolecall-worker@latest`.";
    findings.push(fail("migrations", `the database is newer than this version: it has ${named(unknown)}`, action));
  }
  return findings.length > 0 ? findings : [ok("migrations", `all ${files.length} are applied`)];
}
