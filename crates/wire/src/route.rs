//! Types of the route table in [`crate::route_table`] and the builder methods of [`Route`].
//!
//! INVARIANT (one-table): the Worker dispatches from [`ROUTES`](crate::route_table::ROUTES) and the OpenAPI document is generated
//! from it, so that the served and the documented routes cannot differ.

mod operation;
mod parameters_and_responses;

use crate::problem::ProblemCode;
pub use operation::Operation;
pub use parameters_and_responses::{Parameter, ParameterKind, SuccessResponse};

/// Default number of round trips to D1 before the response: one to read.
const READ_TRIPS: u8 = 1;
/// Default number of round trips to D1 for a write: one to read, one to commit.
const WRITE_TRIPS: u8 = 2;

/// HTTP method of a route.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "the names of RFC 9110")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Returns the method as written in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    /// Parses the method of a request line; `HEAD` is handled as `GET`.
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];
        let word = if word == "HEAD" { "GET" } else { word };
        all.into_iter().find(|method| method.as_str() == word)
    }

    /// Whether the method can have effects on the server.
    pub const fn writes(self) -> bool {
        !matches!(self, Method::Get)
    }
}

/// Authentication and permission that a route requires. The use case enforces it; the table documents it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum RequiredAuth {
    /// None.
    Public,
    /// A session.
    Session,
    /// A session of a member of the account in the path.
    Member,
    /// A session of the owner of the account in the path.
    Owner,
    /// A session of a member of the account in the path with this permission.
    Permission(&'static str),
    /// Like [`Permission`](Self::Permission), or a session of the user in the path.
    PermissionOrSelf(&'static str),
    /// A session or an API key with this permission in the account of the request, which the path may name.
    Principal(&'static str),
}

impl RequiredAuth {
    /// Whether the route requires a session (or, for principals, an API key).
    pub const fn needs_session(self) -> bool {
        !matches!(self, RequiredAuth::Public)
    }

    /// Whether the caller must be a member of the account in the path.
    pub const fn in_account(self) -> bool {
        !matches!(self, RequiredAuth::Public | RequiredAuth::Session | RequiredAuth::Principal(_))
    }
}

/// Rate limit that a route counts against.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum RateLimit {
    /// The strict limit of routes that check passwords or send mails.
    Auth,
    /// The general limit.
    Api,
    /// No limit.
    None,
}

/// OpenAPI tag: a section of the API reference.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "described by `description`")]
pub enum Tag {
    SignUp,
    Sessions,
    Providers,
    Profile,
    Passkeys,
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
    /// All tags in reading order.
    pub const ALL: &'static [Tag] = &[
        Tag::SignUp,
        Tag::Sessions,
        Tag::Providers,
        Tag::Profile,
        Tag::Passkeys,
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

    /// Returns name and description.
    pub const fn description(self) -> (&'static str, &'static str) {
        match self {
            Tag::SignUp => ("Sign-up", "Sign up with a verified email, and reset a password."),
            Tag::Sessions => ("Sessions", "Sign in and out, and manage sessions. A session is an HttpOnly cookie."),
            Tag::Providers => ("Sign-in providers", "Sign-in by OpenID providers and GitHub, and by tokens of trusted issuers."),
            Tag::Profile => ("Me", "The current user, their memberships and their active account."),
            Tag::Passkeys => {
                ("Passkeys", "Passkeys of the current user, and the options of their ceremonies (Web Authentication Level 3).")
            }
            Tag::Accounts => ("Accounts", "Personal accounts and teams: update, convert, transfer and delete."),
            Tag::Members => ("Members", "Members of an account and their roles."),
            Tag::Invitations => ("Invitations", "Invitations to a team, managed by its members."),
            Tag::Joining => ("Joining", "Preview, accept and decline an invitation with its link."),
            Tag::Roles => ("Roles", "Built-in roles, and custom roles of a team."),
            Tag::Permissions => ("Permissions", "The policy, permission checks, and permission tokens for local checks."),
            Tag::ApiKeys => ("API keys", "Credentials of an account for programs."),
            Tag::AuthZen => ("AuthZEN", "The AuthZEN Authorization API 1.0, and the attribute policy that its decisions use."),
            Tag::AuditLog => ("Audit log", "Changes and denied requests of an account, linked by a hash chain."),
            Tag::Service => ("Service", "Health check, API reference and problem codes."),
        }
    }
}

/// A route of the HTTP API.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Route {
    /// Operation that the route performs.
    pub operation: Operation,
    /// HTTP method.
    pub method: Method,
    /// Path template, for example `/v1/accounts/{account}`.
    pub path: &'static str,
    /// Required authentication.
    pub auth: RequiredAuth,
    /// OpenAPI tag.
    pub tag: Tag,
    /// OpenAPI summary.
    pub summary: &'static str,
    /// OpenAPI description; may be empty.
    pub description: &'static str,
    /// Query parameters.
    pub parameters: &'static [Parameter],
    /// Request headers specific to the route.
    pub headers: &'static [Parameter],
    /// Schema name of the request body; `None` if the route takes no body.
    pub body: Option<&'static str>,
    /// Whether the request body may be omitted.
    pub body_optional: bool,
    /// Success responses.
    pub success_responses: &'static [SuccessResponse],
    /// Problem codes in addition to those derived by [`all_problems`](Self::all_problems).
    pub problems: &'static [ProblemCode],
    /// Problem codes returned with status 409 by this route, whatever their own status.
    pub conflicts: &'static [ProblemCode],
    /// Rate limit.
    pub rate_limit: RateLimit,
    /// Maximum number of round trips to D1 before the response.
    pub round_trips: u8,
    /// Whether the route evaluates `If-Match`.
    pub conditional: bool,
    /// Whether the route changes state: it takes an `Idempotency-Key` and can fail with a conflict. Independent of the method:
    /// an AuthZEN evaluation is a POST that changes nothing.
    pub mutates: bool,
    /// Description of the `ETag` that `If-Match` takes, if it is not that of the account.
    pub precondition: Option<&'static str>,
    /// Whether the route asks for an authentication of the session that is at most five minutes old. A dry run does not.
    pub fresh: bool,
}

