// One policy for each role, parsed once; its WebAssembly comes as bytes, since no page could be measured with a fetch in it.
import bytes from "../../node_modules/@cedar-policy/cedar-wasm/web/cedar_wasm_bg.wasm";
import { initSync, preparsePolicySet, statefulIsAuthorized } from "@cedar-policy/cedar-wasm/web";

export const name = "cedar-wasm";

export default async function make(policy) {
  initSync({ module: bytes });
  const staticPolicies = policy.roles.map(({ code, permissions }) => {
    const actions = permissions.map((permission) => `Action::"${permission}"`).join(", ");
    return `permit(principal == Role::"${code}", action in [${actions}], resource);`;
  });
  const parsed = preparsePolicySet("bench", { staticPolicies: staticPolicies.join("\n") });
  if (parsed.type !== "success") throw new Error(JSON.stringify(parsed));
  const can = (role, permission) => {
    const answer = statefulIsAuthorized({
      principal: { type: "Role", id: role },
      action: { type: "Action", id: permission },
      resource: { type: "Account", id: "a" },
      context: {},
      entities: [],
      preparsedPolicySetId: "bench",
      validateRequest: false,
    });
    return answer.type === "success" && answer.response.decision === "allow";
  };
  return { can };
}
