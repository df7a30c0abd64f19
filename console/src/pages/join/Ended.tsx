// The join page when the link leads no further: each ending says what happened and what to do next.
import { useQuery } from "@tanstack/react-query";
import { problemCode } from "../../data/problems";
import { meQuery } from "../../data/queries";
import { useSignOut } from "../../data/session";
import type { InvitationPreview } from "../../data/types";
import { dropLinkSecrets } from "../../fragment";
import { GateCard } from "../../layout/Gate";
import { Button, ButtonLink } from "../../parts/Button";
import { text } from "../../text";

const words = text.join;
const endings = ["missing", "unknown", "expired", "revoked", "used", "declined", "mismatch", "member"] as const;
export type Ending = (typeof endings)[number];

/** How an answer about the link, or to an attempt to use it, ends the matter. */
export function endingOf(error: unknown): Ending | undefined {
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
  ending: Ending;
  invitation?: InvitationPreview;
  /** Of whoever is signed in. */
  email?: string;
  /** Whoever was signed in has left, and the link may be tried again. */
  onSwitched?: () => void;
}

export function Ended({ ending, invitation, email, onSwitched }: Props) {
  const me = useQuery(meQuery);
  const signOut = useSignOut();
  // An account that is no team any more has no name to show.
  const team = invitation?.account.name || words.theTeam;
  const inviter = invitation?.inviter.name ?? words.someone;

  if (ending === "mismatch") {
    const switchUser = async () => {
      await signOut({ stay: true });
      onSwitched?.();
    };
    return (
      <GateCard key={ending} title={words.mismatchTitle} icon="mail" tone="bad" lead={words.mismatch(email ?? "")}>
        <div className="stack">
          {invitation?.email_hint && <p>{words.mismatchHint(invitation.email_hint)}</p>}
          <Button look="primary" wide onClick={switchUser}>
            {words.mismatchSwitch}
          </Button>
          <ButtonLink to="/team" wide>
            {words.home}
          </ButtonLink>
        </div>
      </GateCard>
    );
  }
  if (ending !== "missing") dropLinkSecrets("/join");
  const titles: Record<Exclude<Ending, "mismatch">, [title: string, lead: string]> = {
    missing: [text.links.incompleteTitle, text.links.incomplete],
    unknown: [words.unknownTitle, words.unknown],
    expired: [words.expiredTitle, words.expired(inviter, team)],
    revoked: [words.revokedTitle, words.revoked(inviter, team)],
    used: [words.usedTitle, words.used(team)],
    declined: [words.declinedTitle, words.declined(inviter, team)],
    member: [words.memberTitle, words.member(team)],
  };
  const [title, lead] = titles[ending];
  return (
    <GateCard key={ending} title={title} lead={lead} icon={ending === "member" ? "check" : "mail"} tone={ending === "member" ? "accent" : "quiet"}>
      {me.data ? (
        <ButtonLink to="/team" look="primary" wide>
          {ending === "member" ? words.open(team) : words.home}
        </ButtonLink>
      ) : (
        <ButtonLink to="/sign-in" look="primary" wide>
          {text.signIn.submit}
        </ButtonLink>
      )}
    </GateCard>
  );
}
