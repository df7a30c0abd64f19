// The rules for a new password, ticked off while typing. The server decides; it also knows the common passwords.
import { text } from "../text";
import { Icon } from "./Icon";
import { PasswordField } from "./Field";

const LEAST = 15;
const MOST_BYTES = 256;

interface Rule {
  words: string;
  met: boolean;
}

/** What the server judges too; it also undoes look-alikes and knows the common words and rows of keys. */
function rulesFor(password: string, context: string[]): Rule[] {
  // Counted as the server counts: in Normalization Form C.
  const length = [...password.normalize("NFC")].length;
  const bytes = new TextEncoder().encode(password.normalize("NFC")).length;
  const rules = [
    { words: text.auth.ruleLength(length, LEAST), met: length >= LEAST },
    { words: text.auth.ruleRepeat, met: length > 0 && !isRepetitive([...password.toLowerCase()]) },
    { words: text.auth.ruleContext, met: length > 0 && leftOver(password, context) > 3 },
  ];
  return bytes > MOST_BYTES ? [...rules, { words: text.auth.ruleMax(MOST_BYTES), met: false }] : rules;
}

/** Four different characters or fewer, or one piece at least three times over. */
function isRepetitive(chars: string[]): boolean {
  if (new Set(chars).size <= 4) return true;
  for (let period = 1; period <= chars.length / 3; period++) {
    if (chars.every((char, at) => at < period || char === chars[at - period])) return true;
  }
  return false;
}

/** How many letters and digits remain when the words of name and email are taken out. */
function leftOver(password: string, context: string[]): number {
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
  /** Name and email, which the password should not hold. */
  context: string[];
  autoFocus?: boolean;
}

export function NewPassword({ value, onChange, label, error, context, autoFocus = false }: Props) {
  const hint = (
    <>
      <p>{text.auth.passwordTip}</p>
      <ul className="rules" aria-label={text.auth.rules}>
        {rulesFor(value, context).map((rule) => (
          <li key={rule.words} className={`rule ${rule.met ? "met" : ""}`}>
            <Icon name={rule.met ? "check" : "circle"} size={16} />
            <span>
              {rule.words}
              <span className="hidden">: {rule.met ? text.auth.ruleMet : text.auth.ruleOpen}</span>
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
