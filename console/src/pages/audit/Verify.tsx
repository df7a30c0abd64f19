// Checks the hash chain of the whole log in this browser, with the package's compiled verifier: the server is not
// asked whether its log is right, it only hands the log over.
import { useState } from "react";
import { api } from "../../data/client";
import { problemText } from "../../data/problems";
import { Notice } from "../../parts/States";
import { text } from "../../text";

const words = text.audit;

type State =
  | { is: "idle" }
  | { is: "checking" }
  | { is: "whole"; events: number }
  | { is: "broken"; seq: number; reason: string }
  | { is: "failed"; error: unknown };

export function useVerify(account: string) {
  const [state, setState] = useState<State>({ is: "idle" });
  const run = async () => {
    setState({ is: "checking" });
    try {
      const client = await api();
      const verdict = await client.verifyAudit(account);
      setState(verdict.ok ? { is: "whole", events: verdict.events } : { is: "broken", seq: verdict.seq, reason: verdict.reason });
    } catch (error) {
      setState({ is: "failed", error });
    }
  };
  return { state, run };
}

export function Verdict({ state }: { state: State }) {
  switch (state.is) {
    case "idle":
      return null;
    case "checking":
      return <Notice kind="info">{words.verifying}</Notice>;
    case "whole":
      return (
        <Notice kind="good" title={words.verifiedTitle}>
          {words.verified(state.events)}
        </Notice>
      );
    case "broken":
      return (
        <Notice kind="bad" title={words.brokenTitle}>
          {words.broken(state.seq, state.reason)}
        </Notice>
      );
    case "failed":
      return <Notice kind="bad">{problemText(state.error)}</Notice>;
  }
}
