// Buttons and links that look like them. A button that may not be used says why:
// `reason` turns it off but keeps it in reach of keyboard, pointer and screen reader.
import { Link, type LinkProps } from "@tanstack/react-router";
import { type ComponentProps, type ReactNode, useId } from "react";
import { Icon, type IconName } from "./Icon";
import { Tip } from "./Tip";

type Look = "primary" | "plain" | "quiet" | "danger";

export interface ButtonProps extends Omit<ComponentProps<"button">, "disabled"> {
  look?: Look;
  small?: boolean;
  wide?: boolean;
  icon?: IconName;
  /** Work is under way: the button keeps its size and takes no second press. */
  busy?: boolean;
  /** Why it cannot be used at the moment; absent when it can. */
  reason?: string | undefined;
  children: ReactNode;
}

export function Button({ look = "plain", small, wide, icon, busy = false, reason, children, className = "", type = "button", onClick, ...rest }: ButtonProps) {
  const why = useId();
  const off = busy || reason !== undefined;
  const button = (
    <button
      {...rest}
      type={type}
      className={`button ${look} ${small ? "small" : ""} ${wide ? "wide" : ""} ${busy ? "busy" : ""} ${className}`}
      aria-disabled={off || undefined}
      aria-busy={busy || undefined}
      aria-describedby={reason === undefined ? rest["aria-describedby"] : why}
      onClick={(event) => {
        if (off) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {icon && <Icon name={icon} size={small ? 16 : 18} />}
      <span className="button-words">{children}</span>
      {busy && <span className="spinner" aria-hidden="true" />}
    </button>
  );
  if (reason === undefined) return button;
  return (
    <>
      <Tip words={reason} openOnClick>
        {button}
      </Tip>
      <span id={why} className="hidden">
        {reason}
      </span>
    </>
  );
}

/** A square button with an icon alone; `label` is its name. */
export function IconButton({ icon, label, className = "", ...rest }: { icon: IconName; label: string } & Omit<ComponentProps<"button">, "children">) {
  return (
    <button type="button" {...rest} className={`icon-button ${className}`} aria-label={label}>
      <Icon name={icon} />
    </button>
  );
}

/** A link to another page of the console that looks like a button. */
export function ButtonLink({ look = "plain", children, wide, ...rest }: LinkProps & { look?: Look; wide?: boolean; children: ReactNode }) {
  return (
    <Link {...rest} className={`button ${look} ${wide ? "wide" : ""}`}>
      <span className="button-words">{children}</span>
    </Link>
  );
}
