// `npm run bench:growth`: what the main routes cost as teams, logs and the database grow, relative to a small team in an
// empty database. Prints the table; with `--dry` it asks everything once in a database that hardly grows.
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
  await run("node", ["tests/bench/growth/drive.mjs", ...given]);
});
