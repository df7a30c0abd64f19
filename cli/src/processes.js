// Processes of this machine. JavaScript, since scripts/start.mjs imports it under Node 20, before anything is installed.
import { spawnSync } from "node:child_process";

const POLL_MS = 1_000;

/**
 * Whether a process exists.
 *
 * @param {number} pid
 * @returns {boolean}
 */
export function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/** The parent of this process; where that is a shell in which npm runs a script, npm too. Empty where npm did not start this. */
function npmProcesses() {
  if (!process.env.npm_lifecycle_event && process.env.npm_command !== "exec") return [];
  const { stdout } = spawnSync("ps", ["-o", "ppid=,comm=", "-p", `${process.ppid}`], { encoding: "utf8" });
  const [, npm, shell] = /^\s*(\d+)\s+(?:.*\/)?-?(\w+)\s*$/.exec(stdout ?? "") ?? [];
  const pids = [process.ppid, ...(shell?.endsWith("sh") ? [Number(npm)] : [])];
  return pids.filter((pid) => pid > 1);
}

/**
 * Calls `end` once npm, which started this process, is gone: npm hands SIGTERM to its shell only, and SIGHUP to nobody.
 *
 * @param {() => void} end
 */
export function whenNpmEnds(end) {
  const pids = npmProcesses();
  if (pids.length === 0) return;
  const timer = setInterval(() => {
    if (pids.every(isRunning)) return;
    clearInterval(timer);
    end();
  }, POLL_MS);
  timer.unref();
}
