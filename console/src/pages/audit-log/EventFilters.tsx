// The filters of the audit log.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";
import { membersQuery } from "../../data/queries";
import { useSession } from "../../data/session";
import type { AuditFilter } from "../../data/types";
import { dayOf, instantOf, localZone } from "../../calendar-day";
import { Button } from "../../components/Button";
import { SelectField, TextField } from "../../components/Field";
import { useBufferedInput } from "../../components/useBufferedInput";
import { messageFor, messages } from "../../messages";
import styles from "./EventFilters.module.css";
import { cx } from "../../components/cx";

const t = messages.auditLog;

export function EventFilters({ filter, onChange }: { filter: AuditFilter; onChange: (filter: AuditFilter) => void }) {
  const { account } = useSession();
  const members = useQuery(membersQuery(account.id));
  const set = (name: keyof AuditFilter, value: string) => {
    const next = { ...filter };
    if (value) next[name] = value;
    else delete next[name];
    onChange(next);
  };
  const isCurrentMember = members.data?.some((member) => member.user.id === filter.actor);
  const [open, setOpen] = useState(false);
  const count = Object.keys(filter).length;
  return (
    <>
      <div className={cx(styles.toggle, open && styles.open)}>
        <Button small fullWidth icon="settings" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t.filtersCount(count)}
        </Button>
      </div>
      <form className={styles.filters} role="search" aria-label={t.filters} onSubmit={(event) => event.preventDefault()}>
        <SelectField label={t.actor} value={filter.actor ?? ""} onChange={(event) => set("actor", event.target.value)}>
          <option value="">{t.anyone}</option>
          {members.data?.map(({ user }) => (
            <option key={user.id} value={user.id}>
              {user.name}
            </option>
          ))}
          {filter.actor && !isCurrentMember && <option value={filter.actor}>{filter.actor}</option>}
        </SelectField>
        <SelectField label={t.action} value={filter.action ?? ""} onChange={(event) => set("action", event.target.value)}>
          <option value="">{t.anyAction}</option>
          {Object.entries(t.actions).map(([action, title]) => (
            <option key={action} value={action}>
              {title}
            </option>
          ))}
          {filter.action && !messageFor(t.actions, filter.action) && <option value={filter.action}>{filter.action}</option>}
        </SelectField>
        <SelectField label={t.resourceType} value={filter.resource_type ?? ""} onChange={(event) => set("resource_type", event.target.value)}>
          <option value="">{t.anyResource}</option>
          {Object.entries(t.resources).map(([type, title]) => (
            <option key={type} value={type}>
              {title}
            </option>
          ))}
          {filter.resource_type && !messageFor(t.resources, filter.resource_type) && <option value={filter.resource_type}>{filter.resource_type}</option>}
        </SelectField>
        <ResourceId value={filter.resource_id ?? ""} onChange={(value) => set("resource_id", value)} />
        <DayField label={t.from} value={filter.from} onChange={(value) => set("from", value)} />
        <DayField label={t.to} value={filter.to} end onChange={(value) => set("to", value)} />
        {count > 0 && (
          <Button variant="quiet" className={styles.clear} onClick={() => onChange({})}>
            {t.clear}
          </Button>
        )}
      </form>
    </>
  );
}

/** Commits the id when typing pauses. */
function ResourceId({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { text, setText, pending, markCommitted } = useBufferedInput({ value, parse: (text) => text.trim(), format: (value) => value });
  const commit = useEffectEvent((next: string) => {
    markCommitted(next);
    onChange(next);
  });
  useEffect(() => {
    if (pending === undefined) return;
    const timer = setTimeout(() => commit(pending), 350);
    return () => clearTimeout(timer);
  }, [pending]);
  return (
    <TextField
      label={t.resourceId}
      className="mono"
      placeholder={t.resourceIdPlaceholder}
      autoComplete="off"
      spellCheck={false}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}

/**
 * A day in the user's time zone. The URL holds the instant at which it begins, or, for an end, the instant after it. While a
 * year is typed, the field reports days in the years 2, 20 and 202, which the API does not accept.
 */
function DayField({
  label,
  value = "",
  end = false,
  onChange,
}: {
  label: string;
  value: string | undefined;
  end?: boolean;
  onChange: (value: string) => void;
}) {
  const [zone] = useState(localZone);
  const [touched, setTouched] = useState(false);
  const { text, setText, pending, markCommitted } = useBufferedInput({
    value,
    parse: (day) => (day === "" ? "" : instantOf(day, zone, end)),
    format: (instant) => dayOf(instant, zone, end),
  });
  const commit = useEffectEvent((next: string) => {
    markCommitted(next);
    onChange(next);
  });
  useEffect(() => {
    if (pending !== undefined) commit(pending);
  }, [pending]);
  const outOfRange = text !== "" && instantOf(text, zone, end) === undefined;
  return (
    <TextField
      label={label}
      type="date"
      min="1970-01-02"
      max="9999-12-30"
      value={text}
      error={touched && outOfRange ? t.dayOutOfRange : undefined}
      onFocus={() => setTouched(false)}
      onBlur={() => setTouched(true)}
      onChange={(event) => setText(event.target.value)}
    />
  );
}
