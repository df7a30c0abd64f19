// The first step of a sign-in: the email, then a password or a code by mail, whichever the deployment has.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { ProviderOptions } from "rolecall";
import { problemText } from "../data/problems";
import { signInMethodsQuery } from "../data/queries";
import { signIn } from "../data/second-factor";
import { messages } from "../messages";
import { Button } from "./Button";
import { CodeField, completeCode, ResendCode, useCodeMail } from "./CodeEntry";
import { CurrentPasswordField, EmailField } from "./CredentialFields";
import { DevOutboxNotice } from "./DevOutboxNotice";
import { Notice } from "./Feedback";
import { PasskeySignIn } from "./PasskeySignIn";
import { ProviderButtons } from "./ProviderButtons";
import { useForm } from "./useForm";

const t = messages.signIn;

export interface FirstStepProps {
  /** The email to begin with. */
  email?: string | undefined;
  /** The code of a mailed link. */
  code?: string | undefined;
  /** Label of the button that signs in. */
  submit: string;
  /** Name of the form, where the page has a heading of its own for something else. */
  label?: string | undefined;
  /** Whether a passkey signs in too, whoever's it is. */
  passkeys?: boolean;
  /** Offers the sign-in providers, which return to a page of their own. */
  providers?: ProviderOptions;
  /** Id of a provider that is not offered. */
  exceptProvider?: string | null;
  /** Runs after the sign-in, within the form: a rejection is shown in it. */
  onSignedIn: () => Promise<void>;
  /** Called instead where a second factor is asked for by these methods, with the email that was typed. */
  onSecondStep: (methods: readonly string[], email: string) => void;
  children?: ReactNode;
}

type Step = "email" | "password" | "code";

export function FirstStep({
  email: initialEmail = "",
  code: initialCode,
  submit,
  label,
  passkeys = false,
  providers,
  exceptProvider,
  onSignedIn,
  onSecondStep,
  children,
}: FirstStepProps) {
  const queries = useQueryClient();
  const { data: methods } = useQuery(signInMethodsQuery);
  const [step, setStep] = useState<Step>(initialCode === undefined ? "email" : "code");
  const [email, setEmail] = useState(initialEmail);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState(initialCode ?? "");
  const [offered, setOffered] = useState({ password: true, code: true });
  const [mailing, setMailing] = useState(false);
  const [mailProblem, setMailProblem] = useState<unknown>();
  const mail = useCodeMail(email);

  const mailCode = async () => {
    setMailProblem(undefined);
    setMailing(true);
    try {
      await mail.send();
      setCode("");
      setStep("code");
    } catch (error) {
      setMailProblem(error);
    } finally {
      setMailing(false);
    }
  };
  const { form, busy, errors, problem, showFieldErrors, reset } = useForm(async () => {
    if (step === "email") {
      const methods = await queries.ensureQueryData(signInMethodsQuery);
      setOffered({ password: methods.password, code: methods.email_code });
      if (methods.password || !methods.email_code) return setStep("password");
      await mail.send();
      return setStep("code");
    }
    const complete = completeCode(code);
    if (step === "code" && complete === undefined) return showFieldErrors({ code: messages.codes.incomplete });
    const secondFactors = await signIn(step === "code" ? { email: email.trim(), code: complete! } : { email: email.trim(), password });
    if (secondFactors) return onSecondStep(secondFactors, email);
    await onSignedIn();
  });
  const go = (next: Step) => {
    reset();
    setMailProblem(undefined);
    setStep(next);
  };
  // Only providers or passkeys may be offered. A code that was mailed is taken all the same.
  const hasEmail = methods === undefined || methods.password || methods.email_code || step !== "email";
  const failure = problem ?? (mailProblem === undefined ? undefined : problemText(mailProblem));
  return (
    <form {...form} aria-label={label}>
      {!failure && children}
      {step === "email" && providers && (
        <ProviderButtons options={providers} except={exceptProvider} followed={hasEmail || (passkeys && methods?.passkey === true)} />
      )}
      {step === "email" && !hasEmail && methods.providers.length === 0 && !methods.passkey && <p className="soft">{t.elsewhere}</p>}
      {!hasEmail ? null : step === "email" ? (
        <EmailField key="editable" autoFocus={label === undefined} passkeys={passkeys} value={email} onChange={setEmail} error={errors["email"]} />
      ) : (
        <EmailField key="chosen" readOnly value={email} onChange={setEmail} error={errors["email"]} />
      )}
      {step === "password" && <CurrentPasswordField autoFocus value={password} onChange={setPassword} error={errors["password"]} />}
      {step === "code" && (
        <>
          {mail.sent ? <Notice kind="info">{messages.codes.sent(email.trim())}</Notice> : <p className="soft">{messages.codes.fromLink}</p>}
          {mail.sent && <DevOutboxNotice email={email.trim()} />}
          <CodeField autoFocus={mail.sent} value={code} onChange={setCode} error={errors["code"]} />
        </>
      )}
      {failure && <Notice kind="error">{failure}</Notice>}
      {hasEmail && (
        <Button type="submit" variant="primary" fullWidth busy={busy}>
          {step === "email" ? t.next : submit}
        </Button>
      )}
      {step === "email" && passkeys && <PasskeySignIn onSignedIn={onSignedIn} onSecondStep={(methods) => onSecondStep(methods, email)} />}
      {step === "password" && offered.code && (
        <Button fullWidth busy={mailing} onClick={() => void mailCode()}>
          {messages.codes.send}
        </Button>
      )}
      {step === "code" && <ResendCode secondsLeft={mail.secondsLeft} onSend={mailCode} />}
      {step === "code" && offered.password && (
        <Button variant="quiet" fullWidth onClick={() => go("password")}>
          {t.usePassword}
        </Button>
      )}
      {step !== "email" && (
        <Button variant="quiet" fullWidth onClick={() => go("email")}>
          {t.otherEmail}
        </Button>
      )}
      {step === "password" && (
        <p className="soft center">
          <Link to="/reset-password" search={{ email: email.trim() }}>
            {t.forgotPassword}
          </Link>
        </p>
      )}
    </form>
  );
}
