// Loads the WebAssembly: lazily, once, and again after a failure.
import { verifyAuditLog } from "./audit.js";
import { EngineError } from "./errors.js";
import { bind, bound } from "./glue.js";
import { readPolicy } from "./policy.js";
import type { Engine, LoadOptions, PolicySource, WasmSource } from "./types.js";

type Source = NonNullable<LoadOptions["wasm"]>;

const engine: Engine = { policy: <P extends string, R extends string>(source: PolicySource) => readPolicy<P, R>(source), verifyAuditLog };
let loading: Promise<Engine> | undefined;

/** Calls share one load, so the source of the first call counts; after a failure the next call tries again. */
export function load(source: Source | (() => Source)): Promise<Engine> {
  loading ??= instantiate(source).then(
    () => engine,
    (cause: unknown) => {
      loading = undefined;
      throw new EngineError("engine-load-failed", `the engine's WebAssembly could not be loaded: ${cause instanceof Error ? cause.message : cause}`, { cause });
    },
  );
  return loading;
}

/** The engine, if it is loaded. Throws an {@link EngineError} when it is asked for too early. */
export function getEngine(): Engine {
  bound();
  return engine;
}

async function instantiate(from: Source | (() => Source)): Promise<void> {
  const source = await fetched(await (typeof from === "function" ? from() : from));
  // A module makes an instance, bytes make a module and an instance.
  const made = (await WebAssembly.instantiate(source as BufferSource)) as WebAssembly.Instance | WebAssembly.WebAssemblyInstantiatedSource;
  bind("module" in made ? made.instance.exports : made.exports);
}

async function fetched(wasm: WasmSource): Promise<WebAssembly.Module | BufferSource> {
  if (typeof wasm === "string" || wasm instanceof URL) {
    const address = String(wasm);
    // Node's fetch knows no files.
    const fs = address.startsWith("file:") ? node()?.getBuiltinModule("node:fs") : undefined;
    if (fs) return fs.readFileSync(new URL(address));
    wasm = await fetch(address);
  }
  if (typeof Response === "undefined" || !(wasm instanceof Response)) return wasm as WebAssembly.Module | BufferSource;
  if (!wasm.ok) throw new Error(`${wasm.url} answered ${wasm.status}`);
  return wasm.arrayBuffer();
}

interface NodeProcess {
  getBuiltinModule(name: "node:fs"): { readFileSync(url: URL): Uint8Array<ArrayBuffer> };
}

const node = () => (globalThis as { process?: NodeProcess }).process;
