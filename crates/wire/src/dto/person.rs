//! DTOs of sign-up, sign-in, sessions and the current user.

use super::account::AccountResponse;
use super::macros::{requests, responses};
use super::passkey::PasskeyAssertionJson;
use crate::decode::Secret;
use rolecall_core::decision::accounts::AccountWithRole;
use rolecall_core::decision::joining::UserWithAccount;
use rolecall_core::decision::profile::{Profile, ProfileUpdate};
use rolecall_core::domain::id::SessionId;
use rolecall_core::domain::identity::SignInMethod;
use rolecall_core::domain::session::Session;
use rolecall_core::domain::sign_in_config::{Provider, ProviderKind, SignInConfig};
use rolecall_core::domain::user::User;

requests! {
    /// Sign-up with email and password.
    SignUpRequest {
        /// Email that the verification link is sent to.
        #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "ada@example.com"))]
        email: String,
        /// Password, from 15 characters to 256 bytes. Common and repetitive passwords, and those that contain the name, the email or the product name, are rejected. If omitted, the user signs in with codes that are mailed.
        #[cfg_attr(feature = "openapi", schema(nullable = false, format = Password, value_type = Option<String>, min_length = 15, max_length = 256, example = "correct horse battery staple"))]
        password: Option<Secret>,
        /// Display name, visible to members of the same accounts. If omitted, it is derived from the email.
        #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 100, example = "Ada Lovelace"))]
        name: Option<String>,
        /// Token and proof from the link in an invitation mail. With both, the email counts as verified and the user joins the team at once.
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        invitation: Option<InvitationProofRequest>,
        /// Random secret that the page stores in the browser, 16 to 128 bytes; sent again when the email is verified.
        #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<String>, min_length = 16, max_length = 128))]
        browser_key: Option<Secret>,
    }
    /// Token and proof of an invitation mail.
    InvitationProofRequest {
        /// Token of the invitation link.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        token: Secret,
        /// Proof that the link was received by mail.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        proof: Secret,
    }
    /// Redemption of a verification link.
    ///
    /// Anybody can sign up with the email of another person and a password of their own. A page therefore sends `browser_key`
    /// as evidence that the sign-up was made in the same browser, and otherwise a `password` that the user chooses now.
    VerifyEmailRequest {
        /// Token from the fragment of the link.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        token: Secret,
        /// The `browser_key` of the sign-up, 16 to 128 bytes. If it differs and `password` is omitted, the response is `verification-elsewhere`.
        #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<String>, min_length = 16, max_length = 128))]
        browser_key: Option<Secret>,
        /// Display name that replaces the one of the sign-up, 1 to 100 characters.
        #[cfg_attr(feature = "openapi", schema(nullable = false, max_length = 100))]
        name: Option<String>,
        /// Password that replaces the one of the sign-up, from 15 characters to 256 bytes.
        #[cfg_attr(feature = "openapi", schema(nullable = false, format = Password, value_type = Option<String>, min_length = 15, max_length = 256))]
        password: Option<Secret>,
    }
    /// Request for a code by mail.
    RequestEmailCodeRequest {
        /// Email that the code is sent to if a user has it.
        #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "ada@example.com"))]
        email: String,
        /// Random secret that the page stores in the browser, 16 to 128 bytes; sent again with the code.
        #[cfg_attr(feature = "openapi", schema(value_type = String, min_length = 16, max_length = 128))]
        browser_key: Secret,
    }
    /// Sign-in with an email and a password or a code that was mailed, or with a passkey.
    SignInRequest {
        /// Email of the user.
        #[cfg_attr(feature = "openapi", schema(nullable = false, format = "email", max_length = 254, example = "ada@example.com"))]
        email: Option<String>,
        /// Password of the user.
        #[cfg_attr(feature = "openapi", schema(nullable = false, format = Password, value_type = Option<String>, min_length = 15, max_length = 256, example = "correct horse battery staple"))]
        password: Option<Secret>,
        /// Code of eight digits that was mailed; spaces and hyphens are ignored.
        #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<String>, max_length = 64, example = "1234 5678"))]
        code: Option<Secret>,
        /// The `browser_key` with which the code was requested.
        #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<String>, min_length = 16, max_length = 128))]
        browser_key: Option<Secret>,
        /// Response of `navigator.credentials.get()`, as its `toJSON()` returns it; without any other field.
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        passkey: Option<PasskeyAssertionJson>,
    }
    /// A new authentication of the current session: by a password, a code that was mailed, a passkey, a code of an authenticator app, or a
    /// recovery code.
    ReauthenticateRequest {
        /// Password of the user.
        #[cfg_attr(feature = "openapi", schema(nullable = false, format = Password, value_type = Option<String>, min_length = 15, max_length = 256, example = "correct horse battery staple"))]
        password: Option<Secret>,
        /// Code of eight digits that was mailed; spaces and hyphens are ignored.
        #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<String>, max_length = 64, example = "1234 5678"))]
        code: Option<Secret>,
        /// The `browser_key` with which the code was requested.
        #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<String>, min_length = 16, max_length = 128))]
        browser_key: Option<Secret>,
        /// Response of `navigator.credentials.get()`, as its `toJSON()` returns it.
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        passkey: Option<PasskeyAssertionJson>,
        /// Code of six digits of the authenticator app; spaces and hyphens are ignored.
        #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<String>, max_length = 64, example = "123 456"))]
        totp_code: Option<Secret>,
        /// Recovery code; case, spaces and hyphens are ignored.
        #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<String>, max_length = 64, example = "8h4qa-k2xm7"))]
        recovery_code: Option<Secret>,
    }
    /// A new password of the current user.
    ChangePasswordRequest {
        /// New password, from 15 characters to 256 bytes.
        #[cfg_attr(feature = "openapi", schema(format = Password, value_type = String, min_length = 15, max_length = 256, example = "correct horse battery staple"))]
        password: Secret,
    }
    /// Request for a password reset.
    RequestPasswordResetRequest {
        /// Email that the reset link is sent to if a user has it.
        #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "ada@example.com"))]
        email: String,
    }
    /// Redemption of a password reset link.
    CompletePasswordResetRequest {
        /// Token from the fragment of the link.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        token: Secret,
        /// New password, from 15 characters to 256 bytes.
        #[cfg_attr(feature = "openapi", schema(format = Password, value_type = String, min_length = 15, max_length = 256, example = "correct horse battery staple"))]
        password: Secret,
    }
    /// Update of the current user.
    UpdateMeRequest {
        /// Display name, 1 to 100 characters.
        #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 100))]
        name: Option<String>,
        /// Id of the account that becomes the active one.
        #[cfg_attr(feature = "openapi", schema(nullable = false, example = "acct_0199aaaaaaaa7000800000000000000b"))]
        active_account: Option<String>,
    }
}

