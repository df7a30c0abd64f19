// /reset-password: requests a reset link, or, opened by one, sets a new password.
import { Link, useSearch } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { rolecall } from "../data/client";
import { problemCode } from "../data/problems";
import { signInMethodsQuery } from "../data/queries";
import { useAfterSignOut } from "../data/sign-in-and-out";
import { clearLinkSecrets, isLinkIncomplete, readLinkSecrets } from "../link-secrets";
import { PublicCard } from "../layout/PublicLayout";
import { Button, ButtonLink } from "../components/Button";
import { DevOutboxNotice } from "../components/DevOutboxNotice";
import { EmailField } from "../components/CredentialFields";
import { NewPasswordField } from "../components/NewPasswordField";
import { Notice } from "../components/Feedback";
import { useForm } from "../components/useForm";
import { messages } from "../messages";

const PAGE = "/reset-password";

export function ResetPasswordPage() {
  const [link, setLink] = useState(() => readLinkSecrets(PAGE));
  const [incomplete] = useState(() => isLinkIncomplete(PAGE));
  const { data: methods } = useQuery(signInMethodsQuery);
  if (methods?.password === false) {
    return (
      <PublicCard key="none" title={messages.resetPassword.noPasswordsTitle} lead={messages.resetPassword.noPasswords} icon="lock" tone="quiet">
        <ButtonLink to="/sign-in" variant="primary" fullWidth>
          {messages.signIn.submit}
        </ButtonLink>
      </PublicCard>
    );
  }
  if (!link) return <RequestLink incomplete={incomplete} />;
  return (
    <ChoosePassword
      token={link.token}
      onRequestNewLink={() => {
        clearLinkSecrets(PAGE);
        setLink(undefined);
      }}
    />
  );
}

const backToSignIn = <Link to="/sign-in">{messages.resetPassword.backToSignIn}</Link>;

/** `incomplete`: opened by a link with an incomplete token. */
function RequestLink({ incomplete }: { incomplete: boolean }) {
  const search = useSearch({ from: "/public/reset-password" });
  const [email, setEmail] = useState(search.email ?? "");
  const [sentTo, setSentTo] = useState<string>();
  const { form, busy, errors, problem } = useForm(async () => {
    await rolecall.passwordResets.request(email.trim());
    setSentTo(email.trim());
  });
  if (sentTo) {
    return (
      <PublicCard key="sent" title={messages.resetPassword.sentTitle} lead={messages.resetPassword.sent(sentTo)} icon="mail" footer={backToSignIn}>
        <DevOutboxNotice email={sentTo} />
      </PublicCard>
    );
  }
  return (
    <PublicCard title={messages.resetPassword.requestTitle} lead={messages.resetPassword.requestLead} footer={backToSignIn}>
      <form {...form}>
        {incomplete && (
          <Notice kind="warning" title={messages.links.incompleteTitle}>
            {messages.resetPassword.incomplete}
          </Notice>
        )}
        <EmailField autoFocus value={email} onChange={setEmail} error={errors["email"]} />
        {problem && <Notice kind="error">{problem}</Notice>}
        <Button type="submit" variant="primary" fullWidth busy={busy}>
          {messages.resetPassword.requestSubmit}
        </Button>
      </form>
    </PublicCard>
  );
}

function ChoosePassword({ token, onRequestNewLink }: { token: string; onRequestNewLink: () => void }) {
  const [password, setPassword] = useState("");
  const [state, setState] = useState<"open" | "done" | "expired" | "unknown">("open");
  const afterSignOut = useAfterSignOut();
  const { form, busy, errors, problem } = useForm(async () => {
    try {
      await rolecall.passwordResets.complete({ token, password });
      clearLinkSecrets(PAGE);
      afterSignOut();
      setState("done");
    } catch (error) {
      const code = problemCode(error);
      if (code === "reset-over") setState("expired");
      else if (code === "verification-not-found") setState("unknown");
      else throw error;
    }
  });
  if (state === "done") {
    return (
      <PublicCard key="done" title={messages.resetPassword.doneTitle} lead={messages.resetPassword.done} icon="check">
        <ButtonLink to="/sign-in" variant="primary" fullWidth>
          {messages.signIn.submit}
        </ButtonLink>
      </PublicCard>
    );
  }
  if (state !== "open") {
    const expired = state === "expired";
    return (
      <PublicCard
        key="unusable"
        title={expired ? messages.resetPassword.expiredTitle : messages.links.invalidTitle}
        lead={expired ? messages.resetPassword.expired : messages.links.invalid}
        icon="lock"
        tone="quiet"
        footer={backToSignIn}
      >
        <Button variant="primary" fullWidth onClick={onRequestNewLink}>
          {messages.resetPassword.requestAgain}
        </Button>
      </PublicCard>
    );
  }
  return (
    <PublicCard title={messages.resetPassword.title} lead={messages.resetPassword.lead} footer={backToSignIn}>
      <form {...form}>
        <NewPasswordField label={messages.auth.newPassword} value={password} onChange={setPassword} error={errors["password"]} context={[]} autoFocus />
        {problem && <Notice kind="error">{problem}</Notice>}
        <Button type="submit" variant="primary" fullWidth busy={busy}>
          {messages.resetPassword.submit}
        </Button>
      </form>
    </PublicCard>
  );
}
