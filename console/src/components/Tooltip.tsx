// A tooltip, shown on hover, on focus, and, for disabled controls, on tap. The trigger sets `aria-describedby` itself.
// The library behind it is loaded with the first tooltip; the public pages have none.
import { lazy, Suspense } from "react";
import type { TooltipProps } from "./TooltipPopup";

const Popup = lazy(() => import("./TooltipPopup"));

export function Tooltip(props: TooltipProps) {
  return (
    <Suspense fallback={props.children}>
      <Popup {...props} />
    </Suspense>
  );
}
