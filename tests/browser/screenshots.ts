// Makes the pictures of the console, and of the example's page, that the READMEs show: a small team with a history, on a desk and on a phone, in
// light and in dark. Run by `npm run screenshots -w tests` after a build; it overwrites docs/screenshots.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { ROOT } from "../e2e/support/worker.ts";
import { launch, Person } from "./support/browser.ts";
import { section, send, startExample } from "./support/gpu-cloud.ts";
import { convert, waitForHeading, invite, joinFromMail, mailTo, PASSWORD, signUp, toastSays } from "./support/page-actions.ts";

const folder = path.join(ROOT, "docs/screenshots");
await mkdir(folder, { recursive: true });
const [server, browser] = await Promise.all([startExample(), launch()]);
const arrive = (options = {}) => Person.arrive(browser, server.origin, options);

async function picture(page: Page, name: string): Promise<void> {
  await page.waitForFunction(() => !document.querySelector("[role=status][aria-busy=true]"));
  // Messages go by themselves; a picture wants none.
  await page.locator("[data-toast]").first().waitFor({ state: "detached", timeout: 12_000 });
  const raw = await page.screenshot();
  // A palette is enough for flat colours, and a fifth of the size.
  const { size } = await sharp(raw)
    .png({ palette: true, quality: 90, effort: 10 })
    .toFile(path.join(folder, `${name}.png`));
  console.log(`${name}.png  ${(size / 1000).toFixed(0)} kB`);
}

try {
  const owner = await arrive();
  const { page } = owner;
  await page.goto("/sign-up");
  await page.getByLabel("Your name").fill("Ada Lovelace");
  await page.getByLabel("Email").fill("ada@acme.example");
  await page.getByLabel("Password", { exact: true }).fill("a quiet harbour");
  await picture(page, "sign-up");
  await signUp(server, owner, "Ada Lovelace", "ada@acme.example");
  await convert(owner, "Acme Compute");

  await page.goto("/team?tab=roles");
  await page.getByRole("button", { name: "Create role" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Title").fill("Night shift");
  await dialog.getByLabel("Start from").selectOption({ label: "Basic" });
  await dialog.getByRole("button", { name: "Create role" }).click();
  for (const permission of ["Create/delete/start/stop Pods", "Create/delete Serverless endpoints"])
    await page.getByRole("checkbox", { name: `Night shift: ${permission}` }).check();
  await page.getByRole("button", { name: "Save changes" }).click();
  await toastSays(page, "Roles saved");
  await picture(page, "roles");

  for (const [name, email, role] of [
    ["Grace Hopper", "grace@acme.example", "Admin"],
    ["Barbara Liskov", "barbara@acme.example", "Billing"],
    ["Linus Berg", "linus@acme.example", "Developer"],
  ] as const) {
    const colleague = await arrive();
    await invite(owner, email, role);
    await joinFromMail(server, colleague, email, name, "Acme Compute");
    if (role === "Developer") {
      await colleague.page.goto("/permissions");
      await colleague.page.getByLabel("Permission", { exact: true }).selectOption("billing.view");
      await colleague.page.getByRole("button", { name: "Run check" }).click();
      await colleague.page.getByLabel("Response", { exact: true }).waitFor();
      await picture(colleague.page, "permissions");
    }
    await colleague.leave();
  }
  await invite(owner, "zoe@acme.example", "Night shift");
  await page.goto("/team");
  await page.getByText("Linus Berg").waitFor();
  await picture(page, "team");

  await page.getByRole("button", { name: /^Change role… Linus Berg/ }).click();
  await dialog.getByRole("radio", { name: "Admin" }).check();
  await picture(page, "change-role");
  await page.keyboard.press("Escape");

  await page.goto("/team?tab=keys");
  for (const [name, permissions, resources] of [
    ["Deploy pipeline", ["Connect to existing Pods", "Create/delete/start/stop Pods"], ""],
    ["Invoice export", ["View billing information"], ""],
    ["Night watch", ["Connect to existing Pods"], "pod:4711"],
  ] as const) {
    await page.getByRole("button", { name: "Create key" }).click();
    await dialog.getByLabel("Name").fill(name);
    for (const permission of permissions) await dialog.getByRole("checkbox", { name: permission }).check();
    await dialog.getByLabel("Only on these resources").fill(resources);
    if (resources) await picture(page, "create-key");
    await dialog.getByRole("button", { name: "Create key" }).click();
    await dialog.getByRole("button", { name: "Done" }).click();
  }
  await page.getByRole("button", { name: /^Permissions of Deploy pipeline/ }).click();
  await picture(page, "api-keys");

  await page.goto("/audit-log");
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("The hash chain is consistent").waitFor();
  await picture(page, "audit-log");

  const state = await owner.context.storageState();
  const { links } = await mailTo(server, "zoe@acme.example", /invit/i);
  const guest = await arrive({ phone: true });
  await guest.page.goto(links[0]!);
  await waitForHeading(guest.page, "Join Acme Compute");
  await picture(guest.page, "phone-join");

  for (const dark of [false, true]) {
    const again = await arrive({ phone: !dark, dark });
    await again.context.addCookies(state.cookies);
    await again.page.goto("/team");
    await again.page.getByText("Linus Berg").waitFor();
    await picture(again.page, dark ? "team-dark" : "phone-team");
    await again.page.goto("/audit-log");
    await again.page.getByText("Linus Berg joined the team").waitFor();
    if (!dark) await picture(again.page, "phone-audit-log");
    await again.leave();
  }

  await page.goto(server.page);
  await send(page, "Pods", "Create in Pods", { Name: "notebook" });
  await section(page, "Pods").getByText("notebook").waitFor();
  await send(page, "Pods", "Create in Pods", { Name: "trainer" });
  await page.getByRole("button", { name: "Stop notebook" }).click();
  await section(page, "Pods").getByText("stopped").waitFor();
  await send(page, "Serverless endpoints", "Create an endpoint", { Name: "embed" });
  await send(page, "Serverless endpoints", "Send a request to embed", { Input: "hello" });
  await send(page, "Instant Clusters", "Create in Instant Clusters", { Name: "pretraining" });
  await send(page, "Network volumes", "Create a volume", { Name: "datasets", GB: "200" });
  await section(page, "Network volumes").getByText("datasets").waitFor();
  await section(page, "Instant Clusters").getByText("pretraining").waitFor();
  await section(page, "Usage").getByText("datasets").waitFor();
  await picture(page, "gpu-cloud");
  const linus = await arrive({ phone: true, dark: true });
  await linus.page.goto("/sign-in");
  await linus.page.getByLabel("Email").fill("linus@acme.example");
  await linus.page.getByRole("button", { name: "Continue" }).click();
  await linus.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await linus.page.getByRole("button", { name: "Sign in" }).click();
  await waitForHeading(linus.page, "Acme Compute");
  await linus.page.goto(server.page);
  await section(linus.page, "Instant Clusters").getByText("pretraining").waitFor();
  await picture(linus.page, "phone-gpu-cloud");
} finally {
  await browser.close();
  await server.stop();
}
