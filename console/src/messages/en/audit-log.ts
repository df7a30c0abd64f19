// The audit log: its page, and descriptions of events.
import { plural } from "./plural.ts";

/** The values in an event's description: names instead of ids, titles instead of codes. */
export interface EventParams {
  target: string;
  name: string;
  title: string;
  email: string;
  role: string;
  /** Old and new value of the field that the action's own sentence is about; undefined when only other fields changed. */
  values: FieldValues | undefined;
}

interface FieldValues {
  from: string;
  to: string;
}

/** Gives every entry the parameter, also where English does not use it. An undefined description is left out. */
const descriptions = <Action extends string>(table: Record<Action, (e: EventParams) => string | undefined>) => table;

/** A sentence about the old and new value of one field, for events that have them. */
const withValues = (sentence: (e: EventParams & FieldValues) => string) => (e: EventParams) => e.values && sentence({ ...e, ...e.values });

export const auditLog = {
  title: "Audit log",
  lead: "Changes and denied attempts, newest first, linked by a hash chain. Repeated denied attempts are summarised.",
  filters: "Filters",
  filtersCount: (count: number) => (count === 0 ? "Filters" : `Filters (${count})`),
  actor: "Actor",
  anyone: "Anyone",
  action: "Action",
  anyAction: "Any action",
  resourceType: "Resource",
  anyResource: "Any resource",
  resourceId: "Resource ID",
  resourceIdPlaceholder: "usr_…",
  from: "From",
  to: "To",
  dayOutOfRange: "Choose a day from 1970 on.",
  clear: "Clear filters",
  none: "No events yet.",
  noMatch: "No events match these filters.",
  end: "This is the beginning of the log.",
  columns: { event: "Event", outcome: "Outcome", at: "Time" },
  outcomes: { done: "Done", denied: "Denied" },
  json: "Raw event",
  number: (seq: number) => `No. ${seq}`,
  export: "Export",
  exportNdjson: "NDJSON (verifiable)",
  exportCsv: "CSV (for spreadsheets)",
  exported: "Export downloaded",
  verify: "Verify",
  verifying: "Verifying every event in your browser…",
  verifiedTitle: "The hash chain is consistent",
  verified: (count: number, erased: number) =>
    `${plural(count, "event", "events")} verified in your browser: each contains the hash of the previous one. ${erased === 0 ? "" : `${plural(erased, "value has", "values have")} been erased. `}To see that nobody rewrote or cut the whole log, compare it with an earlier export.`,
  brokenTitle: "The hash chain is broken",
  broken: (seq: number, reason: string) => `Event no. ${seq} does not match the hash chain: ${reason}.`,
  resources: {
    account: "Account",
    member: "Members",
    invitation: "Invitations",
    role: "Roles",
    api_key: "API keys",
    attribute_policy: "Attribute policy",
    route: "Gateway requests",
    access: "Access decisions",
  },
  /** The filter's options: every action that the log can contain. */
  actions: {
    "account.create": "Account created",
    "account.update": "Account changed",
    "account.convert": "Converted to a team",
    "account.transfer": "Ownership transferred",
    "team.delete": "Team deleted",
    "member.update": "Member's role changed",
    "member.remove": "Member removed",
    "member.leave": "Member left",
    "invitation.create": "Invitation sent",
    "invitation.resend": "Invitation resent",
    "invitation.revoke": "Invitation revoked",
    "invitation.accept": "Invitation accepted",
    "invitation.decline": "Invitation declined",
    "role.create": "Role created",
    "role.update": "Role edited",
    "role.delete": "Role deleted",
    "api-key.create": "API key created",
    "api-key.revoke": "API key revoked",
    "attribute-policy.update": "Attribute policy updated",
    "attribute-policy.delete": "Attribute policy deleted",
    "account.read": "Account read",
    "member.list": "Members listed",
    "invitation.list": "Invitations listed",
    "role.list": "Roles listed",
    "role.read": "Role read",
    "api-key.list": "API keys listed",
    "api-key.read": "API key read",
    "audit-log.read": "Audit log read",
    "attribute-policy.read": "Attribute policy read",
    "gateway.request": "Gateway request",
    "access.evaluate": "Access evaluated",
    "access.search": "Access searched",
    "denials.limit": "Many denied attempts",
  },
  someone: "Someone",
  /** In the place of an erased value. */
  erased: "erased",
  erasedPerson: "Erased person",
  formerMember: "a former member",
  /** Completes a sentence that begins with the actor's name, for changes. */
  done: descriptions({
    "account.create": () => "created this account",
    "account.update": withValues((e) => `renamed the account from ${e.from} to ${e.to}`),
    "account.convert": (e) => `converted the account to the team ${e.name}`,
    "account.transfer": (e) => `made ${e.target} the owner`,
    "team.delete": () => "deleted the team; the account is personal again",
    "member.update": withValues((e) => `changed the role of ${e.target} from ${e.from} to ${e.to}`),
    "member.remove": (e) => `removed ${e.target} from the team`,
    "member.leave": () => "left the team",
    "invitation.create": (e) => `invited ${e.email} as ${e.role}`,
    "invitation.resend": (e) => `sent ${e.email} a new invitation link`,
    "invitation.revoke": (e) => `revoked the invitation to ${e.email}`,
    "invitation.accept": (e) => `joined the team as ${e.role}`,
    "invitation.decline": () => "declined the invitation",
    "role.create": (e) => `created the role ${e.title}`,
    "role.update": (e) => `changed the role ${e.title}`,
    "role.delete": (e) => `deleted the role ${e.title}`,
    "api-key.create": (e) => `created the API key ${e.name}`,
    "api-key.revoke": (e) => `revoked the API key ${e.name}`,
    "attribute-policy.update": () => "updated the attribute policy",
    "attribute-policy.delete": () => "deleted the attribute policy",
  }),
  /** The same for denied attempts. */
  denied: descriptions({
    "account.read": () => "tried to view the account",
    "account.update": () => "tried to change the account",
    "account.convert": () => "tried to convert the account to a team",
    "account.transfer": () => "tried to transfer the ownership",
    "team.delete": () => "tried to delete the team",
    "member.list": () => "tried to list the members",
    "member.update": (e) => `tried to change the role of ${e.target}`,
    "member.remove": (e) => `tried to remove ${e.target}`,
    "invitation.list": () => "tried to list the invitations",
    "invitation.create": () => "tried to invite someone",
    "invitation.resend": () => "tried to resend an invitation",
    "invitation.revoke": () => "tried to revoke an invitation",
    "role.list": () => "tried to list the roles",
    "role.read": () => "tried to read a role",
    "role.create": () => "tried to create a role",
    "role.update": () => "tried to change a role",
    "role.delete": () => "tried to delete a role",
    "api-key.list": () => "tried to list the API keys",
    "api-key.read": () => "tried to read an API key",
    "api-key.create": () => "tried to create an API key",
    "api-key.revoke": () => "tried to revoke an API key",
    "audit-log.read": () => "tried to read the audit log",
    "gateway.request": (e) => `tried ${e.title}`,
    "attribute-policy.update": () => "tried to update the attribute policy",
    "attribute-policy.delete": () => "tried to delete the attribute policy",
    "attribute-policy.read": () => "tried to read the attribute policy",
    "access.evaluate": () => "tried to evaluate access",
    "access.search": () => "tried to search access",
    "denials.limit": () => "was denied more often in this minute than is listed individually",
  }),
  /** Complete the same sentence, for a changed field that no sentence above is about. `field` is a `fieldLabel`. */
  fieldChanged: (field: string, from: string, to: string) => `changed the ${field} from ${from} to ${to}`,
  fieldSet: (field: string, to: string) => `set the ${field} to ${to}`,
  fieldCleared: (field: string, from: string) => `removed the ${field} ${from}`,
  /** `member` is the name of the member whose field it is; undefined for a field of the account. */
  fieldLabel: (name: string, member: string | undefined) => name.replaceAll("_", " ") + (member === undefined ? "" : ` of ${member}`),
  joinPhrases: (phrases: string[]) => new Intl.ListFormat("en", { type: "conjunction" }).format(phrases),
  otherDone: (action: string) => `did ${action}`,
  otherDenied: (action: string) => `tried ${action}`,
  requires: (permission: string) => `Requires the permission “${permission}”.`,
  added: (permissions: string) => `Added: ${permissions}`,
  removed: (permissions: string) => `Removed: ${permissions}`,
  invitee: (email: string) => `${email} (by the emailed link)`,
  apiKey: (name: string) => `The API key “${name}”`,
  erasedApiKey: "An API key (name erased)",
};
