// The second step of a sign-in: a code of the authenticator app, a recovery code or a passkey.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { rolecall } from "../data/client";
import { hasPasskeys } from "../data/passkeys";
import { problemCode } from "../data/problems";
import { signInMethodsQuery } from "../data/queries";
import { messages } from "../messages";
import { Button } from "./Button";
import { PasskeyButton } from "./PasskeyButton";
import { SecondFactorForm, type TypedFactor } from "./SecondFactorForm";

const t = messages.secondFactor;
const TYPED: readonly TypedFactor[] = ["totp", "recovery_code"];

interface Props {
  /** The second factors that the user has, or may have. */
  methods: readonly string[];
  /** Label of the button that signs in. */
  submit: string;
  /** Runs after the sign-in. */
  onSignedIn: () => Promise<void>;
  /** The first step does not count any more. */
  onExpired: () => void;
  /** Somebody wants to begin anew. */
  onStartOver: () => void;
}

export function SecondStep({ methods, submit, onSignedIn, onExpired, onStartOver }: Props) {
  const { data: deployment } = useQuery(signInMethodsQuery);
  const typed = TYPED.filter((factor) => methods.includes(factor));
  const [chosen, setChosen] = useState(typed[0]);
  const hasPasskey = methods.includes("passkey") && deployment?.passkey === true && hasPasskeys();
  const finish = async (factor: Parameters<typeof rolecall.secondFactor>[0]) => {
    try {
      await rolecall.secondFactor(factor);
    } catch (error) {
      if (problemCode(error) !== "second-factor-expired") throw error;
      return onExpired();
    }
    await onSignedIn();
  };
  return (
    <div className="stack">
      <div>
        <h2>{t.title}</h2>
        <p className="soft small">{chosen === undefined ? t.leadPasskey : t.lead[chosen]}</p>
      </div>
      {chosen && (
        <SecondFactorForm
          key={chosen}
          factor={chosen}
          label={t.title}
          autoFocus
          onCode={(code) => finish(chosen === "totp" ? { code } : { recoveryCode: code })}
        >
          {(busy) => (
            <Button type="submit" variant="primary" fullWidth busy={busy}>
              {submit}
            </Button>
          )}
        </SecondFactorForm>
      )}
      {hasPasskey && <PasskeyButton label={t.use.passkey} onPress={() => finish({ passkey: true })} />}
      {typed
        .filter((factor) => factor !== chosen)
        .map((factor) => (
          <Button key={factor} fullWidth onClick={() => setChosen(factor)}>
            {t.use[factor]}
          </Button>
        ))}
      <Button variant="quiet" fullWidth onClick={onStartOver}>
        {t.startOver}
      </Button>
    </div>
  );
}
