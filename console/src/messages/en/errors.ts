// Errors, and notices about changes by others.
import type { FieldProblem, ProblemDocument } from "rolecall";
import { plural } from "./plural.ts";

export const errors = {
  loadFailed: "This could not be loaded",
  unexpected: "Something went wrong.",
  chunk: "A part of this page could not be loaded. Check your connection and try again.",
  network: "The server did not respond, so this may or may not have been saved. Check your connection; trying again is safe.",
  notFoundTitle: "Page not found",
  notFound: "The address may be mistyped, or the page may have moved.",
  home: "Go to your team",
  noAccessTitle: "You do not have access to this page",
  rateLimited: (seconds: number) => `Too many attempts. Try again in ${plural(seconds, "second", "seconds")}.`,
  /** By problem code; codes without a message show the server's `detail`. */
  byCode: {
    "session-missing": "You are signed out. Sign in again to continue.",
    "session-expired": "Your session has expired. Sign in again to continue.",
    "credentials-invalid": "Incorrect email or password.",
    "code-invalid":
      "This code does not work. It may be mistyped, used, replaced by a newer one, or older than ten minutes. A code works only in the browser that asked for it: enter it there, or have another one sent from here.",
    "second-factor-required": "Your account asks for a second factor. Sign in again to enter it.",
    "second-factor-expired": "Your sign-in took longer than ten minutes, or something about it changed. Sign in again.",
    "totp-exists": "You have an authenticator app already. Remove it first to set up another one.",
    "totp-not-found": "No authenticator app is set up any more. Set one up first.",
    "passkey-invalid": "This passkey does not work here. It may have been removed, or the page was open for too long. Try again or sign in another way.",
    "passkey-exists": "This passkey is registered already.",
    "passkey-not-found": "This passkey no longer exists.",
    "identity-taken": "This account at the provider is connected with another account here. Sign in to that account, and remove it there first.",
    "provider-link-not-found": "No sign-in at a provider waits in this browser any more. Start it again.",
    "sign-in-method-not-found": "This way to sign in no longer exists.",
    "sign-in-method-disabled": "This way to sign in is not offered here.",
    "last-sign-in-method": "This is your only way to sign in. Add another one first.",
    "password-reset-advised":
      "Incorrect email or password. If you chose your password before this service was restored from a backup, it no longer works: use “Forgot your password?” to choose a new one.",
    "permission-missing": "Your role does not allow this.",
    "permission-escalation": "You cannot grant a permission that you do not have yourself.",
    "owner-only": "Only the owner of this account can do this.",
    "owner-must-stay": "The owner cannot leave, be removed, or change roles. Transfer the ownership first.",
    "already-member": "This person is already a member.",
    "invitation-pending": "An invitation to this email is already pending. Resend or revoke it under Pending invitations.",
    "account-not-team": "This is a personal account. Convert it to a team account first.",
    "role-in-use": "A member or a pending invitation has this role. Assign another role first.",
    "role-code-taken": "A role with this code already exists.",
    "role-built-in": "Built-in roles cannot be changed.",
    "transfer-needs-admin": "Ownership can only be transferred to an admin. Make this person an admin first.",
    "inviter-lacks-permission": "The person who invited you can no longer grant this role. Ask for a new invitation.",
    "limit-reached": "This account has reached its limit for this.",
    "precondition-failed": "Someone else changed this in the meantime. It has been reloaded; review it and try again.",
    conflict: "Someone else changed this at the same time. Try again.",
    "rate-limited": "Too many attempts. Wait a moment and try again.",
    "too-many-mails": "Too many invitations were sent. Try again in an hour.",
    "too-many-changes": "Too many changes were made in a short time. Try again later.",
    "too-many-sign-ins": "Many people are signing in right now. Nothing was changed; try again in a few seconds.",
    "not-found": "This no longer exists, or you do not have access to it.",
    "account-not-found": "This account no longer exists, or you are no longer a member of it.",
    "member-not-found": "This person is no longer a member.",
    "invitation-not-found": "This invitation no longer exists.",
    "role-not-found": "This role no longer exists.",
    "session-not-found": "This session has already ended.",
    internal: "Something went wrong on the server, so this may or may not have been saved. Trying again is safe.",
    "store-unavailable": "The server cannot reach its database right now, so this may or may not have been saved. Trying again is safe.",
  } satisfies Partial<Record<ProblemDocument["code"], string>>,
  /** Why the browser made or found no passkey. */
  byPasskeyCode: {
    "passkey-cancelled": "No passkey was chosen.",
    "passkey-unsupported": "This browser has no passkeys, or not for this site.",
    "passkey-here-already": "This device or password manager has a passkey of yours already.",
  },
  /** By field error code; codes without a message show the server's `detail`. */
  byFieldCode: {
    required: "This field is required.",
    "email-malformed": "Enter a valid email address.",
    "password-too-short": "Use at least 15 characters.",
    "password-too-long": "Use at most 256 bytes.",
    "password-common": "This password is too common. Choose another one.",
    "password-repetitive": "This password is too repetitive. Choose another one.",
    "password-context": "Do not base the password on your name, your email or the product's name.",
    "too-long": "This is too long.",
    "too-short": "This is too short.",
  } satisfies Partial<Record<FieldProblem["code"], string>>,
};

/** Why a sign-in cannot last, and what to do. */
export const cookies = {
  plainHttp: "This page is open over plain HTTP, where browsers do not keep the sign-in cookie. Open it over https:// to sign in.",
  disabled: "Cookies are disabled in this browser. Allow them for this site to sign in.",
  notStored: "You signed in, but your browser did not keep the cookie. Allow cookies for this site, then sign in again.",
  localhost:
    "You signed in, but your browser did not keep the cookie. Allow cookies for this site. Safari keeps none from http://localhost; use Chrome or Firefox there.",
};

export const links = {
  incompleteTitle: "This link is incomplete",
  incomplete: "Open the link in the email again, or copy all of it into the address bar.",
  invalidTitle: "This link is not valid",
  invalid: "It may have been altered. Open the link in the email again, or copy all of it into the address bar.",
};

/** Changes of the user's membership by somebody else. */
export const membership = {
  removed: (team: string, activeAccount: string | undefined) =>
    activeAccount === undefined ? `You are no longer a member of ${team}.` : `You are no longer a member of ${team}. Switched to ${activeAccount}.`,
  teamDeleted: (team: string) => `${team} is no longer a team. It is a personal account again.`,
  roleChanged: (team: string, role: string) => `Your role in ${team} is now ${role}.`,
};
