//! The columns of each table as loads select them, with names that stay distinct in joins, and the conversion of their rows to domain
//! types. A stored row that does not parse is a fault and never becomes a default value.

mod second_factors;

pub(crate) use second_factors::{recovery_proof, second_factors, second_factors_column};

use crate::database::{Row, Value};
use rolecall_app::Fault;
use rolecall_core::authzen::restore_policy;
use rolecall_core::credential::lockout::Attempts;
use rolecall_core::domain::account::{Account, AccountKind, Membership};
use rolecall_core::domain::activity_counts::{RecentActivity, WindowedCount};
use rolecall_core::domain::api_key::ApiKey;
use rolecall_core::domain::attribute_policy::AttributePolicy;
use rolecall_core::domain::audit::Event;
use rolecall_core::domain::authentication::{AssuranceLevel, AuthMethod, Authentication};
use rolecall_core::domain::email::Email;
use rolecall_core::domain::email_code::EmailCode;
use rolecall_core::domain::id::{
    AccountId, ApiKeyId, EmailCodeId, EventId, IdentityId, InvitationId, ResetId, SessionId, SignupId, UserId,
};
use rolecall_core::domain::identity::{IdentityKind, SignInMethod, StoredPassword};
use rolecall_core::domain::invitation::{Invitation, InvitationState};
use rolecall_core::domain::name::Name;
use rolecall_core::domain::passkey::{CredentialId, Passkey};
use rolecall_core::domain::personal_value::Disclosure;
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_core::domain::role::{CustomRole, RoleCode};
use rolecall_core::domain::secret_hashes::{PasswordHash, SecretHash};
use rolecall_core::domain::session::{PasswordReset, Session, Signup};
use rolecall_core::domain::time::Timestamp;
use rolecall_core::domain::user::User;
use rolecall_core::transaction::fact::FactValue;

/// A list of texts as stored JSON. Preconditions compare it as text, so this is its only serialisation.
pub(crate) fn json_list(items: &[String]) -> String {
    serde_json::Value::from(items.to_vec()).to_string()
}

/// Parses a JSON array of arrays of texts, which is how a merged lookup returns several rows in one column.
///
/// # Errors
///
/// A fault if the text is not such an array.
pub(crate) fn parse_json_rows(json: &str) -> Result<Vec<Vec<String>>, Fault> {
    serde_json::from_str(json).map_err(|_| invalid("roles"))
}

