// /settings: the person, not the account: name, password, and where they are signed in.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../data/client";
import { sessionsQuery } from "../data/queries";
import { problemText } from "../data/problems";
import { useActive } from "../data/session";
import type { Session } from "../data/types";
import { Page } from "../layout/Page";
import { Button, ButtonLink } from "../parts/Button";
import { DevMail } from "../parts/DevMail";
import { Confirm } from "../parts/Dialog";
import { TextField } from "../parts/Field";
import { Icon } from "../parts/Icon";
import { ErrorState, Notice, Skeleton } from "../parts/States";
import { toast, toastProblem } from "../parts/toast";
import { useForm } from "../parts/useForm";
import { useNow } from "../parts/Words";
import { text } from "../text";
import { fromNow, onDay } from "../time";
import { deviceOf } from "./settings/device";

const words = text.profile;

export function SettingsPage() {
  return (
    <Page title={words.title} lead={words.lead}>
      <Profile />
      <Password />
      <Sessions />
      <Keys />
    </Page>
  );
}

function Profile() {
  const { user } = useActive();
  const queries = useQueryClient();
  const [typed, setTyped] = useState<string>();
  const name = typed ?? user.name;
  const { form, busy, errors, problem } = useForm(async () => {
    if (name.trim() === user.name) return;
    const client = await api();
    await client.updateMe({ name: name.trim() });
    await queries.invalidateQueries();
    setTyped(undefined);
    toast(words.nameSaved);
  });
  return (
    <section className="card" aria-labelledby="profile-title">
      <div className="card-head">
        <h2 id="profile-title">{words.profile}</h2>
      </div>
      <form {...form} className="card-body form">
        <div className="field-line">
          <TextField label={words.name} name="name" autoComplete="name" required value={name} error={errors["name"]} onChange={(event) => setTyped(event.target.value)} />
          <Button type="submit" busy={busy}>
            {text.save}
          </Button>
        </div>
        <TextField label={words.email} type="email" readOnly value={user.email} hint={words.emailHint} />
        {problem && <Notice kind="bad">{problem}</Notice>}
      </form>
    </section>
  );
}

function Password() {
  const { user } = useActive();
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const send = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const client = await api();
      await client.requestPasswordReset(user.email);
      setSent(true);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="card">
      <div className="setting">
        <div className="grow">
          <h2>{words.password}</h2>
          <p className="soft">{words.passwordLead}</p>
        </div>
        <Button busy={busy} onClick={() => void send()}>
          {words.passwordSend}
        </Button>
      </div>
      {(sent || problem !== undefined) && (
        <div className="card-foot stack tight">
          {sent && <Notice kind="good">{words.passwordSent(user.email)}</Notice>}
          {sent && <DevMail email={user.email} />}
          {problem !== undefined && <Notice kind="bad">{problemText(problem)}</Notice>}
        </div>
      )}
    </section>
  );
}

function Sessions() {
  const sessions = useQuery(sessionsQuery);
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  /** As many as there were when it was asked: the question stays the same while they end. */
  const [asked, setAsked] = useState(0);
  const others = sessions.data?.filter((session) => !session.current) ?? [];
  const end = async (which: Session[]) => {
    const client = await api();
    await Promise.all(which.map((session) => client.endSession(session.id)));
    await queries.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  };
  const ask = () => {
    setAsked(others.length);
    setAsking(true);
  };
  return (
    <section className="card" aria-labelledby="sessions-title">
      <div className="card-head">
        <div className="grow">
          <h2 id="sessions-title">{words.sessions}</h2>
          <p className="soft small">{words.sessionsLead}</p>
        </div>
        <Button reason={sessions.data && others.length === 0 ? words.noOthers : undefined} onClick={ask}>
          {words.revokeOthers}
        </Button>
      </div>
      {sessions.isPending && <Skeleton lines={2} height="row" />}
      {sessions.error && !sessions.data && <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} />}
      <ul>
        {sessions.data?.map((session) => (
          <SessionRow key={session.id} session={session} onEnd={() => end([session])} />
        ))}
      </ul>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={words.revokeOthersTitle}
        body={words.revokeOthersBody(asked)}
        submit={words.revokeOthers}
        onConfirm={async () => {
          await end(others);
          toast(words.othersRevoked);
        }}
      />
    </section>
  );
}

function SessionRow({ session, onEnd }: { session: Session; onEnd: () => Promise<void> }) {
  const now = useNow();
  const [busy, setBusy] = useState(false);
  const { device, isPhone } = deviceOf(session.user_agent);
  const end = async () => {
    setBusy(true);
    try {
      await onEnd();
      toast(words.revoked);
    } catch (error) {
      toastProblem(error);
      setBusy(false);
    }
  };
  return (
    <li className="setting card-foot">
      <span className="empty-icon flat">
        <Icon name={isPhone ? "phone" : "screen"} />
      </span>
      <div className="grow">
        <p className="row wrap">
          <span className="strong">{device}</span>
          {session.current && <span className="badge good">{words.thisOne}</span>}
        </p>
        <p className="small soft">
          {words.lastSeen(fromNow(session.last_seen_at, now))} · {words.signedIn(onDay(session.created_at))}
        </p>
      </div>
      {!session.current && (
        <Button small busy={busy} aria-label={words.revokeThis(device)} onClick={() => void end()}>
          {words.revoke}
        </Button>
      )}
    </li>
  );
}

/** Where those look for API keys who think of them as their own. */
function Keys() {
  const { account } = useActive();
  return (
    <section className="card">
      <div className="setting">
        <div className="grow">
          <h2>{words.keys}</h2>
          <p className="soft">{words.keysLead(account.name)}</p>
        </div>
        <ButtonLink to="/team" search={{ tab: "keys" }}>
          {words.keysOpen}
        </ButtonLink>
      </div>
    </section>
  );
}
