// What every form does: ask for what is needed before anything is sent, keep one request under way, put the server's
// field errors at their fields until these are changed, and move the focus to the first of them.
import { type FormEvent, useRef, useState } from "react";
import { fieldErrors, problemText } from "../data/problems";
import { text } from "../text";

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
    const empty = emptyFields(form.current);
    if (empty.length > 0) {
      setProblem(undefined);
      return fail(Object.fromEntries(empty.map((name) => [name, text.errors.byFieldCode["required"] ?? ""])));
    }
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

  // What was said about a field was said about its value before.
  const onInput = (event: FormEvent) => {
    const { name } = event.target as HTMLInputElement;
    if (name && name in errors) setErrors(({ [name]: _, ...others }) => others);
  };

  return { form: { ref: form, onSubmit, onInput, noValidate: true, className: "form" }, busy, errors, problem, fail };
}

/** The names of the fields that must be filled in and are not. Blanks make a password, though nothing else. */
function emptyFields(form: HTMLFormElement | null): string[] {
  const fields = [...(form?.querySelectorAll<HTMLInputElement>("[name][required]") ?? [])];
  return fields.filter(({ value, autocomplete }) => (/password/.test(autocomplete) ? value : value.trim()) === "").map(({ name }) => name);
}
