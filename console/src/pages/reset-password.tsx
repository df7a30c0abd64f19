// /reset-password: requests a reset link, or, opened by one, sets a new password.
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../data/client";
import { problemCode } from "../data/problems";
import { useAfterSignOut } from "../data/session";
import { clearLinkSecrets, isLinkIncomplete, readLinkSecrets } from "../link-secrets";
import { PublicCard } from "../layout/PublicLayout";
import { Button, ButtonLink } from "../components/Button";
import { DevOutboxNotice } from "../components/DevOutboxNotice";
import { TextField } from "../components/Field";
import { NewPasswordField } from "../components/NewPasswordField";
import { Notice } from "../components/Feedback";
import { useForm } from "../components/useForm";
import { text } from "../text";

const PAGE = "/reset-password";

export function ResetPasswordPage() {
  const [link, setLink] = useState(() => readLinkSecrets(PAGE));
  const [incomplete] = useState(() => isLinkIncomplete(PAGE));
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

const backToSignIn = <Link to="/sign-in">{text.reset.back}</Link>;

/** `incomplete`: opened by a link with an incomplete token. */
function RequestLink({ incomplete }: { incomplete: boolean }) {
  const search = useSearch({ from: "/public/reset-password" });
  const [email, setEmail] = useState(search.email ?? "");
  const [sentTo, setSentTo] = useState<string>();
  const { form, busy, errors, problem } = useForm(async () => {
    const client = await api();
    await client.requestPasswordReset(email.trim());
    setSentTo(email.trim());
  });
  if (sentTo) {
    return (
      <PublicCard key="sent" title={text.reset.sentTitle} lead={text.reset.sent(sentTo)} icon="mail" footer={backToSignIn}>
        <DevOutboxNotice email={sentTo} />
      </PublicCard>
    );
  }
  return (
    <PublicCard title={text.reset.askTitle} lead={text.reset.askLead} footer={backToSignIn}>
      <form {...form}>
        {incomplete && <Notice kind="warning" title={text.links.incompleteTitle}>{text.reset.incomplete}</Notice>}
        <TextField label={text.auth.email} name="email" type="email" autoComplete="username" inputMode="email" required autoFocus value={email} error={errors["email"]} onChange={(event) => setEmail(event.target.value)} />
        {problem && <Notice kind="error">{problem}</Notice>}
        <Button type="submit" variant="primary" fullWidth busy={busy}>
          {text.reset.ask}
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
      const client = await api();
      await client.resetPassword({ token, password });
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
      <PublicCard key="done" title={text.reset.doneTitle} lead={text.reset.done} icon="check">
        <ButtonLink to="/sign-in" variant="primary" fullWidth>
          {text.signIn.submit}
        </ButtonLink>
      </PublicCard>
    );
  }
  if (state !== "open") {
    const expired = state === "expired";
    return (
      <PublicCard key="unusable" title={expired ? text.reset.overTitle : text.links.unknownTitle} lead={expired ? text.reset.over : text.links.unknown} icon="lock" tone="quiet" footer={backToSignIn}>
        <Button variant="primary" fullWidth onClick={onRequestNewLink}>
          {text.reset.askAgain}
        </Button>
      </PublicCard>
    );
  }
  return (
    <PublicCard title={text.reset.title} lead={text.reset.lead} footer={backToSignIn}>
      <form {...form}>
        <NewPasswordField label={text.auth.newPassword} value={password} onChange={setPassword} error={errors["password"]} context={[]} autoFocus />
        {problem && <Notice kind="error">{problem}</Notice>}
        <Button type="submit" variant="primary" fullWidth busy={busy}>
          {text.reset.submit}
        </Button>
      </form>
    </PublicCard>
  );
}
