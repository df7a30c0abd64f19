//! Identities of persons at other services: sign-in providers and trusted issuers.

use crate::domain::email::Email;
use crate::domain::id::{IdentityId, UserId};
use crate::domain::name::Name;
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::time::Timestamp;

/// Maximum number of identities of providers of a user.
pub const PROVIDER_IDENTITIES_MAX: i64 = 20;

/// A person at an issuer. The subject is unique there and is never given to another person (OpenID Connect Core section 2).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct IssuerSubject {
    /// Issuer, 1 to 1,024 bytes.
    pub issuer: String,
    /// Id of the person there, 1 to 255 bytes; case matters.
    pub subject: String,
}

/// Identity of a user at an issuer, as stored.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the remaining fields name themselves")]
pub struct ProviderIdentity {
    pub id: IdentityId,
    pub user: UserId,
    pub person: IssuerSubject,
    /// Address that the issuer told last; it proves nothing.
    pub told_email: Option<Email>,
    /// Restore epoch in which it was connected; it is valid in that epoch only.
    pub epoch: RestoreEpoch,
    pub created_at: Timestamp,
}

/// What an issuer said of a person who signs in, its claims verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ToldPerson {
    /// The person.
    pub person: IssuerSubject,
    /// Address as told, if it is one that this service accepts.
    pub email: Option<Email>,
    /// Whether the issuer's word proves that mailbox.
    pub email_proven: bool,
    /// Name as told; None where it is missing or no valid name.
    pub name: Option<Name>,
}

impl ToldPerson {
    /// The address, if the issuer's word proves its mailbox.
    pub fn proven_email(&self) -> Option<&Email> {
        self.email.as_ref().filter(|_| self.email_proven)
    }
}
