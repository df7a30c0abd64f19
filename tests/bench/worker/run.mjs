// `npm run bench:worker`: the Worker beside the floors of the platform and beside better-auth, on one workerd, in one run.
// Prints what it found and writes the table into README.md; with `--dry` it asks everything once and only prints.
import { existsSync } from "node:fs";
import { buildWorker } from "../../../scripts/build.mjs";
import { at, main, run } from "../../../scripts/lib.mjs";
import { setup } from "../../../scripts/setup.mjs";
import { peers } from "../peers.mjs";

main(async () => {
  const given = process.argv.slice(2);
  await setup();
  // A dry run takes whatever Worker stands there; a number counts for the release alone.
  if (!given.includes("--dry") || !existsSync(at("worker/build/index.js"))) await buildWorker();
  await peers();
  // The project's own Node, which reads the tests' TypeScript.
  await run("node", ["tests/bench/worker/drive.mjs", ...given]);
});
