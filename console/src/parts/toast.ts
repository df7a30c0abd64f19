// Says shortly that something was done, or was not. The list that shows it is loaded with the first message.
import { problemText } from "../data/problems";

const list = () => import("./Toasts");

/** Says that something was done; as `info`, for longer, that somebody else did it. */
export function toast(title: string, type: "good" | "info" = "good"): void {
  void list().then(({ show }) => show({ title, type, ...(type === "info" ? { priority: "high" as const } : {}), timeout: type === "info" ? 12_000 : 5000 }));
}

/** Says that something was not done, and why. */
export function toastProblem(error: unknown): void {
  void list().then(({ show }) => show({ title: problemText(error), type: "bad", priority: "high", timeout: 9000 }));
}
