// API keys in the console: made, shown once, used as a service would, and revoked; and what stands there for somebody
// who may not manage them. Beside Rolecall runs the example upstream, so that a key has something to open.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { assertAccessible, assertFits } from "./support/checks.ts";
import { startUpstream } from "./support/gpu-cloud.ts";
import { stage } from "./support/setup.ts";
import { convert, hasFocus, waitForHeading, ownerAndColleague, row, signUp, toastSays } from "./support/page-actions.ts";

const { server, arrive } = await stage(startUpstream);

interface NewKey {
  name: string;
  permissions: string[];
  resources?: string;
  validFor?: string;
}

async function fillIn(page: Page, key: NewKey): Promise<void> {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(key.name);
  for (const permission of key.permissions) await dialog.getByRole("checkbox", { name: permission }).check();
  if (key.resources !== undefined) await dialog.getByLabel("Only on these resources").fill(key.resources);
  if (key.validFor !== undefined) await dialog.getByLabel("Valid for").selectOption({ label: key.validFor });
}

/** Makes a key on an open page and gives back its secret as the dialog shows it. */
async function make(page: Page, key: NewKey): Promise<string> {
  await page.getByRole("button", { name: "Create key" }).click();
  await fillIn(page, key);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Create key" }).click();
  await dialog.getByRole("heading", { name: `${key.name} is ready` }).waitFor();
  return dialog.getByLabel("Key", { exact: true }).inputValue();
}

async function done(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Done" }).waitFor({ state: "hidden" });
}

/** Sends what the command shown in the dialog sends. */
async function send(line: string): Promise<Response> {
  const [, header, url] = /^curl -H "Authorization: (.+)" (http\S+)$/.exec(line) ?? [];
  assert.ok(header && url, `not a command that can be run: ${line}`);
  return fetch(url, { headers: { authorization: header } });
}

/** A cell of a key's row, as it stands on a desk. */
const cell = (key: Locator, column: "used" | "expires") => key.getByRole("cell").nth({ used: 2, expires: 3 }[column]);

const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;

test("a key is made, shown once, used, and revoked", async () => {
  const owner = await arrive();
  const { page } = owner;
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Keys");
  await page.getByRole("link", { name: "API keys" }).click();
  await page.getByText("No API keys yet").waitFor();

  await page.getByRole("button", { name: "Create key" }).click();
  const dialog = page.getByRole("dialog");
  const submit = dialog.getByRole("button", { name: "Create key" });
  assert.equal(await submit.getAttribute("aria-disabled"), "true");
  await fillIn(page, { name: "", permissions: ["Connect to existing Pods", "Create/delete/start/stop Pods"] });
  await submit.click();
  await dialog.getByText("This field is required.").waitFor();
  await hasFocus(page, dialog.getByLabel("Name"));
  // How long it lasts is said as a day, too.
  const inAYear = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" }).format(Date.now() + 365 * 86_400_000);
  await fillIn(page, { name: "Deploy pipeline", permissions: [], validFor: "365 days" });
  await dialog.getByText(`Expires on ${inAYear}.`).waitFor();
  await dialog.getByLabel("Valid for").selectOption({ label: "Until revoked" });
  await dialog.getByText("Never expires.").waitFor();
  await dialog.getByLabel("Valid for").selectOption({ label: "30 days" });
  // A press beside the dialog throws nothing away.
  await page.mouse.click(5, 5);
  assert.equal(await dialog.getByLabel("Name").inputValue(), "Deploy pipeline");
  await submit.click();
  await dialog.getByRole("heading", { name: "Deploy pipeline is ready" }).waitFor();
  await dialog.getByText("It is shown only once").waitFor();
  const secret = await dialog.getByLabel("Key", { exact: true }).inputValue();
  assert.match(secret, /^rc_/);
  await dialog.getByRole("button", { name: "Copy: Key" }).click();
  await toastSays(page, "Key copied");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  await dialog.getByRole("button", { name: "Copy the command" }).click();
  await toastSays(page, "Command copied");
  const line = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(line, `curl -H "Authorization: Bearer ${secret}" ${server.origin}/api/pods`);
  await done(page);

  const mine = row(page, "Deploy pipeline");
  await mine.getByText("2 permissions").waitFor();
  await mine.getByText("by Ada Lovelace").waitFor();
  assert.equal(await cell(mine, "used").innerText(), "Never");
  assert.equal(await cell(mine, "expires").innerText(), "in 30 days");
  assert.equal((await page.content()).includes(secret), false, "the key is still on the page");
  await mine.getByRole("button", { name: /^Permissions of Deploy pipeline/ }).click();
  await page.getByRole("listitem").filter({ hasText: "Create/delete/start/stop Pods" }).waitFor();
  await page.getByText("Everything in the account that these permissions cover.").waitFor();

  assert.equal((await send(line)).status, 200);
  const bearer = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
  const pod = await fetch(`${server.origin}/api/pods`, { method: "POST", headers: bearer, body: JSON.stringify({ name: "one", gpu: "h100-80gb" }) });
  assert.equal(pod.status, 201);
  const beyond = await fetch(`${server.origin}/api/billing`, { headers: bearer });
  assert.deepEqual([beyond.status, await codeOf(beyond)], [403, "permission-missing"]);
  await page.reload();
  await cell(mine, "used").getByText("this minute").waitFor();

  await mine.getByRole("button", { name: "Revoke Deploy pipeline" }).click();
  const confirm = page.getByRole("alertdialog");
  await confirm.getByText("It was used this minute.").waitFor();
  await confirm.getByRole("button", { name: "Revoke" }).click();
  await toastSays(page, "Key Deploy pipeline revoked");
  await page.getByText("No API keys yet").waitFor();
  const refused = await send(line);
  assert.deepEqual([refused.status, await codeOf(refused)], [401, "api-key-invalid"]);
  owner.assertNoErrors();
  await owner.leave();
});

