// The test runners and libraries of apps that use the package, installed once under target/testing-tools: no other part of the
// workspace needs them. React comes from the workspace, so that a page has one copy of it.
import { copyFileSync, mkdirSync } from "node:fs";
import { at, contentHash, run, step, unlessDone } from "../../../scripts/lib.mjs";

const SOURCE = "tests/packaging/testing-tools";
const TARGET = "target/testing-tools";

/** The folder with the installed tools. */
export const TOOLS = at(TARGET, "node_modules");

/** Installs the tools, unless they are there already. */
export const installTestingTools = () =>
  unlessDone("testing-tools", contentHash([`${SOURCE}/package-lock.json`]), [`${TARGET}/node_modules/.package-lock.json`], () =>
    step("Installing Vitest and Jest", "half a minute, once", async () => {
      mkdirSync(at(TARGET), { recursive: true });
      for (const name of ["package.json", "package-lock.json"]) copyFileSync(at(SOURCE, name), at(TARGET, name));
      await run("npm", ["ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: at(TARGET) });
    }),
  );
