// Describes audit events in plain language, with names instead of ids and titles instead of codes. The sentence of an
// action is a message; a member `{ "from": …, "to": … }` of the event's data is a changed field, and described by its name
// and values, so that a new field needs no message. An erased value is null, and its path in the event's `erased`.
import type { AuditEvent } from "../../data/types.ts";
import { type EventParams, messageFor, messages } from "../../messages/index.ts";

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
  const isErased = (key: string) => event.erased.includes(`data.${key}`);
  const string = (key: string) => (isErased(key) ? t.erased : typeof data[key] === "string" ? (data[key] as string) : "");
  // Of a member, `from` and `to` are role codes.
  const titleOrText = (key: string) => (event.action.startsWith("member.") ? names.role(string(key)) : string(key));
  const target = string("user") || (event.action === "account.transfer" ? string("to") : event.resource.id);
  const params: EventParams = {
    target: target.startsWith("usr_") ? names.person(target) : t.formerMember,
    name: string("name"),
    title: string("title") || event.resource.id,
    email: string("email"),
    role: string("role") && names.role(string("role")),
    values: string("from") && string("to") ? { from: titleOrText("from"), to: titleOrText("to") } : undefined,
  };
  const actor = actorOf(event);
  if (event.outcome === "denied") {
    const permission = string("permission");
    const action = messageFor(t.denied, event.action)?.(params) ?? t.otherDenied(event.action);
    return permission ? { actor, action, note: t.requires(names.permission(permission)) } : { actor, action };
  }
  const note = event.action === "role.update" ? roleChange(data["from"], data["permissions"], names) : undefined;
  const sentence = messageFor(t.done, event.action)?.(params);
  const phrases = [...(sentence ? [sentence] : []), ...fieldChanges(event, event.resource.type === "member" ? params.target : undefined)];
  return { ...(note ? { note } : {}), actor, action: phrases.length > 0 ? t.joinPhrases(phrases) : t.otherDone(event.action) };
}

/** Returns a phrase for each changed field of an event's data. */
function fieldChanges({ data, erased }: AuditEvent, member: string | undefined): string[] {
  return Object.entries(data).flatMap(([name, value]) => {
    if (!isFieldChange(value)) return [];
    const field = t.fieldLabel(name, member);
    const text = (side: "from" | "to") => (erased.includes(`data.${name}.${side}`) ? t.erased : fieldText(value[side]));
    const [from, to] = [text("from"), text("to")];
    if (to === undefined) return from === undefined ? [] : [t.fieldCleared(field, from)];
    return [from === undefined ? t.fieldSet(field, to) : t.fieldChanged(field, from, to)];
  });
}

function isFieldChange(value: unknown): value is { from: unknown; to: unknown } {
  return typeof value === "object" && value !== null && Object.keys(value).sort().join() === "from,to";
}

/** Returns the text of a field's value; undefined for none. */
function fieldText(value: unknown): string | undefined {
  if (value === null || value === "") return undefined;
  if (Array.isArray(value)) return value.map(fieldText).join(", ") || undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
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
  const { name, type } = actor;
  if (name === null) return type === "api_key" ? t.erasedApiKey : type === "invitee" ? t.invitee(t.erasedPerson) : t.erasedPerson;
  if (type === "user") return name || t.someone;
  if (type === "api_key") return t.apiKey(name);
  return name ? t.invitee(name) : t.someone;
}
