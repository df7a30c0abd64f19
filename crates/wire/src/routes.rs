//! What a route is: the vocabulary of the table in `table`.
//!
//! INVARIANT (one-table): the Worker dispatches from [`ROUTES`] and the OpenAPI document is generated from it,
//! so that what is served and what is documented cannot differ.

mod shape;

use crate::problem::ProblemCode;
pub use shape::{Parameter, ParameterKind, SuccessResponse};

/// Most routes need at most these round trips to D1 before they answer: one to read, one to commit.
const READ_TRIPS: u8 = 1;
const WRITE_TRIPS: u8 = 2;

/// An HTTP method of our routes.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "the words of RFC 9110")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The word in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    /// The method of a request line; HEAD is answered as GET without its body.
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];
        let word = if word == "HEAD" { "GET" } else { word };
        all.into_iter().find(|method| method.as_str() == word)
    }

    /// Whether it may change something.
    pub const fn writes(self) -> bool {
        !matches!(self, Method::Get)
    }
}

/// Who may do it. The use case decides; this says what it will ask, and each route must say it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum RequiredAuth {
    /// Anybody.
    Public,
    /// Anybody who is signed in.
    Session,
    /// Any member of the account in the path.
    Member,
    /// The owner of the account in the path.
    Owner,
    /// Members of the account in the path who hold the permission.
    Permission(&'static str),
    /// The same, and whoever the path names, about themselves.
    PermissionOrSelf(&'static str),
    /// Sessions and API keys that hold the permission in the account that they act in, which the path may name.
    Principal(&'static str),
}

impl RequiredAuth {
    /// Whether a session, or where they count an API key, is needed.
    pub const fn needs_session(self) -> bool {
        !matches!(self, RequiredAuth::Public)
    }

    /// Whether the path names an account that the caller must belong to.
    pub const fn in_account(self) -> bool {
        !matches!(self, RequiredAuth::Public | RequiredAuth::Session | RequiredAuth::Principal(_))
    }
}

/// Which shield counts the request.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum RateLimit {
    /// Guessing passwords, sending mails: few.
    Auth,
    /// Everything else.
    Api,
    /// Not counted.
    None,
}

/// Chapters of the documentation.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "described by `about`")]
pub enum Tag {
    SignUp,
    Sessions,
    Profile,
    Accounts,
    Members,
    Invitations,
    Joining,
    Roles,
    Permissions,
    ApiKeys,
    AuthZen,
    AuditLog,
    Service,
}

impl Tag {
    /// All chapters in reading order.
    pub const ALL: &'static [Tag] = &[
        Tag::SignUp,
        Tag::Sessions,
        Tag::Profile,
        Tag::Accounts,
        Tag::Members,
        Tag::Invitations,
        Tag::Joining,
        Tag::Roles,
        Tag::Permissions,
        Tag::ApiKeys,
        Tag::AuthZen,
        Tag::AuditLog,
        Tag::Service,
    ];

    /// Title and what the chapter is about.
    pub const fn description(self) -> (&'static str, &'static str) {
        match self {
            Tag::SignUp => ("Sign-up", "Prove an email, get an account; recover a password."),
            Tag::Sessions => ("Sessions", "Sign in and out; the session is an HttpOnly cookie."),
            Tag::Profile => ("Me", "Who is signed in, and where they belong."),
            Tag::Accounts => ("Accounts", "Personal and team accounts as wholes."),
            Tag::Members => ("Members", "Who belongs to an account, and as what."),
            Tag::Invitations => ("Invitations", "Inviting people to a team."),
            Tag::Joining => ("Joining", "What the invited do with their link."),
            Tag::Roles => ("Roles", "Built-in roles, and a team's own."),
            Tag::Permissions => ("Permissions", "The policy, checks, and tokens for local answers."),
            Tag::ApiKeys => ("API keys", "Keys of a team for machines."),
            Tag::AuthZen => ("AuthZEN", "The AuthZEN Authorization API 1.0, and the attribute policy behind it."),
            Tag::AuditLog => ("Audit log", "Everything that changed or was refused, in a chain of hashes."),
            Tag::Service => ("Service", "Health and documentation."),
        }
    }
}

