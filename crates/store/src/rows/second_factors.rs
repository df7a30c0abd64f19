//! The column with the second factors of a user.

use super::{invalid, json_list};
use crate::database::Row;
use rolecall_app::Fault;
use rolecall_core::domain::id::{IdentityId, UserId};
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_core::domain::second_factor::{RecoveryCodes, SecondFactors, Totp};
use rolecall_core::domain::secret_hashes::{EncryptedSecret, KeyedHash, PasswordHash};
use rolecall_core::domain::time::Timestamp;

/// Second factors of the user with the id `$of`, and their password, as JSON: `[[kind, id, proof, epoch, created_at, last_step], …]`.
macro_rules! second_factors_column {
    ($of:literal) => {
        concat!(
            "(SELECT json_group_array(json_array(f.kind, f.id, CASE f.kind WHEN 'passkey' THEN '' ELSE f.proof END, f.epoch, f.created_at, f.last_step)) \
             FROM identity f WHERE f.user = ",
            $of,
            " AND f.kind IN ('totp', 'recovery', 'passkey', 'password')) AS second_factors"
        )
    };
}
pub(crate) use second_factors_column;

/// An identity of [`second_factors_column`].
type FactorRow = (String, String, String, i64, i64, Option<i64>);

pub(crate) fn second_factors(row: &Row, user: UserId) -> Result<SecondFactors, Fault> {
    let fault = || invalid("second_factors");
    let rows: Vec<FactorRow> = serde_json::from_str(row.text("second_factors")?).map_err(|_| fault())?;
    let mut factors = SecondFactors::default();
    for (kind, id, proof, epoch, created_at, last_step) in rows {
        let (id, created_at) = (IdentityId::parse(&id).ok_or_else(fault)?, Timestamp::from_millis(created_at));
        let epoch = RestoreEpoch::restore(epoch);
        match kind.as_str() {
            "totp" => factors.totp = Some(Totp { id, user, secret: EncryptedSecret::restore(proof), last_step, created_at }),
            "recovery" => {
                let texts: Vec<String> = serde_json::from_str(&proof).map_err(|_| fault())?;
                let hashes = texts.iter().map(|text| KeyedHash::parse(text)).collect::<Option<Vec<_>>>().ok_or_else(fault)?;
                factors.recovery = Some(RecoveryCodes { id, user, hashes, epoch, created_at });
            }
            "passkey" => factors.passkeys.push(epoch),
            _ => factors.password = Some(PasswordHash::restore(proof)),
        }
    }
    Ok(factors)
}

/// The hashes of unused recovery codes as stored.
pub(crate) fn recovery_proof(codes: &RecoveryCodes) -> String {
    json_list(&codes.hashes.iter().map(KeyedHash::to_text).collect::<Vec<_>>())
}
