// The fields by which a user signs in. A new password has a field of its own, NewPasswordField.
import { messages } from "../messages";
import { PasswordField, TextField } from "./Field";

interface Props {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

/** The email of the user's own sign-in; password managers fill it. */
export function EmailField({ onChange, ...input }: Props & { autoFocus?: boolean; readOnly?: boolean }) {
  return (
    <TextField
      label={messages.auth.email}
      name="email"
      type="email"
      autoComplete="username"
      inputMode="email"
      required
      onChange={(event) => onChange(event.target.value)}
      {...input}
    />
  );
}

export function CurrentPasswordField({ onChange, ...input }: Props) {
  return (
    <PasswordField
      label={messages.auth.password}
      name="password"
      autoComplete="current-password"
      required
      onChange={(event) => onChange(event.target.value)}
      {...input}
    />
  );
}