/// One route.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Route {
    /// What it does.
    pub operation: Operation,
    /// How it is asked for.
    pub method: Method,
    /// Where.
    pub path: &'static str,
    /// Who may.
    pub auth: RequiredAuth,
    /// Its chapter.
    pub tag: Tag,
    /// One line.
    pub summary: &'static str,
    /// What else there is to know.
    pub description: &'static str,
    /// Parameters in the query.
    pub parameters: &'static [Parameter],
    /// Headers of its own.
    pub headers: &'static [Parameter],
    /// The schema of the body; None: the route takes none.
    pub body: Option<&'static str>,
    /// Whether the body may be left out.
    pub body_optional: bool,
    /// Ways in which it succeeds.
    pub success_responses: &'static [SuccessResponse],
    /// Problems besides those that follow from the rest.
    pub problems: &'static [ProblemCode],
    /// Problems that are a conflict here (409), whatever their status is elsewhere.
    pub conflicts: &'static [ProblemCode],
    /// Which shield counts it.
    pub rate_limit: RateLimit,
    /// Round trips to D1 before the answer, at most.
    pub round_trips: u8,
    /// Whether `If-Match` is heeded.
    pub conditional: bool,
    /// Whether it changes something: it takes an `Idempotency-Key` and can conflict. Said by the table, since a method does not
    /// tell: an AuthZEN evaluation is a POST that changes nothing.
    pub mutates: bool,
    /// Whose `ETag` it takes, where that is not the account's.
    pub precondition: Option<&'static str>,
}

impl Route {
    /// A route that nothing has been said about.
    pub const fn new(method: Method, path: &'static str, operation: Operation, tag: Tag) -> Self {
        Route {
            operation,
            method,
            path,
            auth: RequiredAuth::Public,
            tag,
            summary: "",
            description: "",
            parameters: &[],
            headers: &[],
            body: None,
            body_optional: false,
            success_responses: &[],
            problems: &[],
            conflicts: &[],
            rate_limit: RateLimit::Api,
            round_trips: if method.writes() { WRITE_TRIPS } else { READ_TRIPS },
            conditional: false,
            mutates: method.writes(),
            precondition: None,
        }
    }

    /// For whoever is signed in.
    pub const fn session(mut self) -> Self {
        self.auth = RequiredAuth::Session;
        self
    }

    /// For members of the account in the path.
    pub const fn member(mut self) -> Self {
        self.auth = RequiredAuth::Member;
        self
    }

    /// For the owner of the account in the path; heeds `If-Match`.
    pub const fn owner(mut self) -> Self {
        self.auth = RequiredAuth::Owner;
        self.conditional = self.method.writes();
        self
    }

    /// For holders of a permission in the account in the path; a write heeds `If-Match`.
    pub const fn permission(mut self, permission: &'static str) -> Self {
        self.auth = RequiredAuth::Permission(permission);
        self.conditional = self.method.writes();
        self
    }

    /// The same, and for the user in the path about themselves.
    pub const fn permission_or_self(mut self, permission: &'static str) -> Self {
        self.auth = RequiredAuth::PermissionOrSelf(permission);
        self.conditional = self.method.writes();
        self
    }

    /// For sessions and API keys that hold a permission in the account that they act in.
    pub const fn principal(mut self, permission: &'static str) -> Self {
        self.auth = RequiredAuth::Principal(permission);
        self
    }

    /// One line, and what else there is to know.
    pub const fn summary(mut self, summary: &'static str, description: &'static str) -> Self {
        self.summary = summary;
        self.description = description;
        self
    }

