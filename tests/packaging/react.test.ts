// `rolecall/react`: server rendering, and examples/react-app built with the tarball and used in Chromium, with the built
// Worker and the example upstream.
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createPod, openApp } from "../browser/support/example-app.ts";
import { launch } from "../browser/support/browser.ts";
import { openExample } from "../browser/support/hosted-server.ts";
import type { Person } from "../e2e/support/people.ts";
import { REACT, ROOT, bin, must, project } from "./support/project.ts";

const example = join(ROOT, "examples", "react-app");

test("server rendering: no permission is held while nothing is known, the first HTML is right with an initial state, and a missing provider has a name", () => {
  const app = project(
    "react-server",
    {
      "main.js": `import { createElement as h } from "react";
import { renderToString } from "react-dom/server";
import { createClient } from "rolecall";
import { Can, RolecallProvider, useAccount, useCan } from "rolecall/react";
const Show = () => String(useCan("pods.manage")) + " " + String(useAccount().account);
const rolecall = createClient();
const tree = (initial) => h(RolecallProvider, { client: rolecall, initial }, h(Can, { permission: "pods.manage", loading: "soon", fallback: ({ status, missing }) => status + " " + missing?.grantedBy }, "yes"), " ", h(Show));
const known = { status: "signed-in", user: { id: "usr_1" }, account: "acct_1", role: "dev", version: 1, permissions: ["pods.manage"], grantedBy: { "pods.manage": ["dev", "admin"] } };
console.log(renderToString(tree()));
console.log(renderToString(tree(known)));
console.log(renderToString(tree({ ...known, permissions: [] })));
console.log(renderToString(tree({ status: "signed-out" })));
try { renderToString(h(Show)); } catch (error) { console.log(error.name, error.code); }
`,
    },
    REACT,
  );
  const { status, out } = app.node("main.js");
  assert.equal(status, 0, out);
  const lines = out.replaceAll("<!-- -->", "").trim().split("\n");
  assert.deepEqual(lines, [
    "soon false undefined",
    "yes true acct_1",
    "signed-in dev,admin false acct_1",
    "signed-out undefined false undefined",
    "RolecallClientError provider-missing",
  ]);
});

test("the example builds with the tarball; its button creates a Pod, or the page says why it may not", async () => {
  const app = project("react-example", {}, [...REACT, "vite"]);
  for (const name of ["src", "index.html", "tsconfig.json", "vite.config.ts"]) cpSync(join(example, name), join(app.folder, name), { recursive: true });
  must(bin("tsc"), ["--noEmit", "-p", "."], app.folder);
  must(bin("vite"), ["build", "--logLevel", "warn"], app.folder);
  const { origin, world } = await openExample({ assets: join(app.folder, "dist") });
  const upstream = await world.running.databaseOf("gpu-cloud");
  const pods = () =>
    upstream
      .prepare("SELECT account, name, gpu, state FROM machine WHERE kind = 'pod'")
      .all()
      .then(({ results }) => results);
  const owner = await world.signUp("owner@example.com");
  const team = await owner.convert("Acme");
  const dev = await world.hire(owner, team, "dev@example.com", "dev");
  const billing = await world.hire(owner, team, "billing@example.com", "billing");
  const browser = await launch();
  try {
    const open = (who?: Person) => openApp(browser, `${origin}/`, who && { origin, email: who.email, password: who.password });
    const nobody = await open();
    await nobody.page.getByText("Sign in to create Pods.").waitFor();

    const allowed = await open(dev);
    await allowed.page.getByText(`You use ${team} as dev.`).waitFor();
    assert.match(await createPod(allowed.page), /^Created pod_[0-9a-f]{32}\.$/);
    assert.deepEqual(await pods(), [{ account: team, name: "first", gpu: "rtx-4090", state: "running" }]);

    // A refusal by the API is shown with the API's own detail.
    const row = upstream.prepare(
      "INSERT INTO machine (account, id, kind, name, gpu, gpu_count, state, created_at) VALUES (?, ?, 'pod', 'x', 'rtx-4090', 1, 'stopped', 0)",
    );
    await upstream.batch(Array.from({ length: 99 }, (_, index) => row.bind(team, `pod_${String(index).padStart(32, "0")}`)));
    await allowed.page.reload();
    assert.equal(await createPod(allowed.page), "An account can have at most 100 of these. Delete one first.");

    const refused = await open(billing);
    await refused.page.getByText("Your role billing may not create Pods; dev or admin may.").waitFor();
    await refused.page.getByRole("link", { name: "Billing" }).waitFor();
    assert.equal(await refused.page.getByRole("button").count(), 0);
    for (const { complaints } of [nobody, allowed, refused]) assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
  }
});
