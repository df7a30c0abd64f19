// The entrypoint for other Workers: calls through a service binding, without HTTP.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { CheckRequest, CheckResult, Credentials, EvaluateResult, EvaluationRequest, ServiceConstructor, VerifyResult } from "../rolecall.d.ts";
import { drive, failure } from "./drive.ts";
import type { Instance } from "./instance.ts";
import type { Call, Env } from "./needs.ts";

/** Longest call as JSON, as of the body of a request (`BODY_MAX` in crates/wire/src/json.rs). */
const CALL_MAX = 64 * 1024;

/** Deepest value of a call. */
const DEPTH_MAX = 64;

/**
 * Text of a call. What is no JSON becomes a text that the state machine refuses as malformed; what is too long one that it refuses by its
 * length. A value can name one object many times, and can be one of a type that is written as something else, such as a list of bytes or a
 * function of the caller. So only plain values are taken, and they are counted before any is written.
 */
function textOf(method: string, args: unknown[]): string {
  let left = CALL_MAX;
  function count(value: unknown, depth: number): void {
    if (depth > DEPTH_MAX) throw new TypeError("nested too deep");
    left -= typeof value === "string" ? 1 + value.length : 1;
    if (left < 0) throw new RangeError("too long");
    if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") throw new TypeError("no JSON");
    if (typeof value !== "object" || value === null) return;
    const isList = Array.isArray(value);
    if (!isList && ![Object.prototype, null].includes(Object.getPrototypeOf(value))) throw new TypeError("no plain object");
    if (isList) left -= value.length;
    for (const [name, item] of Object.entries(value)) {
      if (!isList) left -= name.length;
      count(item, depth + 1);
    }
  }
  try {
    count(args, 0);
    return JSON.stringify({ method, arguments: args });
  } catch {
    return left < 0 ? " ".repeat(CALL_MAX + 1) : "";
  }
}

const decoder = new TextDecoder();

async function invoke<Result>(instance: (env: Env) => Instance, call: Call, method: string, args: unknown[]): Promise<Result> {
  let machine: Instance | undefined;
  try {
    const started = instance(call.env);
    machine = started;
    const { step, bytes } = await drive(started, started.invoke(textOf(method, args)), call);
    if (step.step !== "value" || bytes === null) throw new Error(`a call ended with ${step.step}`);
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    return { ok: false, problem: JSON.parse(failure(machine, error, "a call ended without a result").document) } as Result;
  }
}

/** Creates the class. Its calls share the instance of the isolate with requests. */
export function serviceOf(instance: (env: Env) => Instance): ServiceConstructor {
  return class Rolecall extends WorkerEntrypoint<Env> {
    async check(request: CheckRequest): Promise<CheckResult> {
      const result = await invoke<CheckResult>(instance, { env: this.env, context: this.ctx }, "check", [request]);
      return result.ok ? result : { ...result, allowed: false };
    }

    async evaluate(request: EvaluationRequest, credentials?: Credentials): Promise<EvaluateResult> {
      const args = credentials === undefined ? [request] : [request, credentials];
      const result = await invoke<EvaluateResult>(instance, { env: this.env, context: this.ctx }, "evaluate", args);
      return result.ok ? result : { ...result, decision: false };
    }

    async verify(token: string): Promise<VerifyResult> {
      return invoke<VerifyResult>(instance, { env: this.env, context: this.ctx }, "verify", [token]);
    }
  };
}
