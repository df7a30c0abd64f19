//! Preconditions as constant SQL conditions. One statement at the start of a batch checks all preconditions of a change and rolls
//! the transaction back if one of them is false. The SQL of a fact is its value: a load selects it, and the precondition compares it.

use crate::database::Statement;
use crate::rows::json_list;
use crate::statement;
use rolecall_core::authz::quotas;
use rolecall_core::decision::invitations::{MAILS_PER_ADDRESS, MAILS_PER_TEAM};
use rolecall_core::decision::{email_codes, password_resets, signups};
use rolecall_core::domain::account::{API_KEYS_MAX, CUSTOM_ROLES_MAX, MEMBERS_MAX, PENDING_INVITATIONS_MAX};
use rolecall_core::domain::passkey::PASSKEYS_MAX;
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_core::transaction::fact::{Fact, FactValue};
use rolecall_core::transaction::precondition::Precondition;
use serde_json::{Value, json};

/// Declares each fact and each precondition once: `Variant(fields) => SQL, [values]`. The SQL of a fact is its value in
/// parentheses, that of a precondition its condition.
///
/// `fact` is a view whose `INSERT` trigger aborts unless the condition is 1; nothing is stored. The preconditions are bound as one
/// JSON text, `[[name, value, …], …]`, so that the SQL reads its own values as `f.value ->> 1` and so on; the last one of a fact
/// is what it must equal. A name without a condition yields NULL, which is not 1.
macro_rules! preconditions {
    (
        facts { $($fact:ident($($parameter:ident),*) => $select:literal, [$($argument:expr),*];)* }
        conditions($epoch:ident) { $($name:ident($($field:ident),*) => $condition:literal, [$($value:expr),*];)* }
    ) => {
        const SQL: &str = concat!(
            "INSERT INTO fact SELECT f.value ->> 0, CASE f.value ->> 0 ",
            $("WHEN '", stringify!($fact), "' THEN ", $select, " IS (f.value ->> '$[#-1]') ",)*
            $("WHEN '", stringify!($name), "' THEN ", $condition, " ",)*
            "END FROM json_each(?1) f"
        );

        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($fact),)* $(stringify!($name),)*];

        /// The statement that selects the value of a fact, in the column `value`.
        fn select(fact: &Fact) -> &'static str {
            match fact {
                $(Fact::$fact(..) => concat!("SELECT ", $select, " AS value FROM json_each(?1) f"),)*
            }
        }

        /// The name of a fact and the values of its parameters.
        fn arguments(fact: &Fact) -> Vec<Value> {
            match fact {
                $(Fact::$fact($($parameter),*) => vec![json!(stringify!($fact)), $(json!($argument)),*],)*
            }
        }

        /// The precondition as a JSON array of its name and values.
        fn value(precondition: &Precondition, $epoch: RestoreEpoch) -> Value {
            match precondition {
                Precondition::FactIs(fact, value) => {
                    let mut values = arguments(fact);
                    values.push(match value {
                        FactValue::Null => Value::Null,
                        FactValue::Integer(number) => json!(number),
                        FactValue::Text(text) => json!(text),
                    });
                    Value::Array(values)
                }
                $(Precondition::$name($($field),*) => json!([stringify!($name), $($value),*]),)*
            }
        }
    };
}

