//! Lookups of identities at issuers.

use super::{Entry, passkey};
use crate::database::Row;
use crate::{rows, statement};
use rolecall_app::Fault;
use rolecall_core::domain::id::{IdentityId, UserId};
use rolecall_core::domain::provider_identity::{IssuerSubject, ProviderIdentity};
use rolecall_core::domain::restore_epoch::RestoreEpoch;

/// The identity of a person with what a sign-in by it needs: its user, their active account and their membership of it.
pub(super) fn identity(person: &IssuerSubject) -> Entry<'_> {
    const SQL: &str = concat!(
        "SELECT i.id AS identity_id, i.user AS identity_user, i.issuer, i.subject, i.told_email, i.epoch, i.created_at AS identity_created_at, ",
        passkey::user_of_identity!(),
        " WHERE i.issuer = ?1 AND i.subject = ?2"
    );
    Entry::new(statement!(SQL, person.issuer.as_str(), person.subject.as_str()), |snapshot, found| {
        let identity = found.first().map(read_identity).transpose()?;
        if let Some(row) = found.first() {
            passkey::read_user(snapshot, row)?;
        }
        snapshot.provider_identities.insert(person.clone(), identity);
        Ok(())
    })
}

fn read_identity(row: &Row) -> Result<ProviderIdentity, Fault> {
    Ok(ProviderIdentity {
        id: row.parse("identity_id", IdentityId::parse)?,
        user: row.parse("identity_user", UserId::parse)?,
        person: IssuerSubject { issuer: row.text("issuer")?.to_owned(), subject: row.text("subject")?.to_owned() },
        told_email: row.opt_text("told_email").and_then(rows::email),
        epoch: RestoreEpoch::restore(row.integer("epoch")?),
        created_at: row.time("identity_created_at")?,
    })
}
