// Projects with faults in their files, and the findings that they must give.
import { DEFAULT_POLICY } from "../../e2e/support/worker.ts";
import { freePort } from "../../e2e/support/free-port.ts";
import { SECRETS, SETTINGS, changed, devVars } from "./healthy-project.ts";

type Change = [from: string | RegExp, to: string];

/** Several replacements in a text, each of which must apply. */
const changedBy = (text: string, changes: Change[]) => changes.reduce((result, [from, to]) => changed(result, from, to), text);

/** ORIGIN of development in these projects, where nothing runs. */
export const ORIGIN = `http://localhost:${await freePort()}`;

/** The settings, changed. The first match is that of development. */
export const settingsWith = (...changes: Change[]): string => changedBy(SETTINGS, [["http://localhost:8787", ORIGIN], ...changes]);

const PRODUCTION = SETTINGS.indexOf("\n[env.production]\n");

/** Settings whose production is complete, at names that never resolve; changed. */
export function productionWith(...changes: Change[]): string {
  const complete = changedBy(SETTINGS.slice(PRODUCTION), [
    [/example\.com/g, "rolecall.invalid"],
    [/^database_id = ".*"$/m, 'database_id = "0a1b2c3d-0000-4000-8000-000000000000"'],
    [/^id = ".*"$/m, 'id = "0a1b2c3d000040008000000000000000"'],
  ]);
  return SETTINGS.slice(0, PRODUCTION) + changedBy(complete, changes);
}

export interface FileFaults {
  name: string;
  files: Record<string, string | null>;
  /** The faults; no other check may fail. */
  faults: [check: string, found: RegExp][];
  warnings?: [check: string, found: RegExp][];
}

/** Faults of development. */
export const FILE_FAULTS: FileFaults[] = [
  {
    name: "a policy with an unknown permission, two keys with one id, another wrangler, mail to a port at which nothing listens",
    files: {
      "wrangler.toml": settingsWith(['MAIL = "log"', 'MAIL = "http"\nMAIL_API_URL = "http://127.0.0.1:9/send"']),
      ".dev.vars": devVars({ ...SECRETS, TOKEN_KEYS: `${SECRETS.TOKEN_KEYS},${SECRETS.TOKEN_KEYS}`, MAIL_API_KEY: "hunter2" }),
      "policy.json": changed(DEFAULT_POLICY, '"pods.connect", "endpoints.invoke"', '"pods.fly", "endpoints.invoke"'),
      "node_modules/wrangler/package.json": '{ "name": "wrangler", "version": "3.114.0" }',
    },
    faults: [
      ["policy", /pods\.fly.*\/roles\/0/],
      ["secrets", /^TOKEN_KEYS: key 2/],
      ["mail", /127\.0\.0\.1:9 refuses the connection/],
    ],
    warnings: [["tools", /3\.114\.0 in this project/]],
  },
  {
    name: "no policy, no secrets, no static files, no migrations, no binding for mail",
    files: {
      "wrangler.toml": settingsWith(
        ['binding = "ASSETS"', 'binding = "FILES"'],
        ['MAIL = "log"', 'MAIL = "send_email"'],
        [/^migrations_dir = .*$/m, 'migrations_dir = "absent"'],
      ),
      "policy.json": null,
      ".dev.vars": null,
    },
    faults: [
      ["policy", /no policy\.json/],
      ["secrets", /^TOKEN_KEYS is not set/],
      ["secrets", /^LINK_KEYS is not set/],
      ["bindings", /ASSETS, the console's files, is missing/],
      ["migrations", /no migrations/],
      ["mail", /binding EMAIL is missing/],
    ],
  },
  {
    name: "variables and secrets that the Worker refuses, and mail to what is no mail service",
    files: {
      "wrangler.toml": settingsWith(
        ['TOKEN_LIFE = "120"', 'TOKEN_LIFE = "5"'],
        ['MAIL = "log"', 'MAIL = "http"\nMAIL_API_URL = "mail.acme.dev"'],
        ['RESTORE_EPOCH = "0"', 'RESTORE_EPOCH = "closed"'],
        [/^ORIGIN = .*\n/m, ""],
      ),
      ".dev.vars": devVars({ LINK_KEYS: "l1:hunter2", TOKEN_KEYS: SECRETS.TOKEN_KEYS }),
    },
    faults: [
      ["configuration", /^TOKEN_LIFE/],
      ["configuration", /^RESTORE_EPOCH/],
      ["configuration", /^ORIGIN is not set/],
      ["secrets", /^LINK_KEYS: key 1/],
      ["mail", /MAIL_API_URL is no URL/],
    ],
    warnings: [["mail", /MAIL_API_KEY is not set/]],
  },
  {
    name: "settings that are no TOML",
    files: { "wrangler.toml": `${SETTINGS}\n[broken` },
    faults: [["configuration", /wrangler\.toml.*in line \d+/]],
  },
  {
    name: "bindings that are missing or wrong",
    files: {
      "wrangler.toml": settingsWith(
        [/^main = .*$/m, 'main = "absent.js"'],
        ['binding = "DB"', 'binding = "DATA"'],
        ['binding = "KV"', 'binding = "CACHE"'],
        [/^directory = .*$/m, 'directory = "absent"'],
        ["run_worker_first = true", 'run_worker_first = ["/v1/*"]'],
        ['not_found_handling = "single-page-application"', 'not_found_handling = "404-page"'],
        ['name = "LIMIT_AUTH"', 'name = "OTHER_AUTH"'],
        ['name = "LIMIT_API"', 'name = "OTHER_API"'],
        ['name = "LIMIT_NETWORK"', 'name = "OTHER_NETWORK"'],
        ['name = "LIMIT_GATEWAY"', 'name = "OTHER_GATEWAY"'],
        ['crons = ["* * * * *"]', 'crons = ["0 * * * *"]'],
        [/\[\[services\]\]\nbinding.*\nservice.*\n/, ""],
      ),
    },
    faults: [
      ["bindings", /Worker's file/],
      ["bindings", /D1 database DB/],
      ["bindings", /KV namespace KV/],
      ["bindings", /folder of ASSETS/],
      ["bindings", /before the Worker/],
      ["bindings", /at its own addresses/],
      ["bindings", /limiter LIMIT_AUTH/],
      ["bindings", /limiter LIMIT_API/],
      ["bindings", /limiter LIMIT_NETWORK/],
      ["bindings", /limiter LIMIT_GATEWAY/],
      ["bindings", /every minute/],
    ],
    warnings: [["bindings", /nowhere to forward/]],
  },
];