preconditions! {
facts {
    EmailIsMember(account, email) => "(EXISTS (SELECT 1 FROM member m JOIN user u ON u.id = m.user WHERE m.account = (f.value ->> 1) AND u.email = (f.value ->> 2)))",
        [account.to_string(), email.as_str()];
    PendingInvitation(account, email) => "(SELECT id FROM invitation WHERE account = (f.value ->> 1) AND email = (f.value ->> 2) AND state = 'pending')",
        [account.to_string(), email.as_str()];
    RoleInUse(account, code, now) => "(EXISTS (SELECT 1 FROM member WHERE account = (f.value ->> 1) AND role = (f.value ->> 2)) OR EXISTS (SELECT 1 FROM invitation WHERE account = (f.value ->> 1) AND role = (f.value ->> 2) AND state = 'pending' AND (expires_at IS NULL OR expires_at > (f.value ->> 3))))",
        [account.to_string(), code.as_str(), now.millis()];
    KeysMadeBy(account, user, now) => "(SELECT json_group_array(id) FROM (SELECT id FROM api_key WHERE account = (f.value ->> 1) AND revoked_at IS NULL AND created_by = (f.value ->> 2) AND (expires_at IS NULL OR expires_at > (f.value ->> 3)) ORDER BY id))",
        [account.to_string(), user.to_string(), now.millis()];
    OwnerHasAnother(account) => "(EXISTS (SELECT 1 FROM account a JOIN account o ON o.owner = a.owner AND o.id <> a.id WHERE a.id = (f.value ->> 1)))",
        [account.to_string()];
    ChallengeSpent(id) => "(EXISTS (SELECT 1 FROM spent_challenge WHERE id = (f.value ->> 1)))",
        [id.as_str()];
    UserOfPerson(person) => "(SELECT user FROM identity WHERE issuer = (f.value ->> 1) AND subject = (f.value ->> 2))",
        [person.issuer, person.subject];
    ConfirmedTotp(user) => "(SELECT id FROM identity WHERE user = (f.value ->> 1) AND kind = 'totp' AND last_step IS NOT NULL)",
        [user.to_string()];
    PasskeyExists(credential) => "(EXISTS (SELECT 1 FROM identity WHERE credential = (f.value ->> 1)))",
        [credential.as_str()];
}
conditions(epoch) {
    SessionTokenIs(id, token) => "(SELECT token FROM session WHERE id = (f.value ->> 1)) IS (f.value ->> 2)",
        [id.to_string(), token.to_hex()];
    SessionLive(id) => "EXISTS (SELECT 1 FROM session WHERE id = (f.value ->> 1))",
        [id.to_string()];
    AccountIs(id, kind, owner) => "EXISTS (SELECT 1 FROM account WHERE id = (f.value ->> 1) AND kind = (f.value ->> 2) AND owner = (f.value ->> 3))",
        [id.to_string(), kind.as_str(), owner.to_string()];
    AccountVersionIs(id, version) => "EXISTS (SELECT 1 FROM account WHERE id = (f.value ->> 1) AND version = (f.value ->> 2))",
        [id.to_string(), epoch.stored_version(*version)];
    MemberHasRole(account, user, role) => "(SELECT role FROM member WHERE account = (f.value ->> 1) AND user = (f.value ->> 2)) IS (f.value ->> 3)",
        [account.to_string(), user.to_string(), role.as_ref().map(|r| r.as_str())];
    RoleGrants(account, code, permissions) => "(SELECT permissions FROM role WHERE account = (f.value ->> 1) AND code = (f.value ->> 2)) IS (f.value ->> 3)",
        [account.to_string(), code.as_str(), permissions.as_deref().map(json_list)];
    MembersBelowCap(account) => "(SELECT members < (f.value ->> 2) FROM account WHERE id = (f.value ->> 1))",
        [account.to_string(), MEMBERS_MAX];
    PendingInvitationsBelowCap(account, now) => "(SELECT CASE WHEN pending_invitations < (f.value ->> 2) THEN 1 ELSE EXISTS (SELECT 1 FROM invitation WHERE account = (f.value ->> 1) AND state = 'pending' AND expires_at <= (f.value ->> 3)) END FROM account WHERE id = (f.value ->> 1))",
        [account.to_string(), PENDING_INVITATIONS_MAX, now.millis()];
    CustomRolesBelowCap(account) => "(SELECT custom_roles < (f.value ->> 2) FROM account WHERE id = (f.value ->> 1))",
        [account.to_string(), CUSTOM_ROLES_MAX];
    ApiKeysBelowCap(account, now) => "(SELECT CASE WHEN api_keys < (f.value ->> 2) THEN 1 ELSE EXISTS (SELECT 1 FROM api_key WHERE account = (f.value ->> 1) AND revoked_at IS NULL AND expires_at <= (f.value ->> 3)) END FROM account WHERE id = (f.value ->> 1))",
        [account.to_string(), API_KEYS_MAX, now.millis()];
    InvitationIs(id, state, version) => "EXISTS (SELECT 1 FROM invitation WHERE id = (f.value ->> 1) AND state = (f.value ->> 2) AND link_version = (f.value ->> 3))",
        [id.to_string(), state.as_str(), i64::from(*version)];
    InvitationMailsBelow(account, email, since, by, hour) => "(SELECT count(*) FROM mail WHERE recipient = (f.value ->> 2) AND kind = 'invitation' AND created_at > (f.value ->> 3)) < (f.value ->> 4) AND (SELECT count(*) FROM audit_event INDEXED BY audit_invitations WHERE account = (f.value ->> 1) AND at > (f.value ->> 3) AND action IN ('invitation.create', 'invitation.resend') AND outcome = 'done') < (f.value ->> 5) AND (SELECT hour < (f.value ->> 7) OR hour_invitations < (f.value ->> 8) FROM user WHERE id = (f.value ->> 6))",
        [account.to_string(), email.as_str(), since.millis(), MAILS_PER_ADDRESS, MAILS_PER_TEAM, by.to_string(), *hour, quotas::USER_INVITATIONS];
    ChangesBelow(account, most, user, hour) => "(SELECT hour < (f.value ->> 3) OR hour_changes < (f.value ->> 4) FROM account WHERE id = (f.value ->> 1)) AND coalesce((SELECT hour < (f.value ->> 3) OR hour_changes < (f.value ->> 5) FROM user WHERE id = (f.value ->> 2)), 1)",
        [account.to_string(), user.map(|user| user.to_string()), *hour, *most, quotas::USER_CHANGES];
    TeamsBelow(user, day) => "(SELECT day < (f.value ->> 2) OR day_teams < (f.value ->> 3) FROM user WHERE id = (f.value ->> 1))",
        [user.to_string(), *day, quotas::USER_TEAMS];
    SignupsBelow(email, since) => "(SELECT count(*) FROM signup WHERE email = (f.value ->> 1) AND created_at > (f.value ->> 2)) < (f.value ->> 3)",
        [email.as_str(), since.millis(), signups::MAILS_MAX];
    ResetsBelow(email, since) => "(SELECT count(*) FROM reset WHERE email = (f.value ->> 1) AND created_at > (f.value ->> 2)) < (f.value ->> 3)",
        [email.as_str(), since.millis(), password_resets::MAILS_MAX];
    EmailCodesBelow(email, network, near, far) => "(SELECT count(*) FILTER (WHERE network = (f.value ->> 2) AND created_at > (f.value ->> 3)) < (f.value ->> 5) AND count(*) < (f.value ->> 6) FROM email_code WHERE email = (f.value ->> 1) AND created_at > (f.value ->> 4))",
        [email.as_str(), network.as_str(), near.millis(), far.millis(), email_codes::MAILS_MAX, email_codes::MAILS_FROM_ALL_MAX];
    EmailCodeIs(id, tries) => "(SELECT open AND tries = (f.value ->> 2) FROM email_code WHERE id = (f.value ->> 1))",
        [id.to_string(), i64::from(*tries)];
    FailuresAtMost(scope, failures) => "coalesce((SELECT failures FROM attempt WHERE scope = (f.value ->> 1)), 0) <= (f.value ->> 2)",
        [scope.as_str(), i64::from(*failures)];
    EmailIs(email, user) => "(SELECT id FROM user WHERE email = (f.value ->> 1)) IS (f.value ->> 2)",
        [email.as_str(), user.map(|id| id.to_string())];
    SignupOpen(id) => "(SELECT open FROM signup WHERE id = (f.value ->> 1))",
        [id.to_string()];
    ResetOpen(id) => "(SELECT open FROM reset WHERE id = (f.value ->> 1))",
        [id.to_string()];
    PasswordIs(email, hash) => "(SELECT i.proof FROM user u JOIN identity i ON i.user = u.id AND i.kind = 'password' WHERE u.email = (f.value ->> 1)) IS (f.value ->> 2)",
        [email.as_str(), hash.as_ref().map(|hash| hash.as_str())];
    PasskeyCountIs(user, id, count) => "(SELECT sign_count FROM identity WHERE user = (f.value ->> 1) AND id = (f.value ->> 2)) IS (f.value ->> 3)",
        [user.to_string(), id.to_string(), *count];
    PasskeysBelowCap(user) => "(SELECT count(*) FROM identity WHERE user = (f.value ->> 1) AND kind = 'passkey') < (f.value ->> 2)",
        [user.to_string(), PASSKEYS_MAX];
    TotpStepIs(user, id, step) => "EXISTS (SELECT 1 FROM identity WHERE user = (f.value ->> 1) AND id = (f.value ->> 2) AND kind = 'totp' AND last_step IS (f.value ->> 3))",
        [user.to_string(), id.to_string(), *step];
    RecoveryCodesLeft(user, id, left) => "(SELECT json_array_length(proof) FROM identity WHERE user = (f.value ->> 1) AND id = (f.value ->> 2) AND kind = 'recovery') IS (f.value ->> 3)",
        [user.to_string(), id.to_string(), *left];
    OtherSignInMethod(user, id) => "EXISTS (SELECT 1 FROM identity WHERE user = (f.value ->> 1) AND id <> (f.value ->> 2) AND kind NOT IN ('totp', 'recovery') AND (kind = 'email' OR epoch = (f.value ->> 3)))",
        [user.to_string(), id.to_string(), epoch.number()];
    ApiKeyRevoked(id, revoked) => "(SELECT (revoked_at IS NOT NULL) = (f.value ->> 2) FROM api_key WHERE id = (f.value ->> 1))",
        [id.to_string(), i64::from(*revoked)];
    AttributePolicyIs(account, revision) => "(SELECT revision FROM attribute_policy WHERE account = (f.value ->> 1)) IS (f.value ->> 2)",
        [account.to_string(), revision.map(|revision| epoch.stored_version(revision))];
}
}

/// The load of a fact.
pub(crate) fn fact_statement(fact: &Fact) -> Statement {
    statement!(select(fact), Value::Array(vec![Value::Array(arguments(fact))]).to_string())
}

/// The statement that checks all preconditions; `None` if there are none.
pub(crate) fn statement(preconditions: &[Precondition], epoch: RestoreEpoch) -> Option<Statement> {
    let values = || Value::Array(preconditions.iter().map(|precondition| value(precondition, epoch)).collect()).to_string();
    (!preconditions.is_empty()).then(|| statement!(SQL, values()))
}

#[cfg(test)]
mod tests {
    use super::NAMES;
    use std::collections::BTreeSet;

    #[test]
    fn no_fact_has_the_name_of_a_condition() {
        assert_eq!(NAMES.iter().collect::<BTreeSet<_>>().len(), NAMES.len());
    }
}
