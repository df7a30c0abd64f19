//! RSA signatures of assertions, which the platform checks: between the load of a passkey and the decision, which awaits nothing.

use crate::error::Fault;
use crate::ports::{CommitError, DeniedAttempt, IdempotencyRecord, Load, PriorResponses, RsaVerifier, Store};
use rolecall_core::credential::webauthn::assertion::UserHandlePolicy;
use rolecall_core::credential::webauthn::{Algorithm, SignatureCheck, cose_key};
use rolecall_core::decision::passkey_sign_in::{AssertionInput, check};
use rolecall_core::transaction::change::ChangeSet;
use rolecall_core::transaction::lookup::Snapshot;

/// A store that has the RSA signature of an assertion checked with the key of the passkey that it loads. The result is in the input
/// of the decision, which takes it for this very key, message and signature alone.
pub(crate) struct RsaCheckedStore<'a, S, V> {
    pub(crate) inner: &'a S,
    pub(crate) verifier: &'a V,
    pub(crate) input: AssertionInput<'a>,
    pub(crate) policy: UserHandlePolicy,
}

impl<S: Store, V: RsaVerifier> Store for RsaCheckedStore<'_, S, V> {
    async fn load(&self, load: &Load) -> Result<(Snapshot, PriorResponses), Fault> {
        let loaded = self.inner.load(load).await?;
        let passkey = loaded
            .0
            .passkeys
            .get(self.input.credential)
            .and_then(Option::as_ref)
            .filter(|passkey| cose_key::algorithm(&passkey.public_key) == Some(Algorithm::Rs256));
        if let Some(Ok(SignatureCheck::Rsa(pending))) = passkey.map(|passkey| check(self.input, passkey, self.policy)) {
            let is_valid = self.verifier.verify(&pending).await?;
            self.input.rsa.replace(Some((pending, is_valid)));
        }
        Ok(loaded)
    }

    async fn commit(&self, change: &ChangeSet, record: Option<&IdempotencyRecord>) -> Result<(), CommitError> {
        self.inner.commit(change, record).await
    }

    async fn record_denial(&self, denied: &DeniedAttempt) -> Result<(), Fault> {
        self.inner.record_denial(denied).await
    }
}
