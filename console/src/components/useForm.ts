// Form state: checks required fields, allows one submission at a time, maps the server's field errors to fields and
// clears them on input, and focuses the first invalid field.
import { type FormEvent, useRef, useState } from "react";
import { fieldErrors, problemText } from "../data/problems";
import { StepUpCancelled } from "../data/step-up";
import { messages } from "../messages";
import styles from "./Field.module.css";

/**
 * `submit` is called with the name of the field that the pressed button leaves out (`data-omits`), which may then be empty.
 */
export function useForm(submit: (omitted: string | undefined) => Promise<void>) {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<string>();

  const showFieldErrors = (fields: Record<string, string>) => {
    setErrors(fields);
    const first = Object.keys(fields)[0];
    if (first) requestAnimationFrame(() => form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(first)}"]`)?.focus());
  };

  const onSubmit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const omitted = (event.nativeEvent as SubmitEvent).submitter?.dataset["omits"];
    const missing = missingFields(form.current).filter((name) => name !== omitted);
    if (missing.length > 0) {
      setProblem(undefined);
      return showFieldErrors(Object.fromEntries(missing.map((name) => [name, messages.errors.byFieldCode.required])));
    }
    setBusy(true);
    setErrors({});
    setProblem(undefined);
    try {
      await submit(omitted);
    } catch (error) {
      if (error instanceof StepUpCancelled) return;
      const fields = fieldErrors(error);
      const knownFields = Object.keys(fields).filter((name) => form.current?.querySelector(`[name="${CSS.escape(name)}"]`));
      if (knownFields.length > 0) showFieldErrors(fields);
      else setProblem(problemText(error));
    } finally {
      setBusy(false);
    }
  };

  // A field's error applies to its previous value.
  const onInput = (event: FormEvent) => {
    const { name } = event.target as HTMLInputElement;
    if (name && name in errors) setErrors(({ [name]: _, ...others }) => others);
  };

  const reset = () => {
    setErrors({});
    setProblem(undefined);
  };

  return { form: { ref: form, onSubmit, onInput, noValidate: true, className: styles.form }, busy, errors, problem, showFieldErrors, reset };
}

/** The names of required fields that are empty. Passwords may consist of spaces. */
function missingFields(form: HTMLFormElement | null): string[] {
  const fields = [...(form?.querySelectorAll<HTMLInputElement>("[name][required]") ?? [])];
  return fields.filter(({ value, autocomplete }) => (/password/.test(autocomplete) ? value : value.trim()) === "").map(({ name }) => name);
}
