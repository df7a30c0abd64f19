// README.md, ARCHITECTURE.md, console/README.md and docs/DEPLOY.md
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { loadEngine } from "rolecall/core";
import { type Block, ROOT } from "./support/blocks.ts";
import { documented } from "./support/block-tests.ts";
import { assertRefusals, paste } from "./support/shell.ts";
import { openHosted } from "../browser/support/hosted-server.ts";
import { settingsWith } from "./support/wrangler.ts";

/** A listing of files with a word on each: every one of them is there. Names that are indented stand in the folder above, or in its `src`. */
function pathsExist({ document, text }: Block, folder = path.dirname(document)): void {
  let above: { indent: number; name: string }[] = [];
  let seen = 0;
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    const indent = line.search(/\S/);
    above = above.filter((each) => each.indent < indent);
    const names = line
      .trim()
      .split(/\s{2,}/)[0]!
      .split(/,?\s+/);
    for (const name of names) {
      const parent = path.join(folder, ...above.map((each) => each.name));
      const places = [path.join(parent, name), ...(above.length > 0 ? [path.join(parent, "src", name)] : [])];
      assert.ok(
        places.some((place) => existsSync(path.join(ROOT, place))),
        `${document} names ${places[0]}, which is not there`,
      );
      seen += 1;
    }
    above.push({ indent, name: names[0]! });
  }
  assert.ok(seen >= 10, `only ${seen} paths were found in ${document}`);
}

/** Pastes the walk of README.md and asserts every response. Returns the id of the team. */
async function walk(text: string, origin: string): Promise<string> {
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

documented("README.md", {
  async "the first walk"({ text }) {
    const { origin } = await openHosted();
    const first = await walk(text, origin);
    // Its addresses contain the second in which it is pasted.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    assert.notEqual(await walk(text, origin), first, "pasted again, it makes another team");
  },
});

documented("CONTRIBUTING.md", {});
documented("ARCHITECTURE.md", { "paths exist": (block) => pathsExist(block) });
documented("console/README.md", { "paths exist": (block) => pathsExist(block) });

documented("docs/DEPLOY.md", {
  "mail binding"({ text }) {
    const settings = settingsWith((toml) => `${toml}\n${text}`, "production");
    assert.deepEqual(
      settings.send_email.map(({ name }) => name),
      ["EMAIL"],
    );
  },
});
