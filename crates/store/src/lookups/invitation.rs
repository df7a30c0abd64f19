//! Lookups of invitations and of what decides whether an email can be invited.

use super::{Entry, first};
use crate::database::Row;
use crate::rows::invitation_columns;
use crate::{rows, statement};
use rolecall_core::domain::id::{AccountId, InvitationId};
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::lookup::Addressee;
use rolecall_core::transaction::snapshot_values::InvitationMails;

pub(super) fn invitation<'l>(id: InvitationId) -> Entry<'l> {
    const SQL: &str = concat!("SELECT ", invitation_columns!(), " FROM invitation WHERE id = ?1");
    Entry::new(statement!(SQL, id.to_string()), move |snapshot, found| {
        snapshot.invitations.insert(id, first(found, rows::invitation)?);
        Ok(())
    })
}

pub(super) fn mails<'l>(account: AccountId, addressee: &Addressee, since: Timestamp) -> Entry<'l> {
    const SQL: &str = "SELECT (SELECT count(*) FROM mail WHERE recipient = coalesce((SELECT email FROM invitation WHERE id = ?2), ?2) AND kind = 'invitation' AND created_at > ?3) AS to_address, \
        (SELECT count(*) FROM audit_event INDEXED BY audit_invitations WHERE account = ?1 AND at > ?3 AND action IN ('invitation.create', 'invitation.resend') AND outcome = 'done') AS from_account";
    let addressee = match addressee {
        Addressee::Email(email) => email.as_str().to_owned(),
        Addressee::Of(invitation) => invitation.to_string(),
    };
    Entry::new(statement!(SQL, account.to_string(), addressee, since.millis()), move |snapshot, found| {
        let read = |row: &Row| Ok(InvitationMails { to_address: row.integer("to_address")?, from_account: row.integer("from_account")? });
        snapshot.invitation_mails.insert(account, first(found, read)?.unwrap_or_default());
        Ok(())
    })
}

pub(super) fn expired<'l>(account: AccountId, now: Timestamp) -> Entry<'l> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM invitation WHERE account = ?1 AND state = 'pending' AND expires_at <= ?2) AS found";
    Entry::new(statement!(SQL, account.to_string(), now.millis()), move |snapshot, found| {
        snapshot.expired_invitations.insert(account, first(found, |row| row.integer("found"))? == Some(1));
        Ok(())
    })
}
