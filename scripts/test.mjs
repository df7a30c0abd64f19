// `npm test`: the set-up of `npm start`, then every lane. `npm test -- e2e race` runs those; `npm run test:fast` the fast ones.
import { UserError, main, step } from "./lib.mjs";
import { lanes } from "./lanes.mjs";
import { setup } from "./setup.mjs";
import { ensureBrowser } from "./install-chromium.mjs";

main(async () => {
  const requested = process.argv.slice(2);
  const names = [...lanes.map(([name]) => name), "fast"];
  const unknown = requested.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new UserError(`There is no lane ${unknown.join(", ")}. The lanes are ${names.join(", ")}.`);
  if (requested.length === 0) console.log("Rolecall: all tests, about half an hour on two cores for a first run, less than half of that afterwards.");
  await setup();
  const selected = lanes.filter(([name, , , , fast]) => requested.length === 0 || requested.includes(name) || (requested.includes("fast") && fast));
  if (selected.some(([name]) => name === "browser" || name === "packaging")) await ensureBrowser();
  const results = [];
  for (const [name, hint, work] of selected) {
    const started = Date.now();
    let failure = null;
    await step(`lane ${name}`, hint, () => work().catch((error) => (failure = error)));
    results.push({ name, seconds: (Date.now() - started) / 1000, failure });
    if (failure) console.error(`✗ ${name}: ${failure.message}`);
  }
  console.log("\nlane         result   seconds");
  for (const { name, seconds, failure } of results) console.log(`${name.padEnd(12)} ${failure ? "FAILED" : "passed"}   ${seconds.toFixed(1)}`);
  const failed = results.filter(({ failure }) => failure).length;
  console.log(`lanes: ${results.length - failed} passed, ${failed} failed`);
  if (failed) process.exitCode = 1;
});