responses! {
    /// A user.
    UserResponse {
        /// User id, `usr_…`.
        #[cfg_attr(feature = "openapi", schema(example = "usr_0199aaaaaaaa7000800000000000000a"))]
        id: String,
        /// Verified email, in canonical form.
        #[cfg_attr(feature = "openapi", schema(format = "email"))]
        email: String,
        /// Always `true`: a user is created only after the email was verified.
        email_verified: bool,
        /// Display name.
        name: String,
        /// Time of creation.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        created_at: String,
    }
    /// The signed-in user and their active account.
    SignedInResponse {
        /// User.
        user: UserResponse,
        /// Active account.
        account: AccountResponse,
    }
    /// Membership of the current user in an account.
    MembershipResponse {
        /// Account.
        account: AccountResponse,
        /// Role code of the current user.
        role: String,
    }
    /// The current user with memberships and active account.
    MeResponse {
        /// User.
        user: UserResponse,
        /// Memberships, personal accounts first: the first 1,000 and that in the active account.
        memberships: Vec<MembershipResponse>,
        /// Whether there are more memberships. `GET /v1/accounts` lists all of them in pages.
        more_memberships: bool,
        /// Id of the active account.
        active_account: String,
    }
    /// A session of a signed-in browser.
    SessionResponse {
        /// Session id, `ses_…`.
        id: String,
        /// Whether the request was made with this session.
        current: bool,
        /// `User-Agent` of the browser.
        user_agent: String,
        /// Time of sign-in.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        created_at: String,
        /// Time of the last request, accurate to five minutes.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        last_seen_at: String,
        /// Authenticator assurance level (NIST SP 800-63B-4): 1 or 2 factors.
        #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 2))]
        aal: u8,
        /// Methods of the last authentication (RFC 8176): `pwd`, `otp` (a mailed code, or one of an authenticator app), of a passkey `hwk`
        /// (bound to its device) or `swk`, with `user` where the authenticator verified the user; `mfa` with two factors. Not in the
        /// registry are `fed` (a provider or trusted issuer) and `rc` (a recovery code).
        amr: Vec<String>,
        /// Time of the last authentication: the sign-in, or a later one.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        auth_time: String,
    }
    /// A way of the current user to sign in.
    SignInMethodResponse {
        /// Id, `idn_…`.
        id: String,
        /// Kind: `password`, `email` for codes and links that are mailed, `passkey`, `provider`; or a second factor, which is no way to sign in
        /// by itself: `totp` for an authenticator app, `recovery` for recovery codes.
        #[cfg_attr(feature = "openapi", schema(example = "password"))]
        kind: String,
        /// Time at which it was added.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        created_at: String,
        /// Time of the last sign-in with it.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        last_used_at: Option<String>,
        /// Issuer of a provider.
        #[cfg_attr(feature = "openapi", schema(example = "https://accounts.google.com"))]
        issuer: Option<String>,
        /// Address as the provider told it last; no proof of anything.
        #[cfg_attr(feature = "openapi", schema(format = "email"))]
        email: Option<String>,
        /// Number of unused recovery codes, of the kind `recovery`.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(nullable = false, example = 10))]
        remaining: Option<u32>,
    }
    /// The ways to sign in that a deployment offers.
    DeploymentSignInMethodsResponse {
        /// Whether people sign in with a password.
        password: bool,
        /// Whether people sign in with a code by mail (`POST /v1/email-codes`).
        email_code: bool,
        /// Whether people sign in with a passkey.
        passkey: bool,
        /// Sign-in providers, in the order of the page.
        providers: Vec<SignInProviderResponse>,
    }
    /// A sign-in provider of a deployment.
    SignInProviderResponse {
        /// Id, part of its addresses.
        #[cfg_attr(feature = "openapi", schema(example = "google"))]
        id: String,
        /// Text of the button.
        title: String,
        /// Kind: `oidc` or `github`.
        #[cfg_attr(feature = "openapi", schema(example = "oidc"))]
        kind: &'static str,
    }
    /// Acknowledgement of an asynchronous operation, the same for every email.
    StatusResponse {
        /// Status: `verification-sent`, `reset-sent` or `code-sent`.
        #[cfg_attr(feature = "openapi", schema(example = "verification-sent"))]
        status: &'static str,
    }
}

