// The READMEs of examples/gpu-cloud and examples/react-app
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { createPod, openApp } from "../browser/support/example-app.ts";
import { launch } from "../browser/support/browser.ts";
import { freePort } from "../e2e/support/free-port.ts";
import { REACT, project } from "../packaging/support/project.ts";
import { ROOT } from "./support/blocks.ts";
import { documented } from "./support/block-tests.ts";
import { assertRefusals, paste } from "./support/shell.ts";
import { openExample } from "../browser/support/hosted-server.ts";
import { settingsWith } from "./support/wrangler.ts";

const { origin, world } = await openExample();

/** Runs a command that goes on until it is ended, and waits until it writes a line that says where it listens. */
async function running(command: string, cwd: string, ready: RegExp, env: Record<string, string> = {}): Promise<void> {
  const PATH = `${path.join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}`;
  // A group of its own, so that what it starts ends with it.
  const child: ChildProcess = spawn("bash", ["-c", command], {
    cwd,
    detached: true,
    env: {
      ...process.env,
      PATH,
      NO_COLOR: "1",
      WRANGLER_SEND_METRICS: "false",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      NO_UPDATE_NOTIFIER: "1",
      CI: "true",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  after(async () => {
    const ended = child.exitCode !== null ? undefined : new Promise((resolve) => child.on("close", resolve));
    if (ended) process.kill(-child.pid!, "SIGKILL");
    await ended;
  });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk;
      if (ready.test(said)) resolve();
    };
    child.stdout!.on("data", listen);
    child.stderr!.on("data", listen);
    child.on("error", reject).on("exit", () => reject(new Error(`${command} ended: ${said}`)));
    setTimeout(() => reject(new Error(`${command} is not ready after a minute: ${said}`)), 60_000).unref();
  });
}

documented("examples/gpu-cloud/README.md", {
  async "five minutes"({ text }) {
    const { answers } = await paste(text, { "http://localhost:8787": origin });
    assertRefusals(text, answers);
    const [pending, team, invited, joined, pod, seen, refused, volumes, embedded, unheld, bill] = answers;
    assert.equal(pending.status, "verification-sent");
    assert.deepEqual([team.name, invited.role, joined.account.id], ["Cleo Compute", "basic", team.id]);
    assert.deepEqual([pod.name, pod.gpu, pod.state], ["trainer", "h100-80gb", "running"]);
    assert.deepEqual(
      seen.items.map(({ id }: { id: string }) => id),
      [pod.id],
    );
    assert.deepEqual(refused.denial, { permission: "pods.manage", role: "basic", granted_by: ["dev", "admin"] });
    assert.deepEqual(volumes.items, []);
    assert.equal(embedded.output?.embedding.length, 8, JSON.stringify(embedded));
    assert.equal(unheld.denial.permission, "billing.view");
    assert.ok(bill.items.some((item: any) => item.resource.name === "trainer") && Number.isInteger(bill.total_micros), JSON.stringify(bill));
  },

  async "asked directly"({ text }) {
    const port = await freePort();
    const [start, ask] = text.trim().split("\n") as [string, string];
    assert.ok(start.includes("--port 8789"));
    // A checkout of its own, so that what wrangler keeps beside its settings does not stay in this one.
    const checkout = mkdtempSync(path.join(tmpdir(), "rolecall-direct-"));
    after(() => rmSync(checkout, { recursive: true, force: true }));
    for (const name of ["src", "migrations", "wrangler.toml", "package.json", "tsconfig.json"])
      cpSync(path.join(ROOT, "examples/gpu-cloud", name), path.join(checkout, "examples/gpu-cloud", name), { recursive: true });
    symlinkSync(path.join(ROOT, "node_modules"), path.join(checkout, "node_modules"));
    await running(start.replace("8789", String(port)), checkout, /Ready on /, {
      WRANGLER_REGISTRY_PATH: path.join(checkout, "registry"),
      WRANGLER_LOG_PATH: path.join(checkout, "logs"),
    });
    const { lines, answers } = await paste(ask, { "http://localhost:8789": `http://localhost:${port}` });
    assert.match(lines[0]!, /^HTTP\/1\.1 401 /);
    assert.equal(answers[0].code, "identity-missing", "as its comment says");
  },

  "service binding"({ text }) {
    const settings = settingsWith((toml) => `${toml}\n${text}`, "production");
    assert.deepEqual(
      settings.services?.map(({ binding, service }) => [binding, service]),
      [["UPSTREAM", "gpu-cloud"]],
    );
  },
});

documented("examples/react-app/README.md", {
  async "development server"({ text }) {
    // A workspace with the packed package in it; the addresses are the only change.
    const port = await freePort();
    const app = project("react-development", { "package.json": JSON.stringify({ name: "workspace", private: true, workspaces: ["examples/*"] }) }, [
      ...REACT,
      "vite",
    ]);
    const example = path.join(app.folder, "examples/react-app");
    for (const name of ["src", "index.html", "package.json", "tsconfig.json", "vite.config.ts"])
      cpSync(path.join(ROOT, "examples/react-app", name), path.join(example, name), { recursive: true });
    const settings = readFileSync(path.join(example, "vite.config.ts"), "utf8");
    assert.ok(settings.includes("http://localhost:8787"));
    writeFileSync(path.join(example, "vite.config.ts"), settings.replaceAll("http://localhost:8787", origin));
    await running(`${text.trim()} -- --port ${port} --strictPort`, app.folder, /Local:.*http/);

    const owner = await world.signUp("vera@example.com");
    const browser = await launch();
    try {
      const address = `http://localhost:${port}/`;
      const nobody = await openApp(browser, address);
      await nobody.page.getByText("Sign in to create Pods.").waitFor();
      const opened = await openApp(browser, address, { origin, email: owner.email, password: owner.password });
      assert.match(await createPod(opened.page), /^Created pod_[0-9a-f]{32}\.$/);
      assert.deepEqual([...nobody.complaints, ...opened.complaints], []);
    } finally {
      await browser.close();
    }
  },
});
