// The files of a new project. Its wrangler.toml is made from that of this repository, so that there is one list of bindings.
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at } from "../lib.mjs";

/** What differs in a project: [what is replaced, by what]. Each must be found. */
const REPLACEMENTS = [
  [/^# How Rolecall runs:[^\n]*\n# `wrangler secret`[^\n]*\n/, () => HEAD],
  [/^name = "rolecall-development"$/m, () => 'name = "{{name}}-development"'],
  [/^main = "worker\/main.js"$/m, () => 'main = "index.js"'],
  [/"console\/dist"/g, () => '"node_modules/rolecall-worker/console"'],
  [/"crates\/store\/migrations"/g, () => '"node_modules/rolecall-worker/migrations"'],
  [/^TOKEN_AUDIENCE = "rolecall-development"$/m, () => 'TOKEN_AUDIENCE = "{{name}}-development"'],
  [/^UPSTREAM_AUDIENCE = "gpu-cloud"$/m, () => '# UPSTREAM_URL = "http://localhost:9000"\nUPSTREAM_AUDIENCE = "upstream"'],
  [/^database_name = "rolecall"$/gm, () => 'database_name = "{{name}}"'],
  [/"rolecall-development"/g, () => '"{{name}}-development"'],
  [/^# The API behind the gateway \(docs\/GATEWAY.md\)[^\n]*\n\[\[services\]\]\nbinding = "UPSTREAM"\nservice = "gpu-cloud"\n/m, () => UPSTREAM],
  [
    /^# Set these for your deployment: see docs\/DEPLOY.md\.$/m,
    () => "# Set these for your deployment; `rolecall deploy` names those that are still the example's.",
  ],
  [/^\[env\.production\]\nname = "rolecall"$/m, () => '[env.production]\nname = "{{name}}"'],
];

const HEAD = `# How {{name}} runs: the Worker of rolecall-worker, its bindings, its variables. Secrets are never here: \`.dev.vars\` in
# development, \`wrangler secret\` in production. The top level is development; [env.production] is production.
`;

const UPSTREAM = `# The API behind the gateway: UPSTREAM_URL above, or a Worker that \`rolecall dev --also <its wrangler.toml>\` runs beside this one.
# [[services]]
# binding = "UPSTREAM"
# service = "name-of-the-api-worker"
`;

/** The settings of a new project, with \`{{name}}\` for its name. @throws where this repository's settings have changed. */
export function projectSettings() {
  const settings = REPLACEMENTS.reduce(
    (text, [from, to]) => {
      if (text.search(from) < 0) throw new Error(`wrangler.toml has no ${from}: adapt scripts/release/template.mjs`);
      return text.replace(from, to);
    },
    readFileSync(at("wrangler.toml"), "utf8"),
  );
  for (const own of ["gpu-cloud", "docs/", "crates/", "examples/", "scripts/"]) {
    if (settings.includes(own)) throw new Error(`the settings of a new project name ${own}, which is in this repository only`);
  }
  return settings;
}

/** Writes the template into a folder. */
export function writeTemplate(folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(at("cli", "template"))) cpSync(at("cli", "template", name), join(folder, name));
  writeFileSync(join(folder, "wrangler.toml"), projectSettings());
  cpSync(at("policy", "default.json"), join(folder, "policy.json"));
  cpSync(at("policy", "sign-in.json"), join(folder, "sign-in.json"));
}
