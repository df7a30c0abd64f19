// The filters of the log: who, what, about what, and between which days. What they hold is the page's address.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";
import { membersQuery } from "../../data/queries";
import { useActive } from "../../data/session";
import type { AuditFilter } from "../../data/types";
import { dayOf, instantOf, localZone } from "../../day";
import { Button } from "../../parts/Button";
import { SelectField, TextField } from "../../parts/Field";
import { useTyped } from "../../parts/useTyped";
import { text } from "../../text";

const words = text.audit;

export function Filters({ filter, onChange }: { filter: AuditFilter; onChange: (filter: AuditFilter) => void }) {
  const { account } = useActive();
  const members = useQuery(membersQuery(account.id));
  const set = (name: keyof AuditFilter, value: string) => {
    const next = { ...filter };
    if (value) next[name] = value;
    else delete next[name];
    onChange(next);
  };
  const known = members.data?.some((member) => member.user.id === filter.actor);
  const [open, setOpen] = useState(false);
  const count = Object.keys(filter).length;
  return (
    <>
    <div className={`filters-toggle ${open ? "open" : ""}`}>
      <Button small wide icon="settings" aria-expanded={open} onClick={() => setOpen(!open)}>
        {words.filtersSet(count)}
      </Button>
    </div>
    <form className="filters" role="search" aria-label={words.filters} onSubmit={(event) => event.preventDefault()}>
      <SelectField label={words.actor} value={filter.actor ?? ""} onChange={(event) => set("actor", event.target.value)}>
        <option value="">{words.anyone}</option>
        {members.data?.map(({ user }) => (
          <option key={user.id} value={user.id}>
            {user.name}
          </option>
        ))}
        {filter.actor && !known && <option value={filter.actor}>{filter.actor}</option>}
      </SelectField>
      <SelectField label={words.action} value={filter.action ?? ""} onChange={(event) => set("action", event.target.value)}>
        <option value="">{words.anyAction}</option>
        {Object.entries(words.actions).map(([action, title]) => (
          <option key={action} value={action}>
            {title}
          </option>
        ))}
        {filter.action && !words.actions[filter.action] && <option value={filter.action}>{filter.action}</option>}
      </SelectField>
      <SelectField label={words.resource} value={filter.resource_type ?? ""} onChange={(event) => set("resource_type", event.target.value)}>
        <option value="">{words.anyResource}</option>
        {Object.entries(words.resources).map(([type, title]) => (
          <option key={type} value={type}>
            {title}
          </option>
        ))}
        {filter.resource_type && !words.resources[filter.resource_type] && <option value={filter.resource_type}>{filter.resource_type}</option>}
      </SelectField>
      <ResourceId value={filter.resource_id ?? ""} onChange={(value) => set("resource_id", value)} />
      <DayField label={words.from} value={filter.from} onChange={(value) => set("from", value)} />
      <DayField label={words.to} value={filter.to} end onChange={(value) => set("to", value)} />
      {count > 0 && (
        <Button look="quiet" className="filters-clear" onClick={() => onChange({})}>
          {words.clear}
        </Button>
      )}
    </form>
    </>
  );
}

/** Typed freely; asked for when the typing rests. */
function ResourceId({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { typed, setTyped, unsaved, written } = useTyped({ value, read: (text) => text.trim(), show: (text) => text });
  const write = useEffectEvent((next: string) => {
    written(next);
    onChange(next);
  });
  useEffect(() => {
    if (unsaved === undefined) return;
    const timer = setTimeout(() => write(unsaved), 350);
    return () => clearTimeout(timer);
  }, [unsaved]);
  return <TextField label={words.resourceId} className="mono" placeholder={words.resourceIdPlaceholder} autoComplete="off" spellCheck={false} value={typed} onChange={(event) => setTyped(event.target.value)} />;
}

/**
 * A day in the reader's time zone. The address holds the instant at which it begins, or, for an end, the one after its
 * last. While a year is typed, a date field tells of days in the years 2, 20 and 202, which the log cannot be asked for.
 */
function DayField({ label, value = "", end = false, onChange }: { label: string; value: string | undefined; end?: boolean; onChange: (value: string) => void }) {
  const [zone] = useState(localZone);
  const [left, setLeft] = useState(false);
  const { typed, setTyped, unsaved, written } = useTyped({
    value,
    read: (day) => (day === "" ? "" : instantOf(day, zone, end)),
    show: (instant) => dayOf(instant, zone, end),
  });
  const write = useEffectEvent((next: string) => {
    written(next);
    onChange(next);
  });
  useEffect(() => {
    if (unsaved !== undefined) write(unsaved);
  }, [unsaved]);
  const useless = typed !== "" && instantOf(typed, zone, end) === undefined;
  return (
    <TextField
      label={label}
      type="date"
      min="1970-01-02"
      max="9999-12-30"
      value={typed}
      error={left && useless ? words.dayOutside : undefined}
      onFocus={() => setLeft(false)}
      onBlur={() => setLeft(true)}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}
