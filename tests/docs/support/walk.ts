// The walk of README.md, pasted against a running Rolecall.
import assert from "node:assert/strict";
import { loadEngine } from "rolecall/core";
import { assertRefusals, paste } from "./shell.ts";

/** Pastes the walk and asserts every response. Returns the id of the team. */
export async function walk(text: string, origin: string): Promise<string> {
  const { answers, lines } = await paste(text, { "http://localhost:8787": origin });
  assertRefusals(text, answers);
  const [pending, team, invited, joined, checks, refused, ...log] = answers;
  assert.equal(pending.status, "verification-sent", JSON.stringify(pending));
  assert.deepEqual([team.kind, team.name], ["team", "Acme"]);
  assert.match(invited.email, /^bob-\d+@example\.com$/);
  assert.deepEqual([invited.role, new URL(invited.link).origin], ["dev", origin]);
  assert.deepEqual([joined.user.email, joined.account.id], [invited.email, team.id]);
  assert.deepEqual(
    checks.results.map((result: any) => [result.permission, result.allowed]),
    [
      ["pods.manage", true],
      ["members.invite", false],
    ],
  );
  assert.deepEqual(refused.denial, { permission: "members.invite", role: "dev", granted_by: ["admin"] });
  assert.ok(log.some((event) => event.action === "invitation.accept") && log.some((event) => event.outcome === "denied"), JSON.stringify(log.at(-1)));
  const verdict = (await loadEngine()).verifyAuditLog(lines.slice(-log.length).join("\n"));
  assert.deepEqual([verdict.ok, verdict.ok && verdict.events], [true, log.length], "each event contains the hash of the one before");
  return team.id;
}