impl Row {
    fn get(&self, column: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == column).map(|(_, value)| value)
    }

    pub(crate) fn opt_text(&self, column: &str) -> Option<&str> {
        match self.get(column) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn text(&self, column: &str) -> Result<&str, Fault> {
        self.opt_text(column).ok_or_else(|| invalid(column))
    }

    pub(crate) fn opt_integer(&self, column: &str) -> Option<i64> {
        match self.get(column) {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn integer(&self, column: &str) -> Result<i64, Fault> {
        self.opt_integer(column).ok_or_else(|| invalid(column))
    }

    pub(crate) fn parse<T>(&self, column: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Fault> {
        parse(self.text(column)?).ok_or_else(|| invalid(column))
    }

    pub(crate) fn time(&self, column: &str) -> Result<Timestamp, Fault> {
        Ok(Timestamp::from_millis(self.integer(column)?))
    }

    fn opt_time(&self, column: &str) -> Option<Timestamp> {
        self.opt_integer(column).map(Timestamp::from_millis)
    }

    fn texts(&self, column: &str) -> Result<Vec<String>, Fault> {
        serde_json::from_str(self.text(column)?).map_err(|_| invalid(column))
    }
}

fn invalid(column: &str) -> Fault {
    Fault::new(format!("a stored row has no valid `{column}`"))
}

pub(crate) fn email(text: &str) -> Option<Email> {
    Email::restore(text.to_owned())
}

macro_rules! account_columns {
    () => {
        "a.id AS account_id, a.kind, a.name AS account_name, a.owner, a.version, a.created_at AS account_created_at, a.members, a.pending_invitations, a.custom_roles, a.api_keys, a.hour AS account_hour, a.hour_changes AS account_changes"
    };
}
pub(crate) use account_columns;

pub(crate) fn account(row: &Row) -> Result<Account, Fault> {
    Ok(Account {
        id: row.parse("account_id", AccountId::parse)?,
        kind: row.parse("kind", AccountKind::parse)?,
        name: Name::restore(row.text("account_name")?.to_owned()),
        owner: row.parse("owner", UserId::parse)?,
        version: row.integer("version")?,
        created_at: row.time("account_created_at")?,
        members: row.integer("members")?,
        pending_invitations: row.integer("pending_invitations")?,
        custom_roles: row.integer("custom_roles")?,
        api_keys: row.integer("api_keys")?,
        changes: WindowedCount { window: row.integer("account_hour")?, count: row.integer("account_changes")? },
    })
}

pub(crate) fn membership(row: &Row) -> Result<Membership, Fault> {
    Ok(Membership {
        account: row.parse("member_account", AccountId::parse)?,
        user: row.parse("member_user", UserId::parse)?,
        role: RoleCode::restore(row.text("member_role")?),
        joined_at: row.time("joined_at")?,
    })
}

macro_rules! user_columns {
    () => {
        "u.id AS user_id, u.email AS user_email, u.name AS user_name, u.active_account, u.created_at AS user_created_at"
    };
}
pub(crate) use user_columns;

/// The columns of a user with the counters of the user's quotas.
macro_rules! caller_columns {
    () => {
        concat!($crate::rows::user_columns!(), ", u.hour AS user_hour, u.hour_changes, u.hour_invitations, u.day AS user_day, u.day_teams")
    };
}
pub(crate) use caller_columns;

pub(crate) fn user(row: &Row) -> Result<User, Fault> {
    Ok(User {
        id: row.parse("user_id", UserId::parse)?,
        email: row.parse("user_email", email)?,
        name: Name::restore(row.text("user_name")?.to_owned()),
        active_account: row.parse("active_account", AccountId::parse)?,
        created_at: row.time("user_created_at")?,
        recent: recent(row),
    })
}

/// The user's recent activity; zero where the statement did not select the counters.
fn recent(row: &Row) -> RecentActivity {
    let counter = |window: &str, count: &str| WindowedCount {
        window: row.opt_integer(window).unwrap_or_default(),
        count: row.opt_integer(count).unwrap_or_default(),
    };
    RecentActivity {
        changes: counter("user_hour", "hour_changes"),
        invitations: counter("user_hour", "hour_invitations"),
        teams: counter("user_day", "day_teams"),
    }
}

/// The value of a fact, in the column `value`.
pub(crate) fn fact_value(row: &Row) -> Result<FactValue, Fault> {
    match row.get("value") {
        Some(Value::Null) => Ok(FactValue::Null),
        Some(Value::Integer(number)) => Ok(FactValue::Integer(*number)),
        Some(Value::Text(text)) => Ok(FactValue::Text(text.clone())),
        None => Err(invalid("value")),
    }
}

pub(crate) fn stored_password(row: &Row) -> Result<StoredPassword, Fault> {
    Ok(StoredPassword { hash: PasswordHash::restore(row.text("proof")?.to_owned()), epoch: RestoreEpoch::restore(row.integer("epoch")?) })
}

pub(crate) fn role(row: &Row) -> Result<CustomRole, Fault> {
    Ok(CustomRole {
        account: row.parse("account", AccountId::parse)?,
        code: RoleCode::restore(row.text("code")?),
        title: Name::restore(row.text("title")?.to_owned()),
        permissions: row.texts("permissions")?,
    })
}

macro_rules! invitation_columns {
    () => {
        $crate::rows::invitation_columns!("")
    };
    // With the alias of the joined table and its dot.
    ($of:literal) => {
        concat!(
            $of,
            "id, ",
            $of,
            "account, ",
            $of,
            "email, ",
            $of,
            "role, ",
            $of,
            "state, ",
            $of,
            "link_version, ",
            $of,
            "lifetime, ",
            $of,
            "expires_at, ",
            $of,
            "invited_by, ",
            $of,
            "created_at, ",
            $of,
            "closed_by"
        )
    };
}
pub(crate) use invitation_columns;

pub(crate) fn invitation(row: &Row) -> Result<Invitation, Fault> {
    Ok(Invitation {
        id: row.parse("id", InvitationId::parse)?,
        account: row.parse("account", AccountId::parse)?,
        email: row.parse("email", email)?,
        role: RoleCode::restore(row.text("role")?),
        stored: row.parse("state", InvitationState::parse)?,
        link_version: u32::try_from(row.integer("link_version")?).map_err(|_| invalid("link_version"))?,
        lifetime: row.opt_integer("lifetime"),
        expires_at: row.opt_time("expires_at"),
        invited_by: row.parse("invited_by", UserId::parse)?,
        created_at: row.time("created_at")?,
        closed_by: row.opt_text("closed_by").and_then(UserId::parse),
    })
}

macro_rules! session_columns {
    () => {
        "s.id AS session_id, s.user AS session_user, s.token, s.user_agent, s.created_at AS session_created_at, s.last_seen_at, s.aal, s.amr, s.auth_time"
    };
}
pub(crate) use session_columns;

pub(crate) fn session(row: &Row) -> Result<Session, Fault> {
    Ok(Session {
        id: row.parse("session_id", SessionId::parse)?,
        user: row.parse("session_user", UserId::parse)?,
        token: row.parse("token", SecretHash::from_hex)?,
        user_agent: row.text("user_agent")?.to_owned(),
        created_at: row.time("session_created_at")?,
        last_seen_at: row.time("last_seen_at")?,
        authentication: Authentication {
            level: AssuranceLevel::restore(row.integer("aal")?),
            methods: row.texts("amr")?.iter().filter_map(|method| AuthMethod::parse(method)).collect(),
            at: row.time("auth_time")?,
        },
    })
}

pub(crate) fn sign_in_method(row: &Row) -> Result<SignInMethod, Fault> {
    Ok(SignInMethod {
        id: row.parse("id", IdentityId::parse)?,
        kind: row.parse("kind", IdentityKind::parse)?,
        epoch: RestoreEpoch::restore(row.integer("epoch")?),
        created_at: row.time("created_at")?,
        last_used_at: row.opt_time("last_used_at"),
        told_by: row.opt_text("issuer").map(|issuer| (issuer.to_owned(), row.opt_text("told_email").and_then(email))),
        user_verified: row.opt_integer("user_verified") == Some(1),
        remaining: row.opt_integer("remaining").and_then(|remaining| u32::try_from(remaining).ok()),
    })
}

macro_rules! passkey_columns {
    () => {
        "i.id AS passkey_id, i.user AS passkey_user, i.credential, i.proof, i.sign_count, i.backup_eligible, i.backed_up, i.transports, i.aaguid, i.user_verified, i.label, i.epoch, i.created_at AS passkey_created_at, i.last_used_at"
    };
}
pub(crate) use passkey_columns;

pub(crate) fn passkey(row: &Row) -> Result<Passkey, Fault> {
    Ok(Passkey {
        id: row.parse("passkey_id", IdentityId::parse)?,
        user: row.parse("passkey_user", UserId::parse)?,
        credential: CredentialId::restore(row.text("credential")?.to_owned()),
        public_key: row.parse("proof", Passkey::restore_public_key)?,
        sign_count: u32::try_from(row.integer("sign_count")?).map_err(|_| invalid("sign_count"))?,
        backup_eligible: row.integer("backup_eligible")? == 1,
        backed_up: row.integer("backed_up")? == 1,
        transports: row.texts("transports")?,
        aaguid: row.parse("aaguid", |text| text.parse().ok())?,
        user_verified: row.integer("user_verified")? == 1,
        label: Name::restore(row.text("label")?.to_owned()),
        epoch: RestoreEpoch::restore(row.integer("epoch")?),
        created_at: row.time("passkey_created_at")?,
        last_used_at: row.opt_time("last_used_at"),
    })
}

pub(crate) fn signup(row: &Row) -> Result<Signup, Fault> {
    Ok(Signup {
        id: row.parse("id", SignupId::parse)?,
        email: row.parse("email", email)?,
        name: Name::restore(row.text("name")?.to_owned()),
        password: Some(row.text("password")?).filter(|hash| !hash.is_empty()).map(|hash| PasswordHash::restore(hash.to_owned())),
        created_at: row.time("created_at")?,
        open: row.integer("open")? == 1,
        browser: row.opt_text("browser").and_then(SecretHash::from_hex),
    })
}

pub(crate) fn reset(row: &Row) -> Result<PasswordReset, Fault> {
    Ok(PasswordReset {
        id: row.parse("id", ResetId::parse)?,
        email: row.parse("email", email)?,
        user: row.opt_text("user").and_then(UserId::parse),
        created_at: row.time("created_at")?,
        open: row.integer("open")? == 1,
    })
}

pub(crate) fn email_code(row: &Row) -> Result<EmailCode, Fault> {
    Ok(EmailCode {
        id: row.parse("id", EmailCodeId::parse)?,
        email: row.parse("email", email)?,
        user: row.opt_text("user").and_then(UserId::parse),
        browser: row.parse("browser", SecretHash::from_hex)?,
        network: row.text("network")?.to_owned(),
        tries: u32::try_from(row.integer("tries")?).unwrap_or(u32::MAX),
        created_at: row.time("created_at")?,
        open: row.integer("open")? == 1,
    })
}

pub(crate) fn attempts(row: &Row) -> Result<Attempts, Fault> {
    let failures = u32::try_from(row.integer("failures")?).unwrap_or(u32::MAX);
    Ok(Attempts { failures, last_failure: row.time("last_failure")? })
}

macro_rules! api_key_columns {
    () => {
        $crate::rows::api_key_columns!("")
    };
    // With the alias of the joined table and its dot.
    ($of:literal) => {
        concat!(
            $of,
            "id, ",
            $of,
            "account, ",
            $of,
            "name, ",
            $of,
            "secret, ",
            $of,
            "permissions, ",
            $of,
            "resources, ",
            $of,
            "created_by, ",
            $of,
            "created_at, ",
            $of,
            "expires_at, ",
            $of,
            "last_used_at, ",
            $of,
            "revoked_at"
        )
    };
}
pub(crate) use api_key_columns;

pub(crate) fn api_key(row: &Row) -> Result<ApiKey, Fault> {
    Ok(ApiKey {
        id: row.parse("id", ApiKeyId::parse)?,
        account: row.parse("account", AccountId::parse)?,
        name: Name::restore(row.text("name")?.to_owned()),
        secret: row.parse("secret", SecretHash::from_hex)?,
        permissions: row.texts("permissions")?,
        resources: row.texts("resources")?,
        created_by: row.parse("created_by", UserId::parse)?,
        created_at: row.time("created_at")?,
        expires_at: row.opt_time("expires_at"),
        last_used_at: row.opt_time("last_used_at"),
        revoked_at: row.opt_time("revoked_at"),
    })
}

/// A stored policy that does not parse is a fault, so that evaluation fails closed.
pub(crate) fn attribute_policy(row: &Row) -> Result<AttributePolicy, Fault> {
    let document = row.text("document")?.to_owned();
    let value = serde_json::from_str(&document).map_err(|_| invalid("document"))?;
    Ok(AttributePolicy {
        account: row.parse("policy_account", AccountId::parse)?,
        rules: restore_policy(&value).map_err(|_| invalid("document"))?,
        document,
        revision: row.integer("revision")?,
        updated_by: row.parse("updated_by", UserId::parse)?,
        updated_at: row.time("updated_at")?,
    })
}

/// A JSON list of path and text of disclosures.
fn disclosures(json: &str) -> Result<Vec<Disclosure>, Fault> {
    let pairs: Vec<(String, String)> = serde_json::from_str(json).map_err(|_| invalid("disclosures"))?;
    Ok(pairs.into_iter().map(|(path, text)| Disclosure { path, text }).collect())
}

/// An event; without its disclosures where the statement did not select them, as for sealing.
pub(crate) fn event(row: &Row) -> Result<Event, Fault> {
    let text = |column: &str| row.text(column).map(str::to_owned);
    Ok(Event {
        id: row.parse("id", EventId::parse)?,
        account: row.parse("account", AccountId::parse)?,
        seq: row.integer("seq")?,
        at: row.time("at")?,
        actor_type: text("actor_type")?,
        actor_id: text("actor_id")?,
        actor_name: text("actor_name")?,
        action: text("action")?,
        resource_type: text("resource_type")?,
        resource_id: text("resource_id")?,
        outcome: text("outcome")?,
        data: serde_json::from_str(row.text("data")?).map_err(|_| invalid("data"))?,
        disclosures: row.opt_text("disclosures").map(disclosures).transpose()?.unwrap_or_default(),
        request_id: text("request_id")?,
        prev_hash: row.opt_text("prev_hash").map(str::to_owned),
        hash: row.opt_text("hash").map(str::to_owned),
    })
}
