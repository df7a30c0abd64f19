// A phone's width: the whole way from sign-up to a joined colleague, with nothing wider than the screen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertFits } from "./support/checks.ts";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import { convert, freshEmail, waitForHeading, invite, joinFromMail, mailTo, signUp, switcher, toastSays } from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);

test("the walk at 390 pixels", async () => {
  const owner = await arrive({ phone: true });
  const { page } = owner;
  await page.goto("/sign-up");
  await assertFits(page, "/sign-up");
  await signUp(server, owner, "Ada Lovelace");
  await assertFits(page, "/team (personal)");
  await convert(owner, "Acme Pocket Computers and Sons");
  const email = freshEmail("a-rather-long-address-of-a-colleague");
  await invite(owner, email, "Developer");
  await assertFits(page, "/team");
  await switcher(page).filter({ hasText: "Acme Pocket" }).waitFor();

  // Resend and revoke stand behind the row's menu here.
  await page.getByRole("button", { name: `Actions for ${email}` }).click();
  await page.getByRole("menuitem", { name: "Resend" }).click();
  await toastSays(page, "New link sent");

  const { links } = await mailTo(server, email, /invit/i);
  const guest = await arrive({ phone: true });
  await guest.page.goto(links[0]!);
  await waitForHeading(guest.page, "Join Acme Pocket Computers and Sons");
  await assertFits(guest.page, "/join");
  await joinFromMail(server, guest, email, "Grace Hopper", "Acme Pocket Computers and Sons");

  for (const path of ["/team", "/team?tab=roles", "/team?tab=keys", "/team?tab=settings", "/audit-log", "/permissions", "/settings", "/settings/security"]) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await assertFits(page, path);
  }
  // The navigation is at the thumb, and every target of it is large enough.
  for (const name of ["Team", "Audit log", "Permissions", "Settings"]) {
    const box = await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).boundingBox();
    assert.ok(box && box.height >= 44 && box.width >= 44, `${name} is too small for a finger`);
  }
  owner.assertNoErrors();
  guest.assertNoErrors();
  await Promise.all([owner.leave(), guest.leave()]);
});
