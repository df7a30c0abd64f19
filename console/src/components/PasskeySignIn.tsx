// Signs in with a passkey: from the autofill of the email field, which has `autocomplete="username webauthn"`, or with a button.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";
import { rolecall } from "../data/client";
import { hasPasskeys, passkeyRefusal } from "../data/passkeys";
import { problemText } from "../data/problems";
import { signInMethodsQuery } from "../data/queries";
import { messages } from "../messages";
import { Notice } from "./Feedback";
import { PasskeyButton } from "./PasskeyButton";

export function PasskeySignIn({ onSignedIn }: { onSignedIn: () => Promise<void> }) {
  const { data: methods } = useQuery(signInMethodsQuery);
  const isOffered = methods?.passkey === true && hasPasskeys();
  /** How often the autofill was started: the button's question ends it. */
  const [round, setRound] = useState(0);
  const [problem, setProblem] = useState<string>();
  const signedIn = useEffectEvent(onSignedIn);
  useEffect(() => {
    if (!isOffered) return;
    const controller = new AbortController();
    const offer = async () => {
      try {
        await rolecall.signIn({ passkey: "autofill" }, { signal: controller.signal });
        await signedIn();
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
          await rolecall.signIn({ passkey: true });
          await onSignedIn();
        }}
        onEnded={() => setRound((last) => last + 1)}
      />
    </>
  );
}
