//! Operations of AuthZEN, each at two paths: for the account of the caller, and for one in the path.

use super::parameters::AUTHZEN_HEADERS;
use super::post;
use crate::problem::ProblemCode as P;
use crate::route::Operation as Op;
use crate::route::{Route, SuccessResponse, Tag};

/// Summary, description, request schema, responses and round trips of an AuthZEN operation.
pub(super) type AuthzenOperation = (&'static str, &'static str, &'static str, &'static [SuccessResponse], u8);

pub(super) const EVALUATION: AuthzenOperation = (
    "Evaluate access",
    "Decides whether a subject may perform an action on a resource, from stored memberships and the attribute policy of the account. A denial is a 200 response with `decision: false`. The account is the one in the path; without it, an API key evaluates in its own account, and a session in the account named by `Rolecall-Account` or else in the active account of the user. The operation changes nothing.",
    "Evaluation",
    &[SuccessResponse::new(200, Some("EvaluationDecision"), "The decision.")],
    1,
);
pub(super) const EVALUATIONS: AuthzenOperation = (
    "Evaluate access in a batch",
    "Evaluates up to 100 requests that share default values, and returns the decisions in the same order. Without `evaluations`, the request is treated as a single evaluation and the response is a single decision. The operation changes nothing.",
    "Evaluations",
    &[SuccessResponse::new(200, Some("EvaluationDecisions"), "The decisions; without `evaluations`, a single `EvaluationDecision`.")
        .or("EvaluationDecision")],
    1,
);
pub(super) const SUBJECTS: AuthzenOperation = (
    "Search subjects",
    "Lists the subjects of a type that may perform an action on a resource: members and API keys of the account, and subjects listed in its attribute policy. Results are returned in pages of up to 200.",
    "EntitySearch",
    &[SuccessResponse::new(200, Some("EntitySearchResponse"), "A page of subjects.")],
    2,
);
pub(super) const RESOURCES: AuthzenOperation = (
    "Search resources",
    "Lists the resources of a type on which a subject may perform an action: resources listed in the attribute policy, and the account itself (type `team`). Resources stored in other systems are not known to Rolecall and are not returned. Results are returned in pages of up to 200.",
    "EntitySearch",
    &[SuccessResponse::new(200, Some("EntitySearchResponse"), "A page of resources.")],
    1,
);
pub(super) const ACTIONS: AuthzenOperation = (
    "Search actions",
    "Lists the actions that a subject may perform on a resource: actions of the resource type in the policy, and actions named by rules of the attribute policy. Results are returned in pages of up to 200.",
    "ActionSearch",
    &[SuccessResponse::new(200, Some("ActionSearchResponse"), "A page of actions.")],
    1,
);

/// A route of AuthZEN.
pub(super) const fn authzen(
    path: &'static str,
    operation: Op,
    (summary, description, body, responses, round_trips): AuthzenOperation,
) -> Route {
    post(path, operation, Tag::AuthZen)
        .principal("team.access")
        .read_only()
        .summary(summary, description)
        .headers(AUTHZEN_HEADERS)
        .request_body(body)
        .responses(responses)
        .errors(&[P::AccessRequestMalformed])
        .max_round_trips(round_trips)
}
