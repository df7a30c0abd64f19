// A tick box whose label is for screen readers alone, as in a table. Turned off, it stays in reach and says why.
import { useId } from "react";
import { Tip } from "./Tip";

interface Props {
  label: string;
  checked: boolean;
  reason?: string | undefined;
  onChange: () => void;
}

export function TickBox({ label, checked, reason, onChange }: Props) {
  const why = useId();
  const off = reason !== undefined;
  const box = (
    <input
      type="checkbox"
      className="tick"
      aria-label={label}
      checked={checked}
      aria-disabled={off || undefined}
      aria-describedby={off ? why : undefined}
      onChange={() => {
        if (!off) onChange();
      }}
    />
  );
  if (!off) return box;
  return (
    <>
      <Tip words={reason} openOnClick>
        {box}
      </Tip>
      <span id={why} className="hidden">
        {reason}
      </span>
    </>
  );
}
