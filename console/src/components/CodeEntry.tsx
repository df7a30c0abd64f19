// The fields of a code by mail: the code itself, and the button that mails another one.
import { useEffect, useState } from "react";
import { rolecall } from "../data/client";
import { messages } from "../messages";
import { Button } from "./Button";
import { TextField } from "./Field";

const t = messages.codes;

/** Digits of a code. */
const CODE_LENGTH = 8;
/** Pause before another code can be asked for. */
const PAUSE_SECONDS = 30;

/** The digits of what was typed or pasted, such as `1234 5678`. */
const digitsOf = (code: string): string => code.replace(/\D/g, "");

/** The digits of a code; undefined where they are not as many as a code has. */
export function completeCode(code: string): string | undefined {
  const digits = digitsOf(code);
  return digits.length === CODE_LENGTH ? digits : undefined;
}

interface CodeFieldProps {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
  autoFocus?: boolean;
}

export function CodeField({ onChange, ...input }: CodeFieldProps) {
  return (
    <TextField
      label={t.code}
      name="code"
      className="nums"
      inputMode="numeric"
      autoComplete="one-time-code"
      spellCheck={false}
      required
      hint={t.hint}
      onChange={(event) => onChange(event.target.value)}
      {...input}
    />
  );
}

/** Mails codes to an email, one every 30 seconds. */
export function useCodeMail(email: string) {
  const [sentAt, setSentAt] = useState<number>();
  const [now, setNow] = useState(0);
  const left = sentAt === undefined ? 0 : Math.max(0, Math.ceil((sentAt + PAUSE_SECONDS * 1000 - now) / 1000));
  useEffect(() => {
    if (left === 0) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [left === 0]);
  const send = async () => {
    await rolecall.emailCodes.request(email.trim());
    const time = Date.now();
    setNow(time);
    setSentAt(time);
  };
  return { send, sent: sentAt !== undefined, secondsLeft: left };
}

interface ResendProps {
  secondsLeft: number;
  /** Mails a code. Must not reject. */
  onSend: () => Promise<void>;
}

export function ResendCode({ secondsLeft, onSend }: ResendProps) {
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    await onSend();
    setBusy(false);
  };
  return (
    <Button fullWidth busy={busy} disabledReason={secondsLeft > 0 ? t.pause(secondsLeft) : undefined} onClick={() => void send()}>
      {t.resend}
    </Button>
  );
}
