// /audit-log: the account's audit log. The filters are stored in the URL, so that a view can be shared.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { auditQuery } from "../data/queries";
import { useDenialReason } from "../data/permissions";
import { useSession } from "../data/session";
import type { AuditFilter } from "../data/types";
import { Page } from "../layout/Page";
import { Button } from "../components/Button";
import { EmptyState, ErrorState, Skeleton } from "../components/Feedback";
import { messages } from "../messages";
import { EventTable } from "./audit-log/EventTable";
import { ExportMenu } from "./audit-log/ExportMenu";
import { EventFilters } from "./audit-log/EventFilters";
import { useChainVerification, VerificationResult } from "./audit-log/ChainVerification";
import cardStyles from "../components/Card.module.css";
import { cx } from "../components/cx";

const t = messages.auditLog;

export function AuditLogPage() {
  const { account } = useSession();
  const deniedReason = useDenialReason("audit.read");
  if (deniedReason !== undefined) {
    return (
      <Page title={t.title} lead={t.lead}>
        <section className={cardStyles.card}>
          <EmptyState icon="lock" title={messages.errors.noAccessTitle}>
            {deniedReason}
          </EmptyState>
        </section>
      </Page>
    );
  }
  return <EventLog key={account.id} />;
}

function EventLog() {
  const { account } = useSession();
  const search = useSearch({ from: "/console/audit-log" });
  const filter = useMemo<AuditFilter>(() => Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)), [search]);
  const navigate = useNavigate({ from: "/audit-log" });
  const log = useInfiniteQuery(auditQuery(account.id, filter));
  const verification = useChainVerification(account.id);
  const setFilter = (next: AuditFilter) => void navigate({ search: next, replace: true, resetScroll: false });
  const filtered = Object.keys(filter).length > 0;
  const events = log.data?.pages.flatMap((page) => page.items) ?? [];

  const actions = (
    <>
      <Button icon="shield" busy={verification.state.status === "checking"} onClick={() => void verification.run()}>
        {t.verify}
      </Button>
      <ExportMenu filter={filter} />
    </>
  );
  return (
    <Page title={t.title} lead={t.lead} actions={actions}>
      <VerificationResult state={verification.state} />
      <section className={cardStyles.card} aria-label={t.title}>
        <EventFilters filter={filter} onChange={setFilter} />
        {log.isPending && <Skeleton lines={6} height="row" />}
        {log.error && events.length === 0 && <ErrorState error={log.error} onRetry={() => void log.refetch()} />}
        {log.data && events.length === 0 && (
          <EmptyState
            icon="log"
            title={filtered ? t.noMatch : t.none}
            action={filtered ? <Button onClick={() => setFilter({})}>{t.clear}</Button> : undefined}
          />
        )}
        {events.length > 0 && <EventTable events={events} />}
        {events.length > 0 && (
          <LoadMore
            more={log.hasNextPage}
            busy={log.isFetchingNextPage}
            failed={log.isFetchNextPageError ? log.error : undefined}
            onMore={() => void log.fetchNextPage({ cancelRefetch: false })}
          />
        )}
      </section>
    </Page>
  );
}

/** Loads the next page of events when the end of the list scrolls near; also a button, for keyboards and after a failure. */
function LoadMore({ more, busy, failed, onMore }: { more: boolean; busy: boolean; failed: unknown; onMore: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  const load = useRef(onMore);
  useEffect(() => {
    load.current = onMore;
  });
  const watching = more && !failed;
  useEffect(() => {
    const here = end.current;
    if (!here || !watching) return;
    const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && load.current(), { rootMargin: "600px" });
    watcher.observe(here);
    return () => watcher.disconnect();
    // `busy` is a dependency: a page that did not fill the screen must load the next one.
  }, [watching, busy]);
  return (
    <div ref={end} className={cx(cardStyles.footer, cardStyles.listEnd)}>
      {more ? (
        <Button variant="quiet" busy={busy} onClick={onMore}>
          {failed ? messages.common.retry : messages.common.loadMore}
        </Button>
      ) : (
        <p className="small faint">{t.end}</p>
      )}
    </div>
  );
}
