// `npm run bench:calls`: what another Worker pays for a call through its service binding, relative to the same question by HTTP through a
// binding of the same Worker. Prints the table; with `--dry` it asks everything once.
import { existsSync } from "node:fs";
import { buildWorker } from "../../../scripts/build.mjs";
import { at, main, run } from "../../../scripts/lib.mjs";
import { setup } from "../../../scripts/setup.mjs";

main(async () => {
  const given = process.argv.slice(2);
  await setup();
  if (!given.includes("--dry") || !existsSync(at("worker/build/rolecall.js"))) await buildWorker();
  await run("node", ["tests/bench/calls/drive.mjs", ...given]);
});
