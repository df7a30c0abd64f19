// All checks of a project, in the order in which they are reported.
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Project, Target } from "../project.ts";
import { bindingFindings, isId } from "./bindings.ts";
import { configurationFindings } from "./configuration.ts";
import { deploymentFindings, signingKeyId } from "./deployment.ts";
import { fail, type Finding, skipped } from "./finding.ts";
import { dnsFindings, mailFindings } from "./mail.ts";
import { migrationFindings } from "./migrations.ts";
import { hasRoutes, policyFindings } from "./policy.ts";
import * as read from "./read.ts";
import { bindingNames, hostOf, isPlaceholder, type Settings, urlOf, varsOf } from "./settings.ts";
import { toolFindings } from "./tools.ts";
import { isUnread, type Unread } from "../wrangler-output.ts";

export interface Options {
  target: Target;
  /** Origin of the deployment to ask; ORIGIN otherwise. */
  url?: string;
  /** Port of the deployment on this machine, if it is not that of ORIGIN. */
  port?: number;
  /** Folder of the local database. */
  persistTo: string;
}

const NO_ORIGIN: Unread = { unread: "not checked: ORIGIN is not set to a domain of yours" };

/** A URL that is worth a connection: http or https, and not an example. */
const reachable = (text: string | undefined): URL | undefined => {
  const url = urlOf(text);
  return url && /^https?:$/.test(url.protocol) && !isPlaceholder(url.hostname) ? url : undefined;
};

async function examineTarget(project: Project, settings: Settings, { target, url, port, persistTo }: Options): Promise<Finding[]> {
  const production = target === "production";
  const here = port !== undefined && !production ? `http://localhost:${port}` : undefined;
  const local = production ? {} : project.developmentSecrets();
  const vars = { ...varsOf(settings), ...local };
  const policy = read.readPolicyFile(project);
  const origin = reachable(vars.ORIGIN);
  const mailService = vars.MAIL === "http" ? reachable(vars.MAIL_API_URL) : undefined;
  const asked = url ?? here ?? origin?.origin;
  const hasId = isId(settings.d1_databases.find(({ binding }) => binding === "DB")?.database_id);
  const onThisMachine = async () => ({ secrets: [], applied: await read.readLocalMigrations(project, settings, persistTo) });
  const [{ secrets, applied }, replies, unreachable, unresolved] = await Promise.all([
    production ? read.readRemote(project, settings, hasId) : onThisMachine(),
    asked === undefined ? NO_ORIGIN : read.readDeployment(asked),
    mailService && read.tryConnection(mailService),
    production && origin ? read.resolveHost(hostOf(origin)) : undefined,
  ]);
  const hasKey = vars.MAIL_API_KEY !== undefined || (production && isUnread(secrets) ? undefined : (secrets as string[]).includes("MAIL_API_KEY"));
  const folder = dirname(project.configPath);
  const exists = (path: string | undefined) => path !== undefined && existsSync(resolve(folder, path));
  return [
    ...policyFindings(policy),
    ...configurationFindings({
      target,
      vars: varsOf(settings),
      local,
      secrets,
      bindings: bindingNames(settings),
      policy: typeof policy === "string" ? "" : policy.text,
      signIn: project.signInText(),
    }),
    ...bindingFindings({
      target,
      settings,
      mainExists: exists(settings.main),
      assetsExist: exists(settings.assets?.directory),
      routes: hasRoutes(policy),
      upstreamUrl: vars.UPSTREAM_URL,
    }),
    ...migrationFindings({ target, files: read.readMigrationFiles(project, settings), applied }),
    ...mailFindings({ target, settings, vars, hasKey, unreachable, asked: mailService !== undefined }),
    ...(production ? dnsFindings(origin && hostOf(origin), unresolved) : []),
    ...deploymentFindings({
      target,
      replies,
      named: url !== undefined,
      origin: vars.ORIGIN,
      policy,
      kid: signingKeyId(vars.TOKEN_KEYS, vars.RESTORE_EPOCH),
    }),
  ];
}

/** Everything that is wrong with a project, and what is in order. */
export async function examine(project: Project, options: Options): Promise<Finding[]> {
  const tools = toolFindings(read.readTools(project.root));
  const settings = await read.readSettings(project, options.target);
  if (typeof settings !== "string") return [...tools, ...(await examineTarget(project, settings, options))];
  return [
    ...tools,
    ...policyFindings(read.readPolicyFile(project)),
    fail("configuration", `wrangler cannot read wrangler.toml: ${settings}`, "Correct wrangler.toml."),
    skipped("deployment", "not checked: wrangler.toml cannot be read"),
  ];
}
