//! People: signing up and in, sessions, who the caller is.

use super::{AccountResponse, requests, responses};
use crate::decode::Secret;
use rolecall_core::decision::accounts::AccountWithRole;
use rolecall_core::decision::joining::Joined;
use rolecall_core::decision::profile::Profile;
use rolecall_core::domain::id::SessionId;
use rolecall_core::domain::session::Session;
use rolecall_core::domain::user::User;

requests! {
    /// An email to be proven, and the password that goes with it.
    SignUpRequest {
        /// Where the verification link goes.
        #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "ada@example.com"))]
        email: String,
        /// 15 characters to 256 bytes; common, repetitive and context words are refused.
        #[cfg_attr(feature = "openapi", schema(format = Password, value_type = String, min_length = 15, max_length = 256, example = "correct horse battery staple"))]
        password: Secret,
        /// Shown to the members of one's teams; taken from the email where it is absent.
        #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 100, example = "Ada Lovelace"))]
        name: Option<String>,
        /// From the link in an invitation mail: whoever holds both is verified and joins at once.
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        invitation: Option<InvitationProofRequest>,
        /// A secret of the page that signs up, kept in this browser: see the redemption of the verification link.
        #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<String>, min_length = 16, max_length = 128))]
        browser_key: Option<Secret>,
    }
    /// What the link of an invitation mail carries.
    InvitationProofRequest {
        /// The link's token.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        token: Secret,
        /// The mail's proof.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        proof: Secret,
    }
    /// The token of a verification link.
    ///
    /// Whoever can type an email can sign up with it and a password of their own. So a page sends what shows that the
    /// sign-up was made in this browser, and where it was not, the password that its user chooses now.
    VerifyEmailRequest {
        /// From the link's fragment.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        token: Secret,
        /// What the sign-up was sent with. Another one, without a `password`, is answered with `verification-elsewhere`.
        #[cfg_attr(feature = "openapi", schema(nullable = false, value_type = Option<String>, min_length = 16, max_length = 128))]
        browser_key: Option<Secret>,
        /// Takes the place of the sign-up's password.
        #[cfg_attr(feature = "openapi", schema(nullable = false, format = Password, value_type = Option<String>, min_length = 15, max_length = 256))]
        password: Option<Secret>,
    }
    /// Email and password.
    SignInRequest {
        /// The account holder's email.
        #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "ada@example.com"))]
        email: String,
        /// The password, exactly as it was chosen.
        #[cfg_attr(feature = "openapi", schema(format = Password, value_type = String, min_length = 15, max_length = 256, example = "correct horse battery staple"))]
        password: Secret,
    }
    /// Whose password is lost.
    RequestPasswordResetRequest {
        /// Where the reset link goes, if there is an account.
        #[cfg_attr(feature = "openapi", schema(format = "email", max_length = 254, example = "ada@example.com"))]
        email: String,
    }
    /// The token of a reset link, and the new password.
    CompletePasswordResetRequest {
        /// From the link's fragment.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        token: Secret,
        /// 15 characters to 256 bytes.
        #[cfg_attr(feature = "openapi", schema(format = Password, value_type = String, min_length = 15, max_length = 256, example = "correct horse battery staple"))]
        password: Secret,
    }
    /// What to change about oneself.
    UpdateMeRequest {
        /// Shown name.
        #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 100))]
        name: Option<String>,
        /// Id of the account to act in.
        #[cfg_attr(feature = "openapi", schema(nullable = false, example = "acct_0199aaaaaaaa7000800000000000000b"))]
        active_account: Option<String>,
    }
}

responses! {
    /// A person who signs in.
    UserResponse {
        /// `usr_…`
        #[cfg_attr(feature = "openapi", schema(example = "usr_0199aaaaaaaa7000800000000000000a"))]
        id: String,
        /// Proven, in canonical form.
        #[cfg_attr(feature = "openapi", schema(format = "email"))]
        email: String,
        /// Always true: a user exists only once their email is proven.
        email_verified: bool,
        /// Shown name.
        name: String,
        /// When they signed up.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        created_at: String,
    }
    /// Who is signed in now, and the account they act in.
    SignedInResponse {
        /// Who.
        user: UserResponse,
        /// The active account.
        account: AccountResponse,
    }
    /// The caller's place in an account.
    MembershipResponse {
        /// The account.
        account: AccountResponse,
        /// The caller's role code.
        role: String,
    }
    /// The caller, where they belong, and where they act.
    MeResponse {
        /// Who.
        user: UserResponse,
        /// Accounts they belong to, personal ones first: the first 1,000, and the one they act in.
        memberships: Vec<MembershipResponse>,
        /// Whether they belong to more: `GET /v1/accounts` lists all of them, by pages.
        more_memberships: bool,
        /// Id of the account they act in.
        active_account: String,
    }
    /// A signed-in browser.
    SessionResponse {
        /// `ses_…`
        id: String,
        /// Whether this very request came with it.
        current: bool,
        /// The browser's own words.
        user_agent: String,
        /// When signed in.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        created_at: String,
        /// Last use, up to five minutes old.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        last_seen_at: String,
    }
    /// Something was set going; the same for everybody.
    StatusResponse {
        /// What.
        #[cfg_attr(feature = "openapi", schema(example = "verification-sent"))]
        status: &'static str,
    }
}

impl StatusResponse {
    /// The answer to every sign-up that is not one by invitation mail.
    pub const VERIFICATION_SENT: StatusResponse = StatusResponse { status: "verification-sent" };
    /// The answer to every request for a password reset.
    pub const RESET_SENT: StatusResponse = StatusResponse { status: "reset-sent" };
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

impl From<&Joined> for SignedInResponse {
    fn from(joined: &Joined) -> Self {
        SignedInResponse { user: (&joined.user).into(), account: (&joined.account).into() }
    }
}

impl From<&Profile> for MeResponse {
    fn from(me: &Profile) -> Self {
        let membership =
            |answer: &AccountWithRole| MembershipResponse { account: AccountResponse::from(answer), role: answer.role.to_string() };
        MeResponse {
            user: (&me.user).into(),
            memberships: me.memberships.iter().map(membership).collect(),
            more_memberships: me.more,
            active_account: me.user.active_account.to_string(),
        }
    }
}

impl SessionResponse {
    /// A session as its owner sees it; `current` is the one that asks.
    pub fn seen(session: &Session, current: SessionId) -> Self {
        SessionResponse {
            id: session.id.to_string(),
            current: session.id == current,
            user_agent: session.user_agent.clone(),
            created_at: session.created_at.to_string(),
            last_seen_at: session.last_seen_at.to_string(),
        }
    }
}
