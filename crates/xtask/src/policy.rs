//! Validates the deployment's policy with the parser of the Worker, so that errors are found before deployment.

use rolecall_core::authz::policy_config::PolicyConfig;
use rolecall_policy::Policy;
use rolecall_wire::http::path::require_gateway_prefix;
use std::fs;
use std::path::Path;

const FILE: &str = "policy/default.json";

/// Validates the policy file below `root`.
///
/// # Errors
/// The first error of the policy, with the file name.
pub fn check(root: &Path) -> Result<(), String> {
    let text = fs::read_to_string(root.join(FILE)).map_err(|error| format!("{FILE}: {error}"))?;
    validate(&text).map_err(|error| format!("{FILE}: {error}"))
}

fn validate(text: &str) -> Result<(), String> {
    let policy = Policy::parse(text).map_err(|error| error.to_string())?;
    require_gateway_prefix(policy.routes().iter().map(|route| (route.method.as_str(), route.pattern.as_str())))?;
    PolicyConfig::new(policy, "product").map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_is_valid_and_errors_name_the_value() {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(FILE)).unwrap();
        assert_eq!(validate(&text), Ok(()));
        for (from, to, named) in [
            ("\"team.access\", \"pods.connect\"", "\"team.fly\", \"pods.connect\"", "team.fly"),
            ("/api/pods/{id}/start", "/pods/{id}/start", "/pods/{id}/start"),
            ("\"code\": \"dev\"", "\"code\": \"dev_ops\"", "dev_ops"),
            ("\"code\": \"admin\"", "\"code\": \"boss\"", "admin"),
        ] {
            let faulty = text.replacen(from, to, 1);
            assert_ne!(faulty, text, "{from}");
            assert!(validate(&faulty).unwrap_err().contains(named), "{named}: {:?}", validate(&faulty));
        }
    }
}
