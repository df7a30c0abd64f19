// "Confirm it is you": asks for a passkey, a code of the authenticator app, the password, a code by mail or a recovery code, then lets
// the change go on that was refused without it. A sign-in at a provider is a way too, but it leaves the page, and the change with it.
// Also shown on pages without a session provider.
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { rolecall } from "../data/client";
import { hasPasskeys } from "../data/passkeys";
import { problemCode, problemText } from "../data/problems";
import { currentPath } from "../data/providers";
import { meQuery, signInMethodsQuery } from "../data/queries";
import type { StepUp } from "../data/step-up";
import { messages } from "../messages";
import { Button } from "./Button";
import { CodeField, completeCode, ResendCode, useCodeMail } from "./CodeEntry";
import { CurrentPasswordField, EmailField } from "./CredentialFields";
import { DevOutboxNotice } from "./DevOutboxNotice";
import { Dialog, DialogActions } from "./Dialog";
import { Notice } from "./Feedback";
import { PasskeyButton } from "./PasskeyButton";
import { ProviderButtons } from "./ProviderButtons";
import { SecondFactorForm, type TypedFactor } from "./SecondFactorForm";
import { useForm } from "./useForm";

const t = messages.stepUp;

/** What is typed, in the order in which it is offered. */
const TYPED = ["totp", "password", "email", "recovery"] as const;
type TypedWay = (typeof TYPED)[number];

interface Props {
  stepUp: StepUp;
  open: boolean;
  onClosed: () => void;
}

export default function StepUpDialog({ stepUp, open, onClosed }: Props) {
  const { methods, finish } = stepUp;
  const typed = TYPED.filter((way) => methods.includes(way));
  const [chosen, setChosen] = useState<{ way: TypedWay; autoFocus?: true } | undefined>(typed[0] && { way: typed[0] });
  const cancel = () => finish(false);
  const confirmed = () => finish(true);
  const { data: offered } = useQuery(signInMethodsQuery);
  const hasProvider = methods.includes("provider") && offered?.providers.some(({ kind }) => kind === "oidc");
  const hasPasskey = methods.includes("passkey") && hasPasskeys();
  const askForPasskey = async () => {
    await rolecall.reauthenticate({ passkey: true });
    confirmed();
  };
  const switches = typed
    .filter((way) => way !== chosen?.way)
    .map((way) => (
      <Button key={way} variant="quiet" fullWidth onClick={() => setChosen({ way, autoFocus: true })}>
        {t.use[way]}
      </Button>
    ));
  const shared = { onConfirmed: confirmed, onCancel: cancel, switches };
  return (
    <Dialog open={open} onClose={cancel} onClosed={onClosed} title={t.title} lead={t.lead} closeOn="escape">
      {hasPasskey && <PasskeyButton label={t.usePasskey} onPress={askForPasskey} />}
      {hasProvider && (
        <div className="stack tight">
          <ProviderButtons options={{ purpose: "reauthenticate", returnTo: currentPath() }} openidOnly followed={false} />
          <p className="soft small">{t.leavesPage}</p>
        </div>
      )}
      {chosen?.way === "email" && <CodeForm {...shared} />}
      {chosen?.way === "password" && <PasswordForm {...shared} />}
      {chosen?.way === "totp" && <FactorForm key="totp" factor="totp" autoFocus={chosen.autoFocus} {...shared} />}
      {chosen?.way === "recovery" && <FactorForm key="recovery" factor="recovery_code" autoFocus={chosen.autoFocus} {...shared} />}
      {!chosen && (
        <>
          {!hasPasskey && !hasProvider && <p className="soft">{t.noWay}</p>}
          <DialogActions>
            <Button onClick={cancel}>{messages.common.cancel}</Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  );
}

const useEmail = (): string => useQuery(meQuery).data?.user.email ?? "";

interface FormProps {
  onConfirmed: () => void;
  onCancel: () => void;
  /** Buttons that change to another way. */
  switches: ReactNode;
}

function FactorForm({ factor, autoFocus, onConfirmed, onCancel, switches }: FormProps & { factor: TypedFactor; autoFocus: true | undefined }) {
  const confirm = async (code: string) => {
    await rolecall.reauthenticate(factor === "totp" ? { totpCode: code } : { recoveryCode: code });
    onConfirmed();
  };
  return (
    <SecondFactorForm factor={factor} autoFocus={autoFocus} onCode={confirm}>
      {(busy) => (
        <>
          {switches}
          <Actions busy={busy} onCancel={onCancel} />
        </>
      )}
    </SecondFactorForm>
  );
}

function PasswordForm({ onConfirmed, onCancel, switches }: FormProps) {
  const email = useEmail();
  const [password, setPassword] = useState("");
  const { form, busy, errors, problem, showFieldErrors } = useForm(async () => {
    try {
      await rolecall.reauthenticate({ password });
    } catch (error) {
      if (problemCode(error) !== "credentials-invalid") throw error;
      return showFieldErrors({ password: t.wrongPassword });
    }
    onConfirmed();
  });
  return (
    <form {...form}>
      <EmailField readOnly value={email} onChange={() => {}} error={undefined} />
      <CurrentPasswordField value={password} onChange={setPassword} error={errors["password"]} />
      {problem && <Notice kind="error">{problem}</Notice>}
      {switches}
      <Actions busy={busy} onCancel={onCancel} />
    </form>
  );
}

function CodeForm({ onConfirmed, onCancel, switches }: FormProps) {
  const email = useEmail();
  const mail = useCodeMail(email);
  const [code, setCode] = useState("");
  const [mailProblem, setMailProblem] = useState<unknown>();
  const mailCode = async () => {
    setMailProblem(undefined);
    setCode("");
    await mail.send().catch(setMailProblem);
  };
  const { form, busy, errors, problem, showFieldErrors } = useForm(async () => {
    if (!mail.sent) return mailCode();
    const complete = completeCode(code);
    if (complete === undefined) return showFieldErrors({ code: messages.codes.incomplete });
    await rolecall.reauthenticate({ code: complete });
    onConfirmed();
  });
  const failure = problem ?? (mailProblem === undefined ? undefined : problemText(mailProblem));
  return (
    <form {...form}>
      {mail.sent ? (
        <>
          <Notice kind="info">{messages.codes.sentToYou(email)}</Notice>
          <DevOutboxNotice email={email} />
          <CodeField autoFocus value={code} onChange={setCode} error={errors["code"]} />
          <ResendCode secondsLeft={mail.secondsLeft} onSend={mailCode} />
        </>
      ) : (
        <p className="soft">{t.codeLead(email)}</p>
      )}
      {failure && <Notice kind="error">{failure}</Notice>}
      {switches}
      <Actions busy={busy} onCancel={onCancel} submit={mail.sent ? undefined : messages.codes.send} />
    </form>
  );
}

function Actions({ busy, onCancel, submit = t.submit }: { busy: boolean; onCancel: () => void; submit?: string | undefined }) {
  return (
    <DialogActions>
      <Button onClick={onCancel}>{messages.common.cancel}</Button>
      <Button type="submit" variant="primary" busy={busy}>
        {submit}
      </Button>
    </DialogActions>
  );
}
