// `rolecall doctor`: says what is wrong with a deployment, and what to do about it.
import { type Command, InvalidArgumentError } from "commander";
import { examine } from "../doctor/examine.ts";
import { passes, render } from "../doctor/finding.ts";
import { persistToOption, portOption } from "../options.ts";
import { type OutputOptions, print } from "../output.ts";
import { Project } from "../project.ts";

export interface DoctorOptions extends OutputOptions {
  production?: boolean;
  url?: string;
  port?: number;
  persistTo: string;
}

/** An origin as `--url` gives it. */
function origin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.pathname !== "/" || url.search || url.hash)
    throw new InvalidArgumentError("It must be an origin, such as https://accounts.my-product.com.");
  return url.origin;
}

const EXAMPLES = `
Exit code 1 if anything fails. Nothing is changed, and no mail is sent.

Examples:
  rolecall doctor
  PORT=8790 rolecall doctor
  rolecall doctor --production
  rolecall doctor --production --json`;

async function doctor({ production, url, port, persistTo, json }: DoctorOptions): Promise<void> {
  const target = production ? "production" : "development";
  const findings = await examine(new Project(), { target, ...(url ? { url } : {}), ...(port ? { port } : {}), persistTo });
  print(findings, json ? { json } : {}, render);
  if (!passes(findings)) process.exitCode = 1;
}

export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("says what is wrong with a deployment: settings, secrets, bindings, migrations, mail, DNS, clock")
    .option("--production", "check the deployment on Cloudflare instead of the one on this machine")
    .option("--url <origin>", "ask the deployment at this origin instead of at ORIGIN", origin)
    .addOption(portOption("port of the deployment on this machine; ORIGIN says it otherwise"))
    .addOption(persistToOption())
    .option("--json", "print the findings as JSON")
    .addHelpText("after", EXAMPLES)
    .action(doctor);
}
