// Says shortly that something was done, or was not. The list that shows it is loaded with the first message.
import { problemText } from "../data/problems";

const list = () => import("./Toasts");

/** Says that something was done. */
export function toast(title: string): void {
  void list().then(({ show }) => show({ title, type: "good", timeout: 5000 }));
}

/** Says that something was not done, and why. */
export function toastProblem(error: unknown): void {
  void list().then(({ show }) => show({ title: problemText(error), type: "bad", priority: "high", timeout: 9000 }));
}
