//! Lists: every one of them answers its items and where the next page begins.

use super::{
    AccountResponse, ApiKeyResponse, AuditEventResponse, InvitationResponse, MemberResponse, RoleResponse, SessionResponse, responses,
};

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident of $item:ty;)*) => {$(
        responses! {
            $(#[$doc])*
            $name {
                /// This page.
                items: Vec<$item>,
                /// Send it as `cursor` for the next page; null at the end.
                next_cursor: Option<String>,
            }
        }

        impl $name {
            /// A page of a list.
            pub fn page(items: Vec<$item>, next_cursor: Option<String>) -> Self {
                $name { items, next_cursor }
            }
        }
    )*};
}

lists! {
    /// The caller's accounts.
    AccountListResponse of AccountResponse;
    /// API keys, newest first, without revoked ones.
    ApiKeyListResponse of ApiKeyResponse;
    /// Audit events, newest first.
    AuditLogResponse of AuditEventResponse;
    /// Invitations, newest first.
    InvitationListResponse of InvitationResponse;
    /// Members, longest first.
    MemberListResponse of MemberResponse;
    /// Roles, built-in ones first.
    RoleListResponse of RoleResponse;
    /// The caller's sessions.
    SessionListResponse of SessionResponse;
}
