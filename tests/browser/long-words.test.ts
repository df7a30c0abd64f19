// Everything that people can name is one word of 60 letters here, on every page and in every dialog and menu: nothing is
// wider than the screen, every control can be reached, and nothing is cut off that cannot be read elsewhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import { call, convert, waitForHeading, mailTo, openDialog, PASSWORD, signUp, toastSays } from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);
const WIDTHS = [320, 390, 1280];

/** A word of 60 letters that says whose it is. */
const word = (what: string) => what.padEnd(60, "wortverbindungen");
const address = (who: string) => `${word(who)}@${"unterabteilung-".repeat(3)}people.example`;
const TEAM = word("Team");
const ROLE = word("Rolle");

/** What does not hold on the page as it is: too wide, out of reach, or cut. */
async function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const say = (element: Element) =>
      `${element.tagName.toLowerCase()}.${element.className} “${(element.getAttribute("aria-label") ?? element.textContent ?? "").slice(0, 30)}”`;
    const scroller = (element: Element | null): boolean =>
      element !== null &&
      element !== document.documentElement &&
      element !== document.body &&
      ((/auto|scroll/.test(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth) || scroller(element.parentElement));
    const { scrollWidth } = document.scrollingElement!;
    if (scrollWidth > innerWidth) {
      const wide = [...document.querySelectorAll("body *")].filter(
        (one) => one.getBoundingClientRect().right > innerWidth + 0.5 && !scroller(one.parentElement),
      );
      found.push(`the page is ${scrollWidth} pixels wide by ${wide.slice(-3).map(say).join(", ")}`);
    }
    for (const dialog of document.querySelectorAll("[role=dialog], [role=alertdialog], [role=menu]")) {
      if (dialog.scrollWidth > dialog.clientWidth) found.push(`${say(dialog)} scrolls sideways`);
    }
    for (const element of document.querySelectorAll("a[href], button, input, select, textarea, [tabindex='0'], [role^=menuitem]")) {
      const { left, right, width } = element.getBoundingClientRect();
      if (!element.checkVisibility() || width <= 1 || scroller(element.parentElement)) continue;
      if (left < -0.5 || right > innerWidth + 0.5) found.push(`${say(element)} is from ${left} to ${right}`);
    }
    for (const element of document.querySelectorAll("#root *, [role=dialog] *, [role=menu] *, [data-toast] *")) {
      const { overflowX } = getComputedStyle(element);
      // The switchers show the beginning of a name; their menus show all of it.
      if (!/hidden|clip/.test(overflowX) || element.matches("input, .hidden") || element.closest("header [aria-haspopup=menu]") || !element.checkVisibility())
        continue;
      if (element.scrollWidth > element.clientWidth + 1) found.push(`${say(element)} is cut`);
    }
    return found;
  });
}

/** Everything is loaded and in its place. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => !document.querySelector("[role=status][aria-busy=true]"));
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

async function holds(page: Page, where: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    await settled(page);
    assert.deepEqual(await faults(page), [], `${where} at ${width} pixels`);
  }
}

/** Opens something at every width, looks at it, and leaves it by Escape. */
async function opened(page: Page, where: string, open: () => Promise<void>): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    await open();
    await settled(page);
    assert.deepEqual(await faults(page), [], `${where} at ${width} pixels`);
    await page.keyboard.press("Escape");
    await page.locator("[role=menu], [role=dialog]:not([aria-modal=false]), [role=alertdialog]").first().waitFor({ state: "detached" });
  }
}

async function menuItem(page: Page, menu: string, item: string | RegExp): Promise<void> {
  await page.getByRole("button", { name: menu }).click();
  await page.getByRole("menuitem", { name: item }).click();
  await openDialog(page).waitFor();
}

const [owner, guest] = [await arrive(), await arrive()];
const { page } = owner;
const guestEmail = address("grace");

