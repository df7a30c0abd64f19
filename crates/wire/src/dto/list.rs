//! DTOs of paginated lists.

use super::account::{AccountResponse, MemberResponse};
use super::api_key::ApiKeyResponse;
use super::audit::AuditEventResponse;
use super::invitation::InvitationResponse;
use super::macros::responses;
use super::passkey::PasskeyResponse;
use super::person::{SessionResponse, SignInMethodResponse};
use super::role::RoleResponse;

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident of $item:ty;)*) => {$(
        responses! {
            $(#[$doc])*
            $name {
                /// Items of the page.
                items: Vec<$item>,
                /// Cursor of the next page, to be sent as `cursor`; null on the last page.
                next_cursor: Option<String>,
            }
        }

        impl $name {
            /// Creates a page.
            pub fn page(items: Vec<$item>, next_cursor: Option<String>) -> Self {
                $name { items, next_cursor }
            }
        }
    )*};
}

lists! {
    /// A page of accounts of the current user, personal accounts first.
    AccountListResponse of AccountResponse;
    /// A page of API keys, newest first, without revoked keys.
    ApiKeyListResponse of ApiKeyResponse;
    /// A page of audit events, newest first.
    AuditLogResponse of AuditEventResponse;
    /// A page of invitations, newest first.
    InvitationListResponse of InvitationResponse;
    /// A page of members, oldest membership first.
    MemberListResponse of MemberResponse;
    /// The passkeys of the current user, oldest first.
    PasskeyListResponse of PasskeyResponse;
    /// A page of roles, built-in roles first.
    RoleListResponse of RoleResponse;
    /// The ways of the current user to sign in, oldest first.
    SignInMethodListResponse of SignInMethodResponse;
    /// A page of sessions of the current user, newest first.
    SessionListResponse of SessionResponse;
}
