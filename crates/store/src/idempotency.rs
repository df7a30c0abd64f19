//! Idempotency records: stored responses of requests with an `Idempotency-Key`.

use crate::database::Statement;
use crate::statement;
use rolecall_app::ports::IdempotencyRecord;

const INSERT: &str = "INSERT INTO idempotency (principal, key, fingerprint, kind, body, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// The statement that stores a response. A second record under the same principal and key violates the primary key, which rolls the
/// batch back.
pub(crate) fn insert(record: &IdempotencyRecord) -> Statement {
    statement!(
        INSERT,
        record.principal.as_str(),
        record.key.as_str(),
        record.response.fingerprint.as_str(),
        record.response.kind.as_str(),
        record.response.body.as_str(),
        record.at.millis()
    )
}
