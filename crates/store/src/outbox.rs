//! The mail outbox. A row stores ids and template data, never the secret of a link, which is derived on delivery.

use crate::database::{Database, Row, Statement};
use crate::sql_store::{SqlStore, into_fault};
use crate::statement;
use rolecall_app::Fault;
use rolecall_app::ports::{ClaimedItem, DeliveryQueue, OutboxStore};
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::{EmailCodeId, InvitationId, MailId, ResetId, SignupId};
use rolecall_core::domain::mail::{Mail, MailKind};
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_core::domain::time::Timestamp;
use serde_json::{Map, Value, json};

const INSERT: &str = "INSERT INTO mail (id, recipient, kind, data, created_at, due_at, epoch) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)";
const INSERT_TO_USER: &str = "INSERT INTO mail (id, recipient, kind, data, created_at, due_at, epoch) SELECT ?1, ?2, ?3, ?4, ?5, ?5, ?6 \
    WHERE EXISTS (SELECT 1 FROM user WHERE email = ?2)";
const CLAIM: &str = "UPDATE mail SET due_at = ?2 WHERE id IN (SELECT id FROM mail WHERE due_at IS NOT NULL AND due_at <= ?1 AND epoch = ?4 ORDER BY due_at LIMIT ?3) \
    RETURNING id, recipient, kind, data, created_at, attempts";
const DELIVERED: &str = "UPDATE mail SET delivered_at = ?2, due_at = NULL, attempts = attempts + 1, last_error = NULL WHERE id IN (SELECT value FROM json_each(?1))";
const UNDELIVERED: &str = "UPDATE mail SET due_at = ?2, attempts = attempts + 1, last_error = ?3 WHERE id = ?1";
const RECENT: &str = "SELECT id, recipient, kind, data, created_at FROM mail ORDER BY id DESC LIMIT ?1";
const RECENT_TO: &str = "SELECT id, recipient, kind, data, created_at FROM mail WHERE recipient = ?2 ORDER BY id DESC LIMIT ?1";

/// Maximum length of the stored reason of a failed delivery, in characters.
const REASON_MAX: usize = 200;

/// The statement that adds a mail to the outbox.
pub(crate) fn insert(mail: &Mail, epoch: RestoreEpoch) -> Statement {
    insert_with(INSERT, mail, epoch)
}

/// The statement that adds a mail to the outbox if the recipient is a user.
pub(crate) fn insert_to_user(mail: &Mail, epoch: RestoreEpoch) -> Statement {
    insert_with(INSERT_TO_USER, mail, epoch)
}

fn insert_with(sql: &'static str, mail: &Mail, epoch: RestoreEpoch) -> Statement {
    let (kind, data) = match &mail.kind {
        MailKind::VerifyEmail { signup } => ("verify-email", json!({ "signup": signup.to_string() })),
        MailKind::EmailTaken => ("email-taken", json!({})),
        MailKind::Invitation { invitation, link_version, team, role, inviter } => (
            "invitation",
            json!({ "invitation": invitation.to_string(), "link_version": link_version, "team": team, "role": role, "inviter": inviter }),
        ),
        MailKind::ResetPassword { reset } => ("reset-password", json!({ "reset": reset.to_string() })),
        MailKind::SignInCode { code } => ("sign-in-code", json!({ "code": code.to_string() })),
        MailKind::PasswordChanged => ("password-changed", json!({})),
        MailKind::TotpAdded => ("totp-added", json!({})),
        MailKind::TotpRemoved => ("totp-removed", json!({})),
        MailKind::RecoveryCodesCreated => ("recovery-codes-created", json!({})),
        MailKind::RecoveryCodeUsed { remaining } => ("recovery-code-used", json!({ "remaining": remaining })),
    };
    statement!(sql, mail.id.to_string(), mail.to.as_str(), kind, data.to_string(), mail.created_at.millis(), epoch.number())
}

