// Small things said the same way everywhere: a moment, a person's sign, a role, something to copy.
import { Fragment, useEffect, useState } from "react";
import { text } from "../text";
import { exactly, fromNow } from "../time";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import { toast } from "./toast";

/** The present moment, renewed every half minute so that spans stay true on an open page. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** A moment in words, with the exact one on hover. */
export function When({ at, shortOnPhone = false }: { at: string; shortOnPhone?: boolean }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exactly(at)}>
      {shortOnPhone ? (
        <>
          <span className="desk">{fromNow(at, now)}</span>
          <span className="desk-not">{fromNow(at, now, true)}</span>
        </>
      ) : (
        fromNow(at, now)
      )}
    </time>
  );
}

/** May break after a slash, a dot or a low line, for example `Create/delete/start/stop Pods`. */
export function Breakable({ words }: { words: string }) {
  const parts = words.split(/(?<=[/._])/);
  return parts.map((one, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {one}
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

/** Copies to the clipboard and says so; where the browser refuses, says that instead. */
export async function copy(value: string, done: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    toast(done);
    return true;
  } catch {
    toast(text.copyFailed);
    return false;
  }
}

export function CopyButton({ value, label, done, small = false, onCopied }: { value: string; label?: string; done: string; small?: boolean; onCopied?: () => void }) {
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
        void copy(value, done).then((did) => did && onCopied?.());
      }}
    >
      {copied ? text.copied : text.copy}
    </Button>
  );
}
