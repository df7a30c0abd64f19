// `rolecall types`: the codes of a policy as TypeScript types.
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { type TypesFile, generateTypes, ignoredFileWarning } from "rolecall/types-file";
import { type OutputOptions, UserError, count, note, print, shownPath } from "../output.ts";
import { withPlace } from "../policy-text.ts";
import { readPolicy } from "../project.ts";

const EXAMPLES = `
Include OUT in your tsconfig.json to have \`can()\` of the package rolecall accept the policy's codes and no others.

Examples:
  $ rolecall types                                          # of the project's policy, to stdout
  $ rolecall types policy.json src/rolecall-policy.d.ts`;

export function addTypes(program: Command): void {
  program
    .command("types")
    .description("writes the TypeScript types of a policy's permission and role codes")
    .argument("[file]", "the policy; that of the project by default")
    .argument("[out]", "the declaration file to write; stdout by default")
    .option("--json", "print JSON")
    .addHelpText("after", EXAMPLES)
    .action(types);
}

async function types(file: string | undefined, out: string | undefined, options: OutputOptions): Promise<void> {
  const { path, text } = readPolicy(file);
  const name = shownPath(path);
  const made = await withPlace(name, text, () => generateTypes(text));
  if (out === undefined) {
    if (options.json) print({ file: name, ...made }, options, () => "");
    else process.stdout.write(made.text);
    return;
  }
  try {
    writeFileSync(out, made.text);
  } catch (error) {
    throw new UserError(`${out} cannot be written: ${(error as Error).message}`);
  }
  const warning = ignoredFileWarning(out);
  if (warning) note(`! ${warning}`);
  print({ file: name, out, ...made, ...(warning ? { warning } : {}) }, options, () => `${out} has the types of ${counts(made)}.`);
}

const counts = ({ permissions, roles }: TypesFile): string => `${count(permissions, "permission")} and ${count(roles, "role")}`;
