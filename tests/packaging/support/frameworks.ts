// The examples of the frameworks, with the packed tarball: installed, started as a user starts them, and used in Chromium.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after } from "node:test";
import type { Browser, Page } from "playwright-core";
import { installFrameworkExample } from "../../../scripts/install-framework-examples.mjs";
import { createPod, openApp } from "../../browser/support/example-app.ts";
import { type Hosted, openExample } from "../../browser/support/hosted-server.ts";
import { freePort } from "../../e2e/support/free-port.ts";
import type { Person } from "../../e2e/support/people.ts";
import { ROOT, bin, must, tarball } from "./project.ts";

mkdirSync(join(ROOT, "target", "frameworks"), { recursive: true });
/** The folders of this run: two at a time do not disturb each other. */
const runs = mkdtempSync(join(ROOT, "target", "frameworks", "run-"));
after(() => rmSync(runs, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));

/** Copies a folder with hard links in the place of its files, which takes a second for the packages of Next.js. */
function linkFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkFolder(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else linkSync(source, target);
  }
}

/** A new folder with an example's sources, its installed packages, and the packed package. */
export async function framework(name: string): Promise<string> {
  const installed = await installFrameworkExample(name, tarball());
  const folder = mkdtempSync(join(runs, `${name}-`));
  cpSync(join(ROOT, "examples", name), folder, { recursive: true, filter: (path) => !/(node_modules|\.next|dist)$/.test(path) });
  linkFolder(join(installed, "node_modules"), join(folder, "node_modules"));
  const own = join(folder, "node_modules", "rolecall");
  rmSync(own, { recursive: true });
  mkdirSync(own);
  must("tar", ["-xzf", tarball(), "--strip-components=1", "-C", own], folder);
  return folder;
}

/** Starts a program that serves pages at `--port`, and returns its origin once it responds. It ends with the test. */
export async function start(folder: string, program: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const port = await freePort();
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const child = spawn(bin("node"), [join(folder, "node_modules", ".bin", program), ...args, "--port", String(port)], {
    cwd: folder,
    env: { ...inherited, NEXT_TELEMETRY_DISABLED: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  after(() => child.kill());
  let [output, ended] = ["", false];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  child.on("exit", () => (ended = true));
  const origin = `http://localhost:${port}`;
  for (const deadline = Date.now() + 60_000; Date.now() < deadline && !ended; await new Promise((resolve) => setTimeout(resolve, 100)))
    if (await fetch(origin).catch(() => undefined)) return origin;
  assert.fail(`${program} does not respond: ${output}`);
}

/** Serves pages and scripts, and passes everything else on to Rolecall, as the proxy of a page's own server does. Ends with the test. */
export async function servePages(files: Record<string, string>, rolecall: string): Promise<string> {
  const server = createServer((incoming, response) => {
    const text = files[incoming.url!];
    if (text !== undefined) {
      response.writeHead(200, { "content-type": incoming.url!.endsWith(".js") ? "text/javascript" : "text/html" }).end(text);
      return;
    }
    const upstream = request(new URL(incoming.url!, rolecall), { method: incoming.method!, headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    upstream.on("error", () => response.destroy());
    incoming.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

/** Rolecall with the example API, and a team of three roles. */
export interface Team extends Hosted {
  account: string;
  dev: Person;
  billing: Person;
}

/** Opens them until the test file ends; inside of a test it would be until that ends. */
export async function openTeam(): Promise<Team> {
  const hosted = await openExample();
  const owner = await hosted.world.signUp("owner@example.com");
  const account = await owner.convert("Acme");
  const dev = await hosted.world.hire(owner, account, "dev@example.com", "dev");
  const billing = await hosted.world.hire(owner, account, "billing@example.com", "billing");
  return { ...hosted, account, dev, billing };
}

/** A page in a fresh profile, signed in where somebody is named; `complaints` has what its console reports. */
export async function visit(browser: Browser, team: Team, address: string, who?: Person, before?: (page: Page) => Promise<void>) {
  const opened = await openApp(browser, "about:blank", who && { origin: team.origin, email: who.email, password: who.password });
  const { page, complaints } = opened;
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    // A refusal by the API is a response.
    if (!/Failed to load resource: the server responded with a status of 4\d\d/.test(message.text())) complaints.push(message.text());
  });
  await before?.(page);
  await page.goto(address);
  return opened;
}

type Visit = Awaited<ReturnType<typeof visit>>;

/** Waits for a text on a page. Where it does not come, the error has what came instead. */
export async function shows({ page, complaints }: Visit, text: string): Promise<void> {
  const failure = await page
    .getByText(text)
    .waitFor()
    .then(() => undefined, String);
  if (failure) assert.fail(`"${text}" is not shown: ${await page.locator("body").innerText()}\n${complaints.join("\n")}`);
}

/** What every example does, in all states: nobody, a user who may, one who may not, not known yet, and not to be known. */
export async function useButton(browser: Browser, team: Team, address: string, { rendered = false } = {}): Promise<void> {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const nobody = await visit(browser, team, address, undefined, (page) =>
    page.route("**/v1/me", async (route) => {
      await held;
      await route.continue();
    }),
  );
  // A page that the server has rendered knows it from the start.
  if (!rendered) await shows(nobody, "Loading…");
  release();
  await shows(nobody, "Sign in to create Pods.");
  assert.equal(await nobody.page.getByRole("button", { name: "Create a Pod" }).count(), 0);

  const allowed = await visit(browser, team, address, team.dev);
  await shows(allowed, `You use ${team.account} as dev.`);
  const [, pod] = /^Created (pod_[0-9a-f]{32})\.$/.exec(await createPod(allowed.page)) ?? [];
  const upstream = await team.world.running.databaseOf("gpu-cloud");
  assert.deepEqual(await upstream.prepare("SELECT account, name FROM machine WHERE id = ?").bind(pod).first(), { account: team.account, name: "first" });
  assert.equal(await allowed.page.getByRole("link", { name: "Billing" }).count(), 0);

  const refused = await visit(browser, team, address, team.billing);
  await shows(refused, "Your role billing may not create Pods; dev or admin may. Ask an admin of your team.");
  await refused.page.getByRole("link", { name: "Billing" }).waitFor();
  assert.equal(await refused.page.getByRole("button", { name: "Create a Pod" }).count(), 0);

  for (const { complaints } of [nobody, allowed, refused]) assert.deepEqual(complaints, []);

  const unreachable = await visit(browser, team, address, team.dev, (page) => page.route("**/v1/me", (route) => route.abort()));
  await shows(unreachable, "Rolecall could not be reached");
  for (const { context } of [nobody, allowed, refused, unreachable]) await context.close();
}
