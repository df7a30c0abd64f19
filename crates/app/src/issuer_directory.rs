//! What the isolate knows of sign-in providers and trusted issuers: their discovery documents and keys, which its requests share. It has
//! no data of a person.

use crate::ports::{IssuerNetwork, OutboundRequest};
use core::cell::RefCell;
use rolecall_core::credential::oidc::discovery::{DOCUMENT_MAX, IssuerMetadata, ProviderMetadata, document_url};
use rolecall_core::credential::oidc::jwks::{JWKS_MAX, Jwks};
use rolecall_core::domain::endpoint_url::EndpointUrl;
use rolecall_core::domain::time::Timestamp;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Time for which a document is used, in seconds.
const FRESH_SECONDS: i64 = 10 * 60;
/// Time for which a document is used while a newer one cannot be read, in seconds.
const STALE_SECONDS: i64 = 60 * 60;
/// Time between two attempts to read the same document, in seconds: neither a service that fails nor a token with an invented key id
/// causes more requests.
const COOLDOWN_SECONDS: i64 = 20;

/// A document of an issuer is not available or not usable: the reason, for the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuerUnavailable(pub String);

/// Documents of issuers, by URL.
#[derive(Debug)]
pub struct IssuerDirectory {
    development: bool,
    providers: RefCell<BTreeMap<String, Entry<ProviderMetadata>>>,
    issuers: RefCell<BTreeMap<String, Entry<IssuerMetadata>>>,
    keys: RefCell<BTreeMap<String, Entry<Jwks>>>,
}

/// What is known of one document.
#[derive(Debug)]
struct Entry<T> {
    tried_at: Timestamp,
    found: Option<(Timestamp, Rc<T>)>,
    failure: String,
}

impl IssuerDirectory {
    /// An empty directory. `development` permits issuers on this machine without TLS.
    pub fn new(development: bool) -> Self {
        IssuerDirectory { development, providers: RefCell::default(), issuers: RefCell::default(), keys: RefCell::default() }
    }

    /// Discovery document of a sign-in provider.
    ///
    /// # Errors
    ///
    /// [`IssuerUnavailable`].
    pub(crate) async fn provider(
        &self,
        network: &impl IssuerNetwork,
        issuer: &EndpointUrl,
        now: Timestamp,
    ) -> Result<Rc<ProviderMetadata>, IssuerUnavailable> {
        let parse = |bytes: &[u8]| ProviderMetadata::parse(bytes, issuer, self.development).map_err(|error| error.to_string());
        read(&self.providers, network, (document_url(issuer), DOCUMENT_MAX), now, false, parse).await
    }

    /// Keys of a trusted issuer; `renew` asks for newer ones, because a key is not among those known.
    ///
    /// # Errors
    ///
    /// [`IssuerUnavailable`].
    pub(crate) async fn keys(
        &self,
        network: &impl IssuerNetwork,
        issuer: &EndpointUrl,
        now: Timestamp,
        renew: bool,
    ) -> Result<Rc<Jwks>, IssuerUnavailable> {
        let parse = |bytes: &[u8]| IssuerMetadata::parse(bytes, issuer, self.development).map_err(|error| error.to_string());
        let metadata = read(&self.issuers, network, (document_url(issuer), DOCUMENT_MAX), now, false, parse).await?;
        let url = metadata.jwks_uri.as_str().to_owned();
        read(&self.keys, network, (url, JWKS_MAX), now, renew, |bytes| Jwks::parse(bytes).map_err(|error| error.to_string())).await
    }
}

/// A document, as known or read now. No borrow is held while another request may run.
async fn read<T>(
    entries: &RefCell<BTreeMap<String, Entry<T>>>,
    network: &impl IssuerNetwork,
    (url, max): (String, usize),
    now: Timestamp,
    renew: bool,
    parse: impl Fn(&[u8]) -> Result<T, String>,
) -> Result<Rc<T>, IssuerUnavailable> {
    let is_within = |at: Timestamp, seconds: i64| now < at.plus_seconds(seconds);
    if let Some(entry) = entries.borrow().get(&url) {
        let usable = |seconds| entry.found.as_ref().filter(|(at, _)| is_within(*at, seconds)).map(|(_, found)| found.clone());
        if let Some(found) = usable(FRESH_SECONDS).filter(|_| !renew) {
            return Ok(found);
        }
        if is_within(entry.tried_at, COOLDOWN_SECONDS) {
            return usable(STALE_SECONDS).ok_or_else(|| IssuerUnavailable(entry.failure.clone()));
        }
    }
    let request = OutboundRequest { url: url.clone(), headers: vec![("accept", "application/json".to_owned())], form: None, max };
    let result = match network.fetch(request).await {
        Ok(response) if response.status == 200 => parse(&response.body).map(Rc::new),
        Ok(response) => Err(format!("status {}", response.status)),
        Err(fault) => Err(fault.to_string()),
    };
    let mut entries = entries.borrow_mut();
    let before = entries.remove(&url).and_then(|entry| entry.found);
    let (found, failure) = match result {
        Ok(found) => (Some((now, found)), String::new()),
        Err(failure) => (before.filter(|(at, _)| is_within(*at, STALE_SECONDS)), format!("{url}: {failure}")),
    };
    let answer = found.as_ref().map(|(_, found)| found.clone()).ok_or_else(|| IssuerUnavailable(failure.clone()));
    entries.insert(url, Entry { tried_at: now, found, failure });
    answer
}

#[cfg(test)]
mod tests;
