// Buttons and links styled as buttons. `disabledReason` disables a button, keeps it reachable by keyboard, pointer and
// screen reader, and explains why.
import { Link, type LinkProps } from "@tanstack/react-router";
import { type ComponentProps, type ReactNode, useId } from "react";
import { Icon, type IconName } from "./Icon";
import { Tooltip } from "./Tooltip";
import styles from "./Button.module.css";
import { cx } from "./cx";

type ButtonVariant = "primary" | "plain" | "quiet" | "danger";

export interface ButtonProps extends Omit<ComponentProps<"button">, "disabled"> {
  variant?: ButtonVariant;
  small?: boolean;
  fullWidth?: boolean;
  icon?: IconName;
  /** A request is under way: shows a spinner and ignores clicks. */
  busy?: boolean;
  /** Disables the button and says why. */
  disabledReason?: string | undefined;
  /** Of a submit button: the name of the field that it leaves out. */
  "data-omits"?: string;
  children: ReactNode;
}

export function Button({
  variant = "plain",
  small,
  fullWidth,
  icon,
  busy = false,
  disabledReason,
  children,
  className,
  type = "button",
  onClick,
  ...rest
}: ButtonProps) {
  const reasonId = useId();
  const isDisabled = busy || disabledReason !== undefined;
  const button = (
    <button
      {...rest}
      type={type}
      className={cx(styles.button, styles[variant], small && styles.small, fullWidth && styles.fullWidth, busy && styles.busy, className)}
      aria-disabled={isDisabled || undefined}
      aria-busy={busy || undefined}
      aria-describedby={disabledReason === undefined ? rest["aria-describedby"] : reasonId}
      onClick={(event) => {
        if (isDisabled) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {icon && <Icon name={icon} size={small ? 16 : 18} />}
      <span className={styles.label}>{children}</span>
      {busy && <span className={styles.spinner} aria-hidden="true" />}
    </button>
  );
  if (disabledReason === undefined) return button;
  return (
    <>
      <Tooltip content={disabledReason} openOnClick>
        {button}
      </Tooltip>
      <span id={reasonId} className="hidden">
        {disabledReason}
      </span>
    </>
  );
}

/** A square button that shows only an icon; `label` is its accessible name. */
export function IconButton({ icon, label, className, ...rest }: { icon: IconName; label: string } & Omit<ComponentProps<"button">, "children">) {
  return (
    <button type="button" {...rest} className={cx(styles.iconButton, className)} aria-label={label}>
      <Icon name={icon} />
    </button>
  );
}

/** A link out of the console, such as to a sign-in provider, styled as a button. The browser loads it. */
export function ButtonAnchor({ href, fullWidth, children }: { href: string; fullWidth?: boolean; children: ReactNode }) {
  return (
    <a href={href} className={cx(styles.button, styles.plain, fullWidth && styles.fullWidth)}>
      <span className={styles.label}>{children}</span>
    </a>
  );
}

/** A link to a page of the console, styled as a button. */
export function ButtonLink({
  variant = "plain",
  children,
  fullWidth,
  ...rest
}: LinkProps & { variant?: ButtonVariant; fullWidth?: boolean; children: ReactNode }) {
  return (
    <Link {...rest} className={cx(styles.button, styles[variant], fullWidth && styles.fullWidth)}>
      <span className={styles.label}>{children}</span>
    </Link>
  );
}
