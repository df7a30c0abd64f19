// `rolecall migrate`: applies the migrations that the database does not have.
import type { Command } from "commander";
import { Project, type Target } from "../project.ts";
import { step } from "../output.ts";
import { run } from "../wrangler.ts";

export interface MigrateOptions {
  production?: boolean;
  config?: string;
  persistTo?: string;
}

/** Applies the migrations; wrangler runs each one that is not listed in the database's table `d1_migrations`. */
export async function migrate(config: string, target: Target, persistTo?: string): Promise<void> {
  const place = target === "production" ? ["--remote", "--env", "production"] : ["--local", ...(persistTo ? ["--persist-to", persistTo] : [])];
  await run(["d1", "migrations", "apply", "DB", ...place, "-c", config]);
}

export function addMigrate(program: Command): void {
  program
    .command("migrate")
    .description("applies the migrations that the database does not have")
    .option("--production", "the database on Cloudflare instead of the local one")
    .option("--persist-to <folder>", "folder of the local database", undefined)
    .addHelpText("after", "\nExamples:\n  rolecall migrate\n  rolecall migrate --production")
    .action(async ({ production, persistTo }: MigrateOptions) => {
      const project = new Project();
      await step(`Applying migrations ${production ? "on Cloudflare" : "locally"}`, () =>
        migrate(project.configPath, production ? "production" : "development", persistTo),
      );
    });
}
