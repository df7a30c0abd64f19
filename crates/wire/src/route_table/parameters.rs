//! Query parameters and request headers of the routes.

use crate::route::{Parameter, ParameterKind as Kind};

pub(super) const PAGE: &[Parameter] = &[CURSOR, LIMIT];
const CURSOR: Parameter =
    Parameter { name: "cursor", kind: Kind::Text, description: "The `next_cursor` of the previous page; omit it for the first page." };
const LIMIT: Parameter = Parameter {
    name: "limit",
    kind: Kind::Count,
    description: "Maximum number of items per page, 1 to 200. Defaults to 50; values above 200 are treated as 200.",
};
const STATES: &[&str] = &["pending", "accepted", "declined", "revoked", "expired"];
pub(super) const INVITATION_PAGE: &[Parameter] =
    &[Parameter { name: "state", kind: Kind::Word(STATES), description: "Return only invitations in this state." }, CURSOR, LIMIT];
pub(super) const AUDIT_PAGE: &[Parameter] = &[
    Parameter { name: "actor", kind: Kind::Text, description: "Return only events caused by the actor with this id." },
    Parameter { name: "action", kind: Kind::Text, description: "Return only events with this action, for example `member.remove`." },
    Parameter { name: "resource_type", kind: Kind::Text, description: "Return only events about resources of this type." },
    Parameter { name: "resource_id", kind: Kind::Text, description: "Return only events about the resource with this id." },
    Parameter { name: "from", kind: Kind::Time, description: "Return only events at or after this time (RFC 3339)." },
    Parameter { name: "to", kind: Kind::Time, description: "Return only events before this time (RFC 3339)." },
    CURSOR,
    LIMIT,
];
pub(super) const PROOF: &[Parameter] = &[Parameter {
    // A header, since intermediaries write URLs to their logs.
    name: "Rolecall-Invitation-Proof",
    kind: Kind::Text,
    description: "The `proof` from the link in the invitation mail. With a valid proof, the response contains the invited email in full.",
}];
pub(super) const IF_NONE_MATCH: &[Parameter] = &[Parameter {
    name: "If-None-Match",
    kind: Kind::Text,
    description: "The `ETag` of a cached response. If it is still current, the response is 304 without a body.",
}];
pub(super) const AUTHZEN_HEADERS: &[Parameter] = &[
    Parameter {
        name: "Rolecall-Account",
        kind: Kind::Text,
        description: "Id of the account to evaluate in, for requests with a session on paths without an account. Defaults to the active account of the user. An API key can name its own account only.",
    },
    Parameter {
        name: "X-Request-ID",
        kind: Kind::Text,
        description: "A request identifier chosen by the caller. It is returned in the response header of the same name.",
    },
];
pub(super) const DRY_RUN: &[Parameter] = &[Parameter {
    name: "dry_run",
    kind: Kind::Flag,
    description: "If `true`, return the changes that would be made without making them. Defaults to `false`.",
}];
pub(super) const PROVIDER_SIGN_IN: &[Parameter] = &[
    Parameter {
        name: "return_to",
        kind: Kind::Text,
        description: "Path of this origin, with an optional query, to which the browser goes afterwards. Defaults to `/`.",
    },
    Parameter {
        name: "invitation",
        kind: Kind::Text,
        description: "Token of an invitation that the person came with: a new user with the invited email joins the team.",
    },
    Parameter { name: "proof", kind: Kind::Text, description: "The `proof` from the link in the invitation mail." },
    Parameter {
        name: "purpose",
        kind: Kind::Word(PURPOSES),
        description: "What the sign-in at the provider is for. Defaults to `sign-in`.",
    },
];
const PURPOSES: &[&str] = &["sign-in", "link", "reauthenticate"];
