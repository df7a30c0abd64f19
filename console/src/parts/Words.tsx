// Small things said the same way everywhere: a moment, a person's sign, a role, something to copy.
import { useEffect, useState } from "react";
import { text } from "../text";
import { exactly, fromNow } from "../time";
import { Button } from "./Button";
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
export function When({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exactly(at)}>
      {fromNow(at, now)}
    </time>
  );
}

const initials = (name: string) =>
  name
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => [...word][0]?.toLocaleUpperCase() ?? "")
    .join("");

export function Avatar({ name, kind = "" }: { name: string; kind?: "" | "square" | "big" }) {
  return (
    <span className={`avatar ${kind}`} aria-hidden="true">
      {initials(name) || "?"}
    </span>
  );
}

/** Copies to the clipboard and says so; where the browser refuses, says that instead. */
export async function copy(value: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(value);
    toast(done);
  } catch {
    toast(text.copyFailed);
  }
}

export function CopyButton({ value, label, done, small = false }: { value: string; label?: string; done: string; small?: boolean }) {
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
        void copy(value, done);
      }}
    >
      {copied ? text.copied : text.copy}
    </Button>
  );
}
