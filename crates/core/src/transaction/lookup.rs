//! What a decision can ask to have loaded.

use crate::domain::audit::AuditFilter;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, ApiKeyId, InvitationId, ResetId, SessionId, SignupId, UserId};
use crate::domain::invitation::InvitationState;
use crate::domain::role::RoleCode;
use crate::domain::time::Timestamp;

/// An account, named directly or through what is known before loading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AccountRef {
    /// By its id.
    Id(AccountId),
    /// The one that an invitation leads to.
    OfInvitation(InvitationId),
    /// The one that a user acts in; for the caller by API key, the key's own.
    ActiveOf(UserRef),
}

/// A user, named directly or through what is known before loading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UserRef {
    /// By id.
    Id(UserId),
    /// Whom the request's credential belongs to: who is signed in, whom the token is about, who made the API key.
    Caller,
    /// Who sent an invitation.
    Inviter(InvitationId),
    /// Who has this email.
    Email(Email),
}

/// Whom an invitation goes to, named directly or through the invitation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Addressee {
    /// By address.
    Email(Email),
    /// The one of an invitation.
    Of(InvitationId),
}

/// Something to load. Each is one constant statement in `store`, and one or more slots of the [`Snapshot`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lookup {
    /// The account's row.
    Account(AccountRef),
    /// A membership, or that there is none.
    Member(AccountRef, UserRef),
    /// The account's custom roles, all of them.
    Roles(AccountRef),
    /// A user's row, or that there is none.
    User(UserRef),
    /// Who has an email: a user with the password's hash, or nobody.
    Credential(Email),
    /// An invitation.
    Invitation(InvitationId),
    /// The invitation that is pending for an email.
    PendingInvitation(AccountId, Email),
    /// Whether a role is held by a member, or offered by an invitation that waits at this time.
    RoleUse(AccountId, RoleCode, Timestamp),
    /// Whether whoever has an email is a member of the account.
    MemberByEmail(AccountId, Email),
    /// How many invitation mails went to an address, and how many invitations an account sent, since a time.
    InvitationMails(AccountId, Addressee, Timestamp),
    /// Whether a user owns another account than this.
    OwnsAnother(UserRef, AccountId),
    /// Ids of all that Delete Team would end.
    TeamContents(AccountId),
    /// API keys of an account that a user made and that are live at a time.
    KeysMadeBy(AccountId, UserId, Timestamp),
    /// Whether a key of the account that is not revoked has expired at a time.
    ExpiredApiKey(AccountId, Timestamp),
    /// Whether an invitation of the account that is stored as pending has expired at a time.
    ExpiredInvitation(AccountId, Timestamp),
    /// A sign-up.
    PendingSignup(SignupId),
    /// How many sign-ups were asked for with an email since a time.
    SignupsSince(Email, Timestamp),
    /// A password reset.
    Reset(ResetId),
    /// How many resets a user of an email asked for since a time.
    ResetsSince(Email, Timestamp),
    /// Failed sign-ins in a scope.
    Attempts(String),
    /// A session of the caller by its id.
    CallerSession(SessionId),
    /// An API key.
    ApiKey(ApiKeyId),
    /// The account's attribute policy, or that there is none.
    AttributePolicy(AccountRef),
    /// What AuthZEN questions ask about an account.
    Authzen(AccountRef, AuthzenLookup),
    /// The first accounts that the caller belongs to, and the one that they act in.
    CallerMemberships,
    /// A page of the accounts that the caller belongs to.
    CallerMembershipPage(Page),
    /// A page of the caller's sessions that live at a time.
    CallerSessionPage(Timestamp, Page),
    /// A page of an account's members.
    MemberPage(AccountId, Page),
    /// A page of an account's invitations, of one state or of all, at a time.
    InvitationPage(AccountId, Option<InvitationState>, Timestamp, Page),
    /// A page of an account's API keys that are not revoked.
    ApiKeyPage(AccountId, Page),
    /// A page of an account's audit log.
    AuditPage(AccountId, AuditFilter, Page),
    /// The events of an account's log that have no hash yet, at most so many, and the hash before them.
    Unsealed(AccountId, u32),
}

/// Something to load about an account. Each is one statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AuthzenLookup {
    /// The members that go by these ids or emails.
    Members(Vec<String>),
    /// These API keys of the account.
    Keys(Vec<ApiKeyId>),
    /// The members whose ids follow this one, in order, as many as a page looks at.
    NextMembers(String),
    /// The API keys that are not revoked and whose ids follow this one, in order, as many as a page looks at.
    NextKeys(String),
}

/// A stretch of a list: what follows `after`, at most `limit` items.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The position of the last item seen, as the list's own sort key; None for the start.
    pub after: Option<String>,
    /// Items wanted.
    pub limit: u32,
}

impl Page {
    /// Items when nothing is said.
    pub const DEFAULT: u32 = 50;
    /// Most items of a page; a larger wish is taken as this.
    pub const MAX: u32 = 200;
}
