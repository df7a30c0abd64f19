// Signs in with a passkey: from the autofill of the email field, which has `autocomplete="username webauthn"`, or with a button.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";
import { hasPasskeys, passkeyRefusal } from "../data/passkeys";
import { problemText } from "../data/problems";
import { signInMethodsQuery } from "../data/queries";
import { signIn } from "../data/second-factor";
import { messages } from "../messages";
import { Notice } from "./Feedback";
import { PasskeyButton } from "./PasskeyButton";

interface Props {
  onSignedIn: () => Promise<void>;
  /** Called instead where a second factor is asked for by these methods. */
  onSecondStep: (methods: readonly string[]) => void;
}

export function PasskeySignIn({ onSignedIn, onSecondStep }: Props) {
  const { data: methods } = useQuery(signInMethodsQuery);
  const isOffered = methods?.passkey === true && hasPasskeys();
  /** How often the autofill was started: the button's question ends it. */
  const [round, setRound] = useState(0);
  const [problem, setProblem] = useState<string>();
  const goOn = async (secondFactors: readonly string[] | undefined) => {
    if (secondFactors) onSecondStep(secondFactors);
    else await onSignedIn();
  };
  const goOnFromAutofill = useEffectEvent(goOn);
  useEffect(() => {
    if (!isOffered) return;
    const controller = new AbortController();
    const offer = async () => {
      try {
        await goOnFromAutofill(await signIn({ passkey: "autofill" }, { signal: controller.signal }));
      } catch (error) {
        // Without autofill, the button is there.
        if (!controller.signal.aborted && passkeyRefusal(error) === undefined) setProblem(problemText(error));
      }
    };
    void offer();
    return () => controller.abort();
  }, [isOffered, round]);
  if (!isOffered) return null;
  return (
    <>
      {problem && <Notice kind="error">{problem}</Notice>}
      <PasskeyButton
        label={messages.signIn.usePasskey}
        onPress={async () => {
          setProblem(undefined);
          await goOn(await signIn({ passkey: true }));
        }}
        onEnded={() => setRound((last) => last + 1)}
      />
    </>
  );
}
