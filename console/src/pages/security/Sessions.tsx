// Where the user is signed in, and how each session was started.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useRolecall } from "rolecall/react";
import { sessionsQuery } from "../../data/queries";
import type { Session } from "../../data/types";
import { Button } from "../../components/Button";
import { ConfirmDialog } from "../../components/Dialog";
import { Icon } from "../../components/Icon";
import { ErrorState, Skeleton } from "../../components/Feedback";
import { toast, toastProblem } from "../../components/toast";
import { useNow } from "../../components/FormattedText";
import { messageFor, messages } from "../../messages";
import { formatRelative, formatDate } from "../../format-time";
import { describeUserAgent } from "./user-agent";
import badgeStyles from "../../components/Badge.module.css";
import cardStyles from "../../components/Card.module.css";
import styles from "./Sessions.module.css";
import { cx } from "../../components/cx";

const t = messages.security;

/** Methods of RFC 8176 that say something about the others, as `user`: an authenticator verified its user. */
const QUALIFIERS = ["user", "mfa"];

/** A code of one time, which was mailed where it came first, and is of the authenticator app where another method came before it. */
const CODE = "otp";

/** Words for the methods of an authentication (RFC 8176), each once; a method without words as it is. */
function waysOf(amr: readonly string[]): string {
  const methods = amr.filter((method) => !QUALIFIERS.includes(method));
  const ways = methods.map((method, index) => (method === CODE && index > 0 ? t.appCode : (messageFor(t.ways, method) ?? method)));
  // Two factors by the one method of codes: a mailed one and one of the app.
  if (amr.includes("mfa") && methods.join() === CODE) ways.push(t.appCode);
  return new Intl.ListFormat("en").format(new Set(ways));
}

export function Sessions() {
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
        <p className="small soft">{t.proven(waysOf(session.amr), session.aal)}</p>
      </div>
      {!session.current && (
        <Button small busy={busy} aria-label={t.endSessionOn(device)} onClick={() => void end()}>
          {t.endSession}
        </Button>
      )}
    </li>
  );
}
