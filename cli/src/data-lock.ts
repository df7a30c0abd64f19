// One `rolecall dev` at a time on the same local data: two would apply the same migrations, and write the same databases.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError, shownPath } from "./output.ts";
import { isRunning } from "./processes.js";

const NAME = "rolecall-dev.pid";
/** How long a start waits to see whether another one has replaced its lock, or has written its id. */
const SETTLE_MS = 100;
const ATTEMPTS = 5;

const settled = () => new Promise((next) => setTimeout(next, SETTLE_MS));

/** Whether another process has this id. After a restart of a container, an old lock may have that of this one. */
const isOther = (pid: number): boolean => Number.isInteger(pid) && pid > 0 && pid !== process.pid && isRunning(pid);

/** Creates the lock unless there is one. */
function create(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}`, { flag: "wx" });
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    throw new UserError(`${shownPath(file)} cannot be written: ${message}`);
  }
}

/** Id in a lock; 0 where it has none, or is gone. */
function ownerOf(file: string): number {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return 0;
  }
}

/** Locks a folder of local data until this process ends. @throws UserError where another process has it. */
export async function lockData(data: string): Promise<void> {
  const file = join(data, NAME);
  try {
    mkdirSync(data, { recursive: true });
  } catch (error) {
    throw new UserError(`The folder of the data cannot be made: ${(error as Error).message}`);
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const created = create(file);
    await settled();
    const owner = ownerOf(file);
    if (isOther(owner))
      throw new UserError(
        `\`rolecall dev\` already runs on the data in ${shownPath(data)}, as process ${owner}. Stop it, or choose another folder with DATA_DIR.\n  If process ${owner} is something else, delete ${shownPath(file)}.`,
      );
    if (created && owner === process.pid) {
      process.on("exit", () => {
        if (ownerOf(file) === process.pid) rmSync(file, { force: true });
      });
      return;
    }
    rmSync(file, { force: true });
  }
  throw new UserError(`${shownPath(file)} cannot be kept: other starts replace it. Try again.`);
}
