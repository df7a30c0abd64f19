//! Each fact as a constant condition. All facts of a change are one statement at the head of its batch, which rolls
//! everything back when one of them does not hold.

use crate::database::Statement;
use crate::statement;
use rolecall_core::authz::quotas;
use rolecall_core::decision::invitations::{MAILS_PER_ADDRESS, MAILS_PER_TEAM};
use rolecall_core::decision::{password_resets, signups};
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_core::transaction::precondition::Precondition;
use serde_json::{Value, json};

/// `INSERT INTO precondition` goes to a trigger that aborts unless the condition is 1; nothing is stored. The facts are bound
/// as one JSON text, `[[name, …], …]`, so a fact's own values are `f.value ->> 1` and so on. A name that is not
/// here has no condition, which is not 1.
macro_rules! preconditions {
    ($($name:literal => $condition:expr,)*) => {
        concat!(
            "INSERT INTO fact SELECT f.value ->> 0, CASE f.value ->> 0 ",
            $("WHEN '", $name, "' THEN ", $condition, " ",)*
            "END FROM json_each(?1) f"
        )
    };
}

const PRECONDITIONS: &str = preconditions! {
    "session-live" => "EXISTS (SELECT 1 FROM session WHERE id = (f.value ->> 1))",
    "account-is" => "EXISTS (SELECT 1 FROM account WHERE id = (f.value ->> 1) AND kind = (f.value ->> 2) AND owner = (f.value ->> 3))",
    "account-version-is" => "EXISTS (SELECT 1 FROM account WHERE id = (f.value ->> 1) AND version = (f.value ->> 2))",
    "member-has-role" => "(SELECT role FROM member WHERE account = (f.value ->> 1) AND user = (f.value ->> 2)) IS (f.value ->> 3)",
    "role-grants" => "(SELECT permissions FROM role WHERE account = (f.value ->> 1) AND code = (f.value ->> 2)) IS (f.value ->> 3)",
    "role-unused" => "NOT EXISTS (SELECT 1 FROM member WHERE account = (f.value ->> 1) AND role = (f.value ->> 2)) AND NOT EXISTS (SELECT 1 FROM invitation WHERE account = (f.value ->> 1) AND role = (f.value ->> 2) AND state = 'pending' AND (expires_at IS NULL OR expires_at > (f.value ->> 3)))",
    "members-below" => "(SELECT members < (f.value ->> 2) FROM account WHERE id = (f.value ->> 1))",
    "invitations-below" => "(SELECT CASE WHEN pending_invitations < (f.value ->> 2) THEN 1 ELSE EXISTS (SELECT 1 FROM invitation WHERE account = (f.value ->> 1) AND state = 'pending' AND expires_at <= (f.value ->> 3)) END FROM account WHERE id = (f.value ->> 1))",
    "roles-below" => "(SELECT custom_roles < (f.value ->> 2) FROM account WHERE id = (f.value ->> 1))",
    "keys-below" => "(SELECT CASE WHEN api_keys < (f.value ->> 2) THEN 1 ELSE EXISTS (SELECT 1 FROM api_key WHERE account = (f.value ->> 1) AND revoked_at IS NULL AND expires_at <= (f.value ->> 3)) END FROM account WHERE id = (f.value ->> 1))",
    "keys-made-by-are" => "(SELECT json_group_array(id) FROM (SELECT id FROM api_key WHERE account = (f.value ->> 1) AND revoked_at IS NULL AND created_by = (f.value ->> 2) AND (expires_at IS NULL OR expires_at > (f.value ->> 3)) ORDER BY id)) IS (f.value ->> 4)",
    "invitation-is" => "EXISTS (SELECT 1 FROM invitation WHERE id = (f.value ->> 1) AND state = (f.value ->> 2) AND link_version = (f.value ->> 3))",
    "pending-is" => "(SELECT id FROM invitation WHERE account = (f.value ->> 1) AND email = (f.value ->> 2) AND state = 'pending') IS (f.value ->> 3)",
    "email-is-member" => "EXISTS (SELECT 1 FROM member m JOIN user u ON u.id = m.user WHERE m.account = (f.value ->> 1) AND u.email = (f.value ->> 2)) = (f.value ->> 3)",
    "invitation-mails-below" => "(SELECT count(*) FROM mail WHERE recipient = (f.value ->> 2) AND kind = 'invitation' AND created_at > (f.value ->> 3)) < (f.value ->> 4) AND (SELECT count(*) FROM audit_event INDEXED BY audit_invitations WHERE account = (f.value ->> 1) AND at > (f.value ->> 3) AND action IN ('invitation.create', 'invitation.resend') AND outcome = 'done') < (f.value ->> 5) AND (SELECT hour < (f.value ->> 7) OR hour_invitations < (f.value ->> 8) FROM user WHERE id = (f.value ->> 6))",
    "changes-below" => "(SELECT hour < (f.value ->> 3) OR hour_changes < (f.value ->> 4) FROM account WHERE id = (f.value ->> 1)) AND coalesce((SELECT hour < (f.value ->> 3) OR hour_changes < (f.value ->> 5) FROM user WHERE id = (f.value ->> 2)), 1)",
    "teams-below" => "(SELECT day < (f.value ->> 2) OR day_teams < (f.value ->> 3) FROM user WHERE id = (f.value ->> 1))",
    "signups-below" => "(SELECT count(*) FROM signup WHERE email = (f.value ->> 1) AND created_at > (f.value ->> 2)) < (f.value ->> 3)",
    "resets-below" => "(SELECT count(*) FROM reset WHERE email = (f.value ->> 1) AND created_at > (f.value ->> 2)) < (f.value ->> 3)",
    "failures-at-most" => "coalesce((SELECT failures FROM attempt WHERE scope = (f.value ->> 1)), 0) <= (f.value ->> 2)",
    "email-is" => "(SELECT id FROM user WHERE email = (f.value ->> 1)) IS (f.value ->> 2)",
    "owns-another" => "EXISTS (SELECT 1 FROM account WHERE owner = (f.value ->> 1) AND id <> (f.value ->> 2)) = (f.value ->> 3)",
    "signup-open" => "(SELECT open FROM signup WHERE id = (f.value ->> 1))",
    "reset-open" => "(SELECT open FROM reset WHERE id = (f.value ->> 1))",
    "password-is" => "EXISTS (SELECT 1 FROM user WHERE id = (f.value ->> 1) AND password = (f.value ->> 2))",
    "key-revoked" => "(SELECT (revoked_at IS NOT NULL) = (f.value ->> 2) FROM api_key WHERE id = (f.value ->> 1))",
    "attribute-policy-is" => "(SELECT revision FROM attribute_policy WHERE account = (f.value ->> 1)) IS (f.value ->> 2)",
};

