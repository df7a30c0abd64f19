//! Lookups: the data that a decision can ask for, each declared once with the slot of the snapshot that it fills.
//!
//! A new lookup is one entry of `lookups!` here, one function in `store::lookups` with its SQL and row reader, and one
//! accessor of the tracked snapshot, which says what a change may rest on. A single value is a [`Fact`], which needs none of these.

use super::authzen_entities::LoadedEntities;
use super::fact::{Fact, FactValue};
use super::slot_map::SlotMap;
use super::snapshot_values::{InvitationMails, ResolvedCredential, TeamContents};
use crate::credential::lockout::Attempts;
use crate::domain::account::{Account, Membership};
use crate::domain::api_key::ApiKey;
use crate::domain::attribute_policy::AttributePolicy;
use crate::domain::audit::{AuditFilter, Event};
use crate::domain::email::Email;
use crate::domain::email_code::EmailCode;
use crate::domain::id::{AccountId, ApiKeyId, InvitationId, ResetId, SessionId, SignupId, UserId};
use crate::domain::identity::{SignInMethod, StoredPassword};
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::passkey::{CredentialId, Passkey};
use crate::domain::provider_identity::{IssuerSubject, ProviderIdentity};
use crate::domain::role::{CustomRole, RoleCode};
use crate::domain::second_factor::SecondFactors;
use crate::domain::secret_hashes::SecretHash;
use crate::domain::session::{PasswordReset, Session, Signup};
use crate::domain::time::Timestamp;
use crate::domain::user::User;

