// /settings: the user's profile, password and sessions.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../data/client";
import { sessionsQuery } from "../data/queries";
import { problemText } from "../data/problems";
import { useSession } from "../data/session";
import type { Session } from "../data/types";
import { Page } from "../layout/Page";
import { Button, ButtonLink } from "../components/Button";
import { DevOutboxNotice } from "../components/DevOutboxNotice";
import { ConfirmDialog } from "../components/Dialog";
import { TextField } from "../components/Field";
import { Icon } from "../components/Icon";
import { ErrorState, Notice, Skeleton } from "../components/Feedback";
import { toast, toastProblem } from "../components/toast";
import { useForm } from "../components/useForm";
import { useNow } from "../components/Text";
import { text } from "../text";
import { formatRelative, formatDate } from "../format-time";
import { describeUserAgent } from "./settings/user-agent";

const words = text.profile;

export function SettingsPage() {
  return (
    <Page title={words.title} lead={words.lead}>
      <Profile />
      <Password />
      <Sessions />
      <ApiKeysLink />
    </Page>
  );
}

function Profile() {
  const { user } = useSession();
  const queries = useQueryClient();
  const [editedName, setEditedName] = useState<string>();
  const name = editedName ?? user.name;
  const { form, busy, errors, problem } = useForm(async () => {
    if (name.trim() === user.name) return;
    const client = await api();
    await client.updateMe({ name: name.trim() });
    await queries.invalidateQueries();
    setEditedName(undefined);
    toast(words.nameSaved);
  });
  return (
    <section className="card" aria-labelledby="profile-title">
      <div className="card-head">
        <h2 id="profile-title">{words.profile}</h2>
      </div>
      <form {...form} className="card-body form">
        <div className="field-line">
          <TextField label={words.name} name="name" autoComplete="name" required value={name} error={errors["name"]} onChange={(event) => setEditedName(event.target.value)} />
          <Button type="submit" busy={busy}>
            {text.save}
          </Button>
        </div>
        <TextField label={words.email} type="email" readOnly value={user.email} hint={words.emailHint} />
        {problem && <Notice kind="error">{problem}</Notice>}
      </form>
    </section>
  );
}

function Password() {
  const { user } = useSession();
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
          {sent && <Notice kind="success">{words.passwordSent(user.email)}</Notice>}
          {sent && <DevOutboxNotice email={user.email} />}
          {problem !== undefined && <Notice kind="error">{problemText(problem)}</Notice>}
        </div>
      )}
    </section>
  );
}

function Sessions() {
  const sessions = useQuery(sessionsQuery);
  const queries = useQueryClient();
  const [confirming, setConfirming] = useState(false);
  /** The number of other sessions when the dialog opened, so that its text does not change while they end. */
  const [sessionCount, setSessionCount] = useState(0);
  const others = sessions.data?.filter((session) => !session.current) ?? [];
  const endSessions = async (targets: Session[]) => {
    const client = await api();
    await Promise.all(targets.map((session) => client.endSession(session.id)));
    await queries.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  };
  const confirmEndOthers = () => {
    setSessionCount(others.length);
    setConfirming(true);
  };
  return (
    <section className="card" aria-labelledby="sessions-title">
      <div className="card-head">
        <div className="grow">
          <h2 id="sessions-title">{words.sessions}</h2>
          <p className="soft small">{words.sessionsLead}</p>
        </div>
        <Button disabledReason={sessions.data && others.length === 0 ? words.noOthers : undefined} onClick={confirmEndOthers}>
          {words.revokeOthers}
        </Button>
      </div>
      {sessions.isPending && <Skeleton lines={2} height="row" />}
      {sessions.error && !sessions.data && <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} />}
      <ul>
        {sessions.data?.map((session) => (
          <SessionRow key={session.id} session={session} onEnd={() => endSessions([session])} />
        ))}
      </ul>
      <ConfirmDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        title={words.revokeOthersTitle}
        body={words.revokeOthersBody(sessionCount)}
        submit={words.revokeOthers}
        onConfirm={async () => {
          await endSessions(others);
          toast(words.othersRevoked);
        }}
      />
    </section>
  );
}

function SessionRow({ session, onEnd }: { session: Session; onEnd: () => Promise<void> }) {
  const now = useNow();
  const [busy, setBusy] = useState(false);
  const { device, isPhone } = describeUserAgent(session.user_agent);
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
          {words.lastSeen(formatRelative(session.last_seen_at, now))} · {words.signedIn(formatDate(session.created_at))}
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

/** Points users who look for API keys in their settings to the account's page. */
function ApiKeysLink() {
  const { account } = useSession();
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
