// `npm run bench:sign-in`: processor time of each way to sign in, beside better-auth's same flows on the same workerd and D1. Prints the
// table and writes it into docs/BENCHMARKS.md; with `--dry` it signs in once each way and writes nothing.
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
  await run("node", ["tests/bench/sign-in/drive.mjs", ...given]);
});
