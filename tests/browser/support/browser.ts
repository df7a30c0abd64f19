// Real Chromium for the tests: one process, and a fresh profile for each person. Every person's page notes what a
// browser complains about (errors, refused scripts or styles), and a test fails on it at the end.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** Where Debian and most developers' machines have it; `CHROMIUM` names another. */
const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

export async function launch(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? candidates.find((path) => existsSync(path));
  assert.ok(executablePath, "no Chromium found: install Debian's package `chromium`, or name a binary in CHROMIUM");
  return chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface ProfileOptions {
  phone?: boolean;
  dark?: boolean;
  /** The time zone of the browser. */
  zone?: string;
}

/** A person at a browser of their own. */
export class Person {
  readonly complaints: string[] = [];
  readonly context: BrowserContext;
  readonly page: Page;

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
  }

  static async arrive(browser: Browser, origin: string, { phone = false, dark = false, zone = "UTC" }: ProfileOptions = {}): Promise<Person> {
    const context = await browser.newContext({
      baseURL: origin,
      viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 900 },
      isMobile: phone,
      hasTouch: phone,
      deviceScaleFactor: 1,
      colorScheme: dark ? "dark" : "light",
      reducedMotion: "reduce",
      locale: "en-GB",
      timezoneId: zone,
    });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    const person = new Person(context, page);
    person.listen(page);
    return person;
  }

  /** Another window of the same profile. */
  async secondWindow(): Promise<Page> {
    const page = await this.context.newPage();
    this.listen(page);
    return page;
  }

  /** Fails when the browser had anything to complain about. Refusals of the API are answers, not complaints. */
  assertNoErrors(): void {
    assert.deepEqual(this.complaints, []);
  }

  async leave(): Promise<void> {
    await this.context.close();
  }

  private listen(page: Page): void {
    page.on("pageerror", (error) => this.complaints.push(`error: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      if (/Failed to load resource: the server responded with a status of 4\d\d/.test(message.text())) return;
      this.complaints.push(`${message.type()}: ${message.text()}`);
    });
  }
}
