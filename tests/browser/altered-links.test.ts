// Links as mail programs, chat programs and people change them on the way: each opens the page that was meant, or says
// in words what is wrong with it; an address that nothing has is the console's own page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import { call, convert, freshEmail, waitForHeading, mailTo, PASSWORD, signUp } from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);

test("an invitation opens however its link was changed on the way", async () => {
  const owner = await arrive();
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Arrivals");
  const email = freshEmail("zoe");
  await call(owner.page, "POST", "/v1/accounts/{account}/invitations", { email, role: "basic" });
  const { links } = await mailTo(server, email, /invit/i);
  const fragment = new URL(links[0]!).hash;
  const guest = await arrive();
  const { page } = guest;
  for (const link of [
    `/join%23${fragment.slice(1)}`,
    `/join/${fragment}`,
    `//join${fragment}`,
    `/JOIN${fragment}`,
    `/join#${encodeURIComponent(fragment.slice(1))}`,
    `/join)${fragment}`,
    ...[")", ".", ">", "%20", ",", "%E2%80%8B"].map((sign) => `/join${fragment}${sign}`),
  ]) {
    await page.goto("about:blank");
    await page.goto(server.origin + link);
    await waitForHeading(page, "Join Acme Arrivals");
    // With all of the link, its proof too, the invited email is known.
    assert.equal(await page.getByLabel("Email").inputValue(), email, link);
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).hash, "/join", link);
    await page.evaluate(() => sessionStorage.clear());
  }

  // Another link in the same tab, cut in the middle, does not show what was opened before.
  await page.goto(server.origin + `/join${fragment}`);
  await waitForHeading(page, "Join Acme Arrivals");
  await page.goto(server.origin + `/join${fragment.slice(0, 50)}`);
  await waitForHeading(page, "This link is incomplete");
  await page.getByText("copy all of it into the address bar").waitFor();
  await page.reload();
  await waitForHeading(page, "This link is incomplete");
  guest.assertNoErrors();
  await Promise.all([owner.leave(), guest.leave()]);
});

test("the links of the other mails say what is wrong with them, or work", async () => {
  const guest = await arrive();
  const { page } = guest;
  const email = freshEmail("verify");
  await page.goto("/sign-up");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await waitForHeading(page, "Check your email");
  const verify = (await mailTo(server, email)).links[0]!;
  await page.goto(verify.slice(0, -9));
  await waitForHeading(page, "This link is incomplete");
  // Of the right length, and altered
  const altered = verify.slice(0, -1) + (verify.endsWith("A") ? "B" : "A");
  await page.goto("about:blank");
  await page.goto(altered);
  await page.getByRole("button", { name: "Confirm and sign in" }).click();
  await waitForHeading(page, "This link is not valid");
  await page.goto("about:blank");
  await page.goto(`${verify.replace("#", "/%23")}).`);
  await page.getByRole("button", { name: "Confirm and sign in" }).click();
  await waitForHeading(page, "Your personal account");

  await page.goto("/reset-password");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await waitForHeading(page, "Check your email");
  const reset = (await mailTo(server, email, /password/i)).links[0]!;
  await page.goto(reset.slice(0, -30));
  await waitForHeading(page, "Reset your password");
  await page.getByText("This link is incomplete").waitFor();
  await page.goto("about:blank");
  await page.goto(`${reset}%3E`);
  await page.getByLabel("New password", { exact: true }).fill("another quiet harbour 48");
  await page.getByRole("button", { name: "Set the new password" }).click();
  await waitForHeading(page, "Your password has been changed");

  // After the sign-in one comes where one wanted to, and nowhere else.
  for (const [next, path] of [
    ["/audit-log/", "/audit-log"],
    ["/Settings).", "/settings"],
    ["/settings/security/", "/settings/security"],
    ["//evil.example/team", "/team"],
    ["https://evil.example/team", "/team"],
    ["//", "/team"],
    ["/\\evil.example/team", "/team"],
    ["/v1/me", "/team"],
  ] as const) {
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await page.getByLabel("Email").fill(email);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Password", { exact: true }).fill("another quiet harbour 48");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL((url) => url.pathname !== "/sign-in" && url.pathname !== "/");
    assert.equal(page.url(), server.origin + path, next);
    await call(page, "DELETE", "/v1/sessions/current").catch(() => undefined);
    await guest.context.clearCookies();
  }
  guest.assertNoErrors();
  await guest.leave();
});

test("an address that nothing has is the console's page in a browser; a page is found with a slash and in capitals", async () => {
  const guest = await arrive();
  const { page } = guest;
  for (const path of [
    "/no-such-page",
    "/no/such/page/",
    "/%E0%A4%A",
    "/%",
    "/docs/",
    "/problems/nothing)",
    "/join/more",
    "/%3Cscript%3E",
    "/..%2fx",
    "/a%00b",
  ]) {
    const answer = await page.goto(server.origin + path);
    assert.equal(answer?.status(), 404, path);
    await waitForHeading(page, "Page not found");
  }
  for (const [path, title] of [
    ["/sign-in/", "Sign in"],
    ["/SIGN-UP", "Create your account"],
    ["/reset-password).", "Reset your password"],
    ["/team/", "Sign in"],
  ] as const) {
    await page.goto(server.origin + path);
    await waitForHeading(page, title);
  }
  guest.assertNoErrors();
  await guest.leave();
});