    /// Query parameters.
    pub const fn query(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    /// Headers of its own.
    pub const fn headers(mut self, headers: &'static [Parameter]) -> Self {
        self.headers = headers;
        self
    }

    /// The body's schema.
    pub const fn request_body(mut self, schema: &'static str) -> Self {
        self.body = Some(schema);
        self
    }

    /// The body's schema, where the body may be left out.
    pub const fn optional_body(mut self, schema: &'static str) -> Self {
        self.body = Some(schema);
        self.body_optional = true;
        self
    }

    /// The successes.
    pub const fn responses(mut self, success_responses: &'static [SuccessResponse]) -> Self {
        self.success_responses = success_responses;
        self
    }

    /// Problems of its own.
    pub const fn errors(mut self, problems: &'static [ProblemCode]) -> Self {
        self.problems = problems;
        self
    }

    /// `If-Match` takes this `ETag`, not the account's.
    pub const fn if_match_of(mut self, whose: &'static str) -> Self {
        self.precondition = Some(whose);
        self
    }

    /// Problems that the state of things here makes a conflict.
    pub const fn conflicts(mut self, problems: &'static [ProblemCode]) -> Self {
        self.conflicts = problems;
        self
    }

    /// Counted with sign-ins and mails.
    pub const fn auth_rate_limit(mut self) -> Self {
        self.rate_limit = RateLimit::Auth;
        self
    }

    /// Not counted, and never touching D1.
    pub const fn without_storage(mut self) -> Self {
        self.rate_limit = RateLimit::None;
        self.round_trips = 0;
        self
    }

    /// Another bound for the round trips.
    pub const fn max_round_trips(mut self, round_trips: u8) -> Self {
        self.round_trips = round_trips;
        self
    }

    /// Changes nothing, whatever its method.
    pub const fn read_only(mut self) -> Self {
        self.mutates = false;
        self
    }

    /// Whether a browser may send it from a trusted origin only: what changes something, and whatever no plain link or
    /// form of another site should be able to send with a cookie.
    pub const fn requires_trusted_origin(&self) -> bool {
        self.mutates || self.method.writes()
    }

    /// The status of the first success.
    pub fn status(&self) -> u16 {
        self.success_responses.first().map_or(200, |success| success.status)
    }

    /// The status of the success with this body.
    pub fn status_with(&self, schema: &str) -> u16 {
        self.success_responses.iter().find(|success| success.schema == Some(schema)).map_or(self.status(), |success| success.status)
    }

    /// Every problem that the route can answer, by status.
    pub fn all_problems(&self) -> Vec<ProblemCode> {
        use ProblemCode as P;
        let mut codes = self.problems.to_vec();
        codes.push(P::Internal);
        if self.round_trips > 0 {
            codes.push(P::StoreUnavailable);
        }
        if self.rate_limit != RateLimit::None {
            codes.push(P::RateLimited);
        }
        if self.auth.needs_session() {
            codes.extend([P::SessionMissing, P::SessionExpired]);
        }
        if self.auth.in_account() {
            codes.push(P::AccountNotFound);
        }
        match self.auth {
            RequiredAuth::Permission(_) | RequiredAuth::PermissionOrSelf(_) => codes.push(P::PermissionMissing),
            RequiredAuth::Principal(_) => codes.extend([P::PermissionMissing, P::AccountNotFound, P::ApiKeyInvalid, P::TokenInvalid]),
            RequiredAuth::Owner => codes.push(P::OwnerOnly),
            RequiredAuth::Public | RequiredAuth::Session | RequiredAuth::Member => {}
        }
        if self.method.writes() {
            codes.extend([P::OriginForbidden, P::BodyMalformed, P::RequestMalformed, P::BodyTooLarge, P::MediaTypeUnsupported]);
        }
        if self.mutates {
            codes.extend([P::FieldsInvalid, P::Conflict, P::IdempotencyKeyReused, P::TooManyChanges]);
        }
        if self.conditional {
            codes.push(P::PreconditionFailed);
        }
        if !self.parameters.is_empty() {
            codes.push(P::FieldsInvalid);
        }
        codes.sort_by_key(|code| (code.status(), code.as_str()));
        codes.dedup();
        codes
    }
}

macro_rules! operations {
    ($($name:ident,)*) => {
        /// What can be asked for. A handler exists for each: the dispatch is an exhaustive match.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        #[expect(missing_docs, reason = "each is described by its route")]
        pub enum Operation { $($name,)* }

        impl Operation {
            /// All of them.
            pub const ALL: &'static [Operation] = &[$(Operation::$name),*];

            /// The name in generated clients, in camel case.
            pub fn id(self) -> String {
                let name = match self { $(Operation::$name => stringify!($name)),* };
                name.chars().enumerate().map(|(i, c)| if i == 0 { c.to_ascii_lowercase() } else { c }).collect()
            }
        }
    };
}

operations! {
    SignUp, VerifyEmail, RequestPasswordReset, CompletePasswordReset,
    SignIn, ListSessions, EndSession, SignOut,
    GetMe, UpdateMe,
    ListAccounts, GetAccount, UpdateAccount, ConvertAccount, DeleteTeam, TransferAccount,
    ListMembers, UpdateMember, RemoveMember,
    CreateInvitation, ListInvitations, ResendInvitation, RevokeInvitation,
    PreviewInvitation, AcceptInvitation, DeclineInvitation,
    ListRoles, CreateRole, UpdateRole, DeleteRole,
    GetPolicy, CheckPermissions, IssueToken, ListKeys,
    CreateApiKey, ListApiKeys, RevokeApiKey,
    GetAttributePolicy, PutAttributePolicy, DeleteAttributePolicy,
    EvaluateAccess, EvaluateAccessIn, EvaluateAccessBatch, EvaluateAccessBatchIn,
    SearchSubjects, SearchSubjectsIn, SearchResources, SearchResourcesIn, SearchActions, SearchActionsIn,
    DescribeAuthZen, DescribeAuthZenOf,
    ReadAuditLog,
    Health, OpenApi, Docs, DocsScript, DocsStyle, ListProblems, ExplainProblem,
}
