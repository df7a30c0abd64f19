//! Stored responses: every response that is stored for replays fits the maximum size, whatever the length of its names.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use rolecall_core::decision::accounts::AccountWithRole;
use rolecall_core::decision::joining::UserWithAccount;
use rolecall_core::decision::members::MemberWithUser;
use rolecall_core::domain::account::{Account, Membership};
use rolecall_core::domain::activity_counts::RecentActivity;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::{AccountId, InvitationId, UserId};
use rolecall_core::domain::invitation::{Invitation, InvitationState};
use rolecall_core::domain::name::Name;
use rolecall_core::domain::role::RoleCode;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::domain::user::User;
use rolecall_wire::dto::{AccountResponse, InvitationResponse, MemberResponse, SignedInResponse};

/// Maximum size of a stored response in bytes, as in `rolecall_app` and in the database schema.
const STORED_BODY_MAX: usize = 2_048;

fn email() -> Email {
    Email::parse(&format!("{}@{2}.{2}.{1}.example", "a".repeat(64), "e".repeat(57), "d".repeat(60))).unwrap()
}

fn bytes(dto: &impl serde::Serialize) -> usize {
    serde_json::to_string(dto).unwrap().len()
}

#[test]
fn every_stored_response_fits_the_maximum_size() {
    let now = Timestamp::MAX;
    for name in ["😀".repeat(100), "\"".repeat(100)] {
        let name = Name::parse(&name, "/name").unwrap();
        let user = User {
            id: UserId::from_bits(u128::MAX),
            email: email(),
            name: name.clone(),
            active_account: AccountId::from_bits(u128::MAX),
            created_at: now,
            recent: RecentActivity::default(),
        };
        let account = Account::personal(AccountId::from_bits(u128::MAX), user.id, name, i64::MAX, now);
        let role = RoleCode::restore(&"r".repeat(RoleCode::MAX));
        let loaded = AccountWithRole { account, role: role.clone() };
        let member = Membership { account: loaded.account.id, user: user.id, role: role.clone(), joined_at: now };
        let invitation = Invitation {
            id: InvitationId::from_bits(u128::MAX),
            account: loaded.account.id,
            email: email(),
            role,
            stored: InvitationState::Pending,
            link_version: u32::MAX,
            lifetime: None,
            expires_at: None,
            invited_by: user.id,
            created_at: now,
            closed_by: None,
        };
        let sizes = [
            bytes(&AccountResponse::from(&loaded)),
            bytes(&MemberResponse::from(&MemberWithUser { member, user: user.clone() })),
            bytes(&InvitationResponse::new(&invitation, now, |_| String::new())),
            bytes(&SignedInResponse::from(&UserWithAccount { user, account: loaded })),
        ];
        assert!(sizes.iter().all(|size| *size <= STORED_BODY_MAX), "{sizes:?}");
    }
}
