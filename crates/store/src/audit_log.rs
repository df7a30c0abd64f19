//! Statements of the audit log: appending events with the next sequence number, sealing them, and reading pages by filter.

use crate::database::{Database, Rows, Statement};
use crate::sql_store::{SqlStore, into_fault};
use crate::{rows, statement};
use rolecall_app::Fault;
use rolecall_app::ports::SealStore;
use rolecall_core::domain::audit::{Actor, AuditFilter, Event, GENESIS, Seal};
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::NewEvent;
use rolecall_core::transaction::lookup::Page;

/// The columns of the hashed event and its hashes.
macro_rules! columns {
    () => {
        "id, account, seq, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id, prev_hash, hash"
    };
}
/// The disclosures of an event's personal values as a JSON list of path and text, in the order of the primary key: by path.
macro_rules! disclosures {
    () => {
        "(SELECT json_group_array(json_array(d.path, d.disclosure)) FROM audit_disclosure d \
        WHERE d.account = audit_event.account AND d.seq = audit_event.seq) AS disclosures"
    };
}

const APPEND: &str = "INSERT INTO audit_append (account, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id, disclosures) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
/// Runs after [`APPEND`], a trigger of which increments the account's version.
const RAISE_MIN_TOKEN_VERSION: &str = "UPDATE account SET token_floor = version, floor_due_at = ?2 WHERE id = ?1";
/// The events without a hash; every row also has the hash of the event before the first of them. `INDEXED BY` is needed because
/// SQLite would otherwise scan all events of the account.
const UNSEALED: &str = concat!(
    "SELECT ",
    columns!(),
    ", (SELECT b.hash FROM audit_event b WHERE b.account = ?1 AND b.seq = \
    (SELECT min(seq) - 1 FROM audit_event INDEXED BY audit_unsealed WHERE account = ?1 AND hash IS NULL)) AS hash_before \
    FROM audit_event INDEXED BY audit_unsealed WHERE account = ?1 AND hash IS NULL ORDER BY seq LIMIT ?2"
);
/// Ordered by sequence number: the schema allows an event to be sealed only after its predecessor.
const SEAL: &str = "INSERT INTO seal SELECT ?1, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?2) ORDER BY value ->> 0";
const UNSEALED_ACCOUNTS: &str = "SELECT DISTINCT account FROM audit_event INDEXED BY audit_unsealed WHERE hash IS NULL LIMIT ?1";

/// The events of an account in a range of sequence numbers that pass all filters, found by an index and a condition that leads it.
macro_rules! select {
    ($index:literal, $lead:literal) => {
        concat!(
            "SELECT ", columns!(), ", ", disclosures!(), " FROM audit_event", $index, " WHERE account = ?1 AND seq > ?2 AND seq < ?3", $lead,
            " AND (?5 IS NULL OR actor_id = ?5) AND (?6 IS NULL OR action = ?6) AND (?7 IS NULL OR resource_type = ?7) AND (?8 IS NULL OR resource_id = ?8)",
            " AND (?9 IS NULL OR at >= ?9) AND (?10 IS NULL OR at < ?10)"
        )
    };
}
/// One page of the log. The index serves the most selective filter; the remaining filters are checked on the rows that it finds.
/// It has sealed events only, so that the few others are merged in. `INDEXED BY` is needed because SQLite would otherwise walk the
/// log by `seq`, which for a rare action is the whole log.
macro_rules! page {
    ($order:literal) => {
        concat!(select!("", ""), " ORDER BY seq ", $order, " LIMIT ?4")
    };
    ($index:literal, $lead:literal, $order:literal) => {
        concat!(
            select!($index, $lead),
            " AND hash IS NOT NULL UNION ALL ",
            select!(" INDEXED BY audit_unsealed", " AND hash IS NULL"),
            " ORDER BY seq ",
            $order,
            " LIMIT ?4"
        )
    };
}
macro_rules! pages {
    ($order:literal) => {
        [
            page!(" INDEXED BY audit_by_resource", " AND resource_id = ?8", $order),
            page!(" INDEXED BY audit_by_actor_action", " AND actor_id = ?5 AND action = ?6", $order),
            page!(" INDEXED BY audit_by_actor", " AND actor_id = ?5", $order),
            page!(" INDEXED BY audit_by_action", " AND action = ?6", $order),
            page!(" INDEXED BY audit_by_type", " AND resource_type = ?7", $order),
            page!($order),
        ]
    };
}
const NEWEST: [&str; 6] = pages!("DESC");
const OLDEST: [&str; 6] = pages!("ASC");

