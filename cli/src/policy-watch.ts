// The policy file while `rolecall dev` runs: its faults are told at each save, and the bundler does not lose it.
import { existsSync, utimesSync, watchFile } from "node:fs";
import { etagOf } from "./doctor/policy.ts";
import { UserError, note, printable, shownPath } from "./output.ts";
import { faultLines } from "./policy-text.ts";
import { readPolicy } from "./project.ts";

/** Interval at which the file is looked at. Polling follows a file that an editor replaces, on every file system. */
const POLL_MS = 200;
/** How long a file must be unchanged before it is read: an editor may write it in parts. */
const SETTLE_MS = 100;
/** How long the bundler may take to notice a change and build, and the server to respond. */
const REBUILD_MS = 1_000;
const RESPONSE_MS = 2_000;

/** Faults of the file as it is now, a line each; none where the policy is valid. */
function faultsNow(path: string): string[] {
  try {
    const { text } = readPolicy(path);
    return faultLines(shownPath(path), text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [error.message];
  }
}

/** Makes wrangler bundle anew. Its bundler stops watching a file that was missing in a build, also where that comes back. */
function bundleAnew(config: string): void {
  const now = new Date();
  try {
    utimesSync(config, now, now);
  } catch (error) {
    note(`✗ Restart \`rolecall dev\` to serve this policy: ${shownPath(config)} cannot be touched: ${(error as Error).message}`);
  }
}

/** Whether the server responds, with the policy of the file if that is valid. */
async function isServed(base: string, path: string): Promise<boolean> {
  try {
    const response = await fetch(`${base}/v1/policy`, { signal: AbortSignal.timeout(RESPONSE_MS) });
    await response.arrayBuffer();
    return !response.ok || response.headers.get("etag") === etagOf(readPolicy(path).text);
  } catch {
    return false;
  }
}

export interface Watched {
  /** Path of the policy. */
  path: string;
  /** Path of wrangler.toml. */
  config: string;
  /** Where the server listens. */
  base: string;
}

/** Watches the policy of a running server, as long as this process runs. */
export function watchPolicy({ path, config, base }: Watched): void {
  let faulty = false;
  let replaced = false;
  let timer: NodeJS.Timeout | undefined;
  const verify = async () => {
    const served = await isServed(base, path);
    // Otherwise it was replaced again meanwhile, and is verified then.
    if (!existsSync(path)) return;
    replaced = false;
    if (!served) bundleAnew(config);
  };
  const settled = () => {
    const faults = faultsNow(path);
    if (faults.length > 0) note(faults.map((line) => `✗ ${printable(line)}`).join("\n"));
    else if (faulty) note(`✓ ${shownPath(path)} is valid again`);
    faulty = faults.length > 0;
    if (replaced) timer = setTimeout(verify, REBUILD_MS);
  };
  watchFile(path, { interval: POLL_MS }, (now, before) => {
    clearTimeout(timer);
    replaced ||= now.ino !== before.ino || now.birthtimeMs !== before.birthtimeMs;
    if (now.nlink > 0) timer = setTimeout(settled, SETTLE_MS);
    else {
      faulty = true;
      note(`✗ ${shownPath(path)} is missing, so the Worker cannot be built`);
    }
  });
}
