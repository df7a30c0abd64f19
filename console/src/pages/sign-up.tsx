// /sign-up: the response, and so the page after it, is the same for every email.
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { browserKey } from "../data/browser-key";
import { rolecall } from "../data/client";
import { signInMethodsQuery } from "../data/queries";
import { savePendingConnection } from "../link-secrets";
import { PublicCard } from "../layout/PublicLayout";
import { Button } from "../components/Button";
import { DevOutboxNotice } from "../components/DevOutboxNotice";
import { EmailField } from "../components/CredentialFields";
import { TextField } from "../components/Field";
import { NewPasswordField } from "../components/NewPasswordField";
import { ProviderButtons } from "../components/ProviderButtons";
import { Notice } from "../components/Feedback";
import { WithoutPassword } from "../components/WithoutPassword";
import { useForm } from "../components/useForm";
import { messages } from "../messages";

export function SignUpPage() {
  const [name, setName] = useState("");
  const search = useSearch({ from: "/public/sign-up" });
  const [email, setEmail] = useState(search.email ?? "");
  const [password, setPassword] = useState("");
  const [sentTo, setSentTo] = useState<string>();
  const { password: hasPassword = true, email_code: hasCode = false, providers = [] } = useQuery(signInMethodsQuery).data ?? {};
  const { form, busy, errors, problem } = useForm(async (omitted) => {
    const chosen = hasPassword && omitted === undefined ? { password } : {};
    await rolecall.signUp({ email: email.trim(), browser_key: browserKey(), ...chosen, ...(name.trim() ? { name: name.trim() } : {}) });
    if (search.connect) savePendingConnection(Date.now());
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
  if (!hasPassword && !hasCode) {
    return (
      <PublicCard title={messages.signUp.title} footer={footer}>
        <ProviderButtons options={{}} followed={false} />
        {providers.length === 0 && <p>{messages.signUp.notByEmail}</p>}
      </PublicCard>
    );
  }
  return (
    <PublicCard title={messages.signUp.title} lead={messages.signUp.lead} footer={footer}>
      <form {...form}>
        {search.connect ? <Notice kind="info">{messages.signUp.thenConnect}</Notice> : <ProviderButtons options={{}} />}
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
        {hasPassword && (
          <NewPasswordField label={messages.auth.password} value={password} onChange={setPassword} error={errors["password"]} context={[name, email]} />
        )}
        {problem && <Notice kind="error">{problem}</Notice>}
        <Button type="submit" variant="primary" fullWidth busy={busy}>
          {messages.signUp.submit}
        </Button>
        {hasPassword && hasCode && <WithoutPassword />}
      </form>
    </PublicCard>
  );
}
