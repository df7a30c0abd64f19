// An instance of the state machine in WebAssembly (worker/src/abi.rs): writes inputs, calls exports, reads outputs.
import module from "./rolecall.wasm";
import type { Configuration } from "../rolecall.d.ts";
import type { Logs, Step } from "./steps.ts";

interface Exports {
  memory: WebAssembly.Memory;
  alloc_input(length: number): number;
  output(): number;
  panic_place(): number;
  configure(length: number): void;
  start(length: number, hasBody: boolean, now: number): void;
  call(length: number, now: number): void;
  scheduled(now: number): void;
  resume(id: number, ok: boolean, length: number, now: number): void;
  cancel(id: number): void;
}

/** A step of a task, and the bytes that belong to it: the body of a response, the result of a call or the chunk of a streamed body. */
export interface Progress {
  id: number;
  step: Step;
  /** Tasks to start beside this one. */
  jobs: number[];
  bytes: Uint8Array<ArrayBuffer> | null;
}

/** Number of random bytes at the start of the input of a request or call. */
const ENTROPY = 48;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The configuration: texts are variables and secrets, everything else is named only. */
function environment(env: object, { policy, signIn = "" }: Configuration): string {
  const entries = Object.entries(env);
  const isBinding = ([, value]: [string, unknown]) => typeof value === "object" && value !== null;
  const vars = entries.filter((entry) => !isBinding(entry)).map(([name, value]) => [name, String(value)]);
  return JSON.stringify({ vars: Object.fromEntries(vars), bindings: entries.filter(isBinding).map(([name]) => name), policy, sign_in: signIn });
}

/**
 * One instance of the module, shared by the requests of an isolate until it traps. A trap can happen in the middle of any
 * change of its memory, so that nothing in it can be relied on afterwards: all its tasks fail, and the next request gets a new one.
 */
export class Instance {
  readonly #exports: Exports;
  #bytes = new Uint8Array();
  /** Security headers of data and of pages. */
  readonly data: Headers;
  readonly page: Headers;
  readonly #trap: { trap: string; placeholder: string };
  trapped = false;

  constructor(env: object, configuration: Configuration) {
    this.#exports = new WebAssembly.Instance(module).exports as unknown as Exports;
    this.#call(() => this.#exports.configure(this.#write(environment(env, configuration))));
    const { data, page, ...trap } = JSON.parse(this.#output()[0]);
    this.data = new Headers(data);
    this.page = new Headers(page);
    this.#trap = trap;
  }

  /** Problem document of a request that ended with a trap. */
  trapDocument(requestId: string): string {
    return this.#trap.trap.replace(this.#trap.placeholder, requestId);
  }

  start(request: Request): Progress {
    let head = `${request.method}\n${request.url}`;
    for (const [name, value] of request.headers) head += `\n${name}\n${value}`;
    return this.#progress(() => this.#exports.start(this.#write(head, ENTROPY), request.body !== null, Date.now()));
  }

  /** Starts a call of another Worker, which is JSON. */
  invoke(call: string): Progress {
    return this.#progress(() => this.#exports.call(this.#write(call, ENTROPY), Date.now()));
  }

  scheduled(): Progress {
    return this.#progress(() => this.#exports.scheduled(Date.now()));
  }

  /** Continues a task with the reply to its need, or starts one with an empty reply. */
  resume(id: number, ok: boolean, reply: string | Uint8Array): Progress {
    return this.#progress(() => this.#exports.resume(id, ok, this.#write(reply), Date.now()));
  }

  /** Drops a task that will not be resumed. */
  cancel(id: number): void {
    if (!this.trapped) this.#call(() => this.#exports.cancel(id));
  }

  #progress(call: () => void): Progress {
    this.#call(call);
    const [text, bytes] = this.#output();
    const [id, step, jobs, logs] = JSON.parse(text) as [number, Step, number[], Logs];
    for (const [level, line] of logs) console[level](line);
    return { id, step, jobs, bytes };
  }

  /**
   * Calls an export. Until it has returned, the instance counts as trapped: when the platform ends an execution that takes too long,
   * neither `catch` nor `finally` runs.
   */
  #call(call: () => void): void {
    if (this.trapped) throw new Error("the instance has trapped");
    this.trapped = true;
    try {
      call();
    } catch (error) {
      const [place, length] = new Uint32Array(this.#exports.memory.buffer, this.#exports.panic_place(), 2);
      const message = `trap: ${error} ${decoder.decode(this.#memory().subarray(place, place + length))}`;
      console.error(JSON.stringify({ level: "error", message }));
      throw error;
    }
    this.trapped = false;
  }

  /** Writes an input, with random bytes before it, and returns its length. */
  #write(input: string | Uint8Array, entropy = 0): number {
    const capacity = entropy + (typeof input === "string" ? input.length * 3 : input.length);
    const address = this.#exports.alloc_input(capacity);
    const memory = this.#memory();
    if (entropy > 0) crypto.getRandomValues(memory.subarray(address, address + entropy));
    if (typeof input === "string") return entropy + encoder.encodeInto(input, memory.subarray(address + entropy, address + capacity)).written;
    memory.set(input, address);
    return capacity;
  }

  #output(): [text: string, bytes: Uint8Array<ArrayBuffer> | null] {
    const memory = this.#memory();
    const [text, textLength, bytes, bytesLength] = new Uint32Array(memory.buffer, this.#exports.output(), 4);
    return [decoder.decode(memory.subarray(text, text + textLength)), bytesLength > 0 ? memory.slice(bytes, bytes + bytesLength) : null];
  }

  /** The memory as bytes. A memory that has grown has another buffer. */
  #memory(): Uint8Array<ArrayBuffer> {
    const { buffer } = this.#exports.memory;
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    return this.#bytes;
  }
}
