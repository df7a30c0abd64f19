// /settings: the user's profile, password and sessions.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useRolecall } from "rolecall/react";
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
import { useNow } from "../components/FormattedText";
import { messages } from "../messages";
import { formatRelative, formatDate } from "../format-time";
import { describeUserAgent } from "./settings/user-agent";
import badgeStyles from "../components/Badge.module.css";
import cardStyles from "../components/Card.module.css";
import fieldStyles from "../components/Field.module.css";
import styles from "./settings.module.css";
import { cx } from "../components/cx";

const t = messages.settings;

export function SettingsPage() {
  return (
    <Page title={t.title} lead={t.lead}>
      <Profile />
      <Password />
      <Sessions />
      <ApiKeysLink />
    </Page>
  );
}

function Profile() {
  const rolecall = useRolecall();
  const { user } = useSession();
  const queries = useQueryClient();
  const [editedName, setEditedName] = useState<string>();
  const name = editedName ?? user.name;
  const { form, busy, errors, problem } = useForm(async () => {
    if (name.trim() === user.name) return;
    await rolecall.me.update({ name: name.trim() });
    await queries.invalidateQueries();
    setEditedName(undefined);
    toast(t.nameSaved);
  });
  return (
    <section className={cardStyles.card} aria-labelledby="profile-title">
      <div className={cardStyles.header}>
        <h2 id="profile-title">{t.profile}</h2>
      </div>
      <form {...form} className={cx(cardStyles.body, fieldStyles.form)}>
        <div className={fieldStyles.inputWithAction}>
          <TextField
            label={t.name}
            name="name"
            autoComplete="name"
            required
            value={name}
            error={errors["name"]}
            onChange={(event) => setEditedName(event.target.value)}
          />
          <Button type="submit" busy={busy}>
            {messages.common.save}
          </Button>
        </div>
        <TextField label={t.email} type="email" readOnly value={user.email} hint={t.emailHint} />
        {problem && <Notice kind="error">{problem}</Notice>}
      </form>
    </section>
  );
}

function Password() {
  const rolecall = useRolecall();
  const { user } = useSession();
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const send = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await rolecall.passwordResets.request(user.email);
      setSent(true);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={cardStyles.card}>
      <div className={cardStyles.setting}>
        <div className="grow">
          <h2>{t.password}</h2>
          <p className="soft">{t.passwordLead}</p>
        </div>
        <Button busy={busy} onClick={() => void send()}>
          {t.passwordSend}
        </Button>
      </div>
      {(sent || problem !== undefined) && (
        <div className={cx(cardStyles.footer, "stack tight")}>
          {sent && <Notice kind="success">{t.passwordSent(user.email)}</Notice>}
          {sent && <DevOutboxNotice email={user.email} />}
          {problem !== undefined && <Notice kind="error">{problemText(problem)}</Notice>}
        </div>
      )}
    </section>
  );
}

function Sessions() {
  const rolecall = useRolecall();
  const sessions = useQuery(sessionsQuery);
  const queries = useQueryClient();
  const [confirming, setConfirming] = useState(false);
  /** The number of other sessions when the dialog opened, so that its text does not change while they end. */
  const [sessionCount, setSessionCount] = useState(0);
  const others = sessions.data?.filter((session) => !session.current) ?? [];
  const endSessions = async (targets: Session[]) => {
    await Promise.all(targets.map((session) => rolecall.sessions.revoke(session.id)));
    await queries.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  };
  const confirmEndOthers = () => {
    setSessionCount(others.length);
    setConfirming(true);
  };
  return (
    <section className={cardStyles.card} aria-labelledby="sessions-title">
      <div className={cardStyles.header}>
        <div className="grow">
          <h2 id="sessions-title">{t.sessions}</h2>
          <p className="soft small">{t.sessionsLead}</p>
        </div>
        <Button disabledReason={sessions.data && others.length === 0 ? t.noOthers : undefined} onClick={confirmEndOthers}>
          {t.endOthers}
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
        title={t.endOthersTitle}
        body={t.endOthersBody(sessionCount)}
        submit={t.endOthers}
        onConfirm={async () => {
          await endSessions(others);
          toast(t.othersEnded);
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
      toast(t.sessionEnded);
    } catch (error) {
      toastProblem(error);
      setBusy(false);
    }
  };
  return (
    <li className={cx(cardStyles.setting, cardStyles.footer)}>
      <span className={styles.deviceIcon}>
        <Icon name={isPhone ? "phone" : "screen"} />
      </span>
      <div className="grow">
        <p className="row wrap">
          <span className="strong">{device}</span>
          {session.current && <span className={cx(badgeStyles.badge, badgeStyles.good)}>{t.currentSession}</span>}
        </p>
        <p className="small soft">
          {t.lastUsed(formatRelative(session.last_seen_at, now))} · {t.signedIn(formatDate(session.created_at))}
        </p>
      </div>
      {!session.current && (
        <Button small busy={busy} aria-label={t.endSessionOn(device)} onClick={() => void end()}>
          {t.endSession}
        </Button>
      )}
    </li>
  );
}

/** Points users who look for API keys in their settings to the account's page. */
function ApiKeysLink() {
  const { account } = useSession();
  return (
    <section className={cardStyles.card}>
      <div className={cardStyles.setting}>
        <div className="grow">
          <h2>{t.keys}</h2>
          <p className="soft">{t.keysLead(account.name)}</p>
        </div>
        <ButtonLink to="/team" search={{ tab: "keys" }}>
          {t.keysOpen}
        </ButtonLink>
      </div>
    </section>
  );
}
