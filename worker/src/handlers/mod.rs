//! Handlers, one file per group of routes. A handler decodes the request, calls one use case and selects the DTO of the
//! response. It makes no decisions.

mod accounts;
mod api_keys;
mod attribute_policy;
mod audit_log;
mod authzen;
pub mod dev;
mod health_and_docs;
mod invitations;
mod joining;
mod me;
mod members;
mod password_resets;
mod permissions;
mod roles;
mod sessions;
mod sign_up;

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::HandlerResponse;
use core::future::ready;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use rolecall_wire::route::Operation as Op;

/// Calls the handler of the operation.
///
/// Each future is boxed separately. A single state machine would have the size of the largest handler for every request.
pub fn handle(ctx: &HandlerContext) -> LocalBoxFuture<'_, Result<HandlerResponse, HandlerError>> {
    match ctx.route.operation {
        Op::SignUp => sign_up::sign_up(ctx).boxed_local(),
        Op::VerifyEmail => sign_up::verify_email(ctx).boxed_local(),
        Op::RequestPasswordReset => password_resets::request(ctx).boxed_local(),
        Op::CompletePasswordReset => password_resets::complete(ctx).boxed_local(),
        Op::SignIn => sessions::sign_in(ctx).boxed_local(),
        Op::ListSessions => sessions::list(ctx).boxed_local(),
        Op::EndSession => sessions::end(ctx).boxed_local(),
        Op::SignOut => sessions::sign_out(ctx).boxed_local(),
        Op::GetMe => me::get(ctx).boxed_local(),
        Op::UpdateMe => me::update(ctx).boxed_local(),
        Op::ListAccounts => accounts::list(ctx).boxed_local(),
        Op::GetAccount => accounts::get(ctx).boxed_local(),
        Op::UpdateAccount => accounts::update(ctx).boxed_local(),
        Op::ConvertAccount => accounts::convert(ctx).boxed_local(),
        Op::DeleteTeam => accounts::delete_team(ctx).boxed_local(),
        Op::TransferAccount => accounts::transfer(ctx).boxed_local(),
        Op::ListMembers => members::list(ctx).boxed_local(),
        Op::UpdateMember => members::update(ctx).boxed_local(),
        Op::RemoveMember => members::remove(ctx).boxed_local(),
        Op::CreateInvitation => invitations::create(ctx).boxed_local(),
        Op::ListInvitations => invitations::list(ctx).boxed_local(),
        Op::ResendInvitation => invitations::resend(ctx).boxed_local(),
        Op::RevokeInvitation => invitations::revoke(ctx).boxed_local(),
        Op::PreviewInvitation => joining::preview(ctx).boxed_local(),
        Op::AcceptInvitation => joining::accept(ctx).boxed_local(),
        Op::DeclineInvitation => joining::decline(ctx).boxed_local(),
        Op::ListRoles => roles::list(ctx).boxed_local(),
        Op::CreateRole => roles::create(ctx).boxed_local(),
        Op::UpdateRole => roles::update(ctx).boxed_local(),
        Op::DeleteRole => roles::delete(ctx).boxed_local(),
        Op::GetPolicy => ready(permissions::policy(ctx)).boxed_local(),
        Op::CheckPermissions => permissions::check(ctx).boxed_local(),
        Op::IssueToken => permissions::issue_token(ctx).boxed_local(),
        Op::ListKeys => ready(permissions::jwks(ctx)).boxed_local(),
        Op::CreateApiKey => api_keys::create(ctx).boxed_local(),
        Op::ListApiKeys => api_keys::list(ctx).boxed_local(),
        Op::RevokeApiKey => api_keys::revoke(ctx).boxed_local(),
        Op::GetAttributePolicy => attribute_policy::get(ctx).boxed_local(),
        Op::PutAttributePolicy => attribute_policy::put(ctx).boxed_local(),
        Op::DeleteAttributePolicy => attribute_policy::delete(ctx).boxed_local(),
        Op::EvaluateAccess | Op::EvaluateAccessIn => authzen::evaluate(ctx).boxed_local(),
        Op::EvaluateAccessBatch | Op::EvaluateAccessBatchIn => authzen::evaluate_batch(ctx).boxed_local(),
        Op::SearchSubjects | Op::SearchSubjectsIn => authzen::search_subjects(ctx).boxed_local(),
        Op::SearchResources | Op::SearchResourcesIn => authzen::search_resources(ctx).boxed_local(),
        Op::SearchActions | Op::SearchActionsIn => authzen::search_actions(ctx).boxed_local(),
        Op::DescribeAuthZen | Op::DescribeAuthZenOf => ready(authzen::describe(ctx)).boxed_local(),
        Op::ReadAuditLog => audit_log::read(ctx).boxed_local(),
        Op::Health => health_and_docs::health(ctx).boxed_local(),
        Op::OpenApi => ready(health_and_docs::open_api()).boxed_local(),
        Op::Docs => ready(health_and_docs::docs()).boxed_local(),
        Op::DocsScript => ready(health_and_docs::docs_script()).boxed_local(),
        Op::DocsStyle => ready(health_and_docs::docs_style()).boxed_local(),
        Op::ListProblems => ready(health_and_docs::list_problems(ctx)).boxed_local(),
        Op::ExplainProblem => ready(health_and_docs::explain_problem(ctx)).boxed_local(),
    }
}
