// A menu of actions at a button. An action that may not be used stays in the list and says why.
import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

export function Menu({ trigger, children, align = "end", className = "" }: { trigger: ReactElement; children: ReactNode; align?: "start" | "end"; className?: string }) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className="menu-place" sideOffset={6} align={align} collisionPadding={4}>
          <Base.Popup className={`menu ${className}`}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

interface ItemProps {
  icon?: IconName;
  danger?: boolean;
  reason?: string | undefined;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({ icon, danger = false, reason, onSelect, children }: ItemProps) {
  return (
    <Base.Item className={`menu-item ${danger ? "danger" : ""}`} disabled={reason !== undefined} onClick={onSelect}>
      {icon && <Icon name={icon} />}
      <span className="grow">
        {children}
        {reason !== undefined && <span className="menu-reason">{reason}</span>}
      </span>
    </Base.Item>
  );
}

export const MenuLine = () => <Base.Separator className="menu-line" />;

export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Base.Group>
      <Base.GroupLabel className="menu-label">{label}</Base.GroupLabel>
      {children}
    </Base.Group>
  );
}

/** One of several, of which exactly one holds. */
export function MenuChoices<T extends string>({ value, onChange, children }: { value: T; onChange: (value: T) => void; children: ReactNode }) {
  return (
    <Base.RadioGroup value={value} onValueChange={(next: T) => onChange(next)}>
      {children}
    </Base.RadioGroup>
  );
}

export function MenuChoice({ value, children }: { value: string; children: ReactNode }) {
  return (
    <Base.RadioItem className="menu-item" value={value} closeOnClick>
      <span className="grow">{children}</span>
      <Base.RadioItemIndicator className="menu-tick" keepMounted>
        <Icon name="check" size={16} />
      </Base.RadioItemIndicator>
    </Base.RadioItem>
  );
}
