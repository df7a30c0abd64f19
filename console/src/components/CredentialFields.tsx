// The fields by which a user signs in. A new password has a field of its own, NewPasswordField.
import { messages } from "../messages";
import { PasswordField, TextField } from "./Field";

interface Props {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

/** The email of the user's own sign-in; password managers fill it, and offer `passkeys` in it where the page asks for one by autofill. */
export function EmailField({ onChange, passkeys, ...input }: Props & { autoFocus?: boolean; readOnly?: boolean; passkeys?: boolean }) {
  return (
    <TextField
      label={messages.auth.email}
      name="email"
      type="email"
      autoComplete={passkeys ? "username webauthn" : "username"}
      inputMode="email"
      required
      onChange={(event) => onChange(event.target.value)}
      {...input}
    />
  );
}

export function CurrentPasswordField({ onChange, ...input }: Props & { autoFocus?: boolean }) {
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