/// The statement that demands all of these; None where there is nothing to demand.
pub(crate) fn statement(preconditions: &[Precondition], epoch: RestoreEpoch) -> Option<Statement> {
    let values = || Value::Array(preconditions.iter().map(|precondition| value(precondition, epoch)).collect()).to_string();
    (!preconditions.is_empty()).then(|| statement!(PRECONDITIONS, values()))
}

/// A fact as its name and what it is about.
fn value(precondition: &Precondition, epoch: RestoreEpoch) -> Value {
    use rolecall_core::domain::account::{API_KEYS_MAX, CUSTOM_ROLES_MAX, MEMBERS_MAX, PENDING_INVITATIONS_MAX};
    match precondition {
        Precondition::SessionLive(id) => json!(["session-live", id.to_string()]),
        Precondition::AccountIs(id, kind, owner) => json!(["account-is", id.to_string(), kind.as_str(), owner.to_string()]),
        Precondition::AccountVersionIs(id, version) => json!(["account-version-is", id.to_string(), epoch.stored(*version)]),
        Precondition::MemberHasRole(account, user, role) => {
            json!(["member-has-role", account.to_string(), user.to_string(), role.as_ref().map(|r| r.as_str())])
        }
        Precondition::RoleGrants(account, code, permissions) => {
            json!(["role-grants", account.to_string(), code.as_str(), permissions.as_deref().map(crate::rows::list)])
        }
        Precondition::RoleUnused(account, code, now) => json!(["role-unused", account.to_string(), code.as_str(), now.millis()]),
        Precondition::MembersBelowCap(account) => json!(["members-below", account.to_string(), MEMBERS_MAX]),
        Precondition::PendingInvitationsBelowCap(account, now) => {
            json!(["invitations-below", account.to_string(), PENDING_INVITATIONS_MAX, now.millis()])
        }
        Precondition::CustomRolesBelowCap(account) => json!(["roles-below", account.to_string(), CUSTOM_ROLES_MAX]),
        Precondition::ApiKeysBelowCap(account, now) => json!(["keys-below", account.to_string(), API_KEYS_MAX, now.millis()]),
        Precondition::KeysMadeByAre(account, user, now, keys) => {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            json!(["keys-made-by-are", account.to_string(), user.to_string(), now.millis(), crate::rows::list(&keys)])
        }
        Precondition::InvitationIs(id, state, version) => json!(["invitation-is", id.to_string(), state.as_str(), i64::from(*version)]),
        Precondition::PendingInvitationIs(account, email, id) => {
            json!(["pending-is", account.to_string(), email.as_str(), id.map(|id| id.to_string())])
        }
        Precondition::EmailIsMember(account, email, member) => {
            json!(["email-is-member", account.to_string(), email.as_str(), i64::from(*member)])
        }
        Precondition::InvitationMailsBelow(account, email, since, by, hour) => {
            let (account, by) = (account.to_string(), by.to_string());
            json!([
                "invitation-mails-below",
                account,
                email.as_str(),
                since.millis(),
                MAILS_PER_ADDRESS,
                MAILS_PER_TEAM,
                by,
                *hour,
                quotas::USER_INVITATIONS
            ])
        }
        Precondition::ChangesBelow(account, most, user, hour) => {
            let (account, user) = (account.to_string(), user.map(|user| user.to_string()));
            json!(["changes-below", account, user, *hour, *most, quotas::USER_CHANGES])
        }
        Precondition::TeamsBelow(user, day) => json!(["teams-below", user.to_string(), *day, quotas::USER_TEAMS]),
        Precondition::SignupsBelow(email, since) => json!(["signups-below", email.as_str(), since.millis(), signups::MAILS_MAX]),
        Precondition::ResetsBelow(email, since) => json!(["resets-below", email.as_str(), since.millis(), password_resets::MAILS_MAX]),
        Precondition::FailuresAtMost(scope, failures) => json!(["failures-at-most", scope.as_str(), i64::from(*failures)]),
        Precondition::EmailIs(email, user) => json!(["email-is", email.as_str(), user.map(|id| id.to_string())]),
        Precondition::OwnsAnother(user, account, owns) => {
            json!(["owns-another", user.to_string(), account.to_string(), i64::from(*owns)])
        }
        Precondition::SignupOpen(id) => json!(["signup-open", id.to_string()]),
        Precondition::ResetOpen(id) => json!(["reset-open", id.to_string()]),
        Precondition::PasswordIs(user, hash) => json!(["password-is", user.to_string(), hash.as_str()]),
        Precondition::ApiKeyRevoked(id, revoked) => json!(["key-revoked", id.to_string(), i64::from(*revoked)]),
        Precondition::AttributePolicyIs(account, revision) => {
            json!(["attribute-policy-is", account.to_string(), revision.map(|revision| epoch.stored(revision))])
        }
    }
}
