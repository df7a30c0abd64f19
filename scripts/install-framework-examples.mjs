// Installs what an example of another framework needs, once, under target/frameworks: the workspace does without them, so that
// a first `npm start` does not wait for them. The package itself is copied in by the test, which has packed it.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { at, contentHash, run, step, unlessDone } from "./lib.mjs";

/** Installs the packages of `examples/<name>` from its lockfile, with this tarball as `rolecall`. Returns the folder. */
export async function installFrameworkExample(name, tarball) {
  const folder = at("target", "frameworks", name);
  const files = ["package.json", "package-lock.json"];
  const hash = contentHash(files.map((file) => `examples/${name}/${file}`));
  await unlessDone(`framework-${name}`, hash, [`target/frameworks/${name}/node_modules/rolecall`], () =>
    step(`Installing the packages of examples/${name}`, "up to half a minute, once", async () => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      for (const file of files) cpSync(at("examples", name, file), `${folder}/${file}`);
      // Where the example's package.json expects what `npm run pack:npm` writes.
      cpSync(tarball, at("target", "pkg", "rolecall-0.1.0.tgz"));
      await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder });
    }),
  );
  return folder;
}
