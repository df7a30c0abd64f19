// Ours with the WebAssembly as a file of its own, which the page fetches.
import { loadEngine } from "rolecall/slim";

export default async function make(policy) {
  const engine = await loadEngine({ wasm: fetch("/rolecall.wasm") });
  const read = engine.policy(policy);
  const rights = Object.fromEntries(policy.roles.map(({ code }) => [code, read.rights({ role: code })]));
  return { can: (role, permission) => rights[role].can(permission) };
}
