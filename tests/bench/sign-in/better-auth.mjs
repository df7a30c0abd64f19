// better-auth's ways to sign in.
import { build } from "esbuild";
import emulator from "nid-webauthn-emulator";
import { configuration, startWorkers, weighed } from "../worker/platform.mjs";
import { Browser } from "./browser.mjs";
import { CLIENT } from "./issuer.mjs";

const ORIGIN = "https://peer.example.com";
const PASSWORD = "quiet harbours of the benchmark glow";
const email = (number) => `person${number}@example.com`;

async function bundled(contents) {
  const settings = { bundle: true, minify: true, format: "esm", platform: "browser", target: "es2024", write: false, logLevel: "error" };
  const external = ["node:*", "cloudflare:*", "bun:*"];
  const stdin = { contents, resolveDir: import.meta.dirname, loader: "js" };
  return (await build({ ...settings, conditions: ["workerd", "worker"], external, stdin })).outputFiles[0].text;
}

const MIGRATOR = `import { getMigrations } from "better-auth/db/migration";
import { options } from "./better-auth.worker.js";
export default { async fetch(request, env) { await (await getMigrations(options(env))).runMigrations(); return new Response("done"); } };`;

export async function start({ issuer, person, times }) {
  const vars = { ORIGIN, ISSUER: issuer.issuer, CLIENT: CLIENT.id, CLIENT_SECRET: CLIENT.secret, SECRET: "a secret of the benchmark alone, 32 bytes or more" };
  const text = Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, { type: "text", value }]));
  const env = { DB: { type: "d1", id: "peer" }, ...text };
  const contents = await bundled(`export { default } from "./better-auth.worker.js";`);
  const migrator = await bundled(MIGRATOR);
  const [workers, , processor] = await weighed(() => startWorkers(configuration("peer", contents, { env }), configuration("migrator", migrator, { env })));
  const migrated = await fetch(await workers.url("migrator"));
  if (!migrated.ok) throw new Error(`better-auth's tables could not be made: ${await migrated.text()}`);
  const url = await workers.url("peer");
  const browser = () => new Browser(url, ORIGIN);
  const owner = browser();
  await owner.post("/api/auth/sign-up/email", 200, { email: "owner@example.com", password: PASSWORD, name: "Owner" });
  const database = await workers.database("peer");
  const now = new Date().toISOString();
  const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CAST(?1 AS INTEGER))";
  const insert = `${numbers} INSERT INTO "user" (id, name, email, emailVerified, createdAt, updatedAt) SELECT 'user' || i, 'Person', 'person' || i || '@example.com', 1, ?2, ?2 FROM n`;
  await database.prepare(insert).bind(times, now).run();
  const authenticator = new emulator.WebAuthnEmulator();
  const { body: creation } = await owner.get("/api/auth/passkey/generate-register-options", 200);
  await owner.post("/api/auth/passkey/verify-registration", 200, { response: authenticator.createJSON(ORIGIN, creation) });
  const viaProvider = async (one) => {
    const { body } = await one.post("/api/auth/sign-in/social", 200, { provider: "idp", callbackURL: "/" });
    const { pathname, search } = issuer.authorize(body.url);
    await one.get(pathname + search, 302);
    if (!one.has("session_token")) throw new Error(`${person.email} is not signed in by the provider`);
  };
  await viaProvider(browser());
  let [asked, read] = [0, 0];
  const codes = new Map();
  const flows = {
    password: [async () => browser().post("/api/auth/sign-in/email", 200, { email: "owner@example.com", password: PASSWORD })],
    code: [
      async () => {
        asked += 1;
        await browser().post("/api/auth/email-otp/send-verification-otp", 200, { email: email(asked), type: "sign-in" });
      },
      async () => {
        const [address, otp] = codes.entries().next().value;
        codes.delete(address);
        await browser().post("/api/auth/sign-in/email-otp", 200, { email: address, otp });
      },
    ],
    passkey: [
      async () => {
        const one = browser();
        const { body } = await one.get("/api/auth/passkey/generate-authenticate-options", 200);
        await one.post("/api/auth/passkey/verify-authentication", 200, { response: authenticator.getJSON(ORIGIN, body) });
      },
    ],
    provider: [async () => viaProvider(browser())],
  };
  const between = async () => {
    while (read < asked) {
      read += 1;
      const address = email(read);
      codes.set(address, (await browser().get(`/code?email=${encodeURIComponent(address)}`, 200)).body);
    }
  };
  return { flows, between, processor, stop: workers.stop };
}
