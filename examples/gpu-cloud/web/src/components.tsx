// Components of the sections: a frame that explains a missing permission, buttons that explain why they are disabled, a form.
import { type ComponentProps, type ReactNode, createContext, useContext, useId } from "react";
import { useCan, useExplain } from "rolecall/react";
import type { Permission, Section } from "./use-section";

/** Explains why the member lacks the permission and which roles grant it; empty if the member has it. */
export function useReason(permission: Permission, what: string): string {
  const why = useExplain(permission);
  if (!why || why.allowed) return "";
  return `Your role ${why.role} may not ${what}; ${why.grantedBy.length > 0 ? why.grantedBy.join(" or ") : "no role"} may.`;
}

/** Id of the element that explains a section's disabled controls. */
const Note = createContext<string | undefined>(undefined);

export function Frame<T>({
  title,
  section,
  see,
  change,
  what,
  children,
}: {
  title: string;
  section: Section<T>;
  see: Permission;
  change: Permission;
  /** What the permission `change` allows, to complete "may not …". */
  what: string;
  children: ReactNode;
}) {
  const note = useId();
  const heading = useId();
  const unseen = useReason(see, "see this");
  const unchanged = useReason(change, what);
  return (
    <section aria-labelledby={heading} aria-busy={section.busy}>
      <h2 id={heading}>{title}</h2>
      {unseen ? (
        <p className="locked">{unseen}</p>
      ) : (
        <Note value={unchanged ? note : undefined}>
          {unchanged && (
            <p id={note} className="locked">
              {unchanged}
            </p>
          )}
          {children}
        </Note>
      )}
      <p role="status" className="failed">
        {section.failed}
      </p>
    </section>
  );
}

/** A button that is disabled, with the reason, if the member lacks the permission. */
export function Guarded({
  permission,
  onPress,
  submit,
  kind = "",
  label,
  children,
}: {
  permission: Permission;
  onPress?: () => void;
  submit?: boolean;
  kind?: "primary" | "danger" | "";
  /** Accessible name that includes the object of the action. */
  label?: string;
  children: ReactNode;
}) {
  const allowed = useCan(permission);
  const note = useContext(Note);
  const reason = useReason(permission, "do this");
  return (
    <button
      type={submit ? "submit" : "button"}
      className={kind}
      disabled={!allowed}
      title={reason}
      aria-label={label}
      aria-describedby={allowed ? undefined : note}
      onClick={onPress}
    >
      {children}
    </button>
  );
}

/** A single-line form that resets itself after a successful submission. */
export function Line({
  label,
  permission,
  submit,
  children,
  onSend,
}: {
  label: string;
  permission: Permission;
  submit: string;
  children: ReactNode;
  onSend: (fields: Record<string, string>) => Promise<unknown>;
}) {
  const allowed = useCan(permission);
  return (
    <form
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
        void onSend(fields).then((result) => result !== undefined && form.reset());
      }}
    >
      <fieldset disabled={!allowed}>{children}</fieldset>
      <Guarded permission={permission} submit kind="primary">
        {submit}
      </Guarded>
    </form>
  );
}

export function TextField({ name, label, ...more }: { name: string; label: string } & ComponentProps<"input">) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} name={name} required autoComplete="off" {...more} />
    </div>
  );
}

export function SelectField({ name, label, options }: { name: string; label: string; options: readonly string[] }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} name={name}>
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </div>
  );
}

export function Rows<T extends { id: string }>({ items, none, children }: { items: readonly T[] | undefined; none: string; children: (item: T) => ReactNode }) {
  if (!items) return <p className="quiet">Loading …</p>;
  if (items.length === 0) return <p className="quiet">{none}</p>;
  return (
    <ul>
      {items.map((item) => (
        <li key={item.id}>{children(item)}</li>
      ))}
    </ul>
  );
}