test("a personal account has keys, and one limited to resources reaches these alone", async () => {
  const owner = await arrive();
  const { page } = owner;
  await signUp(server, owner, "Ada Lovelace");
  // Whoever looks for them among their own settings is shown the way.
  await page.goto("/settings");
  await page.getByRole("link", { name: "Open API keys" }).click();
  await waitForHeading(page, "Your personal account");

  const writer = await make(page, { name: "Writer", permissions: ["Create/delete/start/stop Pods", "Access team account"], validFor: "Until revoked" });
  // No list of pods for this one: the command is one that it may send.
  const line = await page.getByLabel("Try it").innerText();
  assert.match(line, /\/api\/volumes$/);
  assert.equal((await send(line)).status, 200);
  await done(page);
  assert.equal(await cell(row(page, "Writer"), "expires").innerText(), "Never");
  const headers = { authorization: `Bearer ${writer}`, "content-type": "application/json" };
  const pods = await Promise.all(
    ["one", "two"].map(async (name) => {
      const answer = await fetch(`${server.origin}/api/pods`, { method: "POST", headers, body: JSON.stringify({ name, gpu: "h100-80gb" }) });
      return ((await answer.json()) as { id: string }).id;
    }),
  );

  await page.getByRole("button", { name: "Create key" }).click();
  await fillIn(page, { name: "Watcher", permissions: ["Connect to existing Pods"], resources: `pods:${pods[0]}` });
  const dialog = page.getByRole("dialog");
  const submit = dialog.getByRole("button", { name: "Create key" });
  await submit.click();
  await dialog.getByText("None of the selected permissions applies to “pods”. They apply to pod.").waitFor();
  await dialog.getByLabel("Only on these resources").fill("one");
  await submit.click();
  await dialog.getByText("“one” is not of the form type:id.").waitFor();
  await dialog.getByLabel("Only on these resources").fill(`pod:${pods[0]}\n`);
  await submit.click();
  const secret = await dialog.getByLabel("Key", { exact: true }).inputValue();
  const limited = await dialog.getByLabel("Try it").innerText();
  assert.ok(limited.endsWith(`/api/pods/${pods[0]}`), limited);
  assert.equal((await send(limited)).status, 200);
  const bearer = { authorization: `Bearer ${secret}` };
  for (const path of ["/api/pods", `/api/pods/${pods[1]}`]) {
    const answer = await fetch(server.origin + path, { headers: bearer });
    assert.deepEqual([answer.status, await codeOf(answer)], [403, "permission-missing"], path);
  }
  await done(page);
  await page.getByRole("button", { name: "Permissions of Watcher: 1 permission on 1 resource" }).click();
  await page.getByText(`pod:${pods[0]}`, { exact: true }).waitFor();
  owner.assertNoErrors();
  await owner.leave();
});

