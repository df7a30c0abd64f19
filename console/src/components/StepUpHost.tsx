// A place where the question "Confirm it is you" is shown: the page, or the dialog that is open.
import { lazy, Suspense, useEffect, useId, useState } from "react";
import { type StepUp, registerStepUpHost, useStepUp } from "../data/step-up";

// Loaded when it is first asked.
const StepUpDialog = lazy(() => import("./StepUpDialog"));

export function StepUpHost() {
  const host = useId();
  const open = useStepUp(host);
  /** The question last shown, which stays rendered while its dialog closes. */
  const [shown, setShown] = useState<StepUp>();
  if (open && open !== shown) setShown(open);
  useEffect(() => registerStepUpHost(host), [host]);
  if (!shown) return null;
  return (
    <Suspense>
      <StepUpDialog stepUp={shown} open={open === shown} onClosed={() => setShown(undefined)} />
    </Suspense>
  );
}
