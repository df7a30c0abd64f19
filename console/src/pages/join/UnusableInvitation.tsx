// The join page for an invitation that cannot be used: what happened and what to do next.
import { useQuery } from "@tanstack/react-query";
import { problemCode } from "../../data/problems";
import { meQuery } from "../../data/queries";
import { useSignOut } from "../../data/session";
import type { InvitationPreview } from "../../data/types";
import { clearLinkSecrets } from "../../link-secrets";
import { PublicCard } from "../../layout/PublicLayout";
import { Button, ButtonLink } from "../../components/Button";
import { text } from "../../text";

const words = text.join;
const reasons = ["missing", "unknown", "expired", "revoked", "used", "declined", "mismatch", "member"] as const;
export type UnusableReason = (typeof reasons)[number];

/** Returns why an invitation cannot be used, from an error of previewing or accepting it. */
export function unusableReason(error: unknown): UnusableReason | undefined {
  switch (problemCode(error)) {
    case "invitation-not-found":
      return "unknown";
    case "invitation-expired":
      return "expired";
    case "invitation-revoked":
      return "revoked";
    case "invitation-used":
      return "used";
    case "invitation-email-mismatch":
      return "mismatch";
    case "already-member":
      return "member";
    default:
      return undefined;
  }
}

interface Props {
  reason: UnusableReason;
  invitation?: InvitationPreview;
  /** Email of the signed-in user. */
  email?: string;
  /** Called after signing out, when the link may be tried again. */
  onSignedOut?: () => void;
}

export function UnusableInvitation({ reason, invitation, email, onSignedOut }: Props) {
  const me = useQuery(meQuery);
  const signOut = useSignOut();
  // Empty where the account is no longer a team.
  const team = invitation?.account.name || words.theTeam;
  const inviter = invitation?.inviter.name ?? words.someone;

  if (reason === "mismatch") {
    const switchUser = async () => {
      await signOut({ stayOnPage: true });
      onSignedOut?.();
    };
    return (
      <PublicCard key={reason} title={words.mismatchTitle} icon="mail" tone="bad" lead={words.mismatch(email ?? "")}>
        <div className="stack">
          {invitation?.email_hint && <p>{words.mismatchHint(invitation.email_hint)}</p>}
          <Button variant="primary" fullWidth onClick={switchUser}>
            {words.mismatchSwitch}
          </Button>
          <ButtonLink to="/team" fullWidth>
            {words.home}
          </ButtonLink>
        </div>
      </PublicCard>
    );
  }
  if (reason !== "missing") clearLinkSecrets("/join");
  const titles: Record<Exclude<UnusableReason, "mismatch">, [title: string, lead: string]> = {
    missing: [text.links.incompleteTitle, text.links.incomplete],
    unknown: [words.unknownTitle, words.unknown],
    expired: [words.expiredTitle, words.expired(inviter, team)],
    revoked: [words.revokedTitle, words.revoked(inviter, team)],
    used: [words.usedTitle, words.used(team)],
    declined: [words.declinedTitle, words.declined(inviter, team)],
    member: [words.memberTitle, words.member(team)],
  };
  const [title, lead] = titles[reason];
  return (
    <PublicCard key={reason} title={title} lead={lead} icon={reason === "member" ? "check" : "mail"} tone={reason === "member" ? "accent" : "quiet"}>
      {me.data ? (
        <ButtonLink to="/team" variant="primary" fullWidth>
          {reason === "member" ? words.open(team) : words.home}
        </ButtonLink>
      ) : (
        <ButtonLink to="/sign-in" variant="primary" fullWidth>
          {text.signIn.submit}
        </ButtonLink>
      )}
    </PublicCard>
  );
}
