// Passkeys in the console, with Chromium's virtual authenticator: add, rename, sign in by autofill and by the button, step up, remove.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withAuthenticator } from "./support/authenticator.ts";
import { assertAccessible } from "./support/checks.ts";
import { signOut, signUp, toastSays, waitForHeading } from "./support/page-actions.ts";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";

const { server, arrive } = await stage(startServer);

test("a passkey is added and renamed, signs in by autofill and by the button, steps up and is removed", async () => {
  const person = await arrive();
  const { page } = person;
  const authenticator = await withAuthenticator(page);
  const email = await signUp(server, person, "Ada Lovelace");
  await page.goto("/settings/security");
  await page.getByRole("heading", { name: "Passkeys" }).waitFor();
  await page.getByRole("button", { name: "Add a passkey" }).click();
  const adding = page.getByRole("dialog", { name: "Add a passkey" });
  assert.match(await adding.getByLabel("Name").inputValue(), /^Chrome on /);
  await adding.getByLabel("Name").fill("Laptop");
  await adding.getByRole("button", { name: "Add a passkey" }).click();
  await toastSays(page, "Passkey Laptop added");
  const [credential] = await authenticator.credentials();
  assert.equal(credential!.isResidentCredential, true);

  // The same authenticator has one already.
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await adding.getByRole("button", { name: "Add a passkey" }).click();
  const question = page.getByRole("dialog", { name: "Confirm it is you" });
  await question.getByRole("button", { name: "Use a passkey" }).click();
  await adding.getByText("has a passkey of yours already").waitFor();
  await adding.getByRole("button", { name: "Cancel" }).click();

  await page.getByRole("button", { name: "Rename Laptop" }).click();
  const renaming = page.getByRole("dialog", { name: "Rename the passkey" });
  await renaming.getByLabel("Name").fill("Blue laptop");
  await page.keyboard.press("Enter");
  await page.getByRole("listitem").filter({ hasText: "Blue laptop" }).filter({ hasText: "Last used this minute" }).waitFor();
  await assertAccessible(page, "Settings → Security");

  await authenticator.present(false);
  await signOut(page);
  await page.getByRole("button", { name: "Sign in with a passkey" }).waitFor();
  assert.equal(await page.getByLabel("Email").getAttribute("autocomplete"), "username webauthn");
  await assertAccessible(page, "Sign in");
  await authenticator.present(true);
  await page.reload();
  await waitForHeading(page, "Your personal account");

  await authenticator.present(false);
  await signOut(page);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await authenticator.present(true);
  await waitForHeading(page, "Your personal account");

  await server.sql("UPDATE session SET auth_time = auth_time - 400000 WHERE user = (SELECT id FROM user WHERE email = ?)", email);
  await page.goto("/settings/security");
  await page.getByRole("listitem").filter({ hasText: "With a passkey" }).filter({ hasText: "two factors" }).first().waitFor();
  await page.getByRole("button", { name: "Remove Blue laptop" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await question.getByRole("button", { name: "Use a passkey" }).click();
  await toastSays(page, "Passkey Blue laptop removed");
  await page.getByRole("button", { name: "Remove Blue laptop" }).waitFor({ state: "detached" });
  person.assertNoErrors();
  await person.leave();
});
