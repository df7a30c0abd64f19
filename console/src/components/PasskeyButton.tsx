// A button that asks the browser for a passkey.
import { useState } from "react";
import { unlessCancelled } from "../data/passkeys";
import { problemText } from "../data/problems";
import { Button } from "./Button";
import { Notice } from "./Feedback";

interface Props {
  label: string;
  /** Asks for the passkey, and does what follows. */
  onPress: () => Promise<void>;
  /** Called when that has ended, in whichever way. */
  onEnded?: (() => void) | undefined;
}

export function PasskeyButton({ label, onPress, onEnded }: Props) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const press = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await unlessCancelled(onPress);
    } catch (error) {
      setProblem(problemText(error));
    } finally {
      setBusy(false);
      onEnded?.();
    }
  };
  return (
    <>
      {problem && <Notice kind="error">{problem}</Notice>}
      <Button fullWidth busy={busy} onClick={() => void press()}>
        {label}
      </Button>
    </>
  );
}
