// The React layer: rendered on a server, and as examples/react-app built from the tarball and clicked in Chromium.
import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { launch } from "../browser/support/browser.ts";
import { ROOT, bin, must, project } from "./support/project.ts";

const REACT = ["react", "react-dom", "scheduler", "csstype", "@types/react", "@types/react-dom"];
const example = join(ROOT, "examples", "react-app");

test("a server renders it without a client: nothing is allowed, nothing throws", () => {
  const app = project(
    "react-server",
    {
      "main.js": `import { createElement as h } from "react";
import { renderToString } from "react-dom/server";
import { createClient } from "rolecall";
import { Can, RolecallProvider, useAccount, useCan } from "rolecall/react";
const Show = () => String(useCan("pods.manage")) + " " + String(useAccount().account);
const tree = (client) => h(RolecallProvider, { client }, h(Can, { permission: "pods.manage", fallback: "no" }, "yes"), " ", h(Show));
console.log(renderToString(tree(undefined)));
console.log(renderToString(tree(await createClient({ baseUrl: "https://team.example.com" }))));
`,
    },
    REACT,
  );
  const { status, out } = app.node("main.js");
  assert.equal(status, 0, out);
  const lines = out.replaceAll("<!-- -->", "").trim().split("\n");
  assert.deepEqual(lines, ["no false undefined", "no false undefined"]);
});

/** A server that knows one person: enough of the HTTP contract for the example, with a token that nobody verifies. */
async function backend(folder: string, role: string, permissions: string[]) {
  const posted: string[] = [];
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: "http://x", aud: "x", sub: "usr_1", account: "acct_1", role, permissions, ver: 1, pol: "p", iat: now, exp: now + 120, jti: "j" };
  const answers: Record<string, () => object> = {
    "GET /v1/me": () => ({ user: { id: "usr_1" }, memberships: [], active_account: "acct_1" }),
    "GET /v1/policy": () => JSON.parse(readFileSync(join(ROOT, "policy", "default.json"), "utf8")) as object,
    "POST /v1/accounts/acct_1/tokens": () => ({ token: `${encode({ alg: "EdDSA" })}.${encode(claims)}.c2ln`, expires_in: 120 }),
    "GET /v1/accounts/acct_1/roles": () => ({ items: [], next_cursor: null }),
    "POST /api/pods": () => ({ id: "pod_1" }),
  };
  const server = createServer((request, response) => {
    const asked = `${request.method} ${request.url}`;
    const answer = answers[asked];
    if (request.method === "POST") posted.push(asked);
    if (answer) return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer()));
    const path = request.url === "/" ? "/index.html" : request.url!;
    const file = join(folder, path);
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": path.endsWith(".js") ? "text/javascript" : "text/html" }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, posted, stop: () => server.close() };
}

test("the example compiles and builds from the tarball, and guards its button in Chromium", async () => {
  const app = project("react-example", {}, [...REACT, "vite"]);
  for (const name of ["src", "index.html", "tsconfig.json", "vite.config.ts"]) cpSync(join(example, name), join(app.folder, name), { recursive: true });
  must(bin("tsc"), ["--noEmit", "-p", "."], app.folder);
  must(bin("vite"), ["build", "--logLevel", "warn"], app.folder);
  const browser = await launch();
  try {
    for (const { role, permissions, button, text } of [
      { role: "dev", permissions: ["team.access", "pods.manage"], button: 1, text: /You act in acct_1 as dev\./ },
      { role: "billing", permissions: ["team.access", "billing.view", "billing.manage"], button: 0, text: /Your role billing may not create Pods; dev or admin may\..*Billing/s },
    ]) {
      const server = await backend(join(app.folder, "dist"), role, permissions);
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      await page.goto(server.address);
      await page.waitForSelector("h1", { timeout: 20_000 }).catch(() => assert.fail(complaints.join("\n") || "the app did not render"));
      assert.match(await page.innerText("main"), text);
      assert.equal(await page.locator("button").count(), button);
      if (button) {
        await page.click("button");
        await page.waitForFunction(() => document.querySelector("output")?.textContent === "Created.");
        assert.ok(server.posted.includes("POST /api/pods"));
      }
      assert.deepEqual(complaints, []);
      await page.close();
      server.stop();
    }
  } finally {
    await browser.close();
  }
});
