//! The answer of a provider that a browser brings to the callback.

use crate::credential::oidc::flow::{Flow, FlowError};
use crate::domain::sign_in_config::ProviderId;
use core::fmt;

/// Longest code in bytes: the longest of known providers have 2,000.
const CODE_MAX: usize = 4096;
/// Longest error code in bytes that is told further.
const ERROR_MAX: usize = 64;

/// Parameters of the callback, decoded. A parameter that occurs twice must have been refused before (RFC 6749 section 3.1).
#[derive(Copy, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the fields are the parameters of RFC 6749 section 4.1.2 and RFC 9207")]
pub struct CallbackParameters<'a> {
    pub state: Option<&'a str>,
    pub code: Option<&'a str>,
    pub error: Option<&'a str>,
    pub iss: Option<&'a str>,
}

/// What the answer must fit.
#[derive(Copy, Clone, Debug)]
pub struct CallbackRequirements<'a> {
    /// Provider in the path of the callback.
    pub provider: &'a ProviderId,
    /// Issuer of the provider.
    pub issuer: &'a str,
    /// Whether the provider says that every answer names its issuer.
    pub iss_parameter: bool,
}

/// Answer with a code.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizedFlow {
    /// The flow, of which the code must be.
    pub flow: Flow,
    /// Code for the token endpoint: 1 to 4,096 visible ASCII characters and spaces.
    pub code: String,
}

/// Why an answer is not accepted. Nothing has changed, and each has a page of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallbackError {
    /// The browser has no flow, or it was not made by this server: a replay, another browser, or blocked cookies.
    NotStarted,
    /// The flow was started more than ten minutes ago.
    Expired,
    /// Provider or `state` are not those of the flow: a mix-up, another tab, or a forged request. The flow goes on elsewhere, so its
    /// cookie is kept.
    Mismatch,
    /// `iss` is missing or that of another issuer (RFC 9207 section 2.4).
    Issuer,
    /// The person said no.
    Cancelled,
    /// The provider refused for the moment.
    Unavailable,
    /// The provider refused: its error code, if it is a well-formed one.
    Refused(Option<String>),
    /// Neither one code nor one error.
    Malformed,
}

impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallbackError::NotStarted => f.write_str("the sign-in was not started in this browser"),
            CallbackError::Expired => f.write_str("the sign-in was started too long ago"),
            CallbackError::Mismatch => f.write_str("the answer is that of another sign-in"),
            CallbackError::Issuer => f.write_str("the answer is that of another issuer"),
            CallbackError::Cancelled => f.write_str("the sign-in was cancelled"),
            CallbackError::Unavailable => f.write_str("the provider is not available"),
            CallbackError::Refused(Some(code)) => write!(f, "the provider refused: {code}"),
            CallbackError::Refused(None) => f.write_str("the provider refused"),
            CallbackError::Malformed => f.write_str("the answer has neither a code nor an error"),
        }
    }
}

impl core::error::Error for CallbackError {}

impl From<FlowError> for CallbackError {
    fn from(error: FlowError) -> Self {
        match error {
            FlowError::Malformed => CallbackError::NotStarted,
            FlowError::Expired => CallbackError::Expired,
        }
    }
}

/// Accepts an answer that belongs to the flow of the browser's cookie.
///
/// An error is believed only after `state` and `iss` have been checked, so that another page cannot end a flow by a forged error.
///
/// # Errors
/// [`CallbackError`] with the first check that fails, or the provider's refusal.
pub fn accept(
    flow: Flow,
    parameters: &CallbackParameters<'_>,
    requirements: &CallbackRequirements<'_>,
) -> Result<AuthorizedFlow, CallbackError> {
    if flow.provider() != requirements.provider || !flow.has_state(parameters.state.unwrap_or_default()) {
        return Err(CallbackError::Mismatch);
    }
    // Compared wherever it is sent: GitHub sends it without saying so beforehand.
    let is_issuer = parameters.iss.map_or(!requirements.iss_parameter, |iss| iss == requirements.issuer);
    if !is_issuer {
        return Err(CallbackError::Issuer);
    }
    match (parameters.code, parameters.error) {
        (Some(code), None) if is_code(code) => Ok(AuthorizedFlow { flow, code: code.to_owned() }),
        (None, Some(error)) => Err(refusal(error)),
        _ => Err(CallbackError::Malformed),
    }
}

