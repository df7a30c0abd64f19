// `npm start`: installs, builds and serves this checkout with its example. `rolecall dev` (cli/src/commands/dev.ts) does the serving.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isFree } from "../cli/src/port.js";
import { whenNpmEnds } from "../cli/src/processes.js";
import { UserError, at, environment, main } from "./lib.mjs";
import { buildAll, compileBeside } from "./build.mjs";
import { serveProvider } from "./openid-provider/serve.mjs";
import { setup } from "./setup.mjs";

const PORT = Number(process.env.PORT ?? 8787);
const ORIGIN = process.env.ORIGIN ?? `http://localhost:${PORT}`;
/** The example API behind the gateway; may be absent. */
const EXAMPLE = at("examples", "gpu-cloud", "wrangler.toml");
/** First port to try for the example's page. */
const PAGE_PORT = 5174;

/** Path of the example's settings; where they name another issuer than this origin, of a copy that names it. */
function exampleConfig() {
  const text = readFileSync(EXAMPLE, "utf8");
  if (text.includes(`ISSUER = "${ORIGIN}"`)) return EXAMPLE;
  const copy = at(".wrangler", `gpu-cloud-${PORT}.toml`);
  const absolute = (_, name, path) => `${name} = ${JSON.stringify(resolve(dirname(EXAMPLE), path))}`;
  mkdirSync(dirname(copy), { recursive: true });
  writeFileSync(copy, text.replace(/^(main|migrations_dir) = "(.*)"$/gm, absolute).replace(/^ISSUER = .*$/m, `ISSUER = ${JSON.stringify(ORIGIN)}`));
  return copy;
}

/** Serves the example's page, which proxies Rolecall, and returns its address. */
async function servePage() {
  let port = PAGE_PORT;
  while (!(await isFree(port))) port += 1;
  const child = spawn("vite", ["web", "--port", String(port), "--logLevel", "error"], {
    cwd: dirname(EXAMPLE),
    env: environment({ ROLECALL: `http://localhost:${PORT}` }),
    stdio: ["ignore", "inherit", "inherit"],
  });
  process.on("exit", () => child.kill("SIGTERM"));
  return `http://localhost:${port}`;
}

/** Ends what runs. Before there is a server, that is this process, with the example's page. */
let end = () => process.exit(1);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => end());
whenNpmEnds(() => end());

main(async () => {
  const started = Date.now();
  console.log("Rolecall: a first start takes one to three minutes, most of it compiling; the next takes seconds.");
  if (!(await isFree(PORT))) throw new UserError(`Port ${PORT} is taken. Stop what runs there, or choose another: PORT=${PORT + 3} npm start`);
  await setup({ beside: compileBeside });
  await buildAll();
  console.log(`▸ Everything is built, after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  const page = existsSync(join(dirname(EXAMPLE), "web", "index.html")) ? await servePage() : undefined;
  const provider = await serveProvider(ORIGIN);
  const pages = [...(page ? [`Example=${page}`] : []), ...(provider.SIGN_IN ? [`Provider=${JSON.parse(provider.SIGN_IN).providers[0].issuer}`] : [])];
  const more = [...(existsSync(EXAMPLE) ? ["--also", exampleConfig()] : []), ...pages.flatMap((shown) => ["--page", shown])];
  const env = environment(provider);
  const server = spawn("node", ["cli/src/main.ts", "dev", ...more], { cwd: at(), env, stdio: ["ignore", "inherit", "inherit"] });
  end = () => server.kill("SIGTERM");
  server.on("exit", (code) => process.exit(code ?? 0));
});
