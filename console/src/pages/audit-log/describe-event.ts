// Describes audit events in plain language, with names instead of ids and titles instead of codes.
import type { AuditEvent } from "../../data/types";
import { type EventParams, messageFor, messages } from "../../messages";

const t = messages.auditLog;

/** Resolves ids and codes; each function falls back to something readable. */
export interface NameLookup {
  person: (userId: string) => string;
  role: (code: string) => string;
  permission: (code: string) => string;
}

export interface EventDescription {
  actor: string;
  action: string;
  /** Additional details, such as the missing permission. */
  note?: string;
}

export function describeEvent(event: AuditEvent, names: NameLookup): EventDescription {
  const data = event.data;
  const string = (key: string) => (typeof data[key] === "string" ? (data[key] as string) : "");
  const isRole = event.action.startsWith("member.");
  const target = string("user") || (event.action === "account.transfer" ? string("to") : event.resource.id);
  const params: EventParams = {
    target: target.startsWith("usr_") ? names.person(target) : t.formerMember,
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
    const action = messageFor(t.denied, event.action)?.(params) ?? t.otherDenied(event.action);
    return permission ? { actor, action, note: t.requires(names.permission(permission)) } : { actor, action };
  }
  const note = event.action === "role.update" ? roleChange(data["from"], data["permissions"], names) : undefined;
  return { ...(note ? { note } : {}), actor, action: messageFor(t.done, event.action)?.(params) ?? t.otherDone(event.action) };
}

/** Returns the permissions that an update added to and removed from a role. */
function roleChange(before: unknown, after: unknown, names: NameLookup): string | undefined {
  // The log stores long lists as a count and a hash, which cannot be compared.
  if (!Array.isArray(before) || !Array.isArray(after)) return undefined;
  const codes = (value: unknown) => (Array.isArray(value) ? value.filter((code) => typeof code === "string") : []);
  const titles = (list: string[], without: string[]) => list.filter((code) => !without.includes(code)).map(names.permission);
  const added = titles(codes(after), codes(before));
  const removed = titles(codes(before), codes(after));
  return [...(added.length > 0 ? [t.added(added.join(", "))] : []), ...(removed.length > 0 ? [t.removed(removed.join(", "))] : [])].join(" · ") || undefined;
}

function actorOf({ actor }: AuditEvent): string {
  if (actor.type === "user") return actor.name || t.someone;
  if (actor.type === "api_key") return t.apiKey(actor.name);
  return actor.name ? t.invitee(actor.name) : t.someone;
}
