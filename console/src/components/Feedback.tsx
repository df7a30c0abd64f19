// Loading, empty and error states, and notices.
import { type ReactNode, useEffect } from "react";
import { ChunkLoadError, reloadPage, reloadPageOnce } from "../data/lazy-chunk";
import { problemText } from "../data/problems";
import { messages } from "../messages";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import styles from "./Feedback.module.css";
import { cx } from "./cx";

type NoticeKind = "success" | "error" | "warning" | "info";
const icons: Record<NoticeKind, IconName> = { success: "check", error: "alert", warning: "alert", info: "info" };

/** A message box; errors are announced assertively by screen readers. */
export function Notice({ kind, title, children, action }: { kind: NoticeKind; title?: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={cx(styles.notice, kind !== "info" && styles[kind])} role={kind === "error" ? "alert" : "status"}>
      <Icon name={icons[kind]} />
      <div className="grow">
        {title && <p className="strong">{title}</p>}
        {children && <div>{children}</div>}
      </div>
      {action}
    </div>
  );
}

/** Placeholder bars of the expected size, which prevent layout shift. */
export function Skeleton({ lines = 3, height }: { lines?: number; height?: "row" | "card" }) {
  return (
    <div className={cx(styles.skeleton, height === "row" && styles.rows, height === "card" && styles.cards)} role="status" aria-busy="true">
      <span className="hidden">{messages.common.loading}</span>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className={cx(styles.bone, styles[`w${i % 3}`])} aria-hidden="true" />
      ))}
    </div>
  );
}

export function EmptyState({ icon, title, children, action }: { icon: IconName; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <span className={styles.icon}>
        <Icon name={icon} size={22} />
      </span>
      <p className="strong">{title}</p>
      {children && <p className="soft">{children}</p>}
      {action}
    </div>
  );
}

/** An error message for a section that failed to load, with a retry button. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div className={styles.empty} role="alert">
      <span className={cx(styles.icon, styles.error)}>
        <Icon name="alert" size={22} />
      </span>
      <p className="strong">{messages.errors.loadFailed}</p>
      <p className="soft">{problemText(error)}</p>
      {onRetry && <Button onClick={onRetry}>{messages.common.retry}</Button>}
    </div>
  );
}

/** An error message for a whole page. After a chunk load error, retrying reloads the page. */
export function PageError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const isChunkError = error instanceof ChunkLoadError;
  useEffect(() => {
    if (error instanceof ChunkLoadError) void reloadPageOnce(error);
  }, [error]);
  return <ErrorState error={error} onRetry={isChunkError ? () => void reloadPage() : onRetry} />;
}
