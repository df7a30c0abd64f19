// The popup of a Tip.
import { Tooltip } from "@base-ui/react/tooltip";
import { useEffect, useRef, useState } from "react";
import type { TipProps } from "./Tip";

export default function TipPopup({ words, children, openOnClick = false }: TipProps) {
  const [open, setOpen] = useState(false);
  const trigger = useRef<HTMLButtonElement>(null);
  // This part arrives after the control: a pointer or the focus may be on it already, and enters no second time.
  useEffect(() => {
    if (trigger.current?.matches(":hover, :focus-visible") === true) setOpen(true);
  }, []);
  return (
    <Tooltip.Provider delay={350}>
      <Tooltip.Root
        open={open}
        onOpenChange={(next, details) => {
          // A press on a control that is off asks "why?": it must not close the answer.
          if (!next && openOnClick && details.reason === "trigger-press") return;
          setOpen(next);
        }}
      >
        <Tooltip.Trigger ref={trigger} render={children} closeOnClick={!openOnClick} {...(openOnClick ? { onClick: () => setOpen(true) } : {})} />
        <Tooltip.Portal>
          <Tooltip.Positioner sideOffset={8} className="tip-place">
            <Tooltip.Popup className="tip">{words}</Tooltip.Popup>
          </Tooltip.Positioner>
        </Tooltip.Portal>
      </Tooltip.Root>
    </Tooltip.Provider>
  );
}
