// The peers and the tools of the benchmarks, installed by their own lock file: nobody else needs them.
import { contentHash, at, run, unlessDone } from "../../scripts/lib.mjs";

export const peers = () =>
  unlessDone("bench", contentHash(["tests/bench/package-lock.json"]), ["tests/bench/node_modules"], () =>
    run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: at("tests/bench") }),
  );
