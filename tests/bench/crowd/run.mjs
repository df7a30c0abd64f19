// `npm run bench:crowd`: what a neighbour's read costs while twenty people sign up at once, relative to the same read alone
// in the same run. Prints the table; with `--dry` it does everything once.
import { existsSync } from "node:fs";
import { buildWorker } from "../../../scripts/build.mjs";
import { at, main, run } from "../../../scripts/lib.mjs";
import { setup } from "../../../scripts/setup.mjs";
import { peers } from "../install-peers.mjs";

main(async () => {
  const given = process.argv.slice(2);
  await setup();
  if (!given.includes("--dry") || !existsSync(at("worker/build/rolecall.js"))) await buildWorker();
  await peers();
  await run("node", ["tests/bench/crowd/drive.mjs", ...given]);
});
