// Shows toasts. The list is loaded with the first one.
import { problemText } from "../data/problems";
import { StepUpCancelled } from "../data/step-up";

const loadToasts = () => import("./Toasts");

/** Shows a confirmation; `info`, which stays longer, reports a change that somebody else made. */
export function toast(title: string, type: "success" | "info" = "success"): void {
  void loadToasts().then(({ showToast }) =>
    showToast({ title, type, ...(type === "info" ? { priority: "high" as const } : {}), timeout: type === "info" ? 12_000 : 5000 }),
  );
}

/** Shows an error message; none where the user themselves did not go on. */
export function toastProblem(error: unknown): void {
  if (error instanceof StepUpCancelled) return;
  void loadToasts().then(({ showToast }) => showToast({ title: problemText(error), type: "error", priority: "high", timeout: 9000 }));
}
