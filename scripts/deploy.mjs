// `npm run deploy`: builds, then deploys to Cloudflare by the command `rolecall deploy`. Passes its arguments on.
import { buildAll } from "./build.mjs";
import { main, run, step } from "./lib.mjs";
import { setup } from "./setup.mjs";

main(async () => {
  await setup();
  await step("Checking generated files", "some seconds", () => run("cargo", ["run", "-q", "-p", "rolecall-xtask", "--", "generate", "--check"]));
  await buildAll();
  await run("node", ["cli/src/main.ts", "deploy", ...process.argv.slice(2)]);
});
