//! `Allow` header of gateway paths.

use rolecall_policy::Policy;

/// Value of `Allow` for a path of the policy; `None` if no route has this path.
pub fn allow_header(policy: &Policy, path: &str) -> Option<String> {
    let mut methods = policy.methods(path);
    if methods.is_empty() {
        return None;
    }
    if !methods.contains(&"OPTIONS") {
        methods.push("OPTIONS");
    }
    Some(methods.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(path: &str) -> Policy {
        let json = format!(
            r#"{{"version":1,"permissions":[{{"code":"a.b","title":"A","description":"A.","resource":"a","actions":["b"]}}],
            "roles":[{{"code":"r","title":"R","permissions":["a.b"]}}],
            "routes":[{{"method":"GET","path":"{path}","permission":"a.b"}},{{"method":"PUT","path":"{path}","permission":"a.b"}}]}}"#
        );
        Policy::parse(&json).unwrap()
    }

    #[test]
    fn a_known_path_lists_its_methods_and_an_unknown_path_has_none() {
        assert_eq!(allow_header(&policy("/api/a/{id}"), "/api/a/1").as_deref(), Some("GET, PUT, OPTIONS"));
        assert_eq!(allow_header(&policy("/api/a/{id}"), "/api/a/1/"), None);
        assert_eq!(allow_header(&policy("/api/a/{id}"), "/api/b"), None);
    }
}
