// /verify-email: the link in the sign-up mail. Opening it changes nothing, since mail scanners open links too;
// the button redeems it. In another browser than the one that signed up, the password is chosen here.
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../data/client";
import { problemCode } from "../data/problems";
import { useEntered } from "../data/session";
import { dropLinkSecrets, holdLinkSecrets, linkSecrets, takeKeptInvitation } from "../fragment";
import { GateCard } from "../layout/Gate";
import { Button, ButtonLink } from "../parts/Button";
import { TextField } from "../parts/Field";
import { NewPassword } from "../parts/PasswordRules";
import { Notice } from "../parts/States";
import { toast, toastProblem } from "../parts/toast";
import { useForm } from "../parts/useForm";
import { text } from "../text";

const PAGE = "/verify-email";

export function VerifyEmailPage() {
  const [link] = useState(() => linkSecrets(PAGE));
  const [state, setState] = useState<"open" | "elsewhere" | "over" | "unknown">("open");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const navigate = useNavigate();
  const entered = useEntered();
  const elsewhere = state === "elsewhere";

  const redeem = async (token: string) => {
    const client = await api();
    const { user } = await client.verifyEmail(token, elsewhere ? password : undefined);
    dropLinkSecrets(PAGE);
    const chosen = name.trim();
    // The email is confirmed by now: a name that is not taken is no reason to stay here.
    const named = elsewhere && chosen ? await client.updateMe({ name: chosen }).then((me) => me.user.name, toastProblem) : undefined;
    await entered();
    const waiting = takeKeptInvitation(Date.now());
    if (waiting) holdLinkSecrets("/join", { token: waiting });
    await navigate({ to: waiting ? "/join" : "/", replace: true });
    toast(text.verify.welcome(named || user.name));
  };
  const { form, busy, errors, problem } = useForm(async () => {
    try {
      if (link) await redeem(link.token);
    } catch (error) {
      const code = problemCode(error);
      if (code === "verification-elsewhere") setState("elsewhere");
      else if (code === "verification-over") setState("over");
      else if (code === "verification-not-found") setState("unknown");
      else throw error;
    }
  });

  if (!link || state === "over" || state === "unknown") {
    const { title, lead } = !link
      ? { title: text.links.incompleteTitle, lead: text.links.incomplete }
      : state === "over"
        ? { title: text.verify.overTitle, lead: text.verify.over }
        : { title: text.links.unknownTitle, lead: text.links.unknown };
    return (
      <GateCard key="over" title={title} lead={lead} icon="mail" tone="quiet">
        <div className="stack tight">
          <ButtonLink to="/sign-in" look="primary" wide>
            {text.signIn.submit}
          </ButtonLink>
          <ButtonLink to="/sign-up" wide>
            {text.verify.signUp}
          </ButtonLink>
        </div>
      </GateCard>
    );
  }
  return (
    <GateCard key={state} title={elsewhere ? text.verify.elsewhereTitle : text.verify.title} lead={elsewhere ? text.verify.elsewhere : text.verify.lead} icon="mail">
      <form {...form}>
        {elsewhere && (
          <>
            <TextField label={text.auth.name} optional name="name" autoComplete="name" maxLength={64} value={name} error={errors["name"]} hint={text.verify.nameHint} onChange={(event) => setName(event.target.value)} autoFocus />
            <NewPassword label={text.auth.password} value={password} onChange={setPassword} error={errors["password"]} context={[name]} />
          </>
        )}
        {problem && <Notice kind="bad">{problem}</Notice>}
        <Button type="submit" look="primary" wide busy={busy}>
          {text.verify.submit}
        </Button>
      </form>
    </GateCard>
  );
}
