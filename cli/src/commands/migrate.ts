// `rolecall migrate`: applies the migrations that the database does not have.
import type { Command } from "commander";
import { persistToOption } from "../options.ts";
import { step } from "../output.ts";
import { Project } from "../project.ts";
import { requireSignedIn } from "../signed-in.ts";
import { type DatabaseOptions, databasePlace, run } from "../wrangler.ts";

/** How long wrangler may take; some seconds are usual. Without an answer of Cloudflare's it waits forever. */
const TIMEOUT_MS = 120_000;

/** Applies the migrations; wrangler runs each one that is not listed in the database's table `d1_migrations`. */
export async function migrate(config: string, options: DatabaseOptions): Promise<void> {
  await run(["d1", "migrations", "apply", "DB", ...databasePlace(options), "-c", config], { timeout: TIMEOUT_MS });
}

export function addMigrate(program: Command): void {
  program
    .command("migrate")
    .description("applies the migrations that the database does not have")
    .option("--production", "the database on Cloudflare instead of the local one")
    .addOption(persistToOption())
    .addHelpText("after", "\nExamples:\n  rolecall migrate\n  rolecall migrate --production")
    .action(async (options: DatabaseOptions) => {
      const project = new Project();
      if (options.production) await requireSignedIn();
      await step(`Applying migrations ${options.production ? "on Cloudflare" : "locally"}`, () => migrate(project.configPath, options));
    });
}
