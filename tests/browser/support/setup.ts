// What every test file of the browser begins with: a server and a browser of its own, ended after its last test.
import { after } from "node:test";
import { launch, Person, type ProfileOptions } from "./browser.ts";
import type { Server } from "./server.ts";

export async function stage<S extends Server>(start: () => Promise<S>) {
  const [server, browser] = await Promise.all([start(), launch()]);
  after(async () => {
    await browser.close();
    await server.stop();
  });
  /** Somebody new, at a browser of their own. */
  const arrive = (options: ProfileOptions = {}) => Person.arrive(browser, server.origin, options);
  return { server, arrive };
}