impl StatusResponse {
    /// Response to every sign-up without the proof of an invitation mail.
    pub const VERIFICATION_SENT: StatusResponse = StatusResponse { status: "verification-sent" };
    /// Response to every request for a password reset.
    pub const RESET_SENT: StatusResponse = StatusResponse { status: "reset-sent" };
}

impl StatusResponse {
    /// Response to every request for a code.
    pub const CODE_SENT: StatusResponse = StatusResponse { status: "code-sent" };
}

impl DeploymentSignInMethodsResponse {
    /// The configured ways; `passkey`: whether the deployment's origin can have passkeys.
    pub fn new(config: &SignInConfig, passkey: bool) -> Self {
        let provider = |provider: &Provider| SignInProviderResponse {
            id: provider.id.to_string(),
            title: provider.title.clone(),
            kind: match provider.kind {
                ProviderKind::Github => "github",
                ProviderKind::Oidc { .. } => "oidc",
            },
        };
        DeploymentSignInMethodsResponse {
            password: config.password,
            email_code: config.email_code,
            passkey: passkey && config.passkey,
            providers: config.providers.iter().map(provider).collect(),
        }
    }
}

impl From<UpdateMeRequest> for ProfileUpdate {
    fn from(request: UpdateMeRequest) -> Self {
        ProfileUpdate { name: request.name, active_account: request.active_account }
    }
}

impl From<&User> for UserResponse {
    fn from(user: &User) -> Self {
        UserResponse {
            id: user.id.to_string(),
            email: user.email.as_str().to_owned(),
            email_verified: true,
            name: user.name.to_string(),
            created_at: user.created_at.to_string(),
        }
    }
}

impl From<&UserWithAccount> for SignedInResponse {
    fn from(joined: &UserWithAccount) -> Self {
        SignedInResponse { user: (&joined.user).into(), account: (&joined.account).into() }
    }
}

impl From<&Profile> for MeResponse {
    fn from(profile: &Profile) -> Self {
        let membership =
            |loaded: &AccountWithRole| MembershipResponse { account: AccountResponse::from(loaded), role: loaded.role.to_string() };
        MeResponse {
            user: (&profile.user).into(),
            memberships: profile.memberships.iter().map(membership).collect(),
            more_memberships: profile.more,
            active_account: profile.user.active_account.to_string(),
        }
    }
}

impl SessionResponse {
    /// Builds the response for the owner of the session; `current` is the id of the session of the request.
    pub fn new(session: &Session, current: SessionId) -> Self {
        SessionResponse {
            id: session.id.to_string(),
            current: session.id == current,
            user_agent: session.user_agent.clone(),
            created_at: session.created_at.to_string(),
            last_seen_at: session.last_seen_at.to_string(),
            aal: session.authentication.level.number(),
            amr: session.authentication.amr(),
            auth_time: session.authentication.at.to_string(),
        }
    }
}

impl From<&SignInMethod> for SignInMethodResponse {
    fn from(method: &SignInMethod) -> Self {
        SignInMethodResponse {
            id: method.id.to_string(),
            kind: method.kind.as_str().to_owned(),
            created_at: method.created_at.to_string(),
            last_used_at: method.last_used_at.map(|at| at.to_string()),
            issuer: method.told_by.as_ref().map(|(issuer, _)| issuer.clone()),
            email: method.told_by.as_ref().and_then(|(_, email)| email.as_ref()).map(|email| email.as_str().to_owned()),
            remaining: method.remaining,
        }
    }
}
