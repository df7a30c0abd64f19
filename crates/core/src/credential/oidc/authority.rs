//! When another party's word proves a mailbox. INVARIANT (verified-email) rests on it.
//!
//! An address that a provider merely tells is no proof: an attacker makes an account there under the victim's address. It is proof
//! where the provider has verified it and the address belongs to the provider, or to a domain whose owner relies on it.

use crate::credential::oidc::id_token::IdTokenClaims;
use crate::credential::oidc::issuer_token::IssuerClaims;
use crate::credential::oidc::json_object;
use crate::domain::email::Email;
use crate::domain::sign_in_config::{EmailAuthority, TrustedIssuer};
use serde_json::Value;

/// Longest list of addresses of GitHub in bytes.
const ADDRESSES_MAX: usize = 64 * 1024;
/// Domain of addresses of Google.
const GMAIL: &str = "gmail.com";
/// Domain of GitHub's addresses without a mailbox.
const GITHUB_NO_REPLY: &str = "users.noreply.github.com";

/// Email whose mailbox an ID token proves; None where it proves none.
pub fn proven_email<'c>(authority: &EmailAuthority, claims: &'c IdTokenClaims) -> Option<&'c Email> {
    let email = claims.email.as_ref()?;
    let is_proven = match authority {
        // https://developers.google.com/identity/gsi/web/guides/verify-google-id-token
        EmailAuthority::Google => {
            claims.email_verified && (email.domain() == GMAIL || claims.hosted_domain.as_deref() == Some(email.domain()))
        }
        // https://learn.microsoft.com/entra/identity-platform/optional-claims-reference: `email` can be changed by the tenant at will.
        EmailAuthority::Microsoft => claims.email_domain_verified,
        EmailAuthority::Domains(domains) => claims.email_verified && is_listed(domains, email),
    };
    is_proven.then_some(email)
}

/// Email whose mailbox a token of a trusted issuer proves; None where it proves none.
pub fn issuer_proven_email<'c>(trusted: &TrustedIssuer, claims: &'c IssuerClaims) -> Option<&'c Email> {
    claims.email.as_ref().filter(|email| claims.email_verified && is_listed(&trusted.domains, email))
}

/// The primary address in GitHub's response to `GET /user/emails`, if it is verified; None for any other response.
pub fn github_email(response: &[u8]) -> Option<Email> {
    let list: Value = (response.len() <= ADDRESSES_MAX).then(|| serde_json::from_slice(response).ok())??;
    let is_true = |item: &Value, name: &str| item.get(name) == Some(&Value::Bool(true));
    let mut primary = list.as_array()?.iter().filter(|item| is_true(item, "primary"));
    let (item, None) = (primary.next()?, primary.next()) else { return None };
    let email = Email::parse(json_object::text(item.as_object()?, "email")?).ok()?;
    (is_true(item, "verified") && email.domain() != GITHUB_NO_REPLY).then_some(email)
}

