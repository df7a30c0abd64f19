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
use rolecall_wire::routes::Operation as Op;

/// Every operation has a handler: without one this does not compile.
pub async fn handle(x: &Exchange) -> Result<Answer, Failure> {
    match x.route.operation {
        Op::SignUp => sign_up::sign_up(x).await,
        Op::VerifyEmail => sign_up::verify_email(x).await,
        Op::RequestPasswordReset => sign_up::request_reset(x).await,
        Op::CompletePasswordReset => sign_up::complete_reset(x).await,
        Op::SignIn => sessions::sign_in(x).await,
        Op::ListSessions => sessions::list(x).await,
        Op::EndSession => sessions::end(x).await,
        Op::SignOut => sessions::sign_out(x).await,
        Op::GetMe => me::get(x).await,
        Op::UpdateMe => me::update(x).await,
        Op::ListAccounts => accounts::list(x).await,
        Op::GetAccount => accounts::get(x).await,
        Op::UpdateAccount => accounts::update(x).await,
        Op::ConvertAccount => accounts::convert(x).await,
        Op::DeleteTeam => accounts::delete_team(x).await,
        Op::TransferAccount => accounts::transfer(x).await,
        Op::ListMembers => members::list(x).await,
        Op::UpdateMember => members::update(x).await,
        Op::RemoveMember => members::remove(x).await,
        Op::CreateInvitation => invitations::create(x).await,
        Op::ListInvitations => invitations::list(x).await,
        Op::ResendInvitation => invitations::resend(x).await,
        Op::RevokeInvitation => invitations::revoke(x).await,
        Op::PreviewInvitation => joining::preview(x).await,
        Op::AcceptInvitation => joining::accept(x).await,
        Op::DeclineInvitation => joining::decline(x).await,
        Op::ListRoles => roles::list(x).await,
        Op::CreateRole => roles::create(x).await,
        Op::UpdateRole => roles::update(x).await,
        Op::DeleteRole => roles::delete(x).await,
        Op::GetPolicy => permissions::policy(x),
        Op::CheckPermissions => permissions::check(x).await,
        Op::IssueToken => permissions::issue_token(x).await,
        Op::ListKeys => permissions::keys(x),
        Op::CreateApiKey => api_keys::create(x).await,
        Op::ListApiKeys => api_keys::list(x).await,
        Op::RevokeApiKey => api_keys::revoke(x).await,
        Op::GetAttributePolicy => attribute_policy::get(x).await,
        Op::PutAttributePolicy => attribute_policy::put(x).await,
        Op::DeleteAttributePolicy => attribute_policy::delete(x).await,
        Op::EvaluateAccess | Op::EvaluateAccessIn => access::evaluate(x).await,
        Op::EvaluateAccessBatch | Op::EvaluateAccessBatchIn => access::evaluate_batch(x).await,
        Op::SearchSubjects | Op::SearchSubjectsIn => access::search_subjects(x).await,
        Op::SearchResources | Op::SearchResourcesIn => access::search_resources(x).await,
        Op::SearchActions | Op::SearchActionsIn => access::search_actions(x).await,
        Op::DescribeAuthZen | Op::DescribeAuthZenOf => access::describe(x),
        Op::ReadAuditLog => audit_log::read(x).await,
        Op::Health => service::health(x).await,
        Op::OpenApi => service::open_api(),
        Op::Docs => service::docs(),
        Op::DocsScript => service::docs_script(),
        Op::DocsStyle => service::docs_style(),
        Op::ListProblems => service::list_problems(x),
        Op::ExplainProblem => service::explain_problem(x),
    }
}
