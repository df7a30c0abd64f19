//! Pages of searches: how much is wanted, where to go on, and tokens that open nothing else.

use crate::credential::cursor;
use crate::credential::secret::Keyring;
use crate::domain::id::AccountId;

/// Most results of a page, and as many as there are when nothing is said.
pub const LIMIT_MAX: u32 = 200;
/// Members that one page looks at, at most: so many rows are read, whatever is found among them.
pub const SCAN: u32 = 1_000;

/// Where a search goes on: after this, in order of ids.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cursor {
    /// Among what the policies name.
    Named(String),
    /// Among what the account keeps: members, or API keys.
    Stored(String),
}

impl Cursor {
    /// Before everything.
    pub fn start() -> Self {
        Cursor::Named(String::new())
    }
}

/// The page that is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageRequest {
    /// Results, at most.
    pub limit: u32,
    /// After what.
    pub after: Cursor,
    /// The account that the page before was of.
    pub of: Option<AccountId>,
}

impl PageRequest {
    /// A first page.
    pub fn first(limit: u32) -> Self {
        PageRequest { limit, after: Cursor::start(), of: None }
    }
}

/// The token for the next page of this very search: `kind` names the endpoint, `request` is all that it was asked with.
pub fn encode(keys: &Keyring, kind: &str, request: &str, account: AccountId, limit: u32, next: &Cursor) -> String {
    let (place, id) = match next {
        Cursor::Named(id) => ('n', id),
        Cursor::Stored(id) => ('k', id),
    };
    cursor::encode(keys, kind, request, &format!("{account}/{limit}/{place}{id}"))
}

/// The page that a token stands for; None for any other text, and for the token of another search.
pub fn decode(keys: &Keyring, kind: &str, request: &str, token: &str) -> Option<PageRequest> {
    let text = cursor::decode(keys, kind, request, token)?;
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
        fn any_text_is_safe_to_open(token: String) {
            let keys = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
            prop_assert_eq!(decode(&keys, "subject", "", &token), None);
        }
    }
}
