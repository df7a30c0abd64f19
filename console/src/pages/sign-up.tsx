// /sign-up: the response, and so the page after it, is the same for every email.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../data/client";
import { PublicCard } from "../layout/PublicLayout";
import { Button } from "../components/Button";
import { DevOutboxNotice } from "../components/DevOutboxNotice";
import { TextField } from "../components/Field";
import { NewPasswordField } from "../components/NewPasswordField";
import { Notice } from "../components/Feedback";
import { useForm } from "../components/useForm";
import { text } from "../text";

export function SignUpPage() {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [sentTo, setSentTo] = useState<string>();
  const { form, busy, errors, problem } = useForm(async () => {
    const client = await api();
    await client.signUp({ email: email.trim(), password, ...(name.trim() ? { name: name.trim() } : {}) });
    setSentTo(email.trim());
  });

  if (sentTo) {
    return (
      <PublicCard key="sent" title={text.signUp.sentTitle} lead={text.signUp.sent(sentTo)} icon="mail">
        <div className="stack">
          <DevOutboxNotice email={sentTo} />
          <p className="soft">{text.signUp.sentMore}</p>
          <Button fullWidth onClick={() => setSentTo(undefined)}>
            {text.signUp.again}
          </Button>
        </div>
      </PublicCard>
    );
  }
  const footer = (
    <>
      {text.signUp.have} <Link to="/sign-in">{text.signUp.signIn}</Link>
    </>
  );
  return (
    <PublicCard title={text.signUp.title} lead={text.signUp.lead} footer={footer}>
      <form {...form}>
        <TextField label={text.auth.name} name="name" autoComplete="name" value={name} error={errors["name"]} hint={text.auth.nameHint} onChange={(event) => setName(event.target.value)} autoFocus />
        <TextField label={text.auth.email} name="email" type="email" autoComplete="username" inputMode="email" required value={email} error={errors["email"]} onChange={(event) => setEmail(event.target.value)} />
        <NewPasswordField label={text.auth.password} value={password} onChange={setPassword} error={errors["password"]} context={[name, email]} />
        {problem && <Notice kind="error">{problem}</Notice>}
        <Button type="submit" variant="primary" fullWidth busy={busy}>
          {text.signUp.submit}
        </Button>
      </form>
    </PublicCard>
  );
}
