//! Identities of persons at issuers.

use super::{TrackedSnapshot, slot};
use crate::domain::id::UserId;
use crate::domain::identity::IdentityKind;
use crate::domain::provider_identity::{IssuerSubject, PROVIDER_IDENTITIES_MAX, ProviderIdentity};
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::fact::Fact;
use crate::transaction::lookup::Lookup;
use crate::transaction::precondition::Precondition;

impl TrackedSnapshot {
    /// The identity of a person at an issuer. Records whose it is, or that it is nobody's.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn provider_identity(&self, person: &IssuerSubject) -> Result<Option<&ProviderIdentity>, DecisionError> {
        let found = slot(&self.loaded.provider_identities, person, || Lookup::ProviderIdentity(person.clone()))?.as_ref();
        let user = found.map(|identity| identity.user);
        self.record_precondition(Precondition::FactIs(Fact::UserOfPerson(person.clone()), user.into()));
        Ok(found)
    }

    /// Checks that a user has fewer identities of providers than the cap. The schema has the same cap, so that nothing is recorded.
    ///
    /// # Errors
    ///
    /// [`Denial::LimitReached`], [`DecisionError::NotLoaded`].
    pub fn check_provider_identity_cap(&self, user: UserId) -> Result<(), DecisionError> {
        let count = self.sign_in_methods(user)?.iter().filter(|method| method.kind == IdentityKind::Provider).count();
        let is_full = i64::try_from(count).unwrap_or(i64::MAX) >= PROVIDER_IDENTITIES_MAX;
        if is_full { Err(Denial::LimitReached("identities of providers").into()) } else { Ok(()) }
    }
}
