// Writes src/generated/policy.ts, the codes of policy/default.json, and default-policy.ts, what of it `rolecall/testing` decides
// by; with --check, fails when one is out of date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { unions } from "../src/cli/unions.ts";

const policy = JSON.parse(readFileSync(new URL("../../policy/default.json", import.meta.url), "utf8"));
const { permission, role } = unions(policy);
const lines = (items) => items.map((item) => `    ${JSON.stringify(item)},\n`).join("");
const header = "// Generated from policy/default.json by `npm run generate -w pkg`; do not edit.\n";

const files = {
  "policy.ts": `${header}
/** The permission codes of the default policy. */
export type DefaultPermissionCode =${permission};

/** The built-in roles of the default policy. */
export type DefaultRoleCode =${role};
`,
  "default-policy.ts": `${header}
/** The default policy, without titles and descriptions. */
export const DEFAULT_POLICY = {
  permissions: [
${lines(policy.permissions.map(({ code }) => ({ code })))}  ],
  roles: [
${lines(policy.roles.map(({ code, permissions }) => ({ code, permissions })))}  ],
  routes: [
${lines(policy.routes.map(({ method, path, permission, freshness }) => ({ method, path, permission, freshness })))}  ],
};
`,
};

for (const [name, text] of Object.entries(files)) {
  const target = new URL(`../src/generated/${name}`, import.meta.url);
  if (!process.argv.includes("--check")) writeFileSync(target, text);
  else if (!existsSync(target) || readFileSync(target, "utf8") !== text) {
    console.error(`pkg/src/generated/${name} is out of date with policy/default.json; run \`npm run generate -w pkg\`.`);
    process.exitCode = 1;
  }
}
