// `npm run help`: the tasks of package.json and what each is for.
import { readFileSync } from "node:fs";
import { at } from "./lib.mjs";

const TASKS = {
  start: "brings tools, builds, migrates, serves http://localhost:8787 (PORT, DATA_DIR, RATE_LIMITS=off)",
  test: "every test lane; `npm test -- e2e race` runs some",
  "test:fast": "format, structure, lints, native tests, generated files, types",
  setup: "installs what building needs, and nothing more",
  build: "the Worker (release), the npm package, the console",
  "build:worker": "the Worker alone, as it is uploaded",
  "build:quick": "the Worker in seconds, for the inner loop",
  "pack:npm": "leaves the npm package as pkg/rolecall-<version>.tgz",
  generate: "openapi.json, its pages and the package's types, from the code and the policy",
  deploy: "to Cloudflare, see docs/DEPLOY.md",
  "bench:engine": "a check in the browser package beside other libraries",
  "bench:worker": "the Worker beside the platform's floors and better-auth",
  "bench:crowd": "a neighbour's read while many sign up",
  "bench:growth": "what routes cost as teams, logs and the database grow",
  help: "this list",
};

const { scripts } = JSON.parse(readFileSync(at("package.json"), "utf8"));
const width = Math.max(...Object.keys(scripts).map((name) => name.length));
for (const name of Object.keys(scripts)) console.log(`npm run ${name.padEnd(width)}  ${TASKS[name] ?? ""}`);
const missing = Object.keys(scripts).filter((name) => !(name in TASKS)).concat(Object.keys(TASKS).filter((name) => !(name in scripts)));
if (missing.length > 0) {
  console.error(`scripts/help.mjs and package.json disagree about: ${missing.join(", ")}`);
  process.exitCode = 1;
}
