//! Lookups of users, sign-ups, password resets and counts of failed sign-ins.

use super::resolve_ref::user_id_of_ref;
use super::{Entry, first, secret, user_ref};
use crate::rows::user_columns;
use crate::{rows, statement};
use rolecall_app::ports::Load;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::id::{ResetId, SignupId, UserId};
use rolecall_core::domain::secret_hashes::SecretHash;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::lookup::{CodeAddressee, UserRef};

pub(super) fn user<'l>(load: &Load, user: &'l UserRef) -> Entry<'l> {
    const SQL: &str = concat!(
        "SELECT k.u AS key_user, ",
        user_columns!(),
        " FROM (SELECT ",
        user_id_of_ref!(),
        " AS u, ?1 AS unused) k LEFT JOIN user u ON u.id = k.u"
    );
    Entry::new(statement!(SQL, "", user_ref(load, user)), move |snapshot, found| {
        let Some(row) = found.first() else { return Ok(()) };
        let found = row.opt_text("user_id").map(|_| rows::user(row)).transpose()?;
        if let UserRef::Email(email) = user {
            snapshot.emails.insert(email.clone(), found.as_ref().map(|user| user.id));
        }
        if let Some(id) = row.opt_text("key_user").and_then(UserId::parse) {
            snapshot.users.insert(id, found);
        }
        Ok(())
    })
}

pub(super) fn credential(email: &Email) -> Entry<'_> {
    const SQL: &str = concat!(
        "SELECT ",
        user_columns!(),
        ", i.proof, i.epoch FROM user u JOIN identity i ON i.user = u.id AND i.kind = 'password' WHERE u.email = ?1"
    );
    Entry::new(statement!(SQL, email.as_str()), |snapshot, found| {
        let found = first(found, |row| Ok((rows::user(row)?, rows::stored_password(row)?)))?;
        snapshot.credentials.insert(email.clone(), found);
        Ok(())
    })
}

/// The password of the session's user.
pub(super) fn caller_password<'l>(load: &Load) -> Entry<'l> {
    const SQL: &str =
        "SELECT i.proof, i.epoch FROM session s JOIN identity i ON i.user = s.user AND i.kind = 'password' WHERE s.token = ?1";
    Entry::new(statement!(SQL, secret(load)), |snapshot, found| {
        snapshot.caller_password = Some(first(found, rows::stored_password)?);
        Ok(())
    })
}

/// The ways of a user to sign in and their second factors, oldest first. An authenticator app that is not confirmed is none.
pub(super) fn sign_in_methods<'l>(load: &Load, user: &'l UserRef) -> Entry<'l> {
    const SQL: &str = concat!(
        "SELECT k.u AS key_user, i.id, i.kind, i.epoch, i.created_at, i.last_used_at, i.issuer, i.told_email, i.user_verified, \
         CASE i.kind WHEN 'recovery' THEN json_array_length(i.proof) END AS remaining FROM (SELECT ",
        user_id_of_ref!(),
        " AS u, ?1 AS unused) k LEFT JOIN identity i ON i.user = k.u AND (i.kind <> 'totp' OR i.last_step IS NOT NULL)"
    );
    Entry::new(statement!(SQL, "", user_ref(load, user)), |snapshot, found| {
        let Some(user) = found.first().and_then(|row| row.opt_text("key_user")).and_then(UserId::parse) else { return Ok(()) };
        let rows = found.iter().filter(|row| row.opt_text("id").is_some());
        let mut methods = rows.map(rows::sign_in_method).collect::<Result<Vec<_>, _>>()?;
        methods.sort_by_key(|method| (method.created_at, method.kind));
        snapshot.sign_in_methods.insert(user, methods);
        Ok(())
    })
}

