// `npm test`: the same set-up as `npm start`, then every lane. `npm test -- e2e race` runs some; `npm run test:fast` the native ones.
import { main, step } from "./lib.mjs";
import { lanes } from "./lanes.mjs";
import { setup } from "./setup.mjs";
import { browser } from "./browser.mjs";

main(async () => {
  console.log("Rolecall: all tests, about half an hour on two cores with nothing built before, less than half of it afterwards.");
  await setup();
  const wanted = process.argv.slice(2);
  const chosen = lanes.filter(([name, , , , fast]) => wanted.length === 0 || wanted.includes(name) || (wanted.includes("fast") && fast));
  if (chosen.some(([name]) => name === "browser" || name === "packaging")) await browser();
  const results = [];
  for (const [name, hint, work] of chosen) {
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
