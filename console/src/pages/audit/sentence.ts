// An audit event in plain language: names instead of ids, titles instead of codes. The words stand in text.ts.
import type { AuditEvent } from "../../data/types";
import { type AuditWords, text } from "../../text";

const words = text.audit;

/** Where names come from; each falls back to something readable. */
export interface Names {
  person: (userId: string) => string;
  role: (code: string) => string;
  permission: (code: string) => string;
}

export interface Sentence {
  actor: string;
  what: string;
  /** One more line, for example what was missing. */
  note?: string;
}

export function sentence(event: AuditEvent, names: Names): Sentence {
  const data = event.data;
  const string = (key: string) => (typeof data[key] === "string" ? (data[key] as string) : "");
  const isRole = event.action.startsWith("member.");
  const target = string("user") || (event.action === "account.transfer" ? string("to") : event.resource.id);
  const filled: AuditWords = {
    target: target.startsWith("usr_") ? names.person(target) : words.aFormerMember,
    from: isRole ? names.role(string("from")) : string("from"),
    to: isRole ? names.role(string("to")) : string("to"),
    name: string("name"),
    title: string("title") || event.resource.id,
    email: string("email"),
    role: string("role") && names.role(string("role")),
  };
  const actor = actorOf(event);
  if (event.outcome === "denied") {
    const permission = string("permission");
    const what = words.denied[event.action]?.(filled) ?? words.otherDenied(event.action);
    return permission ? { actor, what, note: words.needs(names.permission(permission)) } : { actor, what };
  }
  const note = event.action === "role.update" ? roleChange(data["from"], data["permissions"], names) : undefined;
  return { ...(note ? { note } : {}), actor, what: words.done[event.action]?.(filled) ?? words.otherDone(event.action) };
}

/** What a changed role may do now and could not before, and the other way round. */
function roleChange(before: unknown, after: unknown, names: Names): string | undefined {
  // A list that was too long for the log is counted and hashed there: nobody can say what differs.
  if (!Array.isArray(before) || !Array.isArray(after)) return undefined;
  const codes = (value: unknown) => (Array.isArray(value) ? value.filter((code) => typeof code === "string") : []);
  const titles = (list: string[], without: string[]) => list.filter((code) => !without.includes(code)).map(names.permission);
  const added = titles(codes(after), codes(before));
  const taken = titles(codes(before), codes(after));
  return [...(added.length > 0 ? [words.added(added.join(", "))] : []), ...(taken.length > 0 ? [words.taken(taken.join(", "))] : [])].join(" · ") || undefined;
}

function actorOf({ actor }: AuditEvent): string {
  if (actor.type === "user") return actor.name || words.someone;
  if (actor.type === "api_key") return words.apiKey(actor.name);
  return actor.name ? words.invitee(actor.name) : words.someone;
}
