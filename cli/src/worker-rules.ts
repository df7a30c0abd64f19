// The Worker's own judgement of a configuration: the compiled state machine, asked without a request.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What is wrong with a configuration. */
export interface Fault {
  /** Name of the variable or secret, or `policy`. */
  name: string;
  /** Sentence that names it. It contains no secret. */
  message: string;
}

export interface Environment {
  /** Variables and secrets by name. */
  vars: Record<string, string>;
  /** Names of all other bindings. */
  bindings: string[];
  /** Text of the policy. */
  policy: string;
  /** Text of the ways to sign in; without it those that a deployment has by default. */
  sign_in?: string;
}

interface Exports {
  memory: WebAssembly.Memory;
  alloc_input(length: number): number;
  check(length: number): void;
  output(): number;
}

/** The compiled Worker: in the package, or in Rolecall's own repository. */
const PLACES = ["../worker/rolecall.wasm", "../../worker/build/rolecall.wasm"].map((place) => fileURLToPath(new URL(place, import.meta.url)));

/** The folder of the compiled Worker. */
export function workerModule(): string {
  const found = PLACES.find((place) => existsSync(place));
  if (!found) throw new Error(`the compiled Worker is missing: ${PLACES[0]}`);
  return found;
}

let instance: Exports | undefined;

/** Every fault that the Worker would refuse to run with, in its own words. */
export function faultsOf(environment: Environment): Fault[] {
  instance ??= new WebAssembly.Instance(new WebAssembly.Module(readFileSync(workerModule()))).exports as unknown as Exports;
  const input = new TextEncoder().encode(JSON.stringify(environment));
  const address = instance.alloc_input(input.length);
  new Uint8Array(instance.memory.buffer).set(input, address);
  instance.check(input.length);
  const [text = 0, length = 0] = new Uint32Array(instance.memory.buffer, instance.output(), 2);
  return JSON.parse(new TextDecoder().decode(new Uint8Array(instance.memory.buffer, text, length)));
}

/** The faults of a policy alone, each with its place: a JSON pointer, or line and column where it is not JSON. */
export function policyFaults(policy: string): string[] {
  const faults = faultsOf({ vars: {}, bindings: [], policy });
  return faults.filter(({ name }) => name === "policy").map(({ message }) => message.replace(/^(policy: )+/, ""));
}
