//! Operations of people: sign-up, sign-in by each way, sessions, and what belongs to the current user.

use super::parameters::{PAGE, PROVIDER_SIGN_IN};
use super::{DONE, delete, get, patch, post, put, schema, with};
use crate::dto;
use crate::problem::ProblemCode as P;
use crate::route::Operation as Op;
use crate::route::{Route, SuccessResponse, Tag};

/// The routes of people.
pub(super) const PEOPLE: &[Route] = &[
    // Sign-up and passwords
    post("/v1/signup", Op::SignUp, Tag::SignUp)
        .summary("Sign up", "Mails a verification link that is valid for 24 hours; redeeming it creates the user and their personal account. The response is the same for every email, registered or not. If `invitation` carries the token and proof of an invitation mail and `email` is the invited one, the email counts as verified: the user is created, joins the team and is signed in at once.")
        .request_body(schema!(SignUpRequest))
        .responses(&[with!(202 StatusResponse "The sign-up was accepted. The response is the same for every email."), with!(201 SignedInResponse "The user was created, joined the inviting team and is signed in.")])
        .errors(&[P::InviterLacksPermission, P::LimitReached, P::TooManySignIns, P::SignInMethodDisabled])
        .auth_rate_limit(),
    post("/v1/email-verifications", Op::VerifyEmail, Tag::SignUp)
        .summary("Verify an email", "Redeems the token of a verification link: creates the user and their personal account, and signs the user in. If the same email signed up several times, the first redeemed link wins. With `browser_key`, the password of the sign-up is used only if the sign-up was sent with the same key; with `password`, that password is used instead.")
        .request_body(schema!(VerifyEmailRequest))
        .responses(&[with!(201 SignedInResponse "The user was created and is signed in.")])
        .errors(&[P::VerificationNotFound, P::VerificationElsewhere, P::VerificationOver, P::TooManySignIns, P::SignInMethodDisabled])
        .auth_rate_limit(),
    post("/v1/password-resets", Op::RequestPasswordReset, Tag::SignUp)
        .summary("Request a password reset", "Mails a reset link that is valid for 30 minutes if a user has this email. The response is the same for every email.")
        .request_body(schema!(RequestPasswordResetRequest))
        .responses(&[with!(202 StatusResponse "The request was accepted. The response is the same for every email.")])
        .errors(&[P::SignInMethodDisabled])
        .auth_rate_limit(),
    put("/v1/password-resets", Op::CompletePasswordReset, Tag::SignUp)
        .summary("Complete a password reset", "Redeems the token of a reset link and sets a new password. Ends every session of the user.")
        .request_body(schema!(CompletePasswordResetRequest))
        .responses(DONE)
        .errors(&[P::VerificationNotFound, P::ResetOver, P::TooManySignIns, P::SignInMethodDisabled])
        .auth_rate_limit(),
    // Sessions
    get("/v1/sign-in-methods", Op::DescribeSignIn, Tag::Sessions)
        .summary("List the ways to sign in", "Returns the ways to sign in that this deployment offers, for a sign-in page.")
        .responses(&[with!(200 DeploymentSignInMethodsResponse "The ways to sign in.")])
        .max_round_trips(0),
    post("/v1/email-codes", Op::RequestEmailCode, Tag::Sessions)
        .summary("Request a code by mail", "Mails a one-time code of eight digits, if a user has this email. It is valid for ten minutes in the browser that asked for it, and replaces the one that this browser asked for before. The response is the same for every email.")
        .request_body(schema!(RequestEmailCodeRequest))
        .responses(&[with!(202 StatusResponse "The request was accepted. The response is the same for every email.")])
        .errors(&[P::SignInMethodDisabled])
        .auth_rate_limit(),
    post("/v1/sessions", Op::SignIn, Tag::Sessions)
        .summary("Sign in", "Creates a session and sets the session cookie. A user with an authenticator app gets `second-factor-required` instead, unless a passkey has verified them; `POST /v1/sessions/second-factor` then finishes the sign-in. The body has an email with a password or a code, or a passkey: a response to `POST /v1/passkeys/authentication-options` in this browser. A session ends after 30 days, or after 7 days without a request.")
        .request_body(schema!(SignInRequest))
        .responses(&[with!(201 SignedInResponse "The user is signed in.")])
        .errors(&[P::CodeInvalid, P::CredentialsInvalid, P::PasskeyInvalid, P::PasswordResetAdvised, P::TooManySignIns, P::NotFound, P::SignInMethodDisabled, P::SecondFactorRequired])
        .auth_rate_limit(),
    post("/v1/sessions/second-factor", Op::FinishSignIn, Tag::Sessions)
        .summary("Finish a sign-in", "Gives the second factor of a sign-in that `second-factor-required` was the response to, in the same browser and within ten minutes: a code of the authenticator app, a recovery code, or a passkey of the user. Creates a session of two factors (`aal` 2) and sets the session cookie. After a wrong code the sign-in still waits; wrong codes are counted by user, like wrong passwords.")
        .request_body(schema!(FinishSignInRequest))
        .responses(&[with!(201 SignedInResponse "The user is signed in.")])
        .errors(&[P::SecondFactorExpired, P::CodeInvalid, P::PasskeyInvalid, P::NotFound])
        .auth_rate_limit(),
    get("/v1/sessions", Op::ListSessions, Tag::Sessions)
        .session()
        .summary("List sessions", "Returns the sessions of the current user, newest first.")
        .query(PAGE)
        .responses(&[with!(200 SessionListResponse "A page of sessions.")]),
    delete("/v1/sessions/current", Op::SignOut, Tag::Sessions)
        .summary("Sign out", "Ends the current session and clears the session cookie. Without a session, only the cookie is cleared.")
        .responses(DONE),
    delete("/v1/sessions/{session}", Op::EndSession, Tag::Sessions).session().summary("Revoke a session", "Ends one session of the current user.").responses(DONE).errors(&[P::SessionNotFound]),
    post("/v1/sessions/current/reauthentication", Op::Reauthenticate, Tag::Sessions)
        .session()
        .summary("Authenticate again", "Proves again who the user of the current session is, and gives the session a new token in the session cookie; the previous token ends. Routes that are hard to undo ask for it with `reauthentication-required`, once the last authentication is more than five minutes old or of one factor where the user has two. A code of the authenticator app or a recovery code counts together with the first factor of the session as two factors.")
        .request_body(schema!(ReauthenticateRequest))
        .responses(&[with!(200 SessionResponse "The session, with the time of its new authentication.")])
        .errors(&[P::CodeInvalid, P::CredentialsInvalid, P::PasskeyInvalid, P::PasswordResetAdvised, P::TooManySignIns, P::NotFound, P::SignInMethodDisabled])
        .auth_rate_limit(),
    // Me
    get("/v1/me", Op::GetMe, Tag::Profile)
        .session()
        .summary("Retrieve the current user", "Returns the current user with their memberships and active account.")
        .responses(&[with!(200 MeResponse "The current user.")]),
    get("/v1/me/sign-in-methods", Op::ListSignInMethods, Tag::Profile)
        .session()
        .summary("List your ways to sign in", "Returns the ways of the current user to sign in and their second factors, oldest first. There is one page.")
        .responses(&[with!(200 SignInMethodListResponse "The ways to sign in.")]),
    delete("/v1/me/sign-in-methods/{method}", Op::RemoveSignInMethod, Tag::Profile)
        .session()
        .fresh()
        .summary("Remove a way to sign in", "Removes a password, a passkey, a provider or a second factor of the current user. The mailbox stays. An authenticator app goes with its recovery codes.")
        .responses(DONE)
        .errors(&[P::SignInMethodNotFound, P::LastSignInMethod]),
    put("/v1/password", Op::ChangePassword, Tag::Profile)
        .session()
        .fresh()
        .summary("Set your password", "Sets the password of the current user, who may have had none, ends their other sessions, and tells them by mail.")
        .request_body(schema!(ChangePasswordRequest))
        .responses(DONE)
        .errors(&[P::TooManySignIns, P::SignInMethodDisabled])
        .auth_rate_limit(),
    // Second factors
    post("/v1/totp", Op::StartTotp, Tag::Profile)
        .session()
        .fresh()
        .summary("Set up an authenticator app", "Returns the secret of a new authenticator app (TOTP, RFC 6238), in place of one that was not confirmed. Nothing asks for its codes until it is confirmed with one (`PUT /v1/totp`).")
        .responses(&[with!(201 TotpResponse "The secret.")])
        .errors(&[P::TotpExists, P::TotpNotFound])
        .auth_rate_limit(),
    put("/v1/totp", Op::ConfirmTotp, Tag::Profile)
        .session()
        .fresh()
        .summary("Confirm an authenticator app", "Confirms the app that was set up by a code that it shows. From then on every sign-in of the current user asks for a second factor. The session is of two factors and gets a new token in the session cookie; the user is told by mail.")
        .request_body(schema!(ConfirmTotpRequest))
        .responses(&[with!(200 SessionResponse "The session, with its new authentication.")])
        .errors(&[P::CodeInvalid, P::TotpNotFound, P::TotpExists])
        .auth_rate_limit(),
    delete("/v1/totp", Op::RemoveTotp, Tag::Profile)
        .session()
        .fresh()
        .summary("Remove the authenticator app", "Removes the authenticator app and the recovery codes of the current user, and tells them by mail. Sign-ins no longer ask for a second factor.")
        .responses(DONE)
        .errors(&[P::TotpNotFound]),
    post("/v1/recovery-codes", Op::CreateRecoveryCodes, Tag::Profile)
        .session()
        .fresh()
        .summary("Create recovery codes", "Returns ten recovery codes, each of which replaces the second factor once, in place of those of before. The current user, who must have a confirmed authenticator app, is told by mail.")
        .responses(&[with!(201 RecoveryCodesResponse "The codes.")])
        .errors(&[P::TotpNotFound])
        .auth_rate_limit(),
    // Passkeys
    post("/v1/passkeys/registration-options", Op::StartPasskeyRegistration, Tag::Passkeys)
        .session()
        .fresh()
        .summary("Start the registration of a passkey", "Returns the options for `navigator.credentials.create()`, as `PublicKeyCredential.parseCreationOptionsFromJSON()` reads them. The challenge is valid once, for five minutes and in this browser, which a cookie tells. 404 `not-found` where the deployment has no passkeys.")
        .responses(&[with!(200 PasskeyRegistrationOptionsResponse "The options.")])
        .errors(&[P::LimitReached, P::NotFound, P::FieldsInvalid])
        .read_only()
        .max_round_trips(1),
    post("/v1/passkeys", Op::RegisterPasskey, Tag::Passkeys)
        .session()
        .fresh()
        .summary("Register a passkey", "Registers the passkey that the browser made from the options. A user has at most 20.")
        .request_body(schema!(RegisterPasskeyRequest))
        .responses(&[with!(201 PasskeyResponse "The passkey.")])
        .errors(&[P::PasskeyExists, P::LimitReached, P::NotFound])
        .auth_rate_limit(),
    get("/v1/passkeys", Op::ListPasskeys, Tag::Passkeys)
        .session()
        .summary("List your passkeys", "Returns the passkeys of the current user, oldest first. There is one page.")
        .responses(&[with!(200 PasskeyListResponse "The passkeys.")]),
    patch("/v1/passkeys/{passkey}", Op::UpdatePasskey, Tag::Passkeys)
        .session()
        .summary("Rename a passkey", "Sets the label of a passkey of the current user.")
        .request_body(schema!(UpdatePasskeyRequest))
        .responses(&[with!(200 PasskeyResponse "The updated passkey.")])
        .errors(&[P::PasskeyNotFound]),
    delete("/v1/passkeys/{passkey}", Op::RemovePasskey, Tag::Passkeys)
        .session()
        .fresh()
        .summary("Remove a passkey", "Removes a passkey of the current user, who must keep another way to sign in.")
        .responses(DONE)
        .errors(&[P::PasskeyNotFound, P::LastSignInMethod]),
    post("/v1/passkeys/authentication-options", Op::StartPasskeyAuthentication, Tag::Passkeys)
        .summary("Start an authentication with a passkey", "Returns the options for `navigator.credentials.get()`, as `PublicKeyCredential.parseRequestOptionsFromJSON()` reads them, for `POST /v1/sessions` and `POST /v1/sessions/current/reauthentication`. They name no passkeys and are the same for everybody; the browser offers those that it finds. The challenge is valid once, for five minutes and in this browser, which a cookie tells. 404 `not-found` where the deployment has no passkeys.")
        .responses(&[with!(200 PasskeyAuthenticationOptionsResponse "The options.")])
        .errors(&[P::NotFound, P::FieldsInvalid])
        .read_only()
        .max_round_trips(0),
    patch("/v1/me", Op::UpdateMe, Tag::Profile)
        .session()
        .summary("Update the current user", "Sets the name, the active account, or both. Omitted fields keep their values.")
        .request_body(schema!(UpdateMeRequest))
        .responses(&[with!(200 MeResponse "The updated user.")])
        .errors(&[P::AccountNotFound]),
    // Sign-in providers
    get("/v1/providers/{provider}/authorize", Op::StartProviderSignIn, Tag::Providers)
        .summary("Sign in at a provider", "Redirects the browser to a provider of `GET /v1/sign-in-methods`. A link or a navigation of the page leads here, not `fetch`. The sign-in is bound to the browser by a cookie that lives for ten minutes. With `purpose=link`, the signed-in user connects a person at the provider; with `purpose=reauthenticate`, they authenticate again (not at GitHub, which does not say when a person authenticated: `/sign-in?error=provider-refused`); without a session, or from a page of another site, the browser is redirected to `/sign-in`. If the provider does not respond, the browser is redirected to `/sign-in?error=provider-unavailable`.")
        .query(PROVIDER_SIGN_IN)
        .responses(&[SuccessResponse::new(302, None, "To the provider."), SuccessResponse::new(303, None, "To the page that tells why not.")])
        .errors(&[P::NotFound])
        .auth_rate_limit(),
    get("/v1/providers/{provider}/callback", Op::FinishProviderSignIn, Tag::Providers)
        .summary("Return from a provider", "Where a provider sends the browser back to, with the parameters of RFC 6749 section 4.1.2 and RFC 9207. A person who is connected with a user is signed in and sent to `return_to`; where the user has an authenticator app, the sign-in waits for the second factor, and the browser goes to `/sign-in?second_factor=true&next=…`. A person whose mailbox the provider proves, and which is no user's, becomes a user. Any other person waits in a cookie for ten minutes to be connected, and the browser goes to `/link`. If the sign-in came to nothing, the browser goes to `/sign-in?error=…&provider=…` with one of `provider-cancelled`, `provider-expired`, `provider-not-started`, `provider-mismatch`, `provider-refused`, `provider-unavailable`, `provider-invalid` and `identity-taken`, and nothing was changed.")
        .responses(&[SuccessResponse::new(303, None, "To the page that follows.")])
        .errors(&[P::NotFound])
        .auth_rate_limit()
        .max_round_trips(2),
    get("/v1/provider-link", Op::GetProviderLink, Tag::Providers)
        .summary("Retrieve the waiting person", "Returns the person at a provider who waits in this browser to be connected with a user.")
        .responses(&[with!(200 ProviderLinkResponse "The person.")])
        .errors(&[P::ProviderLinkNotFound])
        .max_round_trips(0),
    post("/v1/provider-link", Op::ConnectProvider, Tag::Providers)
        .session()
        .fresh()
        .summary("Connect the waiting person", "Connects the person at a provider who waits in this browser with the current user, who then signs in by that provider. Connecting again changes nothing.")
        .responses(&[with!(200 SignInMethodResponse "The new way to sign in.")])
        .errors(&[P::ProviderLinkNotFound, P::IdentityTaken, P::LimitReached])
        .auth_rate_limit(),
    delete("/v1/provider-link", Op::DropProviderLink, Tag::Providers)
        .summary("Forget the waiting person", "Clears the cookie of the person who waits in this browser.")
        .responses(DONE)
        .read_only()
        .max_round_trips(0),
    post("/v1/sessions/exchange", Op::ExchangeToken, Tag::Providers)
        .summary("Sign in by the token of a trusted issuer", "Creates a session from a JWT of an issuer that the deployment lists in `sign-in.json`, and sets the session cookie. The token is signed with RS256, ES256 or EdDSA, has `iss`, `sub`, `aud`, `iat`, `exp`, `jti` and `kid`, is at most five minutes old, and is accepted once. A person whose address is in a domain for which the issuer is authoritative becomes a user, or is connected with the user of that address.")
        .request_body(schema!(ExchangeTokenRequest))
        .responses(&[with!(201 SignedInResponse "The user is signed in.")])
        .errors(&[P::IssuerTokenInvalid, P::IdentityUnconnected, P::LimitReached, P::IssuerUnavailable, P::SecondFactorRequired])
        .auth_rate_limit(),
];
