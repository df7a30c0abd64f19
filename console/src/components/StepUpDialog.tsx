// "Confirm it is you": asks for a passkey, the password or a code by mail, then lets the change go on that was refused without it. A
// sign-in at a provider is a way too, but it leaves the page, and the change with it. Also shown on pages without a session provider.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
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
import { useForm } from "./useForm";

const t = messages.stepUp;

interface Props {
  stepUp: StepUp;
  open: boolean;
  onClosed: () => void;
}

export default function StepUpDialog({ stepUp, open, onClosed }: Props) {
  const { methods, finish } = stepUp;
  const hasPassword = methods.includes("password");
  const hasCode = methods.includes("email");
  const [byCode, setByCode] = useState(!hasPassword);
  const cancel = () => finish(false);
  const confirmed = () => finish(true);
  const { data: offered } = useQuery(signInMethodsQuery);
  const hasProvider = methods.includes("provider") && offered?.providers.some(({ kind }) => kind === "oidc");
  const hasPasskey = methods.includes("passkey") && hasPasskeys();
  const askForPasskey = async () => {
    await rolecall.reauthenticate({ passkey: true });
    confirmed();
  };
  const canSwitch = hasPassword && hasCode;
  return (
    <Dialog open={open} onClose={cancel} onClosed={onClosed} title={t.title} lead={t.lead} closeOn="escape">
      {hasPasskey && <PasskeyButton label={t.usePasskey} onPress={askForPasskey} />}
      {hasProvider && (
        <div className="stack tight">
          <ProviderButtons options={{ purpose: "reauthenticate", returnTo: currentPath() }} openidOnly followed={false} />
          <p className="soft small">{t.leavesPage}</p>
        </div>
      )}
      {byCode && hasCode && <CodeForm onConfirmed={confirmed} onCancel={cancel} onSwitch={canSwitch ? () => setByCode(false) : undefined} />}
      {!byCode && hasPassword && <PasswordForm onConfirmed={confirmed} onCancel={cancel} onSwitch={canSwitch ? () => setByCode(true) : undefined} />}
      {!hasCode && !hasPassword && (
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
  /** Changes to the other way; undefined where there is none. */
  onSwitch: (() => void) | undefined;
}

function PasswordForm({ onConfirmed, onCancel, onSwitch }: FormProps) {
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
      {onSwitch && (
        <Button variant="quiet" fullWidth onClick={onSwitch}>
          {t.useCode}
        </Button>
      )}
      <Actions busy={busy} onCancel={onCancel} />
    </form>
  );
}

function CodeForm({ onConfirmed, onCancel, onSwitch }: FormProps) {
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
      {onSwitch && (
        <Button variant="quiet" fullWidth onClick={onSwitch}>
          {t.usePassword}
        </Button>
      )}
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