fn refusal(error: &str) -> CallbackError {
    // RFC 6749 section 4.1.2.1; `consent_required` and the like of OpenID Connect Core section 3.1.2.6 are refusals.
    match error {
        "access_denied" => CallbackError::Cancelled,
        "temporarily_unavailable" | "server_error" => CallbackError::Unavailable,
        other => {
            let is_code = (1..=ERROR_MAX).contains(&other.len()) && other.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
            CallbackError::Refused(is_code.then(|| other.to_owned()))
        }
    }
}

/// Whether a text is a code (RFC 6749 appendix A.11).
fn is_code(text: &str) -> bool {
    (1..=CODE_MAX).contains(&text.len()) && text.bytes().all(|b| (0x20..=0x7e).contains(&b))
}

impl fmt::Debug for CallbackParameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackParameters").field("error", &self.error).field("iss", &self.iss).finish_non_exhaustive()
    }
}

impl fmt::Debug for AuthorizedFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizedFlow").field("flow", &self.flow).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::oidc::flow::FLOW_SECONDS;
    use crate::credential::oidc::flow::tests::{at, flow, keys};
    use crate::domain::time::Timestamp;
    use proptest::prelude::*;

    const ISSUER: &str = "https://idp.example";
    /// The `state` of the flow.
    const STATE: &str = "AAECAwQFBgcICQoLDA0ODw";

    fn accepted(
        cookie: Option<&str>,
        parameters: CallbackParameters<'_>,
        provider: &str,
        iss_parameter: bool,
        now: Timestamp,
    ) -> Result<AuthorizedFlow, CallbackError> {
        let provider = ProviderId::parse(provider).unwrap();
        let flow = Flow::decode(&keys(), cookie.unwrap_or_default(), now)?;
        accept(flow, &parameters, &CallbackRequirements { provider: &provider, issuer: ISSUER, iss_parameter })
    }

    /// The answer with these changes of parameters, for the flow of the browser.
    fn answered<'p>(change: impl FnOnce(&mut CallbackParameters<'p>)) -> Result<String, CallbackError> {
        let cookie = flow().encode(&keys());
        let mut parameters = CallbackParameters { state: Some(STATE), code: Some("code"), error: None, iss: Some(ISSUER) };
        change(&mut parameters);
        accepted(Some(&cookie), parameters, "idp", true, at(1)).map(|authorized| authorized.code)
    }

    #[test]
    fn an_answer_of_the_flow_is_accepted() {
        assert_eq!(flow().state(), STATE);
        assert_eq!(answered(|_| {}), Ok("code".to_owned()));
    }

    #[test]
    fn the_flow_is_that_of_the_browser_and_not_expired() {
        let (cookie, state) = (flow().encode(&keys()), flow().state());
        let parameters = CallbackParameters { state: Some(&state), code: Some("code"), error: None, iss: None };
        let with = |cookie: Option<&str>, provider, seconds| accepted(cookie, parameters, provider, false, at(seconds)).err();
        assert_eq!(with(Some(&cookie), "idp", FLOW_SECONDS - 1), None);
        assert_eq!(with(Some(&cookie), "idp", FLOW_SECONDS), Some(CallbackError::Expired));
        assert_eq!(with(None, "idp", 0), Some(CallbackError::NotStarted));
        assert_eq!(with(Some("k1.AAAA"), "idp", 0), Some(CallbackError::NotStarted));
        assert_eq!(with(Some(&cookie), "other", 0), Some(CallbackError::Mismatch));
    }

    #[test]
    fn state_is_that_of_the_flow() {
        for state in [None, Some(""), Some("AAECAwQFBgcICQoLDA0ODw="), Some("AAECAwQFBgcICQoLDA0ODA")] {
            assert_eq!(answered(|parameters| parameters.state = state), Err(CallbackError::Mismatch), "{state:?}");
        }
        let forged =
            answered(|parameters| (parameters.state, parameters.code, parameters.error) = (Some("x"), None, Some("access_denied")));
        assert_eq!(forged, Err(CallbackError::Mismatch), "no forged error ends a flow");
    }

    #[test]
    fn iss_is_that_of_the_provider() {
        let (cookie, state) = (flow().encode(&keys()), flow().state());
        for (iss, announced, is_accepted) in [
            (Some(ISSUER), true, true),
            (Some(ISSUER), false, true),
            (None, false, true),
            (None, true, false),
            (Some("https://idp.example/"), true, false),
            (Some("https://evil.example"), true, false),
            (Some("https://evil.example"), false, false),
            (Some(""), false, false),
        ] {
            for (code, error) in [(Some("code"), None), (None, Some("access_denied"))] {
                let parameters = CallbackParameters { state: Some(&state), code, error, iss };
                let result = accepted(Some(&cookie), parameters, "idp", announced, at(0));
                assert_eq!(result.err() != Some(CallbackError::Issuer), is_accepted, "{iss:?} {announced} {code:?}");
            }
        }
    }

    #[test]
    fn each_error_of_a_provider_has_its_outcome() {
        fn refused(error: &str) -> CallbackError {
            answered(|parameters| (parameters.code, parameters.error) = (None, Some(error))).unwrap_err()
        }
        assert_eq!(refused("access_denied"), CallbackError::Cancelled);
        assert_eq!(refused("temporarily_unavailable"), CallbackError::Unavailable);
        assert_eq!(refused("server_error"), CallbackError::Unavailable);
        assert_eq!(refused("invalid_scope"), CallbackError::Refused(Some("invalid_scope".to_owned())));
        assert_eq!(refused(&"a".repeat(ERROR_MAX)), CallbackError::Refused(Some("a".repeat(ERROR_MAX))));
        for odd in ["", "<script>", "a b", "é", &"a".repeat(ERROR_MAX + 1)] {
            assert_eq!(refused(odd), CallbackError::Refused(None), "{odd}");
        }
    }

    #[test]
    fn an_answer_has_one_code_or_one_error() {
        for (code, error) in [(None, None), (Some("code"), Some("access_denied")), (Some(""), None), (Some("a\n"), None), (Some("é"), None)]
        {
            let result = answered(|parameters| (parameters.code, parameters.error) = (code, error));
            assert_eq!(result, Err(CallbackError::Malformed), "{code:?} {error:?}");
        }
        let long = "a".repeat(CODE_MAX + 1);
        assert_eq!(answered(|parameters| parameters.code = Some(&long)), Err(CallbackError::Malformed));
        assert!(answered(|parameters| parameters.code = long.get(1..)).is_ok());
    }

    #[test]
    fn debug_output_is_redacted() {
        let parameters = CallbackParameters { state: Some("s3cret"), code: Some("c0de"), error: None, iss: None };
        let authorized = AuthorizedFlow { flow: flow(), code: "c0de".to_owned() };
        let shown = format!("{parameters:?} {authorized:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("c0de"), "{shown}");
    }

    proptest! {
        #[test]
        fn any_answer_is_handled_without_a_panic(
            state in prop::option::of(".*"),
            code in prop::option::of(".*"),
            error in prop::option::of(".*"),
            iss in prop::option::of(".*"),
            cookie: String,
        ) {
            let [state, code, error, iss] = [&state, &code, &error, &iss].map(Option::as_deref);
            let parameters = CallbackParameters { state, code, error, iss };
            let flow = flow().encode(&keys());
            prop_assert!(accepted(Some(&cookie), parameters, "idp", false, at(0)).is_err());
            prop_assert!(accepted(Some(&flow), parameters, "idp", false, at(0)).is_err());
        }
    }
}