pub(super) fn signup<'l>(id: SignupId) -> Entry<'l> {
    const SQL: &str = "SELECT s.id, s.email, s.name, s.password, s.open, s.created_at, s.browser, u.id AS email_user FROM signup s LEFT JOIN user u ON u.email = s.email WHERE s.id = ?1";
    Entry::new(statement!(SQL, id.to_string()), move |snapshot, found| {
        let signup = first(found, rows::signup)?;
        if let (Some(signup), Some(row)) = (&signup, found.first()) {
            snapshot.emails.insert(signup.email.clone(), row.opt_text("email_user").and_then(UserId::parse));
        }
        snapshot.signups.insert(id, signup);
        Ok(())
    })
}

pub(super) fn signups_since(email: &Email, since: Timestamp) -> Entry<'_> {
    const SQL: &str = "SELECT count(*) AS n FROM signup WHERE email = ?1 AND created_at > ?2";
    Entry::new(statement!(SQL, email.as_str(), since.millis()), |snapshot, found| {
        snapshot.signups_since.insert(email.clone(), first(found, |row| row.integer("n"))?.unwrap_or_default());
        Ok(())
    })
}

pub(super) fn reset<'l>(id: ResetId) -> Entry<'l> {
    const SQL: &str = concat!(
        "SELECT r.id, r.email, r.user, r.open, r.created_at, ",
        user_columns!(),
        " FROM reset r LEFT JOIN user u ON u.id = r.user WHERE r.id = ?1"
    );
    Entry::new(statement!(SQL, id.to_string()), move |snapshot, found| {
        if let Some(row) = found.first().filter(|row| row.opt_text("user_id").is_some()) {
            let user = rows::user(row)?;
            snapshot.users.insert(user.id, Some(user));
        }
        snapshot.resets.insert(id, first(found, rows::reset)?);
        Ok(())
    })
}

pub(super) fn resets_since(email: &Email, since: Timestamp) -> Entry<'_> {
    const SQL: &str = "SELECT count(*) AS n FROM reset WHERE email = ?1 AND created_at > ?2";
    Entry::new(statement!(SQL, email.as_str(), since.millis()), |snapshot, found| {
        snapshot.resets_since.insert(email.clone(), first(found, |row| row.integer("n"))?.unwrap_or_default());
        Ok(())
    })
}

/// The newest open code of an address, or of the session's user, that this browser asked for.
pub(super) fn open_email_code<'l>(load: &Load, addressee: &CodeAddressee, browser: &SecretHash) -> Entry<'l> {
    const SQL: &str = "SELECT c.id, c.email, c.user, c.browser, c.network, c.tries, c.open, c.created_at FROM email_code c \
        WHERE c.email = coalesce((SELECT u.email FROM session s JOIN user u ON u.id = s.user WHERE s.token = ?1), ?1) \
        AND c.browser = ?2 AND c.open = 1 ORDER BY c.created_at DESC LIMIT 1";
    let key = match addressee {
        CodeAddressee::Email(email) => Some(email.as_str().to_owned()),
        CodeAddressee::Caller => Some(secret(load)),
    };
    Entry::new(statement!(SQL, key, browser.to_hex()), |snapshot, found| {
        snapshot.open_email_code = Some(first(found, rows::email_code)?);
        Ok(())
    })
}

pub(super) fn email_codes_since<'l>(email: &'l Email, network: &str, near: Timestamp, far: Timestamp) -> Entry<'l> {
    const SQL: &str = "SELECT count(*) FILTER (WHERE network = ?2 AND created_at > ?3) AS near, count(*) AS n FROM email_code \
        WHERE email = ?1 AND created_at > ?4";
    Entry::new(statement!(SQL, email.as_str(), network, near.millis(), far.millis()), |snapshot, found| {
        let counts = first(found, |row| Ok((row.integer("near")?, row.integer("n")?)))?;
        snapshot.email_codes_since.insert(email.clone(), counts.unwrap_or_default());
        Ok(())
    })
}

pub(super) fn attempts(scope: &str) -> Entry<'_> {
    const SQL: &str = "SELECT failures, last_failure FROM attempt WHERE scope = ?1";
    Entry::new(statement!(SQL, scope), |snapshot, found| {
        snapshot.attempts.insert(scope.to_owned(), first(found, rows::attempts)?);
        Ok(())
    })
}
