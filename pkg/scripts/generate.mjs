// Writes src/generated/policy.ts, the codes of policy/default.json; with --check, fails when the file is out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { unions } from "../src/cli/unions.ts";

const source = new URL("../../policy/default.json", import.meta.url);
const target = new URL("../src/generated/policy.ts", import.meta.url);
const { permission, role } = unions(JSON.parse(readFileSync(source, "utf8")));
const text = `// Generated from policy/default.json by \`npm run generate -w pkg\`; do not edit.

/** The permission codes of the default policy. */
export type DefaultPermissionCode =${permission};

/** The built-in roles of the default policy. */
export type DefaultRoleCode =${role};
`;

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("pkg/src/generated/policy.ts is out of date with policy/default.json; run `npm run generate -w pkg`.");
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
