import type { Page } from "@playwright/test";

/** Signs a new user up and in, in the browser of the page, with the mail in the development server's outbox. */
export async function signUp(page: Page, email: string, password = "quiet harbour lamp 47") {
  const options = { failOnStatusCode: true };
  await page.request.post("/v1/signup", { data: { email, password }, ...options });
  const outbox = await page.request.get(`/dev/outbox?to=${encodeURIComponent(email)}`, { headers: { accept: "application/json" }, ...options });
  const { items } = await outbox.json();
  const token = new URL(items[0].links[0]).hash.replace("#token=", "");
  await page.request.post("/v1/email-verifications", { data: { token }, ...options });
}
