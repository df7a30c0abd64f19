// A page of somebody's own app in Chromium, opened by a person who has an account, and what the example's one button does.
import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";

export interface Opened {
  context: BrowserContext;
  page: Page;
  /** Errors that nothing on the page caught. */
  complaints: string[];
  /** What the page wrote to the console by `console.log`. */
  logged: string[];
}

export interface SignIn {
  /** Where Rolecall is. */
  origin: string;
  email: string;
  password: string;
}

/** Opens an address in a fresh profile, with a session where somebody signs in first. */
export async function openApp(browser: Browser, address: string, who?: SignIn): Promise<Opened> {
  const context = await browser.newContext();
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  if (who) {
    await page.goto(`${who.origin}/`);
    const status = await page.evaluate(async ({ email, password }) => {
      const body = JSON.stringify({ email, password });
      return (await fetch("/v1/sessions", { method: "POST", headers: { "content-type": "application/json" }, body })).status;
    }, who);
    assert.equal(status, 201, `${who.email} cannot sign in`);
  }
  const [complaints, logged]: [string[], string[]] = [[], []];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "log" && logged.push(message.text()));
  await page.goto(address);
  return { context, page, complaints, logged };
}

/** Clicks the button that creates a Pod, and answers the outcome that the page shows. */
export async function createPod(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Create a Pod" }).click();
  const outcome = page.locator("output").filter({ hasText: /\S/ });
  await outcome.waitFor();
  return outcome.innerText();
}
