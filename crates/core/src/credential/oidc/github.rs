//! Persons of GitHub's API, in place of an ID token.

use crate::credential::oidc::authority::github_email;
use crate::credential::oidc::json_object;
use crate::domain::name::Name;
use crate::domain::provider_identity::{IssuerSubject, ToldPerson};

/// Longest response in bytes.
pub const RESPONSE_MAX: usize = 64 * 1024;

/// The person of the responses to `GET /user` and `GET /user/emails`; None if the first is malformed. The subject is the number of the
/// user: logins change hands.
pub fn person(issuer: &str, user: &[u8], emails: &[u8]) -> Option<ToldPerson> {
    let user = json_object::parse(user, RESPONSE_MAX)?;
    let subject = user.get("id")?.as_u64().filter(|id| *id > 0)?.to_string();
    let name = json_object::text(&user, "name").or(json_object::text(&user, "login")).and_then(|name| Name::parse(name, "").ok());
    let email = github_email(emails);
    Some(ToldPerson { person: IssuerSubject { issuer: issuer.to_owned(), subject }, email_proven: email.is_some(), email, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_the_number_of_the_user() {
        let emails = br#"[{"email":"ann@example.com","primary":true,"verified":true,"visibility":null}]"#;
        let told = person("https://github.com/login/oauth", br#"{"id":583231,"login":"ann","name":null,"email":null}"#, emails).unwrap();
        assert_eq!((told.person.subject.as_str(), told.name.as_ref().map(Name::as_str)), ("583231", Some("ann")));
        assert_eq!(told.proven_email().map(|email| email.as_str()), Some("ann@example.com"));
        let unproven = person("i", br#"{"id":1,"login":"ann","name":"Ann B"}"#, br#"{"message":"Requires authentication"}"#).unwrap();
        assert_eq!((unproven.proven_email(), &unproven.email, unproven.name.as_ref().map(Name::as_str)), (None, &None, Some("Ann B")));
        for malformed in [
            &br#"{"login":"ann"}"#[..],
            br#"{"id":"1"}"#,
            br#"{"id":0}"#,
            br#"{"id":-1}"#,
            br#"{"id":1.5}"#,
            br#"{"id":1,"id":2}"#,
            b"[]",
            b"",
        ] {
            assert_eq!(person("i", malformed, emails), None);
        }
    }
}
