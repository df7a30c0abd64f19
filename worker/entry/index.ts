// Entry of the Worker. It decides nothing: it passes requests and calls to the state machine (worker/src), performs what a task needs, and
// sends the response that the task ends with.
//
// INVARIANT (no-shared-requests): what belongs to a request is in its Call. The instance, which requests share, binds each reply
// to the task that asked by an id that is used once.
import type { Configuration, Worker } from "../rolecall.d.ts";
import { drive, failure } from "./drive.ts";
import { Instance, type Progress } from "./instance.ts";
import type { Call, Env } from "./needs.ts";
import { serviceOf } from "./service.ts";
import type { ResponseStep } from "./steps.ts";

/** A body whose chunks a task writes, one when the client can take it. */
function stream(machine: Instance, id: number, call: Call): ReadableStream {
  return new ReadableStream({
    async pull(controller) {
      const { step, bytes } = await drive(machine, machine.resume(id, true, ""), call);
      if (step.step === "chunk") controller.enqueue(bytes);
      else if (step.step === "end" && step.ok) controller.close();
      else controller.error(new Error("the body was aborted"));
    },
    cancel: () => machine.cancel(id),
  });
}

function respond(machine: Instance, step: ResponseStep, bytes: Progress["bytes"], call: Call): Response {
  const headers = new Headers(step.page ? machine.page : machine.data);
  for (const [name, value] of step.headers) name === "set-cookie" ? headers.append(name, value) : headers.set(name, value);
  const init = { status: step.status, headers };
  if (step.body === "web-socket") return new Response(null, { ...init, webSocket: call.received?.webSocket });
  if (step.stream !== undefined) return new Response(stream(machine, step.stream, call), init);
  return new Response(step.body === "received" ? call.received?.body : bytes, init);
}

/** Response to a request that ended without one. */
function failed(machine: Instance | undefined, error: unknown): Response {
  const { id, document } = failure(machine, error, "a request ended without a response");
  const headers = new Headers(machine?.data ?? { "x-content-type-options": "nosniff" });
  headers.set("cache-control", "no-store");
  headers.set("content-type", "application/problem+json");
  headers.set("request-id", id);
  return new Response(document, { status: 500, headers });
}

function finish(machine: Instance, { step, bytes }: Progress, call: Call): Response {
  if (step.step !== "response") throw new Error(`a request ended with ${step.step}`);
  return respond(machine, step, bytes, call);
}

/**
 * Creates the Worker, as worker/rolecall.d.ts declares it for others.
 *
 * @throws TypeError if the policy or the ways to sign in are not a text, which ends a deployment.
 */
export function createWorker(configuration: Configuration): Worker {
  if (typeof configuration?.policy !== "string" || typeof (configuration.signIn ?? "") !== "string") {
    throw new TypeError("createWorker({ policy, signIn }): each must be the text of its JSON file; wrangler.toml needs the rule for JSON files as Text");
  }
  let current: Instance | undefined;
  const instance = (env: Env): Instance => {
    if (!current || current.trapped) current = new Instance(env, configuration);
    return current;
  };
  return {
    fetch(request: Request, env: Env, context: ExecutionContext) {
      let machine: Instance | undefined;
      try {
        const started = instance(env);
        machine = started;
        const call: Call = { env, context, request };
        const progress = started.start(request);
        if (progress.step.step === "response" && progress.jobs.length === 0) return finish(started, progress, call);
        return drive(started, progress, call)
          .then((ended) => finish(started, ended, call))
          .catch((error) => failed(started, error));
      } catch (error) {
        return failed(machine, error);
      }
    },

    async scheduled(_event: ScheduledController, env: Env, context: ExecutionContext) {
      const machine = instance(env);
      await drive(machine, machine.scheduled(), { env, context });
    },

    Rolecall: serviceOf(instance),
  };
}
