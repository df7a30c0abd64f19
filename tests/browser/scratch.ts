import { launch, Person } from "./support/browser.ts";
import { startServer } from "./support/server.ts";
import { call, convert, freshEmail, heading, mailTo, ownerAndColleague, PASSWORD, signUp } from "./support/walk.ts";
const [server, browser] = await Promise.all([startServer(), launch()]);
const arrive = (o = {}) => Person.arrive(browser, server.origin, o);
const word = (what: string) => what.padEnd(60, "wortverbindungen");
const address = (who: string) => `${word(who)}@${"unterabteilung-".repeat(3)}people.example`;
try {
  const owner = await arrive();
  await signUp(server, owner, word("Ada"), address("ada"));
  await convert(owner, word("Team"));
  await call(owner.page, "POST", "/v1/accounts/{account}/roles", { code: "r".repeat(32), title: word("Rolle"), permissions: ["team.access"] });
  await call(owner.page, "POST", "/v1/accounts/{account}/invitations", { email: address("grace"), role: "r".repeat(32) });
  const guest = await arrive();
  const { page } = guest;
  await page.goto((await mailTo(server, address("grace"), /invit/i)).links[0]!);
  await page.getByLabel("Your name").fill(word("Grace"));
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account and join" }).click();
  await heading(page, word("Team"));

  await page.locator(".toast").first().waitFor();
  await page.setViewportSize({ width: 320, height: 800 });
  for (let n = 0; n < 3; n++) {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  console.log(await page.evaluate(() => [innerWidth, document.scrollingElement!.scrollWidth, ...[...document.querySelectorAll("body *")].filter((o) => o.getBoundingClientRect().right > innerWidth).map((o) => `${o.tagName}.${o.className} ${Math.round(o.getBoundingClientRect().left)}-${Math.round(o.getBoundingClientRect().right)} ${getComputedStyle(o).position}`)]));
  await page.waitForTimeout(300);
  }
  await page.screenshot({ path: `/tmp/hc-n-320.png` });
} finally { await browser.close(); await server.stop(); }
process.exit(0);
