// The audit log in the browser: sentences, filters in the address, endless scrolling, export, and verification that
// finds a log altered underneath.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { startServer } from "./support/server.ts";
import { stage } from "./support/setup.ts";
import { convert, freshEmail, waitForHeading, invite, ownerAndColleague, signUp } from "./support/page-actions.ts";

const { server, arrive } = await stage(startServer);

test("events are sentences with the raw event behind them, and the filters are the address", async () => {
  const { owner, colleague, email, team } = await ownerAndColleague(server, arrive, "Developer");
  const { page } = owner;
  await page.goto("/audit-log");
  await page.getByText("Grace Hopper joined the team as Developer").waitFor();
  await page.getByText(`Ada Lovelace invited ${email} as Developer`).waitFor();
  await page.getByText(`Ada Lovelace converted the account to the team ${team}`).waitFor();

  await page.getByRole("button", { name: /invited .* as Developer/ }).click();
  const raw = JSON.parse((await page.getByLabel("Raw event", { exact: true }).textContent()) ?? "") as { action: string; data: { email: string } };
  assert.equal(raw.action, "invitation.create");
  assert.equal(raw.data.email, email);

  await page.getByLabel("Action").selectOption("invitation.accept");
  await page.getByText("Ada Lovelace invited").waitFor({ state: "detached" });
  await page.waitForURL(/\?action=invitation\.accept/);
  await page.getByLabel("Actor").selectOption({ label: "Ada Lovelace" });
  await page.getByText("No events match these filters.").waitFor();
  await page.waitForURL(/actor=usr_/);
  const shared = page.url();
  await page.goto("/team");
  await page.goto(shared);
  await page.getByText("No events match these filters.").waitFor();
  assert.equal(await page.getByLabel("Action").inputValue(), "invitation.accept");
  await page.getByRole("search").getByRole("button", { name: "Clear filters" }).click();
  await page.getByText("Grace Hopper joined the team").waitFor();
  await page.getByLabel("From").fill("2020-01-01");
  await page.getByLabel("To", { exact: true }).fill("2020-01-02");
  await page.getByText("No events match these filters.").waitFor();
  await page.waitForURL(/from=2020-01-01T00%3A00%3A00Z/);
  owner.assertNoErrors();

  // Who may not read the log is told so, and what it takes.
  await colleague.page.goto("/audit-log");
  await colleague.page.getByText(/Your role, Developer, does not include “Access audit logs”/).waitFor();
  await Promise.all([owner.leave(), colleague.leave()]);
});

test("days are typed by keyboard, in a zone whose day begins at 01:00, and a text keeps what is typed", async () => {
  const owner = await arrive({ zone: "America/Santiago" });
  await signUp(server, owner, "Ada Lovelace");
  const { page } = owner;
  await page.goto("/audit-log");
  await page.getByText("created this account").waitFor();
  const asked: string[] = [];
  page.on("request", (request) => request.url().includes("/audit-log?") && asked.push(new URL(request.url()).search));
  for (const [label, name, instant] of [
    ["From", "from", "2026-09-06T04:00:00Z"],
    ["To", "to", "2026-09-07T03:00:00Z"],
  ] as const) {
    const field = page.getByLabel(label, { exact: true });
    await field.focus();
    // Month, day, year: the order of a browser in American English, whatever the page's.
    await page.keyboard.type("090620");
    assert.equal(await field.inputValue(), "0020-09-06");
    await page.keyboard.type("26");
    await page.waitForURL((url) => url.searchParams.get(name) === instant);
    assert.equal(await field.inputValue(), "2026-09-06");
  }
  assert.ok(asked.length > 0 && asked.every((search) => /(from|to)=2026-09-0[67]T/.test(decodeURIComponent(search))), JSON.stringify(asked));
  // A year that the log cannot be asked for stays as it is typed, and is told.
  await page.getByLabel("From", { exact: true }).focus();
  await page.keyboard.type("09060202");
  await page.keyboard.press("Tab");
  await page.getByLabel("To", { exact: true }).focus();
  await page.getByText("Choose a day from 1970 on.").waitFor();
  assert.equal(await page.getByLabel("From", { exact: true }).inputValue(), "0202-09-06");

  await page.goto("/audit-log");
  const id = page.getByLabel("Resource ID", { exact: true });
  await id.pressSequentially("usr 1 ");
  await page.waitForURL((url) => (url.searchParams.get("resource_id") ?? "").includes("usr 1"));
  await id.pressSequentially("x");
  await page.waitForURL((url) => (url.searchParams.get("resource_id") ?? "").includes("usr 1 x"));
  assert.equal(await id.inputValue(), "usr 1 x");
  // An address with what is no instant is a log without that filter.
  await page.goto("/audit-log?from=2026-09-06&to=yesterday");
  await page.getByText("created this account").waitFor();
  owner.assertNoErrors();
  await owner.leave();
});

test("a long log loads as one scrolls, to its very beginning, each event once", async () => {
  const owner = await arrive();
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Long");
  const { page } = owner;
  const account = await page.evaluate(async () => ((await (await fetch("/v1/me")).json()) as { active_account: string }).active_account);
  for (let number = 0; number < 120; number++) {
    const status = await page.evaluate(
      async ([id, name]) =>
        (await fetch(`/v1/accounts/${id}`, { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify({ name }) })).status,
      [account, `Acme ${number}`] as const,
    );
    assert.equal(status, 200);
  }
  await page.goto("/audit-log");
  await page.getByText("from Acme 118 to Acme 119").waitFor();
  await page.evaluate(async () => {
    while (!document.body.innerText.includes("beginning of the log")) {
      scrollTo(0, document.body.scrollHeight);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  const rows = await page.locator("tbody button[aria-expanded]").allTextContents();
  assert.equal(rows.length, 120 + 2);
  assert.equal(new Set(rows).size, rows.length);
  await owner.leave();
});

test("Verify finds the log whole, and finds the event that was altered underneath; exports hold the whole log", async () => {
  const owner = await arrive();
  await signUp(server, owner, "Ada Lovelace");
  await convert(owner, "Acme Verify");
  await invite(owner, freshEmail("zoe"), "Basic");
  const { page } = owner;
  await page.goto("/audit-log");
  await waitForHeading(page, "Audit log");
  await page.getByRole("button", { name: "Verify", exact: true }).click();
  await page.getByRole("status").filter({ hasText: "The hash chain is consistent" }).filter({ hasText: "3 events verified" }).waitFor();

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    (async () => {
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByRole("menuitem", { name: /NDJSON/ }).click();
    })(),
  ]);
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\n");
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { action: string }).action),
    ["account.create", "account.convert", "invitation.create"],
  );

  const account = await page.evaluate(async () => ((await (await fetch("/v1/me")).json()) as { active_account: string }).active_account);
  await server.alterEvent(account, 2);
  await page.getByRole("button", { name: "Verify", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "The hash chain is broken" }).filter({ hasText: "Event no. 2" }).waitFor();
  owner.assertNoErrors();
  await owner.leave();
});
