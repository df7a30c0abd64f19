// /sign-up: the response, and so the page after it, is the same for every email.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { browserKey } from "../data/browser-key";
import { rolecall } from "../data/client";
import { PublicCard } from "../layout/PublicLayout";
import { Button } from "../components/Button";
import { DevOutboxNotice } from "../components/DevOutboxNotice";
import { EmailField } from "../components/CredentialFields";
import { TextField } from "../components/Field";
import { NewPasswordField } from "../components/NewPasswordField";
import { Notice } from "../components/Feedback";
import { useForm } from "../components/useForm";
import { messages } from "../messages";

export function SignUpPage() {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [sentTo, setSentTo] = useState<string>();
  const { form, busy, errors, problem } = useForm(async () => {
    await rolecall.signUp({ email: email.trim(), password, browser_key: browserKey(), ...(name.trim() ? { name: name.trim() } : {}) });
    setSentTo(email.trim());
  });

  if (sentTo) {
    return (
      <PublicCard key="sent" title={messages.signUp.sentTitle} lead={messages.signUp.sent(sentTo)} icon="mail">
        <div className="stack">
          <DevOutboxNotice email={sentTo} />
          <p className="soft">{messages.signUp.sentHint}</p>
          <Button fullWidth onClick={() => setSentTo(undefined)}>
            {messages.signUp.changeEmail}
          </Button>
        </div>
      </PublicCard>
    );
  }
  const footer = (
    <>
      {messages.signUp.haveAccount} <Link to="/sign-in">{messages.signUp.signIn}</Link>
    </>
  );
  return (
    <PublicCard title={messages.signUp.title} lead={messages.signUp.lead} footer={footer}>
      <form {...form}>
        <TextField
          label={messages.auth.name}
          name="name"
          autoComplete="name"
          value={name}
          error={errors["name"]}
          hint={messages.auth.nameHint}
          onChange={(event) => setName(event.target.value)}
          autoFocus
        />
        <EmailField value={email} onChange={setEmail} error={errors["email"]} />
        <NewPasswordField label={messages.auth.password} value={password} onChange={setPassword} error={errors["password"]} context={[name, email]} />
        {problem && <Notice kind="error">{problem}</Notice>}
        <Button type="submit" variant="primary" fullWidth busy={busy}>
          {messages.signUp.submit}
        </Button>
      </form>
    </PublicCard>
  );
}
