// The page of examples/gpu-cloud, served as `npm start` serves it, on the gateway and the example upstream: what an admin
// makes, what a colleague with the smallest role sees of it, and what the page says where they may not.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { section, send, startExample } from "./support/gpu-cloud.ts";
import { stage } from "./support/setup.ts";
import { ownerAndColleague } from "./support/page-actions.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const { server, arrive } = await stage(startExample);

async function assertAccessible(page: Page): Promise<void> {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => (await (window as any).axe.run()).violations.map((one: any) => `${one.id}: ${one.nodes[0].html}`));
  assert.deepEqual(violations, []);
}

test("an admin makes one of everything; a member with the role Basic sees what is theirs to see, and why not the rest", async () => {
  const { owner, colleague } = await ownerAndColleague(server, arrive, "Basic");
  const { page } = owner;
  await page.goto(server.page);
  await send(page, "Pods", "Create in Pods", { Name: "trainer" });
  await section(page, "Pods").getByText("running").waitFor();
  await page.getByRole("button", { name: "Stop trainer" }).click();
  await section(page, "Pods").getByText("stopped").waitFor();
  await page.getByRole("button", { name: "Start trainer" }).click();
  await section(page, "Pods")
    .getByText(/^ssh root@pod_/)
    .waitFor();
  await send(page, "Instant Clusters", "Create in Instant Clusters", { Name: "pretraining" });
  await section(page, "Instant Clusters").getByText("pretraining").waitFor();
  await send(page, "Serverless endpoints", "Create an endpoint", { Name: "embed" });
  await send(page, "Network volumes", "Create a volume", { Name: "datasets", GB: "200" });
  await page.getByRole("button", { name: "Grow by 50 GB: datasets" }).click();
  await section(page, "Network volumes")
    .getByText(/^250 GB/)
    .waitFor();
  await send(page, "Payment methods", "Add a payment method", { "Last four": "4242", Expires: "12/99" });
  await section(page, "Payment methods").getByText("visa ···· 4242").waitFor();
  await section(page, "Usage").getByText("pretraining").waitFor();
  await section(page, "Usage").getByText("250 GB").waitFor();
  await assertAccessible(page);

  const theirs = colleague.page;
  await theirs.goto(server.page);
  await section(theirs, "Pods").getByText("trainer").waitFor();
  for (const name of ["Stop trainer", "Delete trainer"]) {
    const button = theirs.getByRole("button", { name, disabled: true });
    const reason = await button.evaluate((element) => document.getElementById(element.getAttribute("aria-describedby")!)!.textContent);
    assert.equal(reason, "Your role basic may not create, start, stop and delete Pods; dev or admin may.");
  }
  await section(theirs, "Network volumes").getByLabel("Name").and(theirs.locator(":disabled")).waitFor();
  await send(theirs, "Serverless endpoints", "Send a request to embed", { Input: "hello" });
  await section(theirs, "Serverless endpoints").getByText("[-0.6549, 0.898,").waitFor();
  await section(theirs, "Usage").getByText("Your role basic may not see this; billing or admin may.").waitFor();
  assert.equal(await section(theirs, "Payment methods").getByText("4242").count(), 0);
  await assertAccessible(theirs);

  await page.getByRole("button", { name: "Delete trainer" }).click();
  await section(page, "Pods").getByText("No Pods yet.").waitFor();
  owner.assertNoErrors();
  colleague.assertNoErrors();
  await owner.leave();
  await colleague.leave();
});

test("nobody signed in is shown where to sign in; on a phone nothing is wider than the screen", async () => {
  const person = await arrive({ phone: true, dark: true });
  await person.page.goto(server.page);
  assert.equal(await person.page.getByRole("link", { name: "Sign in" }).getAttribute("href"), `${server.origin}/sign-in`);
  const { owner } = await ownerAndColleague(server, () => arrive({ phone: true, dark: true }), "Basic");
  await owner.page.goto(server.page);
  await send(owner.page, "Pods", "Create in Pods", { Name: "a Pod with a name as long as names of Pods may ever be, or nearly".slice(0, 64) });
  await section(owner.page, "Pods")
    .getByText(/^ssh root@pod_/)
    .waitFor();
  const wide = await owner.page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `the page is ${wide} pixels wide`);
  await assertAccessible(owner.page);
  person.assertNoErrors();
  owner.assertNoErrors();
});
