// What a page shows when it has nothing to show yet, nothing at all, or a problem; and notices inside a page.
import { type ReactNode, useEffect } from "react";
import { PartMissing, reload, reloadOnce } from "../data/part";
import { problemText } from "../data/problems";
import { text } from "../text";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";

type Kind = "good" | "bad" | "warn" | "info";
const icons: Record<Kind, IconName> = { good: "check", bad: "alert", warn: "alert", info: "info" };

/** A coloured box with a message; bad ones are announced at once. */
export function Notice({ kind, title, children, action }: { kind: Kind; title?: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}>
      <Icon name={icons[kind]} />
      <div className="grow">
        {title && <p className="strong">{title}</p>}
        {children && <div>{children}</div>}
      </div>
      {action}
    </div>
  );
}

/** Grey bars in the size of what is coming, so that nothing jumps when it comes. */
export function Skeleton({ lines = 3, height }: { lines?: number; height?: "row" | "card" }) {
  return (
    <div className={`skeleton ${height ?? ""}`} role="status">
      <span className="hidden">{text.loading}</span>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className={`bone w${i % 3}`} aria-hidden="true" />
      ))}
    </div>
  );
}

export function EmptyState({ icon, title, children, action }: { icon: IconName; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={icon} size={22} />
      </span>
      <p className="strong">{title}</p>
      {children && <p className="soft">{children}</p>}
      {action}
    </div>
  );
}

/** A part of a page that did not load: what happened and a button to try again. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div className="empty" role="alert">
      <span className="empty-icon bad">
        <Icon name="alert" size={22} />
      </span>
      <p className="strong">{text.errors.title}</p>
      <p className="soft">{problemText(error)}</p>
      {onRetry && <Button onClick={onRetry}>{text.retry}</Button>}
    </div>
  );
}

/** A whole page that did not load. A part of it that is missing comes with the page read again, and in no other way. */
export function PageError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const missing = error instanceof PartMissing;
  useEffect(() => {
    if (error instanceof PartMissing) void reloadOnce(error);
  }, [error]);
  return <ErrorState error={error} onRetry={missing ? () => void reload() : onRetry} />;
}
