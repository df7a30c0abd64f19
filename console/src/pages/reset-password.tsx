// /reset-password: without a link it asks for one; with the link from the mail it sets the new password.
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../data/client";
import { problemCode } from "../data/problems";
import { useLeft } from "../data/session";
import { dropLinkSecrets, isLinkDamaged, linkSecrets } from "../fragment";
import { GateCard } from "../layout/Gate";
import { Button, ButtonLink } from "../parts/Button";
import { DevMail } from "../parts/DevMail";
import { TextField } from "../parts/Field";
import { NewPassword } from "../parts/PasswordRules";
import { Notice } from "../parts/States";
import { useForm } from "../parts/useForm";
import { text } from "../text";

const PAGE = "/reset-password";

export function ResetPasswordPage() {
  const [link, setLink] = useState(() => linkSecrets(PAGE));
  const [damaged] = useState(() => isLinkDamaged(PAGE));
  if (!link) return <Ask damaged={damaged} />;
  return (
    <Choose
      token={link.token}
      onAgain={() => {
        dropLinkSecrets(PAGE);
        setLink(undefined);
      }}
    />
  );
}

const back = <Link to="/sign-in">{text.reset.back}</Link>;

/** `damaged`: a link opened the page, but not all of it. */
function Ask({ damaged }: { damaged: boolean }) {
  const search = useSearch({ from: "/gate/reset-password" });
  const [email, setEmail] = useState(search.email ?? "");
  const [sentTo, setSentTo] = useState<string>();
  const { form, busy, errors, problem } = useForm(async () => {
    const client = await api();
    await client.requestPasswordReset(email.trim());
    setSentTo(email.trim());
  });
  if (sentTo) {
    return (
      <GateCard key="sent" title={text.reset.sentTitle} lead={text.reset.sent(sentTo)} icon="mail" foot={back}>
        <DevMail email={sentTo} />
      </GateCard>
    );
  }
  return (
    <GateCard title={text.reset.askTitle} lead={text.reset.askLead} foot={back}>
      <form {...form}>
        {damaged && <Notice kind="warn" title={text.links.incompleteTitle}>{text.reset.incomplete}</Notice>}
        <TextField label={text.auth.email} name="email" type="email" autoComplete="username" inputMode="email" required autoFocus value={email} error={errors["email"]} onChange={(event) => setEmail(event.target.value)} />
        {problem && <Notice kind="bad">{problem}</Notice>}
        <Button type="submit" look="primary" wide busy={busy}>
          {text.reset.ask}
        </Button>
      </form>
    </GateCard>
  );
}

function Choose({ token, onAgain }: { token: string; onAgain: () => void }) {
  const [password, setPassword] = useState("");
  const [state, setState] = useState<"open" | "done" | "over" | "unknown">("open");
  const left = useLeft();
  const { form, busy, errors, problem } = useForm(async () => {
    try {
      const client = await api();
      await client.resetPassword({ token, password });
      dropLinkSecrets(PAGE);
      left();
      setState("done");
    } catch (error) {
      const code = problemCode(error);
      if (code === "reset-over") setState("over");
      else if (code === "verification-not-found") setState("unknown");
      else throw error;
    }
  });
  if (state === "done") {
    return (
      <GateCard key="done" title={text.reset.doneTitle} lead={text.reset.done} icon="check">
        <ButtonLink to="/sign-in" look="primary" wide>
          {text.signIn.submit}
        </ButtonLink>
      </GateCard>
    );
  }
  if (state !== "open") {
    const over = state === "over";
    return (
      <GateCard key="over" title={over ? text.reset.overTitle : text.links.unknownTitle} lead={over ? text.reset.over : text.links.unknown} icon="lock" tone="quiet" foot={back}>
        <Button look="primary" wide onClick={onAgain}>
          {text.reset.askAgain}
        </Button>
      </GateCard>
    );
  }
  return (
    <GateCard title={text.reset.title} lead={text.reset.lead} foot={back}>
      <form {...form}>
        <NewPassword label={text.auth.newPassword} value={password} onChange={setPassword} error={errors["password"]} context={[]} autoFocus />
        {problem && <Notice kind="bad">{problem}</Notice>}
        <Button type="submit" look="primary" wide busy={busy}>
          {text.reset.submit}
        </Button>
      </form>
    </GateCard>
  );
}
