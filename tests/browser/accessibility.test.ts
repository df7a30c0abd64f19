// No violation that axe-core knows, on every page, in light and in dark; dialogs and menus included.
import { test } from "node:test";
import { assertAccessible } from "./support/checks.ts";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import { convert, freshEmail, waitForHeading, invite, mailTo, signUp } from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);
/** Of the right form, and nobody's. */
const TOKEN = `k1.${"A".repeat(70)}`;

for (const dark of [false, true]) {
  const look = dark ? "dark" : "light";

  test(`pages before signing in, ${look}`, async () => {
    const guest = await arrive({ dark });
    const { page } = guest;
    for (const [path, title] of [
      ["/sign-up", "Create your account"],
      ["/sign-in", "Sign in"],
      ["/reset-password", "Reset your password"],
      ["/verify-email", "This link is incomplete"],
      [`/verify-email#token=${TOKEN}`, "Confirm your email"],
      [`/reset-password#token=${TOKEN}`, "Choose a new password"],
      ["/reset-password#token=cut", "Reset your password"],
      ["/join", "This link is incomplete"],
      ["/no-such-page", "Page not found"],
    ] as const) {
      await page.goto("about:blank");
      await page.goto(path);
      await waitForHeading(page, title);
      await assertAccessible(page, path);
    }
    await page.goto("/sign-in");
    await page.getByLabel("Email").fill(freshEmail("nobody"));
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Password", { exact: true }).waitFor();
    await assertAccessible(page, "/sign-in (password)");
    await page.getByRole("button", { name: "Email me a code" }).click();
    await page.getByLabel("Code", { exact: true }).waitFor();
    await assertAccessible(page, "/sign-in (code)");
    guest.assertNoErrors();
    await guest.leave();
  });

  test(`pages behind the sign-in, ${look}`, async () => {
    const owner = await arrive({ dark });
    const { page } = owner;
    await signUp(server, owner, "Ada Lovelace");
    await assertAccessible(page, "/team (personal)");
    await convert(owner, "Acme Clear");
    const email = freshEmail("zoe");
    await invite(owner, email, "Developer");
    await page.goto("/team");
    await page.getByText(email).first().waitFor();
    await assertAccessible(page, "/team");

    await page.getByRole("button", { name: "Invite people" }).first().click();
    await page.getByRole("dialog").getByRole("radio", { name: "Basic" }).waitFor();
    await assertAccessible(page, "/team (invite)");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Actions for Ada Lovelace" }).click();
    await page.getByRole("menu").waitFor();
    await assertAccessible(page, "/team (menu)");
    await page.keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: /^Account: / }).click();
    await page.getByRole("menu").waitFor();
    await assertAccessible(page, "/team (switcher)");
    await page.keyboard.press("Escape");

    await page.goto("/team?tab=roles");
    await page.getByRole("button", { name: "Create role" }).click();
    await page.getByRole("dialog").getByLabel("Title").fill("Night shift");
    await assertAccessible(page, "/team?tab=roles (create)");
    await page.getByRole("dialog").getByRole("button", { name: "Create role" }).click();
    await page.getByRole("checkbox", { name: "Night shift: Access team account" }).check();
    await assertAccessible(page, "/team?tab=roles");

    await page.goto("/team?tab=settings");
    await page.getByRole("button", { name: "Delete Team…" }).click();
    await page.getByRole("dialog").getByText("pending invitation is revoked").waitFor();
    await assertAccessible(page, "/team?tab=settings (delete)");
    await server.sql("UPDATE session SET auth_time = auth_time - 400000");
    await page.getByLabel("Type Acme Clear to confirm").fill("Acme Clear");
    await page.getByRole("button", { name: "Delete Team", exact: true }).click();
    const question = page.getByRole("dialog", { name: "Confirm it is you" });
    await question.getByLabel("Password", { exact: true }).waitFor();
    await assertAccessible(page, "step-up (password)");
    await question.getByRole("button", { name: "Email me a code instead" }).click();
    await question.getByRole("button", { name: "Email me a code", exact: true }).click();
    await question.getByLabel("Code", { exact: true }).waitFor();
    await assertAccessible(page, "step-up (code)");
    await question.getByRole("button", { name: "Cancel" }).click();

    await page.goto("/audit-log");
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText("The hash chain is consistent").waitFor();
    await page.getByRole("button", { name: /converted the account to the team/ }).click();
    await assertAccessible(page, "/audit-log");

    await page.goto("/permissions");
    await page.getByRole("button", { name: "Run check" }).click();
    await page.getByLabel("Response", { exact: true }).waitFor();
    await assertAccessible(page, "/permissions");

    await page.goto("/settings");
    await page.getByRole("link", { name: "Open security settings" }).waitFor();
    await assertAccessible(page, "/settings");
    await page.goto("/settings/security");
    await page.getByText("this device").waitFor();
    await assertAccessible(page, "/settings/security");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByRole("dialog").getByLabel("New password", { exact: true }).waitFor();
    await assertAccessible(page, "/settings/security (password)");
    await page.keyboard.press("Escape");

    const { links } = await mailTo(server, email, /invit/i);
    const guest = await arrive({ dark });
    await guest.page.goto(links[0]!);
    await waitForHeading(guest.page, "Join Acme Clear");
    await assertAccessible(guest.page, "/join");
    owner.assertNoErrors();
    await Promise.all([owner.leave(), guest.leave()]);
  });
}