fn is_listed(domains: &[String], email: &Email) -> bool {
    domains.iter().any(|domain| domain == email.domain())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::endpoint_url::EndpointUrl;
    use proptest::prelude::*;
    use serde_json::json;

    fn claims(email: &str, email_verified: bool, hosted_domain: Option<&str>, email_domain_verified: bool) -> IdTokenClaims {
        IdTokenClaims {
            issuer: "https://idp.example".to_owned(),
            subject: "1".to_owned(),
            email: Email::parse(email).ok(),
            email_verified,
            hosted_domain: hosted_domain.map(str::to_owned),
            email_domain_verified,
            name: None,
            amr: Vec::new(),
            auth_time: None,
        }
    }

    fn is_proven(authority: &EmailAuthority, claims: &IdTokenClaims) -> bool {
        proven_email(authority, claims).is_some()
    }

    #[test]
    fn google_proves_gmail_and_the_hosted_domain() {
        let google = EmailAuthority::Google;
        for (email, verified, hosted, proven) in [
            ("ann@gmail.com", true, None, true),
            ("ann@gmail.com", false, None, false),
            ("ann@acme.example", true, Some("acme.example"), true),
            ("ann@acme.example", false, Some("acme.example"), false),
            ("ann@acme.example", true, None, false),
            ("ann@acme.example", true, Some("other.example"), false),
            ("ann@sub.acme.example", true, Some("acme.example"), false),
            ("ann@evilgmail.com", true, None, false),
            ("ann@gmail.com.evil.example", true, None, false),
        ] {
            assert_eq!(is_proven(&google, &claims(email, verified, hosted, true)), proven, "{email} {verified} {hosted:?}");
        }
    }

    #[test]
    fn microsoft_proves_a_domain_that_the_tenant_has_verified() {
        let microsoft = EmailAuthority::Microsoft;
        assert!(is_proven(&microsoft, &claims("ann@acme.example", false, None, true)));
        assert!(!is_proven(&microsoft, &claims("ann@acme.example", true, Some("acme.example"), false)));
    }

    #[test]
    fn another_issuer_proves_its_listed_domains() {
        let domains = EmailAuthority::Domains(vec!["acme.example".to_owned()]);
        assert!(is_proven(&domains, &claims("ann@acme.example", true, None, false)));
        assert!(!is_proven(&domains, &claims("ann@acme.example", false, None, true)));
        assert!(!is_proven(&domains, &claims("ann@other.example", true, Some("other.example"), true)));
        assert!(!is_proven(&domains, &claims("ann@sub.acme.example", true, None, true)));
        assert!(!is_proven(&EmailAuthority::Domains(Vec::new()), &claims("ann@acme.example", true, None, true)));
    }

    #[test]
    fn no_address_is_no_proof() {
        for authority in [EmailAuthority::Google, EmailAuthority::Microsoft, EmailAuthority::Domains(vec!["gmail.com".to_owned()])] {
            assert!(!is_proven(&authority, &claims("no address", true, Some("gmail.com"), true)));
        }
    }

    #[test]
    fn a_trusted_issuer_proves_its_listed_domains() {
        let trusted = TrustedIssuer {
            issuer: EndpointUrl::parse("https://clerk.example", false).unwrap(),
            audience: "a".to_owned(),
            domains: vec!["acme.example".to_owned()],
        };
        let of = |email: &str, email_verified| IssuerClaims::for_tests(Email::parse(email).ok(), email_verified);
        assert!(issuer_proven_email(&trusted, &of("ann@acme.example", true)).is_some());
        assert!(issuer_proven_email(&trusted, &of("ann@acme.example", false)).is_none());
        assert!(issuer_proven_email(&trusted, &of("ann@other.example", true)).is_none());
        assert!(issuer_proven_email(&trusted, &of("no address", true)).is_none());
    }

    /// The example of GitHub's documentation, "List email addresses for the authenticated user".
    #[test]
    fn github_proves_the_verified_primary_address() {
        let address =
            |email: &str, primary, verified| json!({ "email": email, "primary": primary, "verified": verified, "visibility": "public" });
        let found = |list: Value| github_email(list.to_string().as_bytes()).map(|email| email.as_str().to_owned());
        let octocat = || address("octocat@github.com", true, true);
        assert_eq!(found(json!([octocat()])), Some("octocat@github.com".to_owned()));
        assert_eq!(found(json!([address("a@b.example", false, true), octocat()])), Some("octocat@github.com".to_owned()));
        for list in [
            json!([]),
            json!({ "email": "octocat@github.com", "primary": true, "verified": true }),
            json!([address("octocat@github.com", true, false)]),
            json!([address("octocat@github.com", false, true)]),
            json!([octocat(), address("a@b.example", true, true)]),
            json!([{ "email": "octocat@github.com", "primary": true, "verified": "true" }]),
            json!([{ "email": "octocat@github.com", "primary": 1, "verified": true }]),
            json!([address("1+octocat@users.noreply.github.com", true, true)]),
            json!([address("no address", true, true)]),
            json!({ "message": "Requires authentication" }),
        ] {
            assert_eq!(found(list.clone()), None, "{list}");
        }
        let padded = |length: usize| {
            let text = json!([octocat()]).to_string();
            github_email(format!("{text}{}", " ".repeat(length - text.len())).as_bytes()).is_some()
        };
        assert!(padded(ADDRESSES_MAX) && !padded(ADDRESSES_MAX + 1));
    }

    proptest! {
        #[test]
        fn any_response_of_github_is_read_without_a_panic(bytes: Vec<u8>, text in "[\\[\\]{}\",:a-z@.]{0,40}") {
            let _ = (github_email(&bytes), github_email(text.as_bytes()));
        }
    }
}
