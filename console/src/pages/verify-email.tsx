// /verify-email: the link in the sign-up mail. Opening it changes nothing, since mail scanners open links; a button redeems
// it. In another browser than the one that signed up, a password is chosen here.
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { browserKey } from "../data/browser-key";
import { rolecall } from "../data/client";
import { problemCode } from "../data/problems";
import { useAfterSignIn } from "../data/sign-in-and-out";
import { clearLinkSecrets, storeLinkSecrets, readLinkSecrets, consumePendingConnection, consumePendingInvitation } from "../link-secrets";
import { PublicCard } from "../layout/PublicLayout";
import { Button, ButtonLink } from "../components/Button";
import { TextField } from "../components/Field";
import { NewPasswordField } from "../components/NewPasswordField";
import { Notice } from "../components/Feedback";
import { toast } from "../components/toast";
import { useForm } from "../components/useForm";
import { messages } from "../messages";

const PAGE = "/verify-email";

export function VerifyEmailPage() {
  const [link] = useState(() => readLinkSecrets(PAGE));
  const [state, setState] = useState<"open" | "other-browser" | "expired" | "unknown">("open");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const navigate = useNavigate();
  const afterSignIn = useAfterSignIn();
  const otherBrowser = state === "other-browser";

  const redeem = async (token: string) => {
    const chosen = otherBrowser ? { password, ...(name.trim() ? { name } : {}) } : {};
    const { user } = await rolecall.verifyEmail({ token, browser_key: browserKey(), ...chosen });
    clearLinkSecrets(PAGE);
    await afterSignIn();
    const pendingInvitation = consumePendingInvitation(Date.now());
    if (pendingInvitation) storeLinkSecrets("/join", { token: pendingInvitation });
    const connects = consumePendingConnection(Date.now());
    await navigate({ to: pendingInvitation ? "/join" : connects ? "/link" : "/", replace: true });
    toast(messages.verifyEmail.welcome(user.name));
  };
  const { form, busy, errors, problem } = useForm(async () => {
    try {
      if (link) await redeem(link.token);
    } catch (error) {
      const code = problemCode(error);
      if (code === "verification-elsewhere") setState("other-browser");
      else if (code === "verification-over") setState("expired");
      else if (code === "verification-not-found") setState("unknown");
      else throw error;
    }
  });

  if (!link || state === "expired" || state === "unknown") {
    const { title, lead } = !link
      ? { title: messages.links.incompleteTitle, lead: messages.links.incomplete }
      : state === "expired"
        ? { title: messages.verifyEmail.expiredTitle, lead: messages.verifyEmail.expired }
        : { title: messages.links.invalidTitle, lead: messages.links.invalid };
    return (
      <PublicCard key="expired" title={title} lead={lead} icon="mail" tone="quiet">
        <div className="stack tight">
          <ButtonLink to="/sign-in" variant="primary" fullWidth>
            {messages.signIn.submit}
          </ButtonLink>
          <ButtonLink to="/sign-up" fullWidth>
            {messages.verifyEmail.signUp}
          </ButtonLink>
        </div>
      </PublicCard>
    );
  }
  return (
    <PublicCard
      key={state}
      title={otherBrowser ? messages.verifyEmail.otherBrowserTitle : messages.verifyEmail.title}
      lead={otherBrowser ? messages.verifyEmail.otherBrowser : messages.verifyEmail.lead}
      icon="mail"
    >
      <form {...form}>
        {otherBrowser && (
          <>
            <TextField
              label={messages.auth.name}
              optional
              name="name"
              autoComplete="name"
              maxLength={64}
              value={name}
              error={errors["name"]}
              hint={messages.verifyEmail.nameHint}
              onChange={(event) => setName(event.target.value)}
              autoFocus
            />
            <NewPasswordField label={messages.auth.password} value={password} onChange={setPassword} error={errors["password"]} context={[name]} />
          </>
        )}
        {problem && <Notice kind="error">{problem}</Notice>}
        <Button type="submit" variant="primary" fullWidth busy={busy}>
          {messages.verifyEmail.submit}
        </Button>
      </form>
    </PublicCard>
  );
}
