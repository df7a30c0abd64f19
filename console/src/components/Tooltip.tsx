// A tooltip, shown on hover, on focus, and, for disabled controls, on tap. The trigger sets `aria-describedby` itself.
// The library behind it is loaded with the first tooltip; the public pages have none.
import { lazy, type ReactElement, Suspense } from "react";

export interface TooltipProps {
  content: string;
  children: ReactElement;
  /** Also opens the tooltip on a press. */
  openOnClick?: boolean;
}

const Popup = lazy(() => import("./TooltipPopup"));

export function Tooltip(props: TooltipProps) {
  return (
    <Suspense fallback={props.children}>
      <Popup {...props} />
    </Suspense>
  );
}
