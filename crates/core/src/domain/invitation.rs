//! Invitations and the states they pass through.

use super::role::RoleCode;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, InvitationId, UserId};
use crate::domain::time::Timestamp;

/// How long an invitation lives unless its creator says otherwise: 7 days, in seconds.
pub const LIFETIME_SECONDS: i64 = 7 * 24 * 60 * 60;
/// The longest lifetime that can be asked for in seconds: ten years; whoever wants longer wants none at all.
pub const LIFETIME_MAX_SECONDS: i64 = 10 * 365 * 24 * 60 * 60;

/// Where an invitation stands. INVARIANT (single-use): every state but `Pending` is final.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum InvitationState {
    /// Waits for its answer.
    Pending,
    /// Was used, once.
    Accepted,
    /// Was refused by the invited.
    Declined,
    /// Was taken back.
    Revoked,
    /// Ran out. Derived from `expires_at`; stored only where a new invitation for the same email took its place.
    Expired,
}

impl InvitationState {
    /// The word on the wire and in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            InvitationState::Pending => "pending",
            InvitationState::Accepted => "accepted",
            InvitationState::Declined => "declined",
            InvitationState::Revoked => "revoked",
            InvitationState::Expired => "expired",
        }
    }

    /// The state that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Accepted, Self::Declined, Self::Revoked, Self::Expired].into_iter().find(|state| state.as_str() == text)
    }
}

/// An offer to join a team.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invitation {
    /// The invitation.
    pub id: InvitationId,
    /// The team.
    pub account: AccountId,
    /// Who may accept, in canonical form.
    pub email: Email,
    /// The role that acceptance gives.
    pub role: RoleCode,
    /// As stored; see [`Invitation::state`].
    pub stored: InvitationState,
    /// Raised by a resend; only the link of this version opens.
    pub link_version: u32,
    /// Seconds that a fresh link lives; None: until used or revoked.
    pub lifetime: Option<i64>,
    /// When the current link ends; None: until used or revoked.
    pub expires_at: Option<Timestamp>,
    /// Who invited.
    pub invited_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Who accepted or declined, where somebody has.
    pub closed_by: Option<UserId>,
}

impl Invitation {
    /// The state at `now`: a pending invitation past its time is expired.
    pub fn state(&self, now: Timestamp) -> InvitationState {
        match (self.stored, self.expires_at) {
            (InvitationState::Pending, Some(end)) if end <= now => InvitationState::Expired,
            (state, _) => state,
        }
    }
}
