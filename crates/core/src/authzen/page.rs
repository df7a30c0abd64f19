//! Pages of searches: the requested page, the position where a page continues, and the page tokens.

use crate::credential::sealed::{self, Purpose};
use crate::credential::secret::Keyring;
use crate::domain::id::AccountId;

/// Most results of a page, and the limit where the request names none.
pub const LIMIT_MAX: u32 = 200;
/// Most stored subjects that one page scans, however few of them match.
pub const SCAN_MAX: u32 = 1_000;
/// Most stored subjects that one page scans for each result that it may have, so that a short page of a large team costs little.
const SCAN_PER_RESULT: u32 = 16;

/// The position after which a search continues, in order of ids.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cursor {
    /// Among the ids that the policies list.
    Named(String),
    /// Among the stored members or API keys of the account.
    Stored(String),
}

impl Cursor {
    /// The position before all results.
    pub fn start() -> Self {
        Cursor::Named(String::new())
    }
}

/// The requested page of a search.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageRequest {
    /// Most results.
    pub limit: u32,
    /// The position after which the page begins.
    pub after: Cursor,
    /// The account of the page before; None for a first page.
    pub of: Option<AccountId>,
}

impl PageRequest {
    /// Most stored subjects that the page scans.
    pub fn scan_limit(&self) -> u32 {
        self.limit.max(1).saturating_mul(SCAN_PER_RESULT).min(SCAN_MAX)
    }

    /// The first page.
    pub fn first(limit: u32) -> Self {
        PageRequest { limit, after: Cursor::start(), of: None }
    }
}

/// Encodes the token of the next page: `kind` names the endpoint, `request` is the whole search in one form. The payload is
/// encrypted, since its id may be one that the caller may not see.
pub fn encode(keys: &Keyring, kind: &str, request: &str, account: AccountId, limit: u32, next: &Cursor) -> String {
    let (place, id) = match next {
        Cursor::Named(id) => ('n', id),
        Cursor::Stored(id) => ('k', id),
    };
    let payload = format!("{account}/{limit}/{place}{id}");
    sealed::encode(keys, Purpose::AuthzenPage, &[kind.as_bytes(), request.as_bytes()], payload.as_bytes())
}

/// Decodes a page token; None for any other text, and for the token of another search.
pub fn decode(keys: &Keyring, kind: &str, request: &str, token: &str) -> Option<PageRequest> {
    let payload = sealed::decode(keys, Purpose::AuthzenPage, &[kind.as_bytes(), request.as_bytes()], token)?;
    let text = String::from_utf8(payload).ok()?;
    let (account, rest) = text.split_once('/')?;
    let (limit, rest) = rest.split_once('/')?;
    let after = match rest.strip_prefix('n') {
        Some(id) => Cursor::Named(id.to_owned()),
        None => Cursor::Stored(rest.strip_prefix('k')?.to_owned()),
    };
    Some(PageRequest { limit: limit.parse().ok()?, after, of: Some(AccountId::parse(account)?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_token_opens_its_own_search_and_no_other(limit in 0_u32..=200, id in "\\PC{0,66}", kept: bool, request in "[a-z]{0,9}", other in "[a-z]{0,9}") {
            let keys = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
            let account = AccountId::from_bits(7);
            let after = if kept { Cursor::Stored(id) } else { Cursor::Named(id) };
            let token = encode(&keys, "subject", &request, account, limit, &after);
            prop_assert_eq!(decode(&keys, "subject", &request, &token), Some(PageRequest { limit, after, of: Some(account) }));
            prop_assert_eq!(decode(&keys, "resource", &request, &token), None);
            if other != request {
                prop_assert_eq!(decode(&keys, "subject", &other, &token), None);
            }
        }

        #[test]
        fn decoding_any_text_does_not_panic(token: String) {
            let keys = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
            prop_assert_eq!(decode(&keys, "subject", "", &token), None);
        }
    }
}
