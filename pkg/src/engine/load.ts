// Loading of the WebAssembly module: once, on first use, and again after a failure.
import { getExports, setExports } from "./abi.js";
import { verifyAuditLog } from "./audit.js";
import { EngineError } from "./errors.js";
import { parsePolicy } from "./policy.js";
import type { Engine, LoadOptions, PolicyInput, WasmSource } from "./types.js";

type Source = NonNullable<LoadOptions["wasm"]>;

const engine: Engine = { policy: <P extends string, R extends string>(source: PolicyInput) => parsePolicy<P, R>(source), verifyAuditLog };
let loading: Promise<Engine> | undefined;

/** Loads the engine, or returns the load that the first call started; after a failure the next call loads again. */
export function load(source: Source | (() => Source | Promise<WasmSource>)): Promise<Engine> {
  loading ??= instantiate(source).then(
    () => engine,
    (cause: unknown) => {
      loading = undefined;
      throw new EngineError("engine-load-failed", `the engine's WebAssembly could not be loaded: ${cause instanceof Error ? cause.message : cause}`, { cause });
    },
  );
  return loading;
}

/** The loaded engine, synchronously. Throws an {@link EngineError} (`engine-not-loaded`) before `loadEngine` has resolved. */
export function getEngine(): Engine {
  getExports();
  return engine;
}

async function instantiate(source: Parameters<typeof load>[0]): Promise<void> {
  const module = await resolveSource(await (typeof source === "function" ? source() : source));
  // A module results in an instance; bytes result in a module and an instance.
  const result = (await WebAssembly.instantiate(module as BufferSource)) as WebAssembly.Instance | WebAssembly.WebAssemblyInstantiatedSource;
  setExports("module" in result ? result.instance.exports : result.exports);
}

async function resolveSource(wasm: WasmSource): Promise<WebAssembly.Module | BufferSource> {
  if (typeof wasm === "string" || wasm instanceof URL) {
    const url = String(wasm);
    // Node's fetch does not support the scheme `file:`.
    const fs = url.startsWith("file:") ? nodeProcess()?.getBuiltinModule("node:fs") : undefined;
    if (fs) return fs.readFileSync(new URL(url));
    wasm = await fetch(url);
  }
  if (typeof Response === "undefined" || !(wasm instanceof Response)) return wasm as WebAssembly.Module | BufferSource;
  if (!wasm.ok) throw new Error(`${wasm.url} responded with status ${wasm.status}`);
  return wasm.arrayBuffer();
}

interface NodeProcess {
  getBuiltinModule(name: "node:fs"): { readFileSync(url: URL): Uint8Array<ArrayBuffer> };
}

const nodeProcess = () => (globalThis as { process?: NodeProcess }).process;
