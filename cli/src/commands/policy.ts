// `rolecall policy check|show|diff`: the policy of a project, and how it differs from another.
import type { Command } from "commander";
import { type OutputOptions, count, note, print } from "../output.ts";
import { diffPolicies, isDifferent, warningsOf } from "../policy-diff.ts";
import { renderDiff, renderPolicy } from "../policy-render.ts";
import { type PolicySource, readDeployed, readSource } from "../policy-source.ts";
import { type AnyPolicy, faultLine, locatedFaults, parsePolicy, requireValidPolicy } from "../policy-text.ts";

const GROUP_EXAMPLES = `
Examples:
  $ rolecall policy check              # what is wrong with policy.json, and where
  $ rolecall policy show               # which role has which permission
  $ rolecall policy diff               # who gains and loses what by the next deployment

Each has \`--help\` with more.`;

const CHECK_EXAMPLES = `
Exits with 1 where the policy has a fault.

Examples:
  $ rolecall policy check
  $ rolecall policy check drafts/policy.json --json`;

const SHOW_EXAMPLES = `
Examples:
  $ rolecall policy show
  $ rolecall policy show https://accounts.example.com
  $ rolecall policy show --json`;

const DIFF_EXAMPLES = `
Of the URL of an origin, the policy at /v1/policy is meant.

Examples:
  $ rolecall policy diff                                    # deployed (ORIGIN of production) and the project's
  $ rolecall policy diff https://accounts.example.com       # deployed there and the project's
  $ rolecall policy diff old.json new.json --exit-code      # exits with 1 where they differ`;

interface DiffOptions extends OutputOptions {
  exitCode?: boolean;
}

export function addPolicy(program: Command): void {
  const policy = program.command("policy").description("checks, shows or compares policies").addHelpText("after", GROUP_EXAMPLES);
  policy
    .command("check")
    .description("checks a policy by the Worker's own rules")
    .argument("[file]", "a file or a URL; the policy of the project by default")
    .option("--json", "print JSON")
    .addHelpText("after", CHECK_EXAMPLES)
    .action(check);
  policy
    .command("show")
    .description("shows which role has which permission, and which route requires which")
    .argument("[file]", "a file or a URL; the policy of the project by default")
    .option("--json", "print JSON")
    .addHelpText("after", SHOW_EXAMPLES)
    .action(show);
  policy
    .command("diff")
    .description("shows who gains and loses what from one policy to another")
    .argument("[old]", "a file or a URL; the project's production deployment by default")
    .argument("[new]", "a file or a URL; the policy of the project by default")
    .option("--exit-code", "exit with 1 where there are differences")
    .option("--json", "print JSON")
    .addHelpText("after", DIFF_EXAMPLES)
    .action(diff);
}

async function check(file: string | undefined, options: OutputOptions): Promise<void> {
  const { name, text } = await readSource(file);
  const faults = locatedFaults(text);
  if (faults.length > 0) {
    process.exitCode = 1;
    if (options.json) print({ file: name, valid: false, faults }, options, () => "");
    else note(faults.map((fault) => `✗ ${faultLine(name, fault)}`).join("\n"));
    return;
  }
  const { permissions, roles, routes } = await parsePolicy(name, text);
  const counts = { permissions: permissions.length, roles: roles.length, routes: routes.length };
  print({ file: name, valid: true, faults, ...counts }, options, () => {
    const listed = [count(permissions.length, "permission"), count(roles.length, "role"), count(routes.length, "route")].join(", ");
    return `${name} is valid: ${listed}`;
  });
}

async function show(file: string | undefined, options: OutputOptions): Promise<void> {
  const { name, text } = await readSource(file);
  requireValidPolicy(name, text);
  const { permissions, roles, routes } = await parsePolicy(name, text);
  print({ file: name, permissions, roles, routes }, options, renderPolicy);
}

async function diff(old: string | undefined, next: string | undefined, options: DiffOptions): Promise<void> {
  // The project's policy first: a fault of it shows without a request.
  const to = await parsed(await readSource(next));
  const from = await parsed(old === undefined ? await readDeployed() : await readSource(old));
  const changes = diffPolicies(from.policy, to.policy);
  const different = isDifferent(changes);
  const warnings = warningsOf(changes);
  print({ old: from.name, new: to.name, different, ...changes, warnings }, options, () =>
    [
      `From ${from.name}\nto   ${to.name}`,
      different ? renderDiff(changes) : "There is no difference.",
      ...(warnings.length > 0 ? [warned(warnings)] : []),
    ].join("\n\n"),
  );
  if (different && options.exitCode) process.exitCode = 1;
}

const warned = (warnings: string[]): string => warnings.map((warning) => `! ${warning}`).join("\n");

async function parsed({ name, text }: PolicySource): Promise<{ name: string; policy: AnyPolicy }> {
  return { name, policy: await parsePolicy(name, text) };
}
