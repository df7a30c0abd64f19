// A checkbox with a visually hidden label, for tables. `disabledReason` disables it, keeps it focusable, and explains why.
// `describedBy` is the id of a further description.
import { useId } from "react";
import { Tooltip } from "./Tooltip";
import styles from "./Checkbox.module.css";
import { cx } from "./cx";

interface Props {
  label: string;
  checked: boolean;
  disabledReason?: string | undefined;
  describedBy?: string | undefined;
  onChange: () => void;
}

export function Checkbox({ label, checked, disabledReason, describedBy, onChange }: Props) {
  const reasonId = useId();
  const isDisabled = disabledReason !== undefined;
  const box = (
    <input
      type="checkbox"
      className={styles.checkbox}
      aria-label={label}
      checked={checked}
      aria-disabled={isDisabled || undefined}
      aria-describedby={cx(describedBy, isDisabled && reasonId) || undefined}
      onChange={() => {
        if (!isDisabled) onChange();
      }}
    />
  );
  if (!isDisabled) return box;
  return (
    <>
      <Tooltip content={disabledReason} openOnClick>
        {box}
      </Tooltip>
      <span id={reasonId} className="hidden">
        {disabledReason}
      </span>
    </>
  );
}
