// The run itself: each way to sign in, one person after the other, by both in turns; what counts is the processor time of workerd, D1
// included. What the browser, the authenticator and the provider do is not in it.
import { cpus, loadavg } from "node:os";
import { writeBenchmarks } from "../write-benchmarks.mjs";
import { startIssuer } from "./issuer.mjs";
import * as peer from "./better-auth.mjs";
import * as rolecall from "./rolecall.mjs";
import { median } from "../worker/load.mjs";

const dry = process.argv.includes("--dry");
const ROUNDS = dry ? 1 : 5;
/** Sign-ins of one flow in one round. The clock of processor time has steps of 10 ms. */
const TIMES = dry ? 1 : 60;
/** Pause after which work behind the answers has ended. */
const REST_MS = dry ? 50 : 400;

const person = { sub: "ann", email: "ann@example.com", email_verified: true, name: "Ann" };
const issuer = await startIssuer(person);
const input = { issuer, person, times: (ROUNDS + 1) * TIMES };
const candidates = { rolecall: await rolecall.start(input), peer: await peer.start(input) };

/** Milliseconds of processor time of one sign-in. */
async function measure({ flows, between, processor }, name) {
  let spent = 0;
  for (const phase of flows[name]) {
    await between();
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const before = processor();
    for (let time = 0; time < TIMES; time += 1) await phase();
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    spent += processor() - before;
  }
  return spent / TIMES;
}

const NAMES = {
  password: "password (Argon2id; theirs scrypt)",
  code: "code by mail: asking, mailing, signing in",
  passkey: "passkey, ES256: options, signing in",
  provider: "OpenID provider: sending there, callback",
  exchange: "token of a trusted issuer",
};

try {
  const busy = loadavg()[0];
  const found = Object.keys(NAMES).map((name) => ({ name, rolecall: [], peer: [] }));
  for (let round = 0; round <= (dry ? 0 : ROUNDS); round += 1)
    for (const row of found)
      for (const who of round % 2 === 0 ? ["rolecall", "peer"] : ["peer", "rolecall"]) {
        if (!(row.name in candidates[who].flows)) continue;
        const spent = await measure(candidates[who], row.name);
        // The first round warms up.
        if (dry || round > 0) row[who].push(spent);
      }
  const ms = (values) => (values.length === 0 ? "" : median(values).toFixed(1));
  const ratio = ({ rolecall: ours, peer: theirs }) => (theirs.length === 0 ? "" : (median(ours) / median(theirs)).toFixed(2));
  const lines = [
    "| sign-in by | processor time, ms | better-auth, ms | × better-auth |",
    "|---|--:|--:|--:|",
    ...found.map((row) => `| ${NAMES[row.name]} | ${ms(row.rolecall)} | ${ms(row.peer)} | ${ratio(row)} |`),
    "",
    `Processor time of workerd for one sign-in, D1 and the work behind the answers included; medians of ${ROUNDS} rounds of ${TIMES} sign-ins in turns, on ${cpus().length} shared cores, load ${busy.toFixed(1)} before the run. Less is better. Rolecall's password sign-in is Argon2id at 19 MiB, two passes; its code sign-in writes the mail into an outbox and delivers it.`,
  ];
  console.log(`\n${lines.join("\n")}`);
  if (!dry) writeBenchmarks("sign-in", lines);
} finally {
  issuer.stop();
  await Promise.all(Object.values(candidates).map(({ stop }) => stop()));
}
process.exit(0);
