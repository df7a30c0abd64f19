// /sign-in: email and password; a wrong pair is one answer, whichever of the two was wrong.
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../data/client";
import { useEntered } from "../data/session";
import { GateCard } from "../layout/Gate";
import { Button } from "../parts/Button";
import { PasswordField, TextField } from "../parts/Field";
import { Notice } from "../parts/States";
import { useForm } from "../parts/useForm";
import { text } from "../text";

export function SignInPage() {
  const { next, ended } = useSearch({ from: "/gate/sign-in" });
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const navigate = useNavigate();
  const entered = useEntered();
  const { form, busy, errors, problem } = useForm(async () => {
    const client = await api();
    await client.signIn({ email: email.trim(), password });
    await entered();
    await navigate({ href: next ?? "/", replace: true });
  });
  const foot = (
    <>
      {text.signIn.none} <Link to="/sign-up">{text.signIn.signUp}</Link>
    </>
  );
  return (
    <GateCard title={text.signIn.title} lead={text.signIn.lead} foot={foot}>
      <form {...form}>
        {ended && !problem && <Notice kind="warn">{text.signIn.ended}</Notice>}
        <TextField label={text.auth.email} name="email" type="email" autoComplete="username" inputMode="email" required autoFocus value={email} error={errors["email"]} onChange={(event) => setEmail(event.target.value)} />
        <PasswordField label={text.auth.password} name="password" autoComplete="current-password" required value={password} error={errors["password"]} onChange={(event) => setPassword(event.target.value)} />
        {problem && <Notice kind="bad">{problem}</Notice>}
        <Button type="submit" look="primary" wide busy={busy}>
          {text.signIn.submit}
        </Button>
        <p className="gate-foot">
          <Link to="/reset-password">{text.signIn.forgot}</Link>
        </p>
      </form>
    </GateCard>
  );
}
