//! Each fact as one constant condition: it stands at the head of a batch and rolls it back when it does not hold.

use crate::{Statement, statement};
use rolecall_core::decision::invitations::{MAILS_PER_ADDRESS, MAILS_PER_TEAM};
use rolecall_core::decision::{password_resets, signups};
use rolecall_core::fact::Fact;

/// `INSERT INTO fact` goes to a trigger that aborts unless the condition is 1; nothing is stored.
macro_rules! fact {
    ($name:literal, $condition:literal) => {
        concat!("INSERT INTO fact SELECT '", $name, "', ", $condition)
    };
}

const SESSION_LIVE: &str = fact!("session-live", "EXISTS (SELECT 1 FROM session WHERE id = ?1)");
const ACCOUNT_IS: &str = fact!("account-is", "EXISTS (SELECT 1 FROM account WHERE id = ?1 AND kind = ?2 AND owner = ?3)");
const ACCOUNT_VERSION_IS: &str = fact!("account-version-is", "EXISTS (SELECT 1 FROM account WHERE id = ?1 AND version = ?2)");
const MEMBER_HAS_ROLE: &str = fact!("member-has-role", "(SELECT role FROM member WHERE account = ?1 AND user = ?2) IS ?3");
const ROLE_GRANTS: &str = fact!("role-grants", "(SELECT permissions FROM role WHERE account = ?1 AND code = ?2) IS ?3");
const ROLE_UNUSED: &str = fact!(
    "role-unused",
    "NOT EXISTS (SELECT 1 FROM member WHERE account = ?1 AND role = ?2) AND NOT EXISTS (SELECT 1 FROM invitation WHERE account = ?1 AND role = ?2 AND state = 'pending' AND (expires_at IS NULL OR expires_at > ?3))"
);
const MEMBERS_BELOW: &str = fact!("members-below", "(SELECT members < ?2 FROM account WHERE id = ?1)");
const INVITATIONS_BELOW: &str = fact!("invitations-below", "(SELECT pending_invitations < ?2 FROM account WHERE id = ?1)");
const ROLES_BELOW: &str = fact!("roles-below", "(SELECT custom_roles < ?2 FROM account WHERE id = ?1)");
const KEYS_BELOW: &str = fact!("keys-below", "(SELECT api_keys < ?2 FROM account WHERE id = ?1)");
const INVITATION_IS: &str = fact!("invitation-is", "EXISTS (SELECT 1 FROM invitation WHERE id = ?1 AND state = ?2 AND link_version = ?3)");
const PENDING_IS: &str = fact!("pending-is", "(SELECT id FROM invitation WHERE account = ?1 AND email = ?2 AND state = 'pending') IS ?3");
const EMAIL_IS_MEMBER: &str =
    fact!("email-is-member", "EXISTS (SELECT 1 FROM member m JOIN user u ON u.id = m.user WHERE m.account = ?1 AND u.email = ?2) = ?3");
const INVITATION_MAILS_BELOW: &str = fact!(
    "invitation-mails-below",
    "(SELECT count(*) FROM mail WHERE recipient = ?2 AND kind = 'invitation' AND created_at > ?3) < ?4 AND (SELECT count(*) FROM audit_event INDEXED BY audit_invitations WHERE account = ?1 AND at > ?3 AND action IN ('invitation.create', 'invitation.resend') AND outcome = 'done') < ?5"
);
const SIGNUPS_BELOW: &str = fact!("signups-below", "(SELECT count(*) FROM signup WHERE email = ?1 AND created_at > ?2) < ?3");
const RESETS_BELOW: &str = fact!("resets-below", "(SELECT count(*) FROM reset WHERE email = ?1 AND created_at > ?2) < ?3");
const FAILURES_AT_MOST: &str = fact!("failures-at-most", "coalesce((SELECT failures FROM attempt WHERE scope = ?1), 0) <= ?2");
const EMAIL_IS: &str = fact!("email-is", "(SELECT id FROM user WHERE email = ?1) IS ?2");
const OWNS_ANOTHER: &str = fact!("owns-another", "EXISTS (SELECT 1 FROM account WHERE owner = ?1 AND id <> ?2) = ?3");
const SIGNUP_OPEN: &str = fact!("signup-open", "(SELECT open FROM signup WHERE id = ?1)");
const RESET_OPEN: &str = fact!("reset-open", "(SELECT open FROM reset WHERE id = ?1)");
const PASSWORD_IS: &str = fact!("password-is", "EXISTS (SELECT 1 FROM user WHERE id = ?1 AND password = ?2)");
const KEY_REVOKED: &str = fact!("key-revoked", "(SELECT (revoked_at IS NOT NULL) = ?2 FROM api_key WHERE id = ?1)");

