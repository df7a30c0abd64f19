#!/usr/bin/env node
// The command `rolecall`: each file in ./commands adds one command. Exit codes: 0 done, 1 refused or faulty, 2 wrong usage.
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addAudit } from "./commands/audit.ts";
import { addDeploy } from "./commands/deploy.ts";
import { addDev } from "./commands/dev.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addMigrate } from "./commands/migrate.ts";
import { addPolicy } from "./commands/policy.ts";
import { addTypes } from "./commands/types.ts";
import { UserError, printable } from "./output.ts";

const USAGE_ERROR = 2;

/** The whole command. Tests run it like this file does. */
export function program(): Command {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const command = new Command("rolecall")
    .description("Runs, checks and deploys a project of Rolecall: the folder with wrangler.toml and policy.json.")
    .version(version)
    .exitOverride()
    .showHelpAfterError("Run `rolecall --help` for the commands.");
  for (const add of [addDev, addMigrate, addDeploy, addDoctor, addPolicy, addTypes, addAudit]) add(command);
  return command;
}

/** Whether the command that runs was asked for JSON. */
let json = false;

try {
  await program()
    .hook("preAction", (_, action) => void (json = action.opts().json === true))
    .parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR;
  else if (error instanceof UserError) {
    // A program that reads JSON gets it also where nothing could be read.
    if (json) process.stdout.write(`${JSON.stringify({ error: { message: error.message } }, null, 2)}\n`);
    else process.stderr.write(`✗ ${printable(error.message)}\n`);
    process.exitCode = 1;
  } else throw error;
}
