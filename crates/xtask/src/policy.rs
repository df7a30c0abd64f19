//! Reads the deployer's policy as the Worker will, so that a fault is found before it is deployed.

use rolecall_core::authz::policy_config::PolicyConfig;
use rolecall_policy::Policy;
use rolecall_wire::http::path::within_reach;
use std::fs;
use std::path::Path;

const FILE: &str = "policy/default.json";

/// The first fault of the policy, with its place.
pub fn check(root: &Path) -> Result<(), String> {
    let text = fs::read_to_string(root.join(FILE)).map_err(|error| format!("{FILE}: {error}"))?;
    judge(&text).map_err(|error| format!("{FILE}: {error}"))
}

fn judge(text: &str) -> Result<(), String> {
    let policy = Policy::parse(text).map_err(|error| error.to_string())?;
    within_reach(policy.routes().iter().map(|route| (route.method.as_str(), route.pattern.as_str())))?;
    PolicyConfig::new(policy, "product").map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_named_and_the_default_has_none() {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(FILE)).unwrap();
        assert_eq!(judge(&text), Ok(()));
        for (from, to, named) in [
            ("\"team.access\", \"pods.connect\"", "\"team.fly\", \"pods.connect\"", "team.fly"),
            ("/api/pods/{id}/start", "/pods/{id}/start", "/pods/{id}/start"),
            ("\"code\": \"dev\"", "\"code\": \"dev_ops\"", "dev_ops"),
            ("\"code\": \"admin\"", "\"code\": \"boss\"", "admin"),
        ] {
            let faulty = text.replacen(from, to, 1);
            assert_ne!(faulty, text, "{from}");
            assert!(judge(&faulty).unwrap_err().contains(named), "{named}: {:?}", judge(&faulty));
        }
    }
}
