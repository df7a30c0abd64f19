// Rolecall's ways to sign in.
import emulator from "nid-webauthn-emulator";
import { startWorker } from "../../e2e/support/worker.ts";
import { World } from "../../e2e/support/world.ts";
import { email, people } from "../seed.mjs";
import { weighed } from "../worker/platform.mjs";
import { Browser } from "./browser.mjs";
import { CLIENT } from "./issuer.mjs";

const ORIGIN = "https://team.example.com";
const KEY = "the key of the browser of the benchmark";
const AUDIENCE = "https://team.example.com";

export async function start({ issuer, person, times }) {
  const providers = [{ id: "idp", kind: "oidc", title: "Provider", issuer: issuer.issuer, client_id: CLIENT.id, authoritative_domains: ["example.com"] }];
  const trusted_issuers = [{ issuer: issuer.issuer, audience: AUDIENCE, domains: ["example.com"] }];
  const SIGN_IN = JSON.stringify({ password: true, email_code: true, passkey: true, providers, trusted_issuers });
  const [running, , processor] = await weighed(() => startWorker({ direct: true, vars: { SIGN_IN, PROVIDER_IDP_SECRET: CLIENT.secret } }));
  const world = new World(running);
  const url = await running.direct();
  const browser = () => new Browser(url, ORIGIN);
  const owner = await world.signUp("owner@example.com");
  await people(world.database, 1, times);
  const authenticator = new emulator.WebAuthnEmulator();
  const signedIn = browser();
  await signedIn.post("/v1/sessions", 201, { email: owner.email, password: owner.password });
  const { body: creation } = await signedIn.post("/v1/passkeys/registration-options", 200);
  await signedIn.post("/v1/passkeys", 201, { passkey: authenticator.createJSON(ORIGIN, creation) });
  // The first sign-in makes the user.
  const viaProvider = async (one) => {
    const { headers } = await one.get("/v1/providers/idp/authorize", 302);
    const { pathname, search } = issuer.authorize(headers.location);
    await one.get(pathname + search, 303);
    if (!one.has("rolecall_session")) throw new Error(`${person.email} is not signed in by the provider`);
  };
  await viaProvider(browser());
  let [asked, read] = [0, 0];
  const codes = new Map();
  const flows = {
    password: [async () => browser().post("/v1/sessions", 201, { email: owner.email, password: owner.password })],
    code: [
      async () => {
        asked += 1;
        await browser().post("/v1/email-codes", 202, { email: email(asked), browser_key: KEY });
      },
      async () => {
        const [address, code] = codes.entries().next().value;
        codes.delete(address);
        await browser().post("/v1/sessions", 201, { email: address, code, browser_key: KEY });
      },
    ],
    passkey: [
      async () => {
        const one = browser();
        const { body } = await one.post("/v1/passkeys/authentication-options", 200);
        await one.post("/v1/sessions", 201, { passkey: authenticator.getJSON(ORIGIN, body) });
      },
    ],
    provider: [async () => viaProvider(browser())],
    exchange: [async () => browser().post("/v1/sessions/exchange", 201, { token: await issuer.token(AUDIENCE) })],
  };
  /** Reads the mails that wait for the second half of a flow. */
  const between = async () => {
    while (read < asked) {
      read += 1;
      const address = email(read);
      const [mail] = await world.mails(address);
      codes.set(address, /\b(\d{4}) (\d{4})\b/.exec(mail.text).slice(1).join(""));
    }
  };
  return { flows, between, processor, stop: () => world.close() };
}
