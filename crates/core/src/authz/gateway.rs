//! Decisions of the gateway that need no I/O: authorisation by a permission token alone, the resource of a request, and the
//! identity assertion for the upstream.

use crate::authz::authenticated_principal::AuthenticatedPrincipal;
use crate::authz::policy_config::PolicyConfig;
use crate::credential::permission_token::{Claims, IDENTITY_TOKEN_TYPE, SigningKeys};
use rolecall_policy::Freshness;

pub use rolecall_policy::Route;
use serde_json::json;

/// Lifetime of an identity assertion in seconds: it is made for one request.
pub const IDENTITY_SECONDS: i64 = 60;
/// Name of the path parameter that holds the resource id, of the resource type of the route's permission.
const RESOURCE_PARAM: &str = "id";

/// An authorised request: the principal, account and role that the upstream is told and the metrics count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GatewayGrant {
    /// `usr_…` or `key_…`.
    pub sub: String,
    /// Account of the request.
    pub account: String,
    /// Role of the user in the account; `api_key` for an API key.
    pub role: String,
}

impl GatewayGrant {
    /// Whether the principal is an API key.
    pub fn is_key(&self) -> bool {
        self.sub.starts_with(crate::domain::id::ApiKeyId::PREFIX)
    }
}

impl From<&AuthenticatedPrincipal> for GatewayGrant {
    fn from(authorized: &AuthenticatedPrincipal) -> Self {
        GatewayGrant { sub: authorized.principal.id(), account: authorized.account.id.to_string(), role: authorized.role.clone() }
    }
}

/// Authorises a request by the claims of a verified permission token alone. None: they do not suffice, and the database decides.
///
/// Claims never suffice on a route with live freshness or under another policy than the token was issued for, and they never
/// deny: the permission may have been granted after the token was issued, and a denial is audited with the user's name.
pub fn authorize_by_token(config: &PolicyConfig, policy_hash: &str, claims: &Claims, route: &Route) -> Option<GatewayGrant> {
    let code = config.policy.code(route.permission);
    let yes = route.freshness == Freshness::Token && token_grants(policy_hash, claims, code);
    yes.then(|| GatewayGrant { sub: claims.sub.clone(), account: claims.account.clone(), role: claims.role.clone() })
}

/// Whether claims grant a permission by themselves: they list it, under the policy that the deployment has now.
pub fn token_grants(policy_hash: &str, claims: &Claims, code: &str) -> bool {
    claims.pol == policy_hash && claims.permissions.iter().any(|held| held == code)
}

/// Resource id of a request, as written in its path; None for a collection.
pub fn resource_id<'p>(params: &[(&str, &'p str)]) -> Option<&'p str> {
    params.iter().find(|(name, _)| *name == RESOURCE_PARAM).map(|(_, id)| *id)
}

/// Claims of the header `Rolecall-Identity`: the principal of one request, and that the gateway authorised it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdentityAssertion<'a> {
    /// Origin of the deployment.
    pub iss: &'a str,
    /// Audience: the upstream.
    pub aud: &'a str,
    /// The authorised principal.
    pub grant: &'a GatewayGrant,
    /// Permission of the route.
    pub permission: &'a str,
    /// HTTP method.
    pub htm: &'a str,
    /// Forwarded path without the query.
    pub htu: &'a str,
    /// Request id.
    pub rid: &'a str,
    /// Time of issue in seconds since 1970-01-01.
    pub iat: i64,
    /// Unique id of the assertion.
    pub jti: &'a str,
}

