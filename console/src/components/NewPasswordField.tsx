// A field for a new password with live rules. The server decides; it also checks a list of common passwords.
import { messages } from "../messages";
import { Icon } from "./Icon";
import { PasswordField } from "./Field";
import styles from "./NewPasswordField.module.css";
import { cx } from "./cx";

const MIN_LENGTH = 15;
const MAX_BYTES = 256;

interface Rule {
  label: string;
  met: boolean;
}

/** The subset of the server's rules that needs no word list. */
function rulesFor(password: string, context: string[]): Rule[] {
  // The server counts characters in Unicode Normalization Form C, too.
  const length = [...password.normalize("NFC")].length;
  const bytes = new TextEncoder().encode(password.normalize("NFC")).length;
  const rules = [
    { label: messages.auth.ruleLength(length, MIN_LENGTH), met: length >= MIN_LENGTH },
    { label: messages.auth.ruleRepetition, met: length > 0 && !isRepetitive([...password.toLowerCase()]) },
    { label: messages.auth.ruleContext, met: length > 0 && countRemaining(password, context) > 3 },
  ];
  return bytes > MAX_BYTES ? [...rules, { label: messages.auth.ruleMaxBytes(MAX_BYTES), met: false }] : rules;
}

/** Whether a password has at most four distinct characters, or repeats one piece at least three times. */
function isRepetitive(chars: string[]): boolean {
  if (new Set(chars).size <= 4) return true;
  for (let period = 1; period <= chars.length / 3; period++) {
    if (chars.every((char, at) => at < period || char === chars[at - period])) return true;
  }
  return false;
}

/** Counts the letters and digits that remain after removing the words of name and email. */
function countRemaining(password: string, context: string[]): number {
  const plain = (value: string) => value.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const words = context.flatMap((value) => [plain(value), ...value.split(/[^\p{L}\p{N}]+/u).map(plain)]).filter((word) => word.length >= 4);
  words.sort((a, b) => b.length - a.length);
  return [...words.reduce((rest, word) => rest.replaceAll(word, ""), plain(password))].length;
}

interface Props {
  value: string;
  onChange: (value: string) => void;
  label: string;
  error?: string | undefined;
  /** Name and email, which the password must not be made of. */
  context: string[];
  autoFocus?: boolean;
}

export function NewPasswordField({ value, onChange, label, error, context, autoFocus = false }: Props) {
  const hint = (
    <>
      <p>{messages.auth.passwordTip}</p>
      <ul className={styles.rules} aria-label={messages.auth.rules}>
        {rulesFor(value, context).map((rule) => (
          <li key={rule.label} className={cx(styles.rule, rule.met && styles.met)}>
            <Icon name={rule.met ? "check" : "circle"} size={16} />
            <span>
              {rule.label}
              <span className="hidden">: {rule.met ? messages.auth.ruleMet : messages.auth.ruleNotMet}</span>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
  return (
    <PasswordField
      label={label}
      name="password"
      autoComplete="new-password"
      required
      autoFocus={autoFocus}
      value={value}
      error={error}
      onChange={(event) => onChange(event.target.value)}
      hint={hint}
    />
  );
}