fn read(row: &Row) -> Result<Mail, Fault> {
    let data: Map<String, Value> = serde_json::from_str(row.text("data")?).map_err(Fault::new)?;
    let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |name: &str| data.get(name).and_then(Value::as_u64).and_then(|v| u32::try_from(v).ok()).unwrap_or_default();
    let kind = match row.text("kind")? {
        "verify-email" => SignupId::parse(&text("signup")).map(|signup| MailKind::VerifyEmail { signup }),
        "email-taken" => Some(MailKind::EmailTaken),
        "invitation" => InvitationId::parse(&text("invitation")).map(|invitation| MailKind::Invitation {
            invitation,
            link_version: number("link_version"),
            team: text("team"),
            role: text("role"),
            inviter: text("inviter"),
        }),
        "reset-password" => ResetId::parse(&text("reset")).map(|reset| MailKind::ResetPassword { reset }),
        "sign-in-code" => EmailCodeId::parse(&text("code")).map(|code| MailKind::SignInCode { code }),
        "password-changed" => Some(MailKind::PasswordChanged),
        "totp-added" => Some(MailKind::TotpAdded),
        "totp-removed" => Some(MailKind::TotpRemoved),
        "recovery-codes-created" => Some(MailKind::RecoveryCodesCreated),
        "recovery-code-used" => Some(MailKind::RecoveryCodeUsed { remaining: number("remaining") }),
        _ => None,
    };
    Ok(Mail {
        id: row.parse("id", MailId::parse)?,
        to: row.parse("recipient", |text| Email::restore(text.to_owned()))?,
        kind: kind.ok_or_else(|| Fault::new("a stored mail has an unknown kind"))?,
        created_at: row.time("created_at")?,
    })
}

impl<D: Database> DeliveryQueue for SqlStore<D> {
    type Id = MailId;
    type Item = Mail;

    async fn claim(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<ClaimedItem<MailId, Mail>>, Fault> {
        let sets = self
            .db
            .batch(vec![statement!(CLAIM, now.millis(), until.millis(), i64::from(limit), self.epoch.number())])
            .await
            .map_err(into_fault)?;
        let mut queued = Vec::new();
        for row in sets.into_iter().flatten() {
            match read(&row).and_then(|mail| Ok(ClaimedItem { id: mail.id, item: mail, attempts: row.integer("attempts")? })) {
                Ok(mail) => queued.push(mail),
                // Given up for good: otherwise one mail that cannot be parsed would block all others.
                Err(fault) => self.record_failure(row.parse("id", MailId::parse)?, None, &fault.to_string()).await?,
            }
        }
        Ok(queued)
    }

    async fn mark_delivered(&self, mails: &[MailId], now: Timestamp) -> Result<(), Fault> {
        let ids = Value::from(mails.iter().map(ToString::to_string).collect::<Vec<_>>()).to_string();
        self.db.batch(vec![statement!(DELIVERED, ids, now.millis())]).await.map_err(into_fault)?;
        Ok(())
    }

    async fn record_failure(&self, mail: MailId, next: Option<Timestamp>, reason: &str) -> Result<(), Fault> {
        let reason: String = reason.chars().take(REASON_MAX).collect();
        self.db.batch(vec![statement!(UNDELIVERED, mail.to_string(), next.map(|t| t.millis()), reason)]).await.map_err(into_fault)?;
        Ok(())
    }
}

impl<D: Database> OutboxStore for SqlStore<D> {
    async fn recent(&self, to: Option<&str>, limit: u32) -> Result<Vec<Mail>, Fault> {
        let batch = match to {
            Some(to) => vec![statement!(RECENT_TO, i64::from(limit), to)],
            None => vec![statement!(RECENT, i64::from(limit))],
        };
        let sets = self.db.batch(batch).await.map_err(into_fault)?;
        sets.into_iter().flatten().map(|row| read(&row)).collect()
    }
}
