#!/usr/bin/env node
// The command `rolecall` of this package. `rolecall-worker` has a command of the same name, and npm links only one of the two where both
// are installed: this one hands over to that one where it finds it, and has only `types` otherwise.
import { process } from "./node.js";
import { generateTypes, ignoredFileWarning } from "./types-file.js";

const fs = process.getBuiltinModule("node:fs");

const HELP = `Usage: rolecall types [FILE] [OUT]

Validates a policy and writes the TypeScript types of its permission and role codes to OUT, or to stdout. FILE is policy.json
by default. Include OUT in your tsconfig.json to have \`can()\` accept those codes instead of the default policy's.

Options:
  -V, --version  print the version
  -h, --help     print this help

All other commands are in the package rolecall-worker, to which this command hands over where it is installed.

Example:
  rolecall types policy.json src/rolecall-policy.d.ts
`;

const USAGE_ERROR = 2;

/** Path of the command of `rolecall-worker`, as seen from the current folder. */
function findWorkerCommand(): string | undefined {
  const path = process.getBuiltinModule("node:path");
  try {
    const require = process.getBuiltinModule("node:module").createRequire(path.join(process.cwd(), "package.json"));
    const command = path.join(path.dirname(require.resolve("rolecall-worker/package.json")), "dist", "main.js");
    return fs.existsSync(command) ? command : undefined;
  } catch {
    return undefined;
  }
}

/** An error that the user can correct: printed as one line. */
class UserError extends Error {}

/** Runs a step with a file. @throws UserError that says which file, and what could not be done with it */
function withFile<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UserError(`${what}: ${(error as Error).message}`);
  }
}

async function types(file: string, out: string | undefined): Promise<void> {
  if (!fs.existsSync(file)) throw new UserError(`there is no file ${file}. Name the policy: rolecall types FILE`);
  const json = withFile(`${file} cannot be read`, () => fs.readFileSync(file, "utf8"));
  const { text } = await generateTypes(json).catch((error: Error) => {
    throw new UserError(`${file}: ${error.message}`);
  });
  if (out === undefined) return process.stdout.write(text);
  withFile(`${out} cannot be written`, () => fs.writeFileSync(out, text));
  const warning = ignoredFileWarning(out);
  if (warning) process.stderr.write(`rolecall: ${warning}\n`);
}

function fail(message: string, exitCode: number): void {
  process.stderr.write(`rolecall: ${message}\n`);
  process.exitCode = exitCode;
}

function version(): string {
  return JSON.parse(fs.readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}

async function main(args: string[]): Promise<void> {
  const [command, file = "policy.json", out] = args;
  if (command === "help" || args.some((arg) => arg === "--help" || arg === "-h")) process.stdout.write(HELP);
  else if (command === "--version" || command === "-V") process.stdout.write(`${version()}\n`);
  else if (command === undefined) fail("a command is missing. See `rolecall --help`.", USAGE_ERROR);
  else if (command.startsWith("-")) fail(`there is no option ${command}. See \`rolecall --help\`.`, USAGE_ERROR);
  else if (command !== "types") fail(`there is no command ${command} in this package; rolecall-worker, which has more, is not installed here.`, USAGE_ERROR);
  else if (args.length > 3 || args.some((arg) => arg.startsWith("-"))) fail("wrong arguments. See `rolecall types --help`.", USAGE_ERROR);
  else await types(file, out);
}

const workerCommand = findWorkerCommand();
if (workerCommand === undefined)
  await main(process.argv.slice(2)).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    fail(error.message, 1);
  });
else await import(process.getBuiltinModule("node:url").pathToFileURL(workerCommand).href);
