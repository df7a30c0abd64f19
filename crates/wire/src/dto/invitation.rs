//! DTOs of invitations, for the inviting team and for the invited person.

use super::macros::{requests, responses};
use crate::decode::Secret;
use rolecall_core::decision::invitations::{Lifetime, NewInvitation};
use rolecall_core::decision::joining::Preview;
use rolecall_core::domain::invitation::{Invitation, InvitationState};
use rolecall_core::domain::time::Timestamp;

requests! {
    /// Creation of an invitation.
    CreateInvitationRequest {
        /// Email of the invited person. Only a user with this verified email can accept.
        #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "charles@example.com"))]
        email: String,
        /// Code of the offered role. The caller must hold every permission that it grants.
        #[cfg_attr(feature = "openapi", schema(example = "dev"))]
        role: String,
        /// Lifetime in seconds, from 1 to 315,360,000 (ten years). Defaults to 604,800 (seven days). If null, the invitation does not expire.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>, minimum = 1, maximum = 315_360_000, example = 604_800))]
        expires_in: Lifetime,
    }
    /// Rejection of an invitation.
    DeclineInvitationRequest {
        /// The `proof` from the link in the invitation mail; required without a session of the invited user.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, nullable = false))]
        proof: Option<Secret>,
    }
}

responses! {
    /// An invitation to a team.
    InvitationResponse {
        /// Invitation id, `inv_…`.
        #[cfg_attr(feature = "openapi", schema(example = "inv_0199aaaaaaaa7000800000000000000c"))]
        id: String,
        /// Id of the inviting team.
        account: String,
        /// Email of the invited person, in canonical form.
        #[cfg_attr(feature = "openapi", schema(format = "email"))]
        email: String,
        /// Code of the offered role.
        role: String,
        /// State: `pending`, `accepted`, `declined`, `revoked` or `expired`.
        state: &'static str,
        /// Link to the invitation; present only while pending.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(nullable = false, format = "uri"))]
        link: Option<String>,
        /// Time of expiry; null if the invitation does not expire.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        expires_at: Option<String>,
        /// Id of the user who created the invitation or sent it last.
        invited_by: String,
        /// Time of creation.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        created_at: String,
    }
    /// The inviting team as visible to the invited person.
    PreviewAccountResponse {
        /// Name of the team; empty if the account is no longer a team.
        name: String,
    }
    /// The offered role.
    PreviewRoleResponse {
        /// Role code.
        code: String,
        /// Display title. Once the invitation has ended, the code of a custom role.
        title: String,
        /// Permission codes; empty once the invitation has ended.
        permissions: Vec<String>,
    }
    /// The inviting user.
    PreviewInviterResponse {
        /// Display name.
        name: String,
    }
    /// An invitation as visible to the holder of its link. Does not reveal whether a user with the invited email exists.
    InvitationPreviewResponse {
        /// Inviting team.
        account: PreviewAccountResponse,
        /// Offered role.
        role: PreviewRoleResponse,
        /// Inviting user.
        inviter: PreviewInviterResponse,
        /// Invited email, masked.
        #[cfg_attr(feature = "openapi", schema(example = "c•••@example.com"))]
        email_hint: String,
        /// Invited email; present only with the proof from the invitation mail.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(nullable = false, format = "email"))]
        email: Option<String>,
        /// State: `pending`, `accepted`, `declined`, `revoked` or `expired`.
        state: &'static str,
        /// Time of expiry; null if the invitation does not expire.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        expires_at: Option<String>,
    }
}

impl InvitationResponse {
    /// Builds the response for members with `members.invite`; `link` derives the link of a pending invitation.
    pub fn new(invitation: &Invitation, now: Timestamp, link: impl Fn(&Invitation) -> String) -> Self {
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

impl From<CreateInvitationRequest> for NewInvitation {
    fn from(request: CreateInvitationRequest) -> Self {
        NewInvitation { email: request.email, role: request.role, lifetime: request.expires_in }
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
