//! Invitations and their states.

use super::role::RoleCode;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, InvitationId, UserId};
use crate::domain::time::Timestamp;

/// Default lifetime of an invitation link: 7 days, in seconds.
pub const DEFAULT_LIFETIME_SECONDS: i64 = 7 * 24 * 60 * 60;
/// Maximum lifetime of an invitation link: ten years, in seconds. A longer one is requested as no expiry.
pub const LIFETIME_MAX_SECONDS: i64 = 10 * 365 * 24 * 60 * 60;

/// State of an invitation. INVARIANT (single-use): every state except `Pending` is final.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum InvitationState {
    /// Neither accepted, declined, revoked nor expired.
    Pending,
    /// Accepted by the invitee.
    Accepted,
    /// Declined by the invitee.
    Declined,
    /// Revoked by the team.
    Revoked,
    /// Expired. Derived from `expires_at`, and stored only when a new invitation for the same email replaces the expired one.
    Expired,
}

impl InvitationState {
    /// Name of the state in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            InvitationState::Pending => "pending",
            InvitationState::Accepted => "accepted",
            InvitationState::Declined => "declined",
            InvitationState::Revoked => "revoked",
            InvitationState::Expired => "expired",
        }
    }

    /// Parses the output of [`InvitationState::as_str`]; None for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Accepted, Self::Declined, Self::Revoked, Self::Expired].into_iter().find(|state| state.as_str() == text)
    }
}

/// Invitation of an email address to a team.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the remaining fields are those of the invitation resource of the HTTP contract")]
pub struct Invitation {
    pub id: InvitationId,
    pub account: AccountId,
    /// Address of the invitee: only a user with this verified email may accept.
    pub email: Email,
    /// Role of the membership that acceptance creates.
    pub role: RoleCode,
    /// Stored state; see [`Invitation::state`] for the state at a time.
    pub stored: InvitationState,
    /// Version of the link, incremented by a resend; links of earlier versions are invalid.
    pub link_version: u32,
    /// Lifetime of a link in seconds, counted from its sending; None for no expiry.
    pub lifetime: Option<i64>,
    /// Expiry of the current link; None for no expiry.
    pub expires_at: Option<Timestamp>,
    pub invited_by: UserId,
    pub created_at: Timestamp,
    /// User who accepted or declined.
    pub closed_by: Option<UserId>,
}

impl Invitation {
    /// State at `now`: a pending invitation is expired from `expires_at` on.
    pub fn state(&self, now: Timestamp) -> InvitationState {
        match (self.stored, self.expires_at) {
            (InvitationState::Pending, Some(end)) if end <= now => InvitationState::Expired,
            (state, _) => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use InvitationState::{Accepted, Declined, Expired, Pending, Revoked};

    const END: i64 = 1_000_000;

    fn invitation(stored: InvitationState, expires_at: Option<i64>) -> Invitation {
        Invitation {
            id: InvitationId::from_bits(1),
            account: AccountId::from_bits(2),
            email: Email::parse("ann@example.com").unwrap(),
            role: RoleCode::owner(),
            stored,
            link_version: 1,
            lifetime: None,
            expires_at: expires_at.map(Timestamp::from_millis),
            invited_by: UserId::from_bits(3),
            created_at: Timestamp::from_millis(0),
            closed_by: None,
        }
    }

    #[test]
    fn a_pending_invitation_expires_at_the_millisecond_of_its_expiry() {
        let state = |now| invitation(Pending, Some(END)).state(Timestamp::from_millis(now));
        assert_eq!([END - 1, END, END + 1].map(state), [Pending, Expired, Expired]);
    }

    #[test]
    fn an_invitation_without_expiry_stays_pending() {
        assert_eq!(invitation(Pending, None).state(Timestamp::MAX), Pending);
    }

    #[test]
    fn the_expiry_does_not_change_a_final_state() {
        for state in [Accepted, Declined, Revoked, Expired] {
            for now in [0, END - 1, END] {
                assert_eq!(invitation(state, Some(END)).state(Timestamp::from_millis(now)), state, "at {now}");
            }
        }
    }

    #[test]
    fn states_round_trip_and_other_names_are_rejected() {
        for state in [Pending, Accepted, Declined, Revoked, Expired] {
            assert_eq!(InvitationState::parse(state.as_str()), Some(state));
        }
        for text in ["", "Pending", "pending ", "open"] {
            assert_eq!(InvitationState::parse(text), None, "{text:?}");
        }
    }
}