const ATTRIBUTE_POLICY_IS: &str = fact!("attribute-policy-is", "(SELECT revision FROM attribute_policy WHERE account = ?1) IS ?2");

/// The statement that demands a fact.
pub(crate) fn statement(fact: &Fact) -> Statement {
    use rolecall_core::model::account::{API_KEYS_MAX, CUSTOM_ROLES_MAX, MEMBERS_MAX, PENDING_INVITATIONS_MAX};
    match fact {
        Fact::SessionLive(id) => statement!(SESSION_LIVE, id.to_string()),
        Fact::AccountIs(id, kind, owner) => statement!(ACCOUNT_IS, id.to_string(), kind.as_str(), owner.to_string()),
        Fact::AccountVersionIs(id, version) => statement!(ACCOUNT_VERSION_IS, id.to_string(), *version),
        Fact::MemberHasRole(account, user, role) => {
            statement!(MEMBER_HAS_ROLE, account.to_string(), user.to_string(), role.as_ref().map(|r| r.as_str()))
        }
        Fact::RoleGrants(account, code, permissions) => {
            statement!(ROLE_GRANTS, account.to_string(), code.as_str(), permissions.as_deref().map(crate::rows::list))
        }
        Fact::RoleUnused(account, code, now) => statement!(ROLE_UNUSED, account.to_string(), code.as_str(), now.millis()),
        Fact::MembersBelowCap(account) => statement!(MEMBERS_BELOW, account.to_string(), MEMBERS_MAX),
        Fact::PendingInvitationsBelowCap(account) => statement!(INVITATIONS_BELOW, account.to_string(), PENDING_INVITATIONS_MAX),
        Fact::CustomRolesBelowCap(account) => statement!(ROLES_BELOW, account.to_string(), CUSTOM_ROLES_MAX),
        Fact::ApiKeysBelowCap(account) => statement!(KEYS_BELOW, account.to_string(), API_KEYS_MAX),
        Fact::InvitationIs(id, state, version) => statement!(INVITATION_IS, id.to_string(), state.as_str(), i64::from(*version)),
        Fact::PendingInvitationIs(account, email, id) => {
            statement!(PENDING_IS, account.to_string(), email.as_str(), id.map(|id| id.to_string()))
        }
        Fact::EmailIsMember(account, email, member) => {
            statement!(EMAIL_IS_MEMBER, account.to_string(), email.as_str(), i64::from(*member))
        }
        Fact::InvitationMailsBelow(account, email, since) => {
            let (address, account) = (email.as_str(), account.to_string());
            statement!(INVITATION_MAILS_BELOW, account, address, since.millis(), MAILS_PER_ADDRESS, MAILS_PER_TEAM)
        }
        Fact::SignupsBelow(email, since) => statement!(SIGNUPS_BELOW, email.as_str(), since.millis(), signups::MAILS_MAX),
        Fact::ResetsBelow(email, since) => statement!(RESETS_BELOW, email.as_str(), since.millis(), password_resets::MAILS_MAX),
        Fact::FailuresAtMost(scope, failures) => statement!(FAILURES_AT_MOST, scope.as_str(), i64::from(*failures)),
        Fact::EmailIs(email, user) => statement!(EMAIL_IS, email.as_str(), user.map(|id| id.to_string())),
        Fact::OwnsAnother(user, account, owns) => {
            statement!(OWNS_ANOTHER, user.to_string(), account.to_string(), i64::from(*owns))
        }
        Fact::SignupOpen(id) => statement!(SIGNUP_OPEN, id.to_string()),
        Fact::ResetOpen(id) => statement!(RESET_OPEN, id.to_string()),
        Fact::PasswordIs(user, hash) => statement!(PASSWORD_IS, user.to_string(), hash.as_str()),
        Fact::ApiKeyRevoked(id, revoked) => statement!(KEY_REVOKED, id.to_string(), i64::from(*revoked)),
        Fact::AttributePolicyIs(account, revision) => statement!(ATTRIBUTE_POLICY_IS, account.to_string(), *revision),
    }
}