test("a team is made, and somebody joins it", async () => {
  await signUp(server, owner, word("Ada"), address("ada"));
  await holds(page, "/team (personal)");
  await convert(owner, TEAM);
  await call(page, "POST", "/v1/accounts/{account}/roles", { code: "r".repeat(32), title: ROLE, permissions: ["team.access"] });
  await call(page, "POST", "/v1/accounts/{account}/invitations", { email: guestEmail, role: "r".repeat(32) });
  await call(page, "POST", "/v1/accounts/{account}/invitations", { email: address("zoe"), role: "r".repeat(32) });
  await call(page, "POST", "/v1/accounts/{account}/api-keys", {
    name: word("Key"),
    permissions: ["pods.connect"],
    resources: [`pod:${word("id")}`],
    expires_in: 86400,
  });
  const elsewhere = await fetch(`${server.origin}/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": word("Agent") },
    body: JSON.stringify({ email: address("ada"), password: PASSWORD }),
  });
  assert.equal(elsewhere.status, 201);

  // Who is invited, before and after joining
  const { links } = await mailTo(server, guestEmail, /invit/i);
  await guest.page.goto(links[0]!);
  await waitForHeading(guest.page, `Join ${TEAM}`);
  await holds(guest.page, "/join");
  await guest.page.getByRole("button", { name: "I have an account" }).click();
  await holds(guest.page, "/join (sign in)");
  await opened(guest.page, "/join (decline)", async () => {
    await guest.page.getByRole("button", { name: "Decline" }).click();
    await openDialog(guest.page).waitFor();
  });
  await guest.page.getByRole("button", { name: "I am new here" }).click();
  await page.goto(links[0]!);
  await waitForHeading(page, "This invitation is for another email");
  await holds(page, "/join (another email)");
  await guest.page.getByLabel("Your name").fill(word("Grace"));
  await guest.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await guest.page.getByRole("button", { name: "Create account and join" }).click();
  await waitForHeading(guest.page, TEAM);
  await toastSays(guest.page, "You are now a member of");
  await holds(guest.page, "/team (newcomer)");
  await guest.page.goto("/permissions");
  await waitForHeading(guest.page, "What you can do");
  await holds(guest.page, "/permissions (newcomer)");
  await guest.page.goto(links[0]!);
  await waitForHeading(guest.page, "This invitation was already used");
  await holds(guest.page, "/join (used)");
});

test("the members and who is invited", async () => {
  await page.goto("/team");
  await page.getByText(word("Grace")).first().waitFor();
  await holds(page, "/team");
  await opened(page, "switcher", () => page.getByRole("button", { name: /^Account: / }).click());
  await opened(page, "person's menu", () => page.getByRole("button", { name: /Your menu/ }).click());
  await opened(page, "member's menu", () => page.getByRole("button", { name: `Actions for ${word("Grace")}` }).click());
  await opened(page, "change role", () => menuItem(page, `Actions for ${word("Grace")}`, "Change role…"));
  await opened(page, "remove", () => menuItem(page, `Actions for ${word("Grace")}`, /^Remove/));
  await opened(page, "invite", async () => {
    await page.getByRole("button", { name: "Invite people" }).first().click();
    await openDialog(page).getByRole("radio", { name: ROLE }).check();
  });
  await page.getByRole("button", { name: "Invite people" }).first().click();
  await openDialog(page).getByLabel("Email").fill(address("sent"));
  await openDialog(page).getByRole("button", { name: "Send invitation" }).click();
  await openDialog(page)
    .getByRole("heading", { name: /^Invitation sent/ })
    .waitFor();
  await holds(page, "invited");
  await page.keyboard.press("Escape");
  await openDialog(page).waitFor({ state: "detached" });
  // On a phone the rest of a row's actions stand in its menu.
  await page.setViewportSize({ width: 390, height: 800 });
  await page.getByRole("button", { name: `Actions for ${address("zoe")}` }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  await openDialog(page).waitFor();
  await holds(page, "revoke invitation");
  await page.keyboard.press("Escape");
  await openDialog(page).waitFor({ state: "detached" });
  await page.getByRole("button", { name: `Resend the invitation to ${address("zoe")}` }).click();
  await toastSays(page, "New link sent");
  await holds(page, "toast");
  await page.getByLabel("Search members").fill(word("nobody"));
  await holds(page, "nobody found");
});

test("the roles and the keys", async () => {
  await page.goto("/team?tab=roles");
  await page.getByRole("button", { name: `Edit ${ROLE}` }).waitFor();
  await holds(page, "roles");
  await opened(page, "role's menu", () => page.getByRole("button", { name: `Edit ${ROLE}` }).click());
  await opened(page, "rename role", () => menuItem(page, `Edit ${ROLE}`, "Rename…"));
  await opened(page, "delete role", () => menuItem(page, `Edit ${ROLE}`, "Delete…"));
  await opened(page, "create role", async () => {
    await page.getByRole("button", { name: "Create role" }).click();
    await openDialog(page).getByLabel("Title").fill(word("Neu"));
    await openDialog(page).getByLabel("Start from").selectOption({ label: ROLE });
  });

  await page.goto("/team?tab=keys");
  await page.getByRole("button", { name: `Permissions of ${word("Key")}` }).click();
  await page.getByText(`pod:${word("id")}`).waitFor();
  await holds(page, "keys");
  await opened(page, "revoke key", () => page.getByRole("button", { name: `Revoke ${word("Key")}` }).click());
  await opened(page, "create key", () => page.getByRole("button", { name: "Create key" }).click());
  await page.getByRole("button", { name: "Create key" }).click();
  await openDialog(page).getByLabel("Name").fill(word("Zweiter"));
  await openDialog(page).getByRole("checkbox", { name: "Connect to existing Pods" }).check();
  await openDialog(page).getByRole("button", { name: "Create key" }).click();
  await openDialog(page)
    .getByRole("heading", { name: /is ready$/ })
    .waitFor();
  await holds(page, "created key");
});

test("the settings, the audit log and the permissions", async () => {
  await page.goto("/team?tab=settings");
  await page.getByText("You own this team.").waitFor();
  await holds(page, "team settings");
  await opened(page, "delete team", async () => {
    await page.getByRole("button", { name: "Delete Team…" }).click();
    await openDialog(page).getByText("membership ends").waitFor();
  });
  await guest.page.goto("/team?tab=settings");
  await guest.page.getByRole("button", { name: "Leave team…" }).waitFor();
  await holds(guest.page, "team settings (member)");
  await opened(guest.page, "leave", () => guest.page.getByRole("button", { name: "Leave team…" }).click());

  await page.goto("/audit-log");
  await page.getByRole("button", { name: /joined the team/ }).click();
  await page.getByLabel("Raw event", { exact: true }).waitFor();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByLabel("Resource ID", { exact: true }).fill(word("id"));
  await page.getByText("No events match these filters.").waitFor();
  await holds(page, "audit log, nothing found");
  await page.goto("/audit-log");
  await page.getByRole("button", { name: /joined the team/ }).waitFor();
  await holds(page, "audit log");
  await page.goto("/permissions");
  await waitForHeading(page, "What you can do");
  await holds(page, "permissions");
  await page.goto("/settings");
  await page.getByRole("link", { name: "Open security settings" }).waitFor();
  await holds(page, "settings");
  await page.goto("/settings/security");
  await page.getByText(word("Agent")).waitFor();
  await page.getByRole("button", { name: "Change password" }).waitFor();
  await holds(page, "security");
  owner.assertNoErrors();
  guest.assertNoErrors();
  await Promise.all([owner.leave(), guest.leave()]);
});

test("the pages before signing in, with an address of one long word", async () => {
  const guest = await arrive();
  const { page } = guest;
  const email = address("newcomer");
  await page.goto("/sign-up");
  await page.getByLabel("Your name").fill(word("New"));
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await holds(page, "/sign-up");
  await page.getByRole("button", { name: "Create account" }).click();
  await waitForHeading(page, "Check your email");
  await holds(page, "Check your email");
  const { links } = await mailTo(server, email);
  const other = await arrive();
  await other.page.goto(links[0]!);
  await waitForHeading(other.page, "Confirm your email");
  await holds(other.page, "/verify-email");
  await other.page.getByRole("button", { name: "Confirm and sign in" }).click();
  await waitForHeading(other.page, "Choose your password");
  await holds(other.page, "/verify-email (elsewhere)");
  await page.goto("/reset-password");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await waitForHeading(page, "Check your email");
  await holds(page, "/reset-password (sent)");
  for (const path of ["/sign-in", "/reset-password#token=cut", "/join", "/verify-email", "/no-such-page"]) {
    await page.goto("about:blank");
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await holds(page, path);
  }
  guest.assertNoErrors();
  await Promise.all([guest.leave(), other.leave()]);
});
