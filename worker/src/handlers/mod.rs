//! One file per chapter of the route table. A handler reads its request, calls one use case, and names the
//! DTO of the answer; it decides nothing.

mod access;
mod accounts;
mod api_keys;
mod attribute_policy;
mod audit_log;
pub mod dev;
mod invitations;
mod joining;
mod me;
mod members;
mod permissions;
mod roles;
mod service;
mod sessions;
mod sign_up;

use crate::answer::{Answer, Failure};
use crate::exchange::Exchange;
use core::future::ready;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use rolecall_wire::routes::Operation as Op;

/// Every operation has a handler: without one this does not compile.
///
/// Each is a box of its own: as one state machine they would be as large as the largest together, for every request.
pub fn handle(x: &Exchange) -> LocalBoxFuture<'_, Result<Answer, Failure>> {
    match x.route.operation {
        Op::SignUp => sign_up::sign_up(x).boxed_local(),
        Op::VerifyEmail => sign_up::verify_email(x).boxed_local(),
        Op::RequestPasswordReset => sign_up::request_reset(x).boxed_local(),
        Op::CompletePasswordReset => sign_up::complete_reset(x).boxed_local(),
        Op::SignIn => sessions::sign_in(x).boxed_local(),
        Op::ListSessions => sessions::list(x).boxed_local(),
        Op::EndSession => sessions::end(x).boxed_local(),
        Op::SignOut => sessions::sign_out(x).boxed_local(),
        Op::GetMe => me::get(x).boxed_local(),
        Op::UpdateMe => me::update(x).boxed_local(),
        Op::ListAccounts => accounts::list(x).boxed_local(),
        Op::GetAccount => accounts::get(x).boxed_local(),
        Op::UpdateAccount => accounts::update(x).boxed_local(),
        Op::ConvertAccount => accounts::convert(x).boxed_local(),
        Op::DeleteTeam => accounts::delete_team(x).boxed_local(),
        Op::TransferAccount => accounts::transfer(x).boxed_local(),
        Op::ListMembers => members::list(x).boxed_local(),
        Op::UpdateMember => members::update(x).boxed_local(),
        Op::RemoveMember => members::remove(x).boxed_local(),
        Op::CreateInvitation => invitations::create(x).boxed_local(),
        Op::ListInvitations => invitations::list(x).boxed_local(),
        Op::ResendInvitation => invitations::resend(x).boxed_local(),
        Op::RevokeInvitation => invitations::revoke(x).boxed_local(),
        Op::PreviewInvitation => joining::preview(x).boxed_local(),
        Op::AcceptInvitation => joining::accept(x).boxed_local(),
        Op::DeclineInvitation => joining::decline(x).boxed_local(),
        Op::ListRoles => roles::list(x).boxed_local(),
        Op::CreateRole => roles::create(x).boxed_local(),
        Op::UpdateRole => roles::update(x).boxed_local(),
        Op::DeleteRole => roles::delete(x).boxed_local(),
        Op::GetPolicy => ready(permissions::policy(x)).boxed_local(),
        Op::CheckPermissions => permissions::check(x).boxed_local(),
        Op::IssueToken => permissions::issue_token(x).boxed_local(),
        Op::ListKeys => ready(permissions::keys(x)).boxed_local(),
        Op::CreateApiKey => api_keys::create(x).boxed_local(),
        Op::ListApiKeys => api_keys::list(x).boxed_local(),
        Op::RevokeApiKey => api_keys::revoke(x).boxed_local(),
        Op::GetAttributePolicy => attribute_policy::get(x).boxed_local(),
        Op::PutAttributePolicy => attribute_policy::put(x).boxed_local(),
        Op::DeleteAttributePolicy => attribute_policy::delete(x).boxed_local(),
        Op::EvaluateAccess | Op::EvaluateAccessIn => access::evaluate(x).boxed_local(),
        Op::EvaluateAccessBatch | Op::EvaluateAccessBatchIn => access::evaluate_batch(x).boxed_local(),
        Op::SearchSubjects | Op::SearchSubjectsIn => access::search_subjects(x).boxed_local(),
        Op::SearchResources | Op::SearchResourcesIn => access::search_resources(x).boxed_local(),
        Op::SearchActions | Op::SearchActionsIn => access::search_actions(x).boxed_local(),
        Op::DescribeAuthZen | Op::DescribeAuthZenOf => ready(access::describe(x)).boxed_local(),
        Op::ReadAuditLog => audit_log::read(x).boxed_local(),
        Op::Health => service::health(x).boxed_local(),
        Op::OpenApi => ready(service::open_api()).boxed_local(),
        Op::Docs => ready(service::docs()).boxed_local(),
        Op::DocsScript => ready(service::docs_script()).boxed_local(),
        Op::DocsStyle => ready(service::docs_style()).boxed_local(),
        Op::ListProblems => ready(service::list_problems(x)).boxed_local(),
        Op::ExplainProblem => ready(service::explain_problem(x)).boxed_local(),
    }
}
