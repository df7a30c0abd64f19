use super::*;

#[test]
fn codes_are_unique_and_kebab_case() {
    for (index, code) in ProblemCode::ALL.iter().enumerate() {
        let word = code.as_str();
        assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{word}");
        assert!(ProblemCode::ALL.iter().skip(index + 1).all(|other| other.as_str() != word), "{word} twice");
        assert_eq!(ProblemCode::parse(word), Some(*code));
        assert!((400..600).contains(&code.status()));
    }
}

#[test]
fn the_document_repeats_status_and_code() {
    let refusal = MissingPermission { permission: "members.manage".into(), role: "dev".into(), granted_by: vec!["admin".into()] };
    let problem = Problem::from(Denial::PermissionMissing(refusal));
    let document = problem.document("https://team.example", "0190aaaa-0000-7000-8000-000000000001");
    assert_eq!(document["type"], "https://team.example/problems/permission-missing");
    assert_eq!(document["status"], 403);
    assert_eq!(document["instance"], "urn:uuid:0190aaaa-0000-7000-8000-000000000001");
    assert_eq!(document["denial"]["granted_by"][0], "admin");
    assert!(document.get("errors").is_none());
}

#[test]
fn an_answered_invitation_is_gone_for_the_invited_and_a_conflict_for_the_admin() {
    assert_eq!(Problem::from(Denial::InvitationUsed).status(), 410);
    assert_eq!(Problem::from(Denial::InvitationAlreadyUsed).status(), 409);
    assert_eq!(Problem::from(Denial::InvitationAlreadyUsed).code(), ProblemCode::InvitationUsed);
}

#[test]
fn the_ways_to_authenticate_again_are_listed() {
    let denial = Denial::ReauthenticationRequired { methods: vec![IdentityKind::Password, IdentityKind::Email] };
    let document = Problem::from(denial).document("https://team.example", "0190aaaa-0000-7000-8000-000000000001");
    assert_eq!((&document["status"], &document["methods"]), (&json!(401), &json!(["password", "email"])));
}

#[test]
fn what_can_be_the_second_factor_is_listed_and_nothing_else_of_the_sign_in() {
    use rolecall_core::credential::pending_sign_in::PendingSignIn;
    use rolecall_core::domain::authentication::AuthMethod;
    use rolecall_core::domain::id::{IdentityId, UserId};
    use rolecall_core::domain::passkey::ChallengeId;
    use rolecall_core::domain::second_factor::SecondFactor;
    use rolecall_core::domain::time::Timestamp;
    let pending = PendingSignIn {
        user: UserId::from_bits(7),
        totp: IdentityId::from_bits(8),
        password: None,
        methods: vec![AuthMethod::Password],
        at: Timestamp::from_millis(0),
        id: ChallengeId::from_bytes([9; 16]),
        usable: SecondFactor::ALL.to_vec(),
    };
    let document = Problem::from(Denial::SecondFactorRequired(Box::new(pending))).document("https://team.example", "r");
    assert_eq!((&document["status"], &document["methods"]), (&json!(401), &json!(["totp", "recovery_code", "passkey"])));
    assert!(!document.to_string().contains("usr_"));
}

#[test]
fn every_retryable_problem_has_retry_after() {
    for code in [ProblemCode::RateLimited, ProblemCode::StoreUnavailable, ProblemCode::Conflict] {
        let problem = if code == ProblemCode::RateLimited { Problem::slow_down(7) } else { Problem::new(code) };
        assert!(problem.retry_after().is_some());
    }
}
