// The component `Can`.
import { type PropType, type SlotsType, defineComponent } from "vue";
import type { Snapshot } from "../client/index.js";
import { checked, explain } from "../client/snapshot.js";
import type { SignedInSnapshot } from "../client/snapshot.js";
import type { Explanation, PermissionCode } from "../core.js";
import { injectProvided } from "./state.js";

/** Why {@link Can} renders its fallback: the state, and for a signed-in user the explanation of the permission that is missing. */
export type Denial = { readonly status: "signed-in"; readonly missing: Explanation<PermissionCode> } | Exclude<Snapshot, { status: "signed-in" }>;

/** The explanation; of an undefined code in production one that denies. */
export const explanationOf = (snapshot: SignedInSnapshot, permission: PermissionCode): Explanation<PermissionCode> =>
  checked(
    () => explain(snapshot, permission),
    () => ({ allowed: false, permission, role: snapshot.role, grantedBy: [] }),
  );

function denialOf(snapshot: Snapshot, permissions: readonly PermissionCode[], any: boolean): Denial | undefined {
  if (snapshot.status !== "signed-in") return snapshot;
  const explanations = permissions.map((permission) => explanationOf(snapshot, permission));
  const missing = explanations.filter(({ allowed }) => !allowed);
  if (any ? missing.length < explanations.length : missing.length === 0) return undefined;
  // No permission of an empty list is held.
  return { status: "signed-in", missing: missing[0] ?? { allowed: false, permission: "" as PermissionCode, role: snapshot.role, grantedBy: [] } };
}

type Codes = readonly PermissionCode[];

/**
 * Renders its default slot when the user holds what it requires: one `permission`, every one of `allOf`, or at least one of
 * `anyOf`. Otherwise the slot `fallback`, which is told `why`; the slot `loading` while it is not known who is signed in.
 */
export const Can = defineComponent({
  name: "RolecallCan",
  props: {
    permission: String as PropType<PermissionCode>,
    allOf: Array as PropType<Codes>,
    anyOf: Array as PropType<Codes>,
  },
  slots: Object as SlotsType<{ default: Record<never, never>; loading: Record<never, never>; fallback: { why: Denial } }>,
  setup(props, { slots }) {
    const { snapshot } = injectProvided();
    return () => {
      if (snapshot.value.status === "loading") return slots.loading?.({});
      const { permission, allOf, anyOf } = props;
      const why = denialOf(snapshot.value, permission === undefined ? (allOf ?? anyOf ?? []) : [permission], anyOf !== undefined);
      return why ? slots.fallback?.({ why }) : slots.default?.({});
    };
  },
});
