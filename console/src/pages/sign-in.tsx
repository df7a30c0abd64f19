// /sign-in
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { rolecall } from "../data/client";
import { useAfterSignIn } from "../data/sign-in-and-out";
import { PublicCard } from "../layout/PublicLayout";
import { Button } from "../components/Button";
import { CurrentPasswordField, EmailField } from "../components/CredentialFields";
import { Notice } from "../components/Feedback";
import { useForm } from "../components/useForm";
import { messages } from "../messages";

export function SignInPage() {
  const { next, ended } = useSearch({ from: "/public/sign-in" });
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const navigate = useNavigate();
  const afterSignIn = useAfterSignIn();
  const { form, busy, errors, problem } = useForm(async () => {
    await rolecall.signIn({ email: email.trim(), password });
    await afterSignIn();
    await navigate({ href: next ?? "/", replace: true });
  });
  const footer = (
    <>
      {messages.signIn.noAccount} <Link to="/sign-up">{messages.signIn.signUp}</Link>
    </>
  );
  return (
    <PublicCard title={messages.signIn.title} lead={messages.signIn.lead} footer={footer}>
      <form {...form}>
        {ended && !problem && <Notice kind="warning">{messages.signIn.sessionExpired}</Notice>}
        <EmailField autoFocus value={email} onChange={setEmail} error={errors["email"]} />
        <CurrentPasswordField value={password} onChange={setPassword} error={errors["password"]} />
        {problem && <Notice kind="error">{problem}</Notice>}
        <Button type="submit" variant="primary" fullWidth busy={busy}>
          {messages.signIn.submit}
        </Button>
        <p className="soft center">
          <Link to="/reset-password">{messages.signIn.forgotPassword}</Link>
        </p>
      </form>
    </PublicCard>
  );
}