/// The enum [`Lookup`] and the struct [`Snapshot`] from one declaration: `Variant(arguments) => slot: type, …`. A lookup without
/// a slot fills slots of others.
macro_rules! lookups {
    ($($(#[$doc:meta])* $name:ident $(($($argument:ty),*))? $(=> $($slot:ident: $type:ty),+)?;)*) => {
        /// Data to be loaded for a decision: one constant statement in `store`, and one or more slots of the [`Snapshot`].
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum Lookup { $($(#[$doc])* $name $(($($argument),*))?,)* }

        impl Lookup {
            /// The name of every lookup: a test of the store asks for the query plan of each.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The lookup's name.
            pub fn name(&self) -> &'static str {
                match self { $(lookups!(@pattern $name $(($($argument),*))?) => stringify!($name),)* }
            }
        }

        /// The data loaded in one batch, which is one transaction. `None` in a slot means that the lookup found nothing; an absent
        /// key means that nothing was looked up.
        #[derive(Clone, Debug, Default)]
        #[expect(missing_docs, reason = "each slot is described by the lookup that fills it")]
        pub struct Snapshot {
            pub credential: ResolvedCredential,
            $($($(pub $slot: $type,)+)?)*
        }

        #[cfg(any(test, feature = "testing"))]
        impl Lookup {
            /// Copies the slots that the lookup declares as a whole: what a fixture of one account finds for it.
            pub fn copy_slots(&self, stored: &Snapshot, to: &mut Snapshot) {
                match self { $(lookups!(@pattern $name $(($($argument),*))?) => { $($(to.$slot.clone_from(&stored.$slot);)+)? })* }
            }
        }

        #[cfg(any(test, feature = "testing"))]
        impl Snapshot {
            /// Every slot by name, with a function that empties it.
            pub(crate) const SLOT_CLEARERS: &'static [(&'static str, fn(&mut Snapshot))] =
                &[$($($((stringify!($slot), |snapshot| snapshot.$slot = Default::default()),)+)?)*];
        }
    };
    (@pattern $name:ident) => { Lookup::$name };
    (@pattern $name:ident ($($argument:ty),*)) => { Lookup::$name(..) };
}

lookups! {
    /// The caller in an account: the credential, the account, the caller's membership and the custom roles, in one statement.
    CallerIn(AccountRef);
    /// The caller by session and an invitation with what it rests on: [`Lookup::InvitationWithInviter`], and the caller's
    /// membership of its account, in one statement.
    CallerAndInvitation(InvitationId);
    /// An invitation, its account, the account's custom roles and the inviter's membership, in one statement.
    InvitationWithInviter(InvitationId);
    /// Whether an email can be invited, in one statement: its membership, its pending invitation, and where a time is given the
    /// invitation mails since then.
    InviteeByEmail(AccountId, Email, Option<Timestamp>);
    /// An account.
    Account(AccountRef) => accounts: SlotMap<AccountId, Option<Account>>;
    /// A membership.
    Member(AccountRef, UserRef) => members: SlotMap<(AccountId, UserId), Option<Membership>>;
    /// All custom roles of an account.
    Roles(AccountRef) => roles: SlotMap<AccountId, Vec<CustomRole>>;
    /// A user; by email, also the id of the email's user.
    User(UserRef) => users: SlotMap<UserId, Option<User>>, emails: SlotMap<Email, Option<UserId>>;
    /// The user of an email with the stored password.
    Credential(Email) => credentials: SlotMap<Email, Option<(User, StoredPassword)>>;
    /// The stored password of the caller by session; None if they have none.
    CallerPassword => caller_password: Option<Option<StoredPassword>>;
    /// The ways of a user to sign in.
    SignInMethods(UserRef) => sign_in_methods: SlotMap<UserId, Vec<SignInMethod>>;
    /// The second factors of a user.
    SecondFactors(UserRef) => second_factors: SlotMap<UserId, SecondFactors>;
    /// A user whose sign-in waits for a second factor: with their second factors, their active account and their membership of it, in
    /// one statement.
    UserWithSecondFactors(UserId);
    /// A passkey by its credential id, with its user, their second factors, their active account and their membership of it, in one
    /// statement.
    Passkey(CredentialId) => passkeys: SlotMap<CredentialId, Option<Passkey>>;
    /// The passkeys of the caller by session, oldest first.
    CallerPasskeys => caller_passkeys: Option<Vec<Passkey>>;
    /// The identity of a person at an issuer, with its user, their second factors, their active account and their membership of it, in
    /// one statement.
    ProviderIdentity(IssuerSubject) => provider_identities: SlotMap<IssuerSubject, Option<ProviderIdentity>>;
    /// An invitation.
    Invitation(InvitationId) => invitations: SlotMap<InvitationId, Option<Invitation>>;
    /// A fact.
    Fact(Fact) => facts: SlotMap<Fact, FactValue>;
    /// The number of invitation mails to an address, and of invitations sent by an account, since a time.
    InvitationMails(AccountId, Addressee, Timestamp) => invitation_mails: SlotMap<AccountId, InvitationMails>;
    /// The ids of everything that Delete Team ends.
    TeamContents(AccountId) => contents: SlotMap<AccountId, TeamContents>;
    /// Whether an API key of the account that is not revoked has expired at this time.
    ExpiredApiKey(AccountId, Timestamp) => expired_api_keys: SlotMap<AccountId, bool>;
    /// Whether an invitation of the account that is stored as pending has expired at this time.
    ExpiredInvitation(AccountId, Timestamp) => expired_invitations: SlotMap<AccountId, bool>;
    /// A sign-up, and the user of its email.
    PendingSignup(SignupId) => signups: SlotMap<SignupId, Option<Signup>>;
    /// The number of sign-ups of an email since a time.
    SignupsSince(Email, Timestamp) => signups_since: SlotMap<Email, i64>;
    /// A password reset, and its user.
    PasswordReset(ResetId) => resets: SlotMap<ResetId, Option<PasswordReset>>;
    /// The number of password resets of an email since a time.
    ResetsSince(Email, Timestamp) => resets_since: SlotMap<Email, i64>;
    /// The newest open code of an address and a browser.
    OpenEmailCode(CodeAddressee, SecretHash) => open_email_code: Option<Option<EmailCode>>;
    /// The number of codes of an email from a network since the first time, and from all networks since the second.
    EmailCodesSince(Email, String, Timestamp, Timestamp) => email_codes_since: SlotMap<Email, (i64, i64)>;
    /// Failed codes of a user: of their authenticator app, and recovery codes.
    SecondFactorAttempts(UserRef);
    /// Failed sign-ins in a scope.
    Attempts(String) => attempts: SlotMap<String, Option<Attempts>>;
    /// A session of the caller.
    CallerSession(SessionId) => caller_sessions: SlotMap<SessionId, Option<Session>>;
    /// An API key.
    ApiKey(ApiKeyId) => api_keys: SlotMap<ApiKeyId, Option<ApiKey>>;
    /// The attribute policy of an account.
    AttributePolicy(AccountRef) => attribute_policies: SlotMap<AccountId, Option<AttributePolicy>>;
    /// Members and API keys that AuthZEN evaluations and searches need.
    Authzen(AccountRef, AuthzenLookup) => authzen: LoadedEntities;
    /// The caller's first memberships, and the one of the active account.
    CallerMemberships => caller_memberships: Option<Vec<(Account, RoleCode)>>;
    /// A page of the caller's memberships.
    CallerMembershipPage(Page);
    /// A page of the caller's sessions that are live at this time.
    CallerSessionPage(Timestamp, Page) => caller_session_page: Option<Vec<Session>>;
    /// A page of an account's members.
    MemberPage(AccountId, Page) => member_page: Option<Vec<(Membership, User)>>;
    /// A page of an account's invitations at this time, of one state or of all.
    InvitationPage(AccountId, Option<InvitationState>, Timestamp, Page) => invitation_page: Option<Vec<Invitation>>;
    /// A page of an account's API keys that are not revoked.
    ApiKeyPage(AccountId, Page) => api_key_page: Option<Vec<ApiKey>>;
    /// A page of an account's audit log.
    AuditPage(AccountId, AuditFilter, Page) => audit_page: Option<Vec<Event>>;
    /// The first events of an account's audit log without a hash, at most this many, and the hash before them.
    Unsealed(AccountId, u32) => unsealed: Option<(String, Vec<Event>)>;
}

/// An account, by its id or by a reference that the database resolves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AccountRef {
    /// By its id.
    Id(AccountId),
    /// The account of an invitation.
    OfInvitation(InvitationId),
    /// The active account of a user; for a caller by API key, the account of the key.
    ActiveOf(UserRef),
}

/// A user, by id or by a reference that the database resolves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UserRef {
    /// By id.
    Id(UserId),
    /// The user of the request's credential: the signed-in user, the subject of the token, the creator of the API key.
    Caller,
    /// The inviter of an invitation.
    Inviter(InvitationId),
    /// The user of an email.
    Email(Email),
}

/// The addressee of an invitation, by address or by the invitation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Addressee {
    /// By address.
    Email(Email),
    /// The address of an invitation.
    Of(InvitationId),
}

/// The addressee of a code, by address or as the signed-in user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CodeAddressee {
    /// By address.
    Email(Email),
    /// The user of the session.
    Caller,
}

/// Members and API keys of an account for AuthZEN, each in one statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AuthzenLookup {
    /// The members with these ids or emails.
    Members(Vec<String>),
    /// These API keys of the account.
    Keys(Vec<ApiKeyId>),
    /// Members in order of ids after this one, at most as many as a search scans for a page.
    NextMembers(String, u32),
    /// API keys that are not revoked, in order of ids after this one, at most as many as a search scans for a page.
    NextKeys(String, u32),
}

/// A page of a list: the items after `after`, at most `limit`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The sort key of the last item of the page before; None for the first page.
    pub after: Option<String>,
    /// Most items.
    pub limit: u32,
}

impl Page {
    /// Items of a page where the request names no limit.
    pub const LIMIT_DEFAULT: u32 = 50;
    /// Most items of a page; a larger limit is reduced to this.
    pub const LIMIT_MAX: u32 = 200;
}