test("whoever may not manage the team sees why, and nobody gives what they do not hold", async () => {
  const { owner, colleague } = await ownerAndColleague(server, arrive, "Developer");
  const other = colleague.page;
  await other.goto("/team?tab=keys");
  await other.getByText("You do not have access to the API keys of this account").waitFor();
  await other.getByText("Your role, Developer, does not include “Modify team account settings”. It requires Admin.").first().waitFor();
  const create = other.getByRole("button", { name: "Create key" });
  await create.and(other.locator("[aria-disabled=true]")).waitFor();
  await assertAccessible(other, "/team?tab=keys (refused)");
  await create.press("Enter");
  await other.locator("[data-tooltip]").getByText("It requires Admin.").waitFor();
  assert.equal(await other.getByRole("heading", { name: "Create an API key" }).count(), 0);

  // A role that may make keys, yet holds little itself.
  const { page } = owner;
  const roles = await page.evaluate(async () => {
    const me = await (await fetch("/v1/me")).json();
    const answer = await fetch(`/v1/accounts/${me.active_account}/roles`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code: "keeper", title: "Keeper", permissions: ["team.access", "team.manage", "pods.connect"] }),
    });
    return answer.status;
  });
  assert.equal(roles, 201);
  const give = async (role: string) => {
    await page.goto("/team");
    await page.getByRole("button", { name: /^Change role… Grace Hopper/ }).click();
    await page.getByRole("dialog").getByRole("radio", { name: role }).check();
    await page.getByRole("dialog").getByRole("button", { name: "Change role" }).click();
    await toastSays(page, `Grace Hopper is now ${role}`);
  };
  await give("Keeper");
  await other.reload();
  await create.click();
  const dialog = other.getByRole("dialog");
  const billing = dialog.getByRole("checkbox", { name: "View billing information" });
  await billing.and(other.locator("[aria-disabled=true]")).waitFor();
  await billing.hover();
  await other.locator("[data-tooltip]").getByText("You do not have View billing information yourself").waitFor();
  await billing.press("Space");
  assert.equal(await billing.isChecked(), false);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.getByLabel("Name").waitFor({ state: "hidden" });
  const secret = await make(other, { name: "Probe", permissions: ["Connect to existing Pods", "Access team account"] });
  await done(other);
  assert.equal((await fetch(`${server.origin}/api/pods`, { headers: { authorization: `Bearer ${secret}` } })).status, 200);

  // The creator's rights shrink, and the key's with them; both lists say so.
  await give("Billing");
  await page.goto("/team?tab=keys");
  const probe = row(page, "Probe");
  await probe.getByText("Reduced").waitFor();
  await probe.getByText("by Grace Hopper").waitFor();
  await probe.getByRole("button", { name: /^Permissions of Probe/ }).click();
  await page.getByText("Grace Hopper no longer has the permissions that are struck through").waitFor();
  await page.getByRole("listitem").filter({ hasText: "Connect to existing Pods" }).getByText("(not effective)").waitFor({ state: "attached" });
  assert.equal((await fetch(`${server.origin}/api/pods`, { headers: { authorization: `Bearer ${secret}` } })).status, 403);

  await page.goto("/team");
  await page.getByRole("button", { name: "Actions for Grace Hopper" }).click();
  await page.getByRole("menuitem", { name: "Remove from team…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await toastSays(page, "Grace Hopper was removed");
  await page.goto("/team?tab=keys");
  // Keys end with the membership of who made them.
  await page.getByText("No API keys yet").waitFor();
  assert.equal((await fetch(`${server.origin}/api/pods`, { headers: { authorization: `Bearer ${secret}` } })).status, 401);
  owner.assertNoErrors();
  colleague.assertNoErrors();
  await Promise.all([owner.leave(), colleague.leave()]);
});

