// Sends a sign-up form without its password: the user will sign in with codes by mail.
import { useId } from "react";
import { messages } from "../messages";
import { Button } from "./Button";

export function WithoutPassword() {
  const hint = useId();
  return (
    <div className="stack tight">
      <Button type="submit" data-omits="password" fullWidth aria-describedby={hint}>
        {messages.signUp.withoutPassword}
      </Button>
      <p id={hint} className="soft small center">
        {messages.signUp.withoutPasswordHint}
      </p>
    </div>
  );
}
