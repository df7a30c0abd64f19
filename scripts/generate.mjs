// `npm run generate`: regenerates the committed files that derive from code and policy: openapi.json and the package's types.
import { main, run, step } from "./lib.mjs";
import { setup } from "./setup.mjs";

main(async () => {
  await setup();
  await step("Generating openapi.json", "a minute or two the first time", () =>
    run("cargo", ["run", "-q", "-p", "rolecall-xtask", "--bin", "rolecall-xtask", "--", "generate"]),
  );
  await step("Generating pkg/src/generated", "seconds", () => run("npm", ["run", "-s", "generate", "-w", "pkg"]));
});
