// Another Worker that has Rolecall bound as a service, in the same workerd: it makes the calls that a test tells it.
import type { RolecallService } from "../../../worker/rolecall.d.ts";
import type { World } from "./world.ts";
import { type Settings, compatibility } from "./worker.ts";

const ASKER = `
/** What a caller can name that JSON cannot, by name. */
const UNUSUAL = {
  cycle: () => { const value = { account: "" }; value.self = value; return value; },
  bigint: () => ({ account: 1n }),
  boxed: () => ({ account: 'a', permissions: Array(60).fill(new String('x'.repeat(100_000))) }),
  bytes: () => new Uint8Array(1_000_000),
  map: () => new Map([["account", "acct_1"]]),
  deep: () => { let value = []; for (let at = 0; at < 400; at += 1) value = [value]; return value; },
  shared: () => { let value = ["x"]; for (let at = 0; at < 40; at += 1) value = [value, value]; return value; },
  long: () => ({ account: "x".repeat(20_000_000), permissions: [] }),
  wide: () => ({ ["x".repeat(70_000)]: 1 }),
  function: () => ({ account: () => "acct_1", toJSON: () => ({}) }),
  undefined: () => undefined,
};
export default {
  async fetch(request, env) {
    const { method, args, unusual } = await request.json();
    const given = unusual === undefined ? args : [UNUSUAL[unusual](), ...args];
    try {
      return Response.json({ returned: await env[request.headers.get("binding") ?? "ROLECALL"][method](...given) });
    } catch (error) {
      return Response.json({ thrown: String(error) });
    }
  },
};`;

/** Settings of a world with that Worker beside Rolecall. */
export function withAsker(settings: Settings = {}): Settings {
  const { compatibilityDate, compatibilityFlags } = compatibility();
  const manifest = { mainModule: "index.js", modulesRoot: "/", modules: { "index.js": { type: "esm" as const, contents: ASKER } } };
  const env = { ROLECALL: { type: "worker" as const, worker: "rolecall", exportName: "Rolecall" } };
  return { ...settings, beside: [...(settings.beside ?? []), { name: "asker", compatibilityDate, compatibilityFlags, manifest, env }] };
}

/** Calls a method, and returns what it returned or threw. */
export async function outcomeOf(world: World, method: string, args: unknown[], unusual?: string): Promise<{ returned?: any; thrown?: string }> {
  const answer = await world.running.fetchFrom("asker", "/", { method: "POST", body: JSON.stringify({ method, args, unusual }) });
  return (await answer.json()) as { returned?: any; thrown?: string };
}

/** The binding as that Worker has it. */
export function binding(world: World): RolecallService {
  const call = async (method: string, args: unknown[]) => {
    const { returned, thrown } = await outcomeOf(world, method, args);
    if (thrown !== undefined) throw new Error(thrown);
    return returned;
  };
  return {
    check: (request) => call("check", [request]),
    evaluate: (request, credentials) => call("evaluate", credentials === undefined ? [request] : [request, credentials]),
    verify: (token) => call("verify", [token]),
  };
}