impl Route {
    /// Creates a public route with the defaults of its method.
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
            fresh: false,
        }
    }

    /// Requires a session.
    pub const fn session(mut self) -> Self {
        self.auth = RequiredAuth::Session;
        self
    }

    /// Requires membership in the account in the path.
    pub const fn member(mut self) -> Self {
        self.auth = RequiredAuth::Member;
        self
    }

    /// Requires the owner of the account in the path; a write evaluates `If-Match`.
    pub const fn owner(mut self) -> Self {
        self.auth = RequiredAuth::Owner;
        self.conditional = self.method.writes();
        self
    }

    /// Requires a permission in the account in the path; a write evaluates `If-Match`.
    pub const fn permission(mut self, permission: &'static str) -> Self {
        self.auth = RequiredAuth::Permission(permission);
        self.conditional = self.method.writes();
        self
    }

    /// Like [`permission`](Self::permission), except for the user in the path.
    pub const fn permission_or_self(mut self, permission: &'static str) -> Self {
        self.auth = RequiredAuth::PermissionOrSelf(permission);
        self.conditional = self.method.writes();
        self
    }

    /// Requires a session or an API key with a permission in the account of the request.
    pub const fn principal(mut self, permission: &'static str) -> Self {
        self.auth = RequiredAuth::Principal(permission);
        self
    }

    /// Sets summary and description.
    pub const fn summary(mut self, summary: &'static str, description: &'static str) -> Self {
        self.summary = summary;
        self.description = description;
        self
    }

    /// Sets the query parameters.
    pub const fn query(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    /// Sets the request headers specific to the route.
    pub const fn headers(mut self, headers: &'static [Parameter]) -> Self {
        self.headers = headers;
        self
    }

    /// Sets the schema of the required request body.
    pub const fn request_body(mut self, schema: &'static str) -> Self {
        self.body = Some(schema);
        self
    }

    /// Sets the schema of a request body that may be omitted.
    pub const fn optional_body(mut self, schema: &'static str) -> Self {
        self.body = Some(schema);
        self.body_optional = true;
        self
    }

    /// Sets the success responses.
    pub const fn responses(mut self, success_responses: &'static [SuccessResponse]) -> Self {
        self.success_responses = success_responses;
        self
    }

    /// Sets the additional problem codes.
    pub const fn errors(mut self, problems: &'static [ProblemCode]) -> Self {
        self.problems = problems;
        self
    }

    /// Describes the `ETag` that `If-Match` takes instead of that of the account.
    pub const fn if_match_of(mut self, whose: &'static str) -> Self {
        self.precondition = Some(whose);
        self
    }

    /// Sets the problem codes returned with status 409.
    pub const fn conflicts(mut self, problems: &'static [ProblemCode]) -> Self {
        self.conflicts = problems;
        self
    }

    /// Asks for a recent authentication of the session.
    pub const fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    /// Counts requests against [`RateLimit::Auth`].
    pub const fn auth_rate_limit(mut self) -> Self {
        self.rate_limit = RateLimit::Auth;
        self
    }

    /// Sets no rate limit.
    pub const fn no_rate_limit(mut self) -> Self {
        self.rate_limit = RateLimit::None;
        self
    }

    /// Sets the maximum number of round trips to D1.
    pub const fn max_round_trips(mut self, round_trips: u8) -> Self {
        self.round_trips = round_trips;
        self
    }

    /// Marks the route as changing nothing, whatever its method.
    pub const fn read_only(mut self) -> Self {
        self.mutates = false;
        self
    }

    /// Whether browsers may send the request from a trusted origin only: every change, and every method other than GET, which
    /// a form of another site could otherwise send with the session cookie.
    pub const fn requires_trusted_origin(&self) -> bool {
        self.mutates || self.method.writes()
    }

    /// Returns the status of the first success response.
    pub fn status(&self) -> u16 {
        self.success_responses.first().map_or(200, |success| success.status)
    }

    /// Returns the status of the success response with this schema, or of the first.
    pub fn status_with(&self, schema: &str) -> u16 {
        self.success_responses.iter().find(|success| success.schema == Some(schema)).map_or(self.status(), |success| success.status)
    }

    /// Returns every problem code that the route can return, ordered by status.
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
        if self.fresh {
            codes.push(P::ReauthenticationRequired);
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