for (const dark of [false, true]) {
  test(`list and dialogs: no violation, ${dark ? "dark" : "light"}, and no wider than a phone`, async () => {
    const desk = await arrive({ dark });
    await signUp(server, desk, "Ada Lovelace");
    const phone = await arrive({ dark, phone: true });
    await phone.context.addCookies((await desk.context.storageState()).cookies);
    for (const { page } of [desk, phone]) {
      const narrow = page === phone.page;
      const check = async (where: string) => {
        await assertAccessible(page, where);
        if (narrow) await assertFits(page, where);
      };
      await page.goto("/team?tab=keys");
      await page.getByRole("button", { name: "Create key" }).waitFor();
      await check("the list");
      await page.getByRole("button", { name: "Create key" }).click();
      await fillIn(page, {
        name: narrow ? "a-name-without-any-room-to-break-".repeat(3) : "Deploy",
        permissions: ["Connect to existing Pods"],
        resources: `pod:${"x".repeat(120)}`,
      });
      await check("the form");
      await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
      await page.getByLabel("Key", { exact: true }).waitFor();
      await check("the new key");
      await done(page);
      await page
        .getByRole("button", { name: /^Permissions of / })
        .first()
        .click();
      await check("what a key may do");
      await page
        .getByRole("button", { name: /^Revoke / })
        .first()
        .click();
      await page.getByRole("alertdialog").waitFor();
      await check("revoking");
    }
    desk.assertNoErrors();
    phone.assertNoErrors();
    await Promise.all([desk.leave(), phone.leave()]);
  });
}

test("with the keyboard alone", async () => {
  const owner = await arrive();
  const { page } = owner;
  await signUp(server, owner, "Ada Lovelace");
  await page.goto("/team?tab=keys");
  await page.getByRole("button", { name: "Create key" }).press("Enter");
  const dialog = page.getByRole("dialog");
  await hasFocus(page, dialog.getByLabel("Name"));
  await page.keyboard.type("Nightly");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await dialog.getByRole("checkbox", { name: "Access team account", checked: true }).waitFor();
  await dialog.getByLabel("Name").press("Enter");
  // The focus is on the key, all of it selected.
  const field = dialog.getByLabel("Key", { exact: true });
  await hasFocus(page, field);
  assert.match(await field.inputValue(), /^rc_/);
  await page.waitForFunction(() => getSelection()?.toString() === (document.activeElement as HTMLInputElement).value);
  // What is shown once does not go by a slip of the finger: only once it is copied.
  await page.keyboard.press("Escape");
  await hasFocus(page, field);
  await page.keyboard.press("ControlOrMeta+c");
  await page.keyboard.press("Escape");
  await field.waitFor({ state: "hidden" });
  await hasFocus(page, page.getByRole("button", { name: "Create key" }));
  await page.getByRole("button", { name: "Revoke Nightly" }).press("Enter");
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).press("Enter");
  await page.getByText("No API keys yet").waitFor();
  owner.assertNoErrors();
  await owner.leave();
});

test("before a member goes, the keys that would stop are named", async () => {
  const { owner, colleague, team } = await ownerAndColleague(server, arrive, "Admin");
  await colleague.page.goto("/team?tab=keys");
  await make(colleague.page, { name: "Night build", permissions: ["Connect to existing Pods"] });
  await done(colleague.page);
  const { page } = owner;
  await page.goto("/team");
  await page.getByRole("button", { name: "Actions for Grace Hopper" }).click();
  await page.getByRole("menuitem", { name: "Remove from team…" }).click();
  const dialog = page.getByRole("alertdialog");
  await dialog.getByText("1 API key is revoked").waitFor();
  await dialog.getByText("Night build").waitFor();
  await assertAccessible(page, "removing a member with keys");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await row(page, "Grace Hopper").waitFor();

  // Who leaves is told too, and is then somewhere else.
  await colleague.page.goto("/team");
  await colleague.page.getByRole("button", { name: "Actions for Grace Hopper" }).click();
  await colleague.page.getByRole("menuitem", { name: "Leave team…" }).click();
  const leaving = colleague.page.getByRole("alertdialog");
  await leaving.getByText("Night build").waitFor();
  await leaving.getByRole("button", { name: "Leave team" }).click();
  await waitForHeading(colleague.page, "Your personal account");
  await toastSays(colleague.page, `You left ${team}`);
  for (const person of [owner, colleague]) {
    person.assertNoErrors();
    await person.leave();
  }
});
