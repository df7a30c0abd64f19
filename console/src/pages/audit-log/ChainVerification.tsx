// Verifies the hash chain of the whole log in the browser, with the package's compiled verifier.
import { useState } from "react";
import { useRolecall } from "rolecall/react";
import { problemText } from "../../data/problems";
import { Notice } from "../../components/Feedback";
import { messages } from "../../messages";

const t = messages.auditLog;

type VerificationState =
  | { status: "idle" }
  | { status: "checking" }
  | { status: "intact"; events: number; erased: number }
  | { status: "broken"; seq: number; reason: string }
  | { status: "failed"; error: unknown };

export function useChainVerification(account: string) {
  const rolecall = useRolecall();
  const [state, setState] = useState<VerificationState>({ status: "idle" });
  const run = async () => {
    setState({ status: "checking" });
    try {
      const result = await rolecall.auditLog.verify({ account });
      if (result.ok) setState({ status: "intact", events: result.events, erased: result.erased });
      else setState({ status: "broken", seq: result.seq, reason: result.reason });
    } catch (error) {
      setState({ status: "failed", error });
    }
  };
  return { state, run };
}

export function VerificationResult({ state }: { state: VerificationState }) {
  switch (state.status) {
    case "idle":
      return null;
    case "checking":
      return <Notice kind="info">{t.verifying}</Notice>;
    case "intact":
      return (
        <Notice kind="success" title={t.verifiedTitle}>
          {t.verified(state.events, state.erased)}
        </Notice>
      );
    case "broken":
      return (
        <Notice kind="error" title={t.brokenTitle}>
          {t.broken(state.seq, state.reason)}
        </Notice>
      );
    case "failed":
      return <Notice kind="error">{problemText(state.error)}</Notice>;
  }
}
