// The lazily loaded implementation of `Tooltip`.
import { Tooltip } from "@base-ui/react/tooltip";
import { type ReactElement, useEffect, useRef, useState } from "react";
import styles from "./TooltipPopup.module.css";

export interface TooltipProps {
  content: string;
  children: ReactElement;
  /** Also opens the tooltip on a press. */
  openOnClick?: boolean;
}

export default function TooltipPopup({ content, children, openOnClick = false }: TooltipProps) {
  const [open, setOpen] = useState(false);
  const trigger = useRef<HTMLButtonElement>(null);
  // This chunk loads after the trigger is rendered, which may be hovered or focused by then without another event.
  useEffect(() => {
    if (trigger.current?.matches(":hover, :focus-visible") === true) setOpen(true);
  }, []);
  return (
    <Tooltip.Provider delay={350}>
      <Tooltip.Root
        open={open}
        onOpenChange={(next, details) => {
          // A press on a disabled control opens the explanation and must not close it.
          if (!next && openOnClick && details.reason === "trigger-press") return;
          setOpen(next);
        }}
      >
        <Tooltip.Trigger ref={trigger} render={children} closeOnClick={!openOnClick} {...(openOnClick ? { onClick: () => setOpen(true) } : {})} />
        <Tooltip.Portal>
          <Tooltip.Positioner sideOffset={8} className={styles.positioner}>
            <Tooltip.Popup className={styles.tooltip} data-tooltip>
              {content}
            </Tooltip.Popup>
          </Tooltip.Positioner>
        </Tooltip.Portal>
      </Tooltip.Root>
    </Tooltip.Provider>
  );
}
