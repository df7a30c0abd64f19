// The first page that a newcomer opens: what it weighs, and that it runs under a strict content security policy.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import { waitForHeading, signUp } from "./support/page-actions.ts";

/** Scripts and wasm, gzipped. */
const LIMIT = 200_000;

const { server, arrive } = await stage(startServer);

test("the first page loads less than 200 kB of scripts and wasm", async () => {
  const guest = await arrive();
  const bodies: Promise<[string, number]>[] = [];
  guest.page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (/\.(js|wasm)$/.test(pathname)) bodies.push(response.body().then((body) => [pathname, gzipSync(body, { level: 9 }).length]));
  });
  await guest.page.goto("/");
  await waitForHeading(guest.page, "Sign in");
  await guest.page.waitForLoadState("networkidle");
  const sizes = await Promise.all(bodies);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  // The package carries its wasm inside a script, so the scripts are all of it.
  assert.ok(
    sizes.some(([name]) => name.endsWith(".js")),
    "nothing was counted",
  );
  assert.ok(total < LIMIT, `${total} bytes: ${sizes.map(([name, size]) => `${name} ${size}`).join(", ")}`);
  await guest.leave();
});

test("the policy of the page is strict, and nothing of the console breaks it", async () => {
  const person = await arrive();
  const answer = await person.page.goto("/sign-up");
  const policy = answer?.headers()["content-security-policy"] ?? "";
  assert.match(policy, /default-src 'self'/);
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'/);
  assert.match(policy, /style-src 'self'(;|$)/);
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/);
  await signUp(server, person, "Ada Lovelace");
  for (const path of ["/team", "/audit-log", "/permissions", "/settings", "/settings/security"]) {
    await person.page.goto(path);
    await person.page.waitForLoadState("networkidle");
  }
  // Chromium reports every refused script, style or connection as an error of the page.
  person.assertNoErrors();
  await person.leave();
});

test("a page opened without a connection says so, and comes once there is one and it is asked for", async () => {
  const person = await arrive();
  const { page } = person;
  await signUp(server, person, "Ada Lovelace");
  await page.goto("/settings");
  await waitForHeading(page, "Settings");
  await person.context.setOffline(true);
  await page.getByRole("link", { name: "Audit log" }).click();
  const said = page.getByRole("alert").filter({ hasText: "could not be loaded" });
  await said.waitFor();
  await said.getByRole("button", { name: "Try again" }).click();
  await said.waitFor();
  await person.context.setOffline(false);
  await said.getByRole("button", { name: "Try again" }).click();
  await waitForHeading(page, "Audit log");
  await person.leave();
});
