//! Invitations, from both sides.

use super::{requests, responses};
use crate::decode::{Secret, Span};
use rolecall_core::decision::joining::Preview;
use rolecall_core::domain::invitation::{Invitation, InvitationState};
use rolecall_core::domain::time::Timestamp;

requests! {
    /// Whom to invite, as what, for how long.
    CreateInvitationRequest {
        /// Whoever has proven this email may accept.
        #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "charles@example.com"))]
        email: String,
        /// Role code; it may grant nothing that the caller does not hold.
        #[cfg_attr(feature = "openapi", schema(example = "dev"))]
        role: String,
        /// Whole seconds from 1; null: until used or revoked; absent: seven days.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>, minimum = 1, maximum = 315_360_000, example = 604_800))]
        expires_in: Span,
    }
    /// For whoever declines without being signed in.
    DeclineInvitationRequest {
        /// The proof from the invitation mail's link.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, nullable = false))]
        proof: Option<Secret>,
    }
}

responses! {
    /// An invitation to a team.
    InvitationResponse {
        /// `inv_…`
        #[cfg_attr(feature = "openapi", schema(example = "inv_0199aaaaaaaa7000800000000000000c"))]
        id: String,
        /// Id of the team's account.
        account: String,
        /// Who may accept, in canonical form.
        #[cfg_attr(feature = "openapi", schema(format = "email"))]
        email: String,
        /// Role code.
        role: String,
        /// `pending`, `accepted`, `declined`, `revoked` or `expired`.
        state: &'static str,
        /// To be copied and handed on; only while pending.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(nullable = false, format = "uri"))]
        link: Option<String>,
        /// When it ends; null: until used or revoked.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        expires_at: Option<String>,
        /// Id of the inviting user.
        invited_by: String,
        /// When.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        created_at: String,
    }
    /// The inviting team, as the invited may see it.
    PreviewAccountResponse {
        /// The team's name; empty where the account is no team any more.
        name: String,
    }
    /// The offered role.
    PreviewRoleResponse {
        /// Role code.
        code: String,
        /// Shown title; the code of a custom role once the invitation has ended.
        title: String,
        /// Permission codes; none once the invitation has ended.
        permissions: Vec<String>,
    }
    /// Who invites.
    PreviewInviterResponse {
        /// Their name.
        name: String,
    }
    /// What a link offers. Says nothing about whether the email has an account.
    InvitationPreviewResponse {
        /// The team.
        account: PreviewAccountResponse,
        /// The role.
        role: PreviewRoleResponse,
        /// The inviter.
        inviter: PreviewInviterResponse,
        /// The invited email, masked.
        #[cfg_attr(feature = "openapi", schema(example = "c•••@example.com"))]
        email_hint: String,
        /// The invited email; only for the holder of the mail's proof.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(nullable = false, format = "email"))]
        email: Option<String>,
        /// `pending`, `accepted`, `declined`, `revoked` or `expired`.
        state: &'static str,
        /// When it ends; null: until used or revoked.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        expires_at: Option<String>,
    }
}

impl InvitationResponse {
    /// An invitation as holders of `members.invite` see it; `link` makes the link of a pending one.
    pub fn seen(invitation: &Invitation, now: Timestamp, link: impl Fn(&Invitation) -> String) -> Self {
        let state = invitation.state(now);
        InvitationResponse {
            id: invitation.id.to_string(),
            account: invitation.account.to_string(),
            email: invitation.email.as_str().to_owned(),
            role: invitation.role.to_string(),
            state: state.as_str(),
            link: (state == InvitationState::Pending).then(|| link(invitation)),
            expires_at: invitation.expires_at.map(|at| at.to_string()),
            invited_by: invitation.invited_by.to_string(),
            created_at: invitation.created_at.to_string(),
        }
    }
}

impl From<&Preview> for InvitationPreviewResponse {
    fn from(preview: &Preview) -> Self {
        InvitationPreviewResponse {
            account: PreviewAccountResponse { name: preview.team.clone() },
            role: PreviewRoleResponse {
                code: preview.role.to_string(),
                title: preview.role_title.clone(),
                permissions: preview.permissions.clone(),
            },
            inviter: PreviewInviterResponse { name: preview.inviter.clone() },
            email_hint: preview.email_hint.clone(),
            email: preview.email.clone(),
            state: preview.state.as_str(),
            expires_at: preview.expires_at.map(|at| at.to_string()),
        }
    }
}
