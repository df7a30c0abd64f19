//! Ways to sign in of a deployment: the file `policy/sign-in.json`, the secrets of its providers, and GitHub's endpoints.

use core::fmt;
use rolecall_app::providers::GithubEndpoints;
use rolecall_core::domain::endpoint_url::EndpointUrl;
use rolecall_core::domain::sign_in_config::{ProviderId, SignInConfig};
use std::collections::BTreeMap;

/// Name of the file in a fault.
const FILE: &str = "sign-in";
/// Origins of GitHub's pages and of its API.
const GITHUB: (&str, &str) = ("https://github.com", "https://api.github.com");

/// What a deployment knows of its providers besides the file.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// Client secrets by provider.
    pub secrets: BTreeMap<ProviderId, String>,
    /// Endpoints of GitHub.
    pub github: GithubEndpoints,
}

/// Reads the file, which is empty in a deployment without one, and the variables that belong to it. In development the variable `SIGN_IN`
/// replaces the file, and `GITHUB_ORIGIN` is where GitHub is.
///
/// # Errors
/// Name of what is wrong, and why.
pub fn read(
    get: &dyn Fn(&str) -> Option<String>,
    file: &str,
    development: bool,
) -> Result<(SignInConfig, ProviderSettings), (String, String)> {
    let of_development = |name| if development { get(name) } else { None };
    let replaced = of_development("SIGN_IN");
    let text = replaced.as_deref().unwrap_or(file);
    let config = if text.is_empty() {
        SignInConfig::default()
    } else {
        SignInConfig::parse(text, development).map_err(|error| (FILE.to_owned(), format!("sign-in.json: {error}")))?
    };
    let mut secrets = BTreeMap::new();
    for provider in &config.providers {
        let name = provider.id.secret_name();
        let secret = get(&name).ok_or_else(|| (name.clone(), format!("{name} is not set")))?;
        secrets.insert(provider.id.clone(), secret);
    }
    let origin = of_development("GITHUB_ORIGIN");
    let (pages, api) = origin.as_deref().map_or(GITHUB, |origin| (origin, origin));
    let endpoint = |path: &str| {
        let invalid = || ("GITHUB_ORIGIN".to_owned(), "GITHUB_ORIGIN is not an origin".to_owned());
        EndpointUrl::parse(&format!("{pages}/login/oauth/{path}"), development).ok_or_else(invalid)
    };
    let github = GithubEndpoints { authorization: endpoint("authorize")?, token: endpoint("access_token")?, api: api.to_owned() };
    Ok((config, ProviderSettings { secrets, github }))
}

impl fmt::Debug for ProviderSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderSettings").field("secrets", &self.secrets.keys()).field("github", &self.github).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(vars: &[(&str, &str)], file: &str, development: bool) -> Result<(SignInConfig, ProviderSettings), (String, String)> {
        read(&|name| vars.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()), file, development)
    }

    const FILE_WITH_GITHUB: &str =
        r#"{"password":false,"email_code":true,"providers":[{"id":"gh","kind":"github","title":"GitHub","client_id":"c"}]}"#;

    #[test]
    fn every_provider_has_its_secret() {
        assert_eq!(read_with(&[], "", false).unwrap().0, SignInConfig::default());
        let missing = read_with(&[], FILE_WITH_GITHUB, false).unwrap_err();
        assert_eq!(missing, ("PROVIDER_GH_SECRET".to_owned(), "PROVIDER_GH_SECRET is not set".to_owned()));
        let (config, settings) = read_with(&[("PROVIDER_GH_SECRET", "s")], FILE_WITH_GITHUB, false).unwrap();
        assert!(!config.password && settings.secrets.values().eq(["s"]));
        assert_eq!(settings.github.authorization.as_str(), "https://github.com/login/oauth/authorize");
        assert_eq!(settings.github.api, "https://api.github.com");
        let (name, message) = read_with(&[], r#"{"password":1}"#, false).unwrap_err();
        assert!(name == "sign-in" && message.contains("/password"), "{message}");
    }

    #[test]
    fn the_file_and_github_are_replaced_in_development_only() {
        let vars = [("SIGN_IN", r#"{"password":false,"email_code":true}"#), ("GITHUB_ORIGIN", "http://localhost:9000")];
        let (config, settings) = read_with(&vars, "", true).unwrap();
        assert!(!config.password && settings.github.api == "http://localhost:9000");
        let (config, settings) = read_with(&vars, "", false).unwrap();
        assert!(config.password && settings.github.api == "https://api.github.com");
        assert_eq!(read_with(&[("GITHUB_ORIGIN", "http://evil.example")], "", true).unwrap_err().0, "GITHUB_ORIGIN");
    }
}
