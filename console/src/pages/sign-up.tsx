// /sign-up: name, email and password. The answer is the same for every email, and so is what stands here after it.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../data/client";
import { GateCard } from "../layout/Gate";
import { Button } from "../parts/Button";
import { DevMail } from "../parts/DevMail";
import { TextField } from "../parts/Field";
import { NewPassword } from "../parts/PasswordRules";
import { Notice } from "../parts/States";
import { useForm } from "../parts/useForm";
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
      <GateCard key="sent" title={text.signUp.sentTitle} lead={text.signUp.sent(sentTo)} icon="mail">
        <div className="stack">
          <DevMail email={sentTo} />
          <p className="soft">{text.signUp.sentMore}</p>
          <Button wide onClick={() => setSentTo(undefined)}>
            {text.signUp.again}
          </Button>
        </div>
      </GateCard>
    );
  }
  const foot = (
    <>
      {text.signUp.have} <Link to="/sign-in">{text.signUp.signIn}</Link>
    </>
  );
  return (
    <GateCard title={text.signUp.title} lead={text.signUp.lead} foot={foot}>
      <form {...form}>
        <TextField label={text.auth.name} name="name" autoComplete="name" value={name} error={errors["name"]} hint={text.auth.nameHint} onChange={(event) => setName(event.target.value)} autoFocus />
        <TextField label={text.auth.email} name="email" type="email" autoComplete="username" inputMode="email" required value={email} error={errors["email"]} onChange={(event) => setEmail(event.target.value)} />
        <NewPassword label={text.auth.password} value={password} onChange={setPassword} error={errors["password"]} context={[name, email]} />
        {problem && <Notice kind="bad">{problem}</Notice>}
        <Button type="submit" look="primary" wide busy={busy}>
          {text.signUp.submit}
        </Button>
      </form>
    </GateCard>
  );
}
