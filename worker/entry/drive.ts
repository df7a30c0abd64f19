// Drives a task of the state machine: performs what it needs, and starts its jobs.
import type { Instance, Progress } from "./instance.ts";
import { type Call, describe, perform } from "./needs.ts";
import type { Need, Outcome, Step } from "./steps.ts";

/** Without an entry here, a new kind of outcome does not compile. */
const OUTCOMES: Record<Outcome["step"], true> = { response: true, value: true, chunk: true, end: true };

const isNeed = (step: Step): step is Need => !(step.step in OUTCOMES);

/** Runs a job, after what its task does now, such as sending the response. */
async function runJob(machine: Instance, id: number, { env, context }: Call): Promise<void> {
  await Promise.resolve();
  await drive(machine, machine.resume(id, true, ""), { env, context });
}

function startJobs(machine: Instance, { jobs }: Progress, call: Call): void {
  for (const job of jobs) call.context.waitUntil(runJob(machine, job, call));
}

/** Performs needs until the task ends, responds or writes a chunk. A task that cannot be continued is dropped. */
export async function drive(machine: Instance, progress: Progress, call: Call): Promise<Progress> {
  try {
    while (isNeed(progress.step)) {
      startJobs(machine, progress, call);
      let reply: [boolean, string | Uint8Array];
      try {
        reply = [true, await perform(progress.step, call)];
      } catch (error) {
        reply = [false, describe(error)];
      }
      progress = machine.resume(progress.id, ...reply);
    }
    startJobs(machine, progress, call);
    return progress;
  } catch (error) {
    machine.cancel(progress.id);
    throw error;
  }
}

/** Problem document of what ended without an answer: the instance has trapped, or the platform rejects the response. */
export function failure(machine: Instance | undefined, error: unknown, what: string): { id: string; document: string } {
  const id = crypto.randomUUID();
  console.error(JSON.stringify({ level: "error", message: `${what}: ${describe(error)}`, request_id: id }));
  return { id, document: machine?.trapDocument(id) ?? JSON.stringify({ status: 500, code: "internal", instance: `urn:uuid:${id}` }) };
}
