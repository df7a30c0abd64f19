// `npm run help`: lists the scripts of package.json with a description each; fails when one has none.
import { readFileSync } from "node:fs";
import { at } from "./lib.mjs";

const TASKS = {
  start: "installs tools, builds, migrates, serves http://localhost:8787 (PORT, DATA_DIR, RATE_LIMITS=off)",
  test: "every test lane; `npm test -- e2e race` runs some",
  "test:fast": "format, structure, lints, native tests, generated files, types",
  setup: "installs the tools and packages that the build needs",
  build: "the Worker (release), the npm package, the console",
  "build:worker": "the Worker alone (release)",
  "build:quick": "the Worker alone, unoptimised, in seconds",
  release: "leaves the packages rolecall, rolecall-worker and create-rolecall in dist/, with licences and SBOM",
  "pack:npm": "packs the npm package as pkg/rolecall-<version>.tgz",
  generate: "openapi.json, its pages and the package's types, from the code and the policy",
  deploy: "deploys to Cloudflare, see docs/DEPLOY.md",
  rolecall: "the command rolecall in this checkout, after `npm run build`",
  "bench:engine": "a permission check of the npm package compared with other libraries",
  "bench:worker": "the Worker compared with the benchmark floors and better-auth",
  "bench:calls": "calls through a service binding compared with HTTP through one",
  "bench:sign-in": "processor time of each way to sign in, beside better-auth",
  "bench:crowd": "read latency of one client while many others sign up",
  "bench:growth": "cost of routes as teams, logs and the database grow",
  help: "lists these scripts",
};

const { scripts } = JSON.parse(readFileSync(at("package.json"), "utf8"));
const width = Math.max(...Object.keys(scripts).map((name) => name.length));
for (const name of Object.keys(scripts)) console.log(`npm run ${name.padEnd(width)}  ${TASKS[name] ?? ""}`);
const missing = Object.keys(scripts)
  .filter((name) => !(name in TASKS))
  .concat(Object.keys(TASKS).filter((name) => !(name in scripts)));
if (missing.length > 0) {
  console.error(`scripts/help.mjs and package.json disagree about: ${missing.join(", ")}`);
  process.exitCode = 1;
}
