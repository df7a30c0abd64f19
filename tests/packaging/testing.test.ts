// `rolecall/testing`: an app's component under Vitest and Jest, and the fake client's decisions against the engine's.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, symlinkSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { REACT, ROOT, bin, must, project, run, vectorFiles } from "./support/project.ts";
import { TOOLS, installTestingTools } from "./testing-tools/install.mjs";

await installTestingTools();

const source = join(import.meta.dirname, "testing-app");
const files = Object.fromEntries(readdirSync(source).map((name) => [name, readFileSync(join(source, name), "utf8")]));
const tests = Object.keys(files).filter((name) => name.endsWith(".test.tsx"));

/** Node 20 as `NODE_20` or the system has it; the workspace brings Node 24. */
const nodes = [bin("node"), ...[process.env["NODE_20"], "/usr/bin/node", "/usr/local/bin/node"].filter((path) => path !== undefined)].flatMap((path) => {
  try {
    return [{ path, major: Number(/^v(\d+)/.exec(must(path, ["--version"], ROOT))?.[1]) }];
  } catch {
    return [];
  }
});
const nodeOf = (major: number) => nodes.find((node) => node.major === major)?.path;

/** The app's tests in a project, with tools linked: a name, or an alias and a name. */
function app(name: string, more: Record<string, string>, tools: (string | [string, string])[]) {
  const made = project(name, { ...files, ...more }, REACT);
  for (const tool of tools) {
    const [alias, from] = typeof tool === "string" ? [tool, tool] : tool;
    const link = join(made.folder, "node_modules", alias);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(TOOLS, from), link);
  }
  return made;
}

const LIBRARIES = ["@testing-library/react", "@testing-library/dom"];
const VITEST_CONFIG = 'export default { test: { environment: "jsdom" } };\n';

for (const [major, tool] of [
  [24, "vitest"],
  // Vitest 5 needs Node 22.
  [20, "vitest-4"],
] as const) {
  const node = nodeOf(major);
  test(`a component under ${tool === "vitest" ? "Vitest 5" : "Vitest 4"} in Node ${major}`, { skip: !node && `no Node ${major}` }, () => {
    const { folder } = app(`testing-${tool}`, { "vitest.config.mjs": VITEST_CONFIG }, [...LIBRARIES, "jsdom", ["vitest", tool]]);
    const out = must(node!, ["node_modules/vitest/vitest.mjs", "run", "--reporter=verbose"], folder);
    assert.match(out, /Tests +3 passed/, out);
    assert.doesNotMatch(out, /not wrapped in act/);
  });
}

const jestFiles = Object.fromEntries(tests.map((name) => [name, files[name]!.replace('from "vitest"', 'from "@jest/globals"')]));
const babel = (plugins: string[]) =>
  `module.exports = ${JSON.stringify({ presets: [["@babel/preset-react", { runtime: "automatic" }], "@babel/preset-typescript"], plugins })};\n`;
const JEST_ESM = { testEnvironment: "jsdom", extensionsToTreatAsEsm: [".tsx"] };
const JEST_COMMONJS = { testEnvironment: "jsdom", transformIgnorePatterns: ["/node_modules/(?!rolecall/)"] };
const JEST_TOOLS = [
  ...LIBRARIES,
  "jest",
  "@jest/globals",
  "jest-environment-jsdom",
  "@babel/preset-react",
  "@babel/preset-typescript",
  "@babel/plugin-transform-modules-commonjs",
];

for (const major of [24, 20]) {
  const node = nodeOf(major);
  for (const kind of ["ES modules", "CommonJS"]) {
    const esm = kind === "ES modules";
    test(`a component under Jest 30 as ${kind} in Node ${major}`, { skip: !node && `no Node ${major}` }, () => {
      const { folder } = app(
        `testing-jest-${esm}-${major}`,
        {
          ...jestFiles,
          "babel.config.cjs": babel(esm ? [] : ["@babel/plugin-transform-modules-commonjs"]),
          "jest.config.json": JSON.stringify(esm ? JEST_ESM : JEST_COMMONJS),
        },
        JEST_TOOLS,
      );
      const options = esm ? ["--experimental-vm-modules"] : [];
      const out = must(node!, [...options, "node_modules/jest/bin/jest.js", "--no-cache", "--runInBand"], folder);
      assert.match(out, /Tests: +3 passed/, out);
      assert.doesNotMatch(out, /not wrapped in act/);
    });
  }
}
