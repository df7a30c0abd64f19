// Formatted times and text, avatars, and copy buttons.
import { Fragment, useEffect, useState } from "react";
import { messages } from "../messages";
import { formatDateTime, formatRelative } from "../format-time";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import { toast } from "./toast";

/** Returns the current time, updated every 30 seconds. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** A relative time with the exact time as its title. */
export function RelativeTime({ at, shortOnPhone = false }: { at: string; shortOnPhone?: boolean }) {
  const now = useNow();
  return (
    <time dateTime={at} title={formatDateTime(at)}>
      {shortOnPhone ? (
        <>
          <span className="desk">{formatRelative(at, now)}</span>
          <span className="desk-not">{formatRelative(at, now, true)}</span>
        </>
      ) : (
        formatRelative(at, now)
      )}
    </time>
  );
}

/** Text with line break opportunities after slashes, dots and underscores, such as `Create/delete/start/stop Pods`. */
export function BreakableText({ text }: { text: string }) {
  const pieces = text.split(/(?<=[/._])/);
  return pieces.map((piece, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {piece}
    </Fragment>
  ));
}

const initials = (name: string) =>
  name
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => [...word][0]?.toLocaleUpperCase() ?? "")
    .join("");

export function Avatar({ name, icon, kind = "" }: { name: string; icon?: IconName | undefined; kind?: "" | "square" | "big" }) {
  return (
    <span className={`avatar ${kind}`} aria-hidden="true">
      {icon ? <Icon name={icon} size={16} /> : initials(name) || "?"}
    </span>
  );
}

/** Copies a value to the clipboard and shows the result as a toast; returns whether it succeeded. */
export async function copyToClipboard(value: string, copiedMessage: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    toast(copiedMessage);
    return true;
  } catch {
    toast(messages.common.copyFailed);
    return false;
  }
}

export function CopyButton({ value, label, copiedMessage, small = false, onCopied }: { value: string; label?: string; copiedMessage: string; small?: boolean; onCopied?: () => void }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Button
      small={small}
      icon={copied ? "check" : "copy"}
      aria-label={label}
      onClick={() => {
        setCopied(true);
        void copyToClipboard(value, copiedMessage).then((copied) => copied && onCopied?.());
      }}
    >
      {copied ? messages.common.copied : messages.common.copy}
    </Button>
  );
}
