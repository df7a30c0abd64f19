// A short explanation at a control: shown on hover, on focus, and on a tap of a control that is off.
// Screen readers get the same words through `aria-describedby`, which the control sets itself.
// The library behind it is loaded when the first one is needed: the pages before signing in have none.
import { lazy, type ReactElement, Suspense } from "react";

export interface TipProps {
  words: string;
  children: ReactElement;
  /** A press shows the words, too. */
  openOnClick?: boolean;
}

const Popup = lazy(() => import("./TipPopup"));

export function Tip(props: TipProps) {
  return (
    <Suspense fallback={props.children}>
      <Popup {...props} />
    </Suspense>
  );
}
