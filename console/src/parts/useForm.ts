// What every form does: keep one request under way, put the server's field errors at their fields, and move the
// focus to the first of them.
import { type FormEvent, useRef, useState } from "react";
import { fieldErrors, problemText } from "../data/problems";

export function useForm(submit: () => Promise<void>) {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<string>();

  const fail = (fields: Record<string, string>) => {
    setErrors(fields);
    const first = Object.keys(fields)[0];
    if (first) requestAnimationFrame(() => form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(first)}"]`)?.focus());
  };

  const onSubmit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setErrors({});
    setProblem(undefined);
    try {
      await submit();
    } catch (error) {
      const fields = fieldErrors(error);
      const named = Object.keys(fields).filter((name) => form.current?.querySelector(`[name="${CSS.escape(name)}"]`));
      if (named.length > 0) fail(fields);
      else setProblem(problemText(error));
    } finally {
      setBusy(false);
    }
  };

  return { form: { ref: form, onSubmit, noValidate: true, className: "form" }, busy, errors, problem, fail };
}
