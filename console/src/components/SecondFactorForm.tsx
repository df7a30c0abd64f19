// The form for a second factor that is typed: the code of an authenticator app, or a recovery code.
import { type ReactNode, useState } from "react";
import { problemCode } from "../data/problems";
import { messages } from "../messages";
import { Notice } from "./Feedback";
import { TextField } from "./Field";
import { useForm } from "./useForm";

const t = messages.secondFactor;

/** Digits of a code of an authenticator app. */
const CODE_LENGTH = 6;

export type TypedFactor = "totp" | "recovery_code";

interface Props {
  factor: TypedFactor;
  /** Name of the form, where the page or dialog has more than one. */
  label?: string | undefined;
  autoFocus?: boolean | undefined;
  /** Sends a code that is complete. `code-invalid` is shown at the field, every other problem below it. */
  onCode: (code: string) => Promise<void>;
  /** The buttons. */
  children: (busy: boolean) => ReactNode;
}

export function SecondFactorForm({ factor, label, autoFocus, onCode, children }: Props) {
  const isApp = factor === "totp";
  const [code, setCode] = useState("");
  const { form, busy, errors, problem, showFieldErrors } = useForm(async () => {
    const digits = code.replace(/\D/g, "");
    if (isApp && digits.length !== CODE_LENGTH) return showFieldErrors({ [factor]: t.incomplete });
    try {
      await onCode(isApp ? digits : code.trim());
    } catch (error) {
      if (problemCode(error) !== "code-invalid") throw error;
      setCode("");
      showFieldErrors({ [factor]: isApp ? t.wrongCode : t.wrongRecoveryCode });
    }
  });
  const shared = { name: factor, required: true, spellCheck: false, autoFocus, value: code, error: errors[factor] };
  return (
    <form {...form} aria-label={label}>
      {isApp ? (
        <TextField
          label={t.code}
          hint={t.codeHint}
          className="nums"
          inputMode="numeric"
          autoComplete="one-time-code"
          onChange={(event) => setCode(event.target.value)}
          {...shared}
        />
      ) : (
        <TextField
          label={t.recoveryCode}
          hint={t.recoveryCodeHint}
          className="mono"
          autoComplete="off"
          autoCapitalize="none"
          onChange={(event) => setCode(event.target.value)}
          {...shared}
        />
      )}
      {problem && <Notice kind="error">{problem}</Notice>}
      {children(busy)}
    </form>
  );
}
