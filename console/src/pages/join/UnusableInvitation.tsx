// The join page for an invitation that cannot be used: what happened and what to do next.
import { useQuery } from "@tanstack/react-query";
import { problemCode } from "../../data/problems";
import { meQuery } from "../../data/queries";
import { useSignOut } from "../../data/sign-in-and-out";
import type { InvitationPreview } from "../../data/types";
import { clearLinkSecrets } from "../../link-secrets";
import { PublicCard } from "../../layout/PublicLayout";
import { Button, ButtonLink } from "../../components/Button";
import { messages } from "../../messages";

const t = messages.join;
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
  const team = invitation?.account.name || t.theTeam;
  const inviter = invitation?.inviter.name ?? t.someAdmin;

  if (reason === "mismatch") {
    const switchUser = async () => {
      await signOut({ stayOnPage: true });
      onSignedOut?.();
    };
    return (
      <PublicCard key={reason} title={t.mismatchTitle} icon="mail" tone="bad" lead={t.mismatch(email ?? "")}>
        <div className="stack">
          {invitation?.email_hint && <p>{t.mismatchHint(invitation.email_hint)}</p>}
          <Button variant="primary" fullWidth onClick={switchUser}>
            {t.mismatchSwitch}
          </Button>
          <ButtonLink to="/team" fullWidth>
            {t.home}
          </ButtonLink>
        </div>
      </PublicCard>
    );
  }
  if (reason !== "missing") clearLinkSecrets("/join");
  const titles: Record<Exclude<UnusableReason, "mismatch">, [title: string, lead: string]> = {
    missing: [messages.links.incompleteTitle, messages.links.incomplete],
    unknown: [t.unknownTitle, t.unknown],
    expired: [t.expiredTitle, t.expired(inviter, team)],
    revoked: [t.revokedTitle, t.revoked(inviter, team)],
    used: [t.usedTitle, t.used(team)],
    declined: [t.declinedTitle, t.declined(inviter, team)],
    member: [t.alreadyMemberTitle, t.alreadyMember(team)],
  };
  const [title, lead] = titles[reason];
  return (
    <PublicCard key={reason} title={title} lead={lead} icon={reason === "member" ? "check" : "mail"} tone={reason === "member" ? "accent" : "quiet"}>
      {me.data ? (
        <ButtonLink to="/team" variant="primary" fullWidth>
          {reason === "member" ? t.open(team) : t.home}
        </ButtonLink>
      ) : (
        <ButtonLink to="/sign-in" variant="primary" fullWidth>
          {messages.signIn.submit}
        </ButtonLink>
      )}
    </PublicCard>
  );
}
