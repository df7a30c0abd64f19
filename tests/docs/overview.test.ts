// README.md, ARCHITECTURE.md, console/README.md and docs/DEPLOY.md
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { type Block, ROOT } from "./support/blocks.ts";
import { documented } from "./support/block-tests.ts";
import { walk } from "./support/walk.ts";
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
for (const document of ["cli/README.md", "cli/template/README.md", "create/README.md"]) documented(document, {});
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
