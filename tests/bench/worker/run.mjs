// `npm run bench:worker`: the Worker, the platform's floors and better-auth on one version of workerd, in one run.
// Prints the results and writes the table into docs/BENCHMARKS.md.
//   --dry              sends every request once and only prints
//   --before <folder>  adds an earlier build of the Worker (a copy of worker/build) and prints after / before for every row
//   --only rolecall    leaves out floors and better-auth; only prints
//   --rounds <n>       3 unless given
import { existsSync } from "node:fs";
import { buildWorker } from "../../../scripts/build.mjs";
import { at, main, run } from "../../../scripts/lib.mjs";
import { setup } from "../../../scripts/setup.mjs";
import { peers } from "../install-peers.mjs";

main(async () => {
  const given = process.argv.slice(2);
  await setup();
  // A dry run takes the build that is there; numbers are published for the release build alone.
  if (!given.includes("--dry") || !existsSync(at("worker/build/rolecall.js"))) await buildWorker();
  await peers();
  // The project's own Node, which reads the tests' TypeScript.
  await run("node", ["tests/bench/worker/drive.mjs", ...given]);
});
