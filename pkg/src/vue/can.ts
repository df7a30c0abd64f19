// The component `Can`.
import { type PropType, type SlotsType, defineComponent } from "vue";
import { type Denial, denialOf } from "../client/snapshot.js";
import type { PermissionCode } from "../core.js";
import { injectProvided } from "./state.js";

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