impl IdentityAssertion<'_> {
    /// The signed JWT.
    pub fn sign(&self, keys: &SigningKeys) -> String {
        let claims = json!({
            "iss": self.iss, "aud": self.aud, "sub": self.grant.sub, "account": self.grant.account, "role": self.grant.role,
            "permission": self.permission, "htm": self.htm, "htu": self.htu, "rid": self.rid,
            "iat": self.iat, "exp": self.iat + IDENTITY_SECONDS, "jti": self.jti,
        });
        keys.sign_claims(IDENTITY_TOKEN_TYPE, &claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::permission_token::{ACCESS_TOKEN_TYPE, TokenError, TokenRequirements};
    use crate::testing::{claims, config};
    use data_encoding::BASE64URL_NOPAD;
    use rolecall_policy::RouteMatch;
    use serde_json::Value;

    fn opens(permissions: &[&str], policy_hash: &str, method: &str, path: &str) -> bool {
        let config = config();
        let RouteMatch::Match { route, .. } = config.policy.match_route(method, path) else { panic!("no route {method} {path}") };
        authorize_by_token(&config, policy_hash, &claims(permissions), route).is_some()
    }

    #[test]
    fn a_token_opens_what_it_lists_under_its_own_policy_where_its_age_is_good_enough() {
        assert!(opens(&["pods.connect", "pods.manage"], "hash", "POST", "/api/pods"));
        assert!(!opens(&["pods.connect"], "hash", "POST", "/api/pods"), "not listed");
        assert!(!opens(&["pods.manage.all", "pods", "PODS.MANAGE"], "hash", "POST", "/api/pods"), "not exactly listed");
        assert!(!opens(&["pods.manage"], "another", "POST", "/api/pods"), "another policy");
        assert!(opens(&["billing.manage"], "hash", "GET", "/api/billing/payment-methods"));
        assert!(!opens(&["billing.manage"], "hash", "POST", "/api/billing/payment-methods"), "a live route");
    }

    #[test]
    fn the_segment_called_id_names_the_resource() {
        assert_eq!(resource_id(&[("id", "abc")]), Some("abc"));
        assert_eq!(resource_id(&[("zone", "eu"), ("id", "abc")]), Some("abc"));
        assert_eq!(resource_id(&[("zone", "eu")]), None);
        assert_eq!(resource_id(&[]), None);
    }

    #[test]
    fn a_grant_tells_a_key_from_a_user() {
        let grant = |sub: &str| GatewayGrant { sub: sub.to_owned(), account: "acct_1".to_owned(), role: "dev".to_owned() };
        assert!(grant("key_0199aaaaaaaa7000800000000000000d").is_key());
        assert!(!grant("usr_0199aaaaaaaa7000800000000000000a").is_key());
    }

    #[test]
    fn an_identity_is_for_one_request_and_never_a_permission_token() {
        let keys = SigningKeys::parse("t1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        let grant = GatewayGrant { sub: "usr_1".into(), account: "acct_1".into(), role: "dev".into() };
        let identity = IdentityAssertion {
            iss: "https://id.example",
            aud: "upstream",
            grant: &grant,
            permission: "pods.manage",
            htm: "POST",
            htu: "/api/pods",
            rid: "r",
            iat: 1000,
            jti: "j",
        };
        let token = identity.sign(&keys);
        let part = |at: usize| -> Value {
            serde_json::from_slice(&BASE64URL_NOPAD.decode(token.split('.').nth(at).unwrap().as_bytes()).unwrap()).unwrap()
        };
        assert_eq!(part(0), json!({ "alg": "EdDSA", "typ": "rolecall-identity+jwt", "kid": "t1" }));
        let told = json!({
            "iss": "https://id.example", "aud": "upstream", "sub": "usr_1", "account": "acct_1", "role": "dev", "permission": "pods.manage",
            "htm": "POST", "htu": "/api/pods", "rid": "r", "iat": 1000, "exp": 1060, "jti": "j",
        });
        assert_eq!(part(1), told);
        let expected = TokenRequirements { iss: "https://id.example", aud: "upstream", typ: ACCESS_TOKEN_TYPE, now: 1000 };
        assert_eq!(keys.verify(&token, &expected), Err(TokenError::Header));
    }
}