/// The values of `?1` to `?13` in a statement that appends the event.
pub(crate) fn values(event: &NewEvent) -> Vec<crate::database::Value> {
    let (kind, id) = match &event.actor {
        Actor::User(id, _) => ("user", id.to_string()),
        Actor::ApiKey(id, ..) => ("api_key", id.to_string()),
        Actor::Invitee(id, _) => ("invitee", id.to_string()),
    };
    let disclosures = event.disclosures.iter().map(|(subject, found)| serde_json::json!([found.path, subject.to_string(), found.text]));
    let texts = [
        kind.to_owned(),
        id,
        event.actor_name.clone(),
        event.action.to_owned(),
        event.resource.kind.to_owned(),
        event.resource.id.clone(),
        event.outcome.as_str().to_owned(),
        serde_json::Value::Object(event.data.clone()).to_string(),
        event.request_id.clone(),
        serde_json::Value::Array(disclosures.collect()).to_string(),
    ];
    let mut values: Vec<crate::database::Value> =
        vec![event.account.to_string().into(), event.id.to_string().into(), event.at.millis().into()];
    values.extend(texts.into_iter().map(crate::database::Value::Text));
    values
}

/// Adds the statements that append an event. The event increments the version of its account; with `revokes_rights`, the minimum
/// version of the account's permission tokens is raised to the new version.
pub(crate) fn push(batch: &mut Vec<Statement>, event: &NewEvent, revokes_rights: bool) {
    batch.push(Statement { sql: APPEND, params: values(event) });
    if revokes_rights {
        batch.push(statement!(RAISE_MIN_TOKEN_VERSION, event.account.to_string(), event.at.millis()));
    }
}

/// A page of the log; the position of a page is the `seq` of the last event of the page before.
pub(crate) fn page_statement(account: AccountId, filter: &AuditFilter, page: &Page) -> Statement {
    let after = page.after.as_deref().and_then(|after| after.parse::<i64>().ok());
    let (low, high) = if filter.ascending { (after.unwrap_or(0), i64::from(u32::MAX)) } else { (0, after.unwrap_or(i64::from(u32::MAX))) };
    let (actor, action) = (filter.actor.is_some(), filter.action.is_some());
    let lead = [filter.resource_id.is_some(), actor && action, actor, action, filter.resource_type.is_some(), true];
    let lead = lead.iter().position(|given| *given).unwrap_or_default();
    let [newest, oldest] = [NEWEST.get(lead), OLDEST.get(lead)].map(|sql| sql.copied().unwrap_or_default());
    statement!(
        if filter.ascending { oldest } else { newest },
        account.to_string(),
        low,
        high,
        i64::from(page.limit),
        filter.actor.as_deref(),
        filter.action.as_deref(),
        filter.resource_type.as_deref(),
        filter.resource_id.as_deref(),
        filter.from.map(|t| t.millis()),
        filter.to.map(|t| t.millis())
    )
}

/// The first `limit` events of the account that have no hash.
pub(crate) fn unsealed(account: AccountId, limit: u32) -> Statement {
    statement!(UNSEALED, account.to_string(), i64::from(limit))
}

/// Reads the rows of [`unsealed`]: the hash before the first event, and the events.
///
/// # Errors
///
/// A fault if a stored row is invalid.
pub(crate) fn read_unsealed(set: &Rows) -> Result<(String, Vec<Event>), Fault> {
    let prev = set.first().and_then(|row| row.opt_text("hash_before")).unwrap_or(GENESIS).to_owned();
    Ok((prev, set.iter().map(rows::event).collect::<Result<_, _>>()?))
}

impl<D: Database> SealStore for SqlStore<D> {
    async fn unsealed(&self, account: AccountId, limit: u32) -> Result<(String, Vec<Event>), Fault> {
        let sets = self.db.batch(vec![unsealed(account, limit)]).await.map_err(into_fault)?;
        read_unsealed(&sets.into_iter().next().unwrap_or_default())
    }

    async fn seal(&self, account: AccountId, seals: &[Seal]) -> Result<(), Fault> {
        let rows: Vec<_> = seals.iter().map(|seal| serde_json::json!([seal.seq, seal.prev_hash, seal.hash])).collect();
        self.db.batch(vec![statement!(SEAL, account.to_string(), serde_json::Value::Array(rows).to_string())]).await.map_err(into_fault)?;
        Ok(())
    }

    async fn unsealed_accounts(&self, limit: u32) -> Result<Vec<AccountId>, Fault> {
        let sets = self.db.batch(vec![statement!(UNSEALED_ACCOUNTS, i64::from(limit))]).await.map_err(into_fault)?;
        sets.into_iter().flatten().map(|row| row.parse("account", AccountId::parse)).collect()
    }
}
