// Dropdown menus. A disabled item stays in the list and shows its `disabledReason`.
import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";
import { Icon, type IconName } from "./Icon";
import styles from "./Menu.module.css";
import { cx } from "./cx";

export function Menu({
  trigger,
  children,
  align = "end",
  className,
}: {
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "end";
  className?: string | undefined;
}) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className={styles.positioner} sideOffset={6} align={align} collisionPadding={4}>
          <Base.Popup className={cx(styles.menu, className)}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

interface ItemProps {
  icon?: IconName;
  danger?: boolean;
  disabledReason?: string | undefined;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({ icon, danger = false, disabledReason, onSelect, children }: ItemProps) {
  return (
    <Base.Item className={cx(styles.item, danger && styles.danger)} disabled={disabledReason !== undefined} onClick={onSelect}>
      {icon && <Icon name={icon} />}
      <span className="grow">
        {children}
        {disabledReason !== undefined && <span className={styles.reason}>{disabledReason}</span>}
      </span>
    </Base.Item>
  );
}

export const MenuSeparator = () => <Base.Separator className={styles.separator} />;

export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Base.Group>
      <Base.GroupLabel className={styles.groupLabel}>{label}</Base.GroupLabel>
      {children}
    </Base.Group>
  );
}

export function MenuRadioGroup<T extends string>({ value, onChange, children }: { value: T; onChange: (value: T) => void; children: ReactNode }) {
  return (
    <Base.RadioGroup value={value} onValueChange={(next: T) => onChange(next)}>
      {children}
    </Base.RadioGroup>
  );
}

export function MenuRadioItem({ value, children }: { value: string; children: ReactNode }) {
  return (
    <Base.RadioItem className={styles.item} value={value} closeOnClick>
      <span className="grow">{children}</span>
      <Base.RadioItemIndicator className={styles.indicator} keepMounted>
        <Icon name="check" size={16} />
      </Base.RadioItemIndicator>
    </Base.RadioItem>
  );
}
