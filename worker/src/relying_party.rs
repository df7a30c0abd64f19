//! Relying party of passkeys, from the variables of a deployment.

use rolecall_core::domain::passkey::RelyingParty;
use rolecall_core::domain::sign_in_config::PasskeyConfig;

/// Reads the relying party. `RP_ID` is the host of `ORIGIN` by default; None where that cannot be an RP id: the deployment has no
/// passkeys.
///
/// # Errors
/// What is wrong with `RP_ID`.
pub fn read(get: &dyn Fn(&str) -> Option<String>, development: bool, product: &str) -> Result<Option<RelyingParty>, String> {
    let origin = get("ORIGIN").unwrap_or_default();
    let own_host = host_of(&origin);
    let rp_id = match get("RP_ID") {
        None if is_rp_id(own_host, development) => own_host.to_owned(),
        None => return Ok(None),
        Some(rp_id) => rp_id,
    };
    let config = PasskeyConfig { rp_id, rp_name: product.to_owned() };
    if !is_rp_id(&config.rp_id, development) || !config.covers_host(own_host) {
        let rule = "RP_ID must be the host of ORIGIN or a domain above it, with at least one dot";
        return Err(format!("{rule}{}", if development { "" } else { "; localhost is permitted in development only" }));
    }
    let allowed = get("ALLOWED_ORIGINS").unwrap_or_default();
    let allowed = allowed.split(',').map(str::trim).filter(|origin| origin.starts_with("https://") && config.covers_host(host_of(origin)));
    let origins = core::iter::once(origin.as_str()).chain(allowed).map(str::to_owned).collect();
    Ok(Some(RelyingParty { config, origins }))
}

/// Host of an origin, without its port.
fn host_of(origin: &str) -> &str {
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

/// Whether a host can be an RP id: a domain with a dot, which no IP address is; in development also `localhost`.
fn is_rp_id(host: &str, development: bool) -> bool {
    let is_localhost = host == "localhost" || host.ends_with(".localhost");
    let is_label = |label: &str| {
        let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !label.is_empty() && label.bytes().all(is_inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    let ends_as_name = host.rsplit('.').next().is_some_and(|label| label.bytes().any(|b| b.is_ascii_lowercase()));
    if is_localhost { development } else { host.contains('.') && host.split('.').all(is_label) && ends_as_name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rp_id_is_the_host_of_the_origin_or_a_domain_above_it() {
        let read_with = |vars: &[(&str, &str)], development| {
            let get = |name: &str| vars.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
            read(&get, development, "Rolecall")
        };
        let local = ("ORIGIN", "http://localhost:8787");
        let in_production = |vars: &[(&str, &str)]| read_with(vars, false);
        let found = |result: Result<Option<RelyingParty>, String>| result.unwrap().map(|found| (found.config.rp_id, found.origins));
        let one = |rp_id: &str, origin: &str| Some((rp_id.to_owned(), vec![origin.to_owned()]));
        assert_eq!(found(read_with(&[local], true)), one("localhost", "http://localhost:8787"));
        assert_eq!(found(in_production(&[local])), None, "localhost is no RP id in production");
        assert_eq!(found(in_production(&[("ORIGIN", "https://192.0.2.1")])), None, "nor is an address");
        let origin = ("ORIGIN", "https://team.acme.example");
        assert_eq!(found(in_production(&[origin])), one("team.acme.example", "https://team.acme.example"));
        assert_eq!(found(in_production(&[origin, ("RP_ID", "acme.example")])), one("acme.example", "https://team.acme.example"));
        for rp_id in
            ["example", "evil.example", "eam.acme.example", "a.team.acme.example", "localhost", "ACME.example", ".example", "acme.example."]
        {
            assert!(in_production(&[origin, ("RP_ID", rp_id)]).is_err_and(|faults| faults.contains("RP_ID")), "{rp_id}");
        }
        let allowed =
            ("ALLOWED_ORIGINS", "https://app.acme.example, http://app.acme.example, https://acme.example:8443, https://other.example");
        let (_, origins) = found(in_production(&[origin, allowed, ("RP_ID", "acme.example")])).unwrap();
        assert_eq!(origins, ["https://team.acme.example", "https://app.acme.example", "https://acme.example:8443"]);
        assert_eq!(found(in_production(&[origin, allowed])), one("team.acme.example", "https://team.acme.example"));
    }
}
