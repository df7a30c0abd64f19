// Copying to the clipboard.
import { useEffect, useState } from "react";
import { messages } from "../messages";
import { Button } from "./Button";
import { toast } from "./toast";

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

export function CopyButton({
  value,
  label,
  copiedMessage,
  small = false,
  onCopied,
}: {
  value: string;
  label?: string;
  copiedMessage: string;
  small?: boolean;
  onCopied?: () => void;
}) {
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
