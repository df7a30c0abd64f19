// /sign-in
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { getClient } from "../data/client";
import { useAfterSignIn } from "../data/auth";
import { PublicCard } from "../layout/PublicLayout";
import { Button } from "../components/Button";
import { PasswordField, TextField } from "../components/Field";
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
    const rolecall = await getClient();
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
        <TextField
          label={messages.auth.email}
          name="email"
          type="email"
          autoComplete="username"
          inputMode="email"
          required
          autoFocus
          value={email}
          error={errors["email"]}
          onChange={(event) => setEmail(event.target.value)}
        />
        <PasswordField
          label={messages.auth.password}
          name="password"
          autoComplete="current-password"
          required
          value={password}
          error={errors["password"]}
          onChange={(event) => setPassword(event.target.value)}
        />
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
