//! The network of issuers by a script, and a log of what was asked.

use crate::error::Fault;
use crate::ports::{IssuerNetwork, OutboundRequest, OutboundResponse};
use core::cell::RefCell;
use rolecall_core::credential::oidc::issuer_token::{PendingSignature, SignatureResult};
use std::collections::BTreeMap;

/// Other services with one response for each URL until the next one is set.
#[derive(Default)]
pub(crate) struct ScriptedNetwork {
    responses: RefCell<BTreeMap<String, OutboundResponse>>,
    requests: RefCell<Vec<OutboundRequest>>,
}

impl ScriptedNetwork {
    /// Sets the response for a URL.
    pub(crate) fn respond(&self, url: &str, status: u16, body: impl ToString) {
        let response = OutboundResponse { status, body: body.to_string().into_bytes() };
        self.responses.borrow_mut().insert(url.to_owned(), response);
    }

    /// Lets requests to a URL fail, as those to a URL that has no response.
    pub(crate) fn fail(&self, url: &str) {
        self.responses.borrow_mut().remove(url);
    }

    /// Takes the requests so far, leaving none.
    pub(crate) fn take_requests(&self) -> Vec<OutboundRequest> {
        self.requests.take()
    }
}

impl IssuerNetwork for ScriptedNetwork {
    async fn fetch(&self, request: OutboundRequest) -> Result<OutboundResponse, Fault> {
        let response = self.responses.borrow().get(&request.url).cloned();
        self.requests.borrow_mut().push(request);
        response.ok_or_else(|| Fault::new("no response"))
    }

    async fn verify(&self, _: &PendingSignature) -> Result<SignatureResult, Fault> {
        Err(Fault::new("no signature is expected"))
    }
}
