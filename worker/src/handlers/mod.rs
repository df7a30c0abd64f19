//! Handlers, one file per group of routes. A handler decodes the request, calls one use case and selects the DTO of the
//! response. It makes no decisions.

mod accounts;
mod api_keys;
mod attribute_policy;
mod audit_log;
mod authzen;
pub mod dev;
mod email_codes;
mod health_and_docs;
mod invitations;
mod joining;
mod me;
mod members;
mod passkeys;
mod password_resets;
mod permissions;
mod providers;
mod roles;
mod second_factor;
mod sessions;
mod sign_in_methods;
mod sign_up;
mod totp;

pub use second_factor::with_pending_cookie;

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::HandlerResponse;
use core::future::{Future, ready};
use core::pin::Pin;
use rolecall_wire::route::Operation as Op;

/// Calls the handler of the operation.
///
/// Each future is boxed separately. A single state machine would have the size of the largest handler for every request.
pub fn handle(ctx: &HandlerContext) -> Pin<Box<dyn Future<Output = Result<HandlerResponse, HandlerError>> + '_>> {
    match ctx.route.operation {
        Op::SignUp => Box::pin(sign_up::sign_up(ctx)),
        Op::VerifyEmail => Box::pin(sign_up::verify_email(ctx)),
        Op::RequestPasswordReset => Box::pin(password_resets::request(ctx)),
        Op::CompletePasswordReset => Box::pin(password_resets::complete(ctx)),
        Op::DescribeSignIn => Box::pin(ready(sign_in_methods::describe(ctx))),
        Op::RequestEmailCode => Box::pin(email_codes::request(ctx)),
        Op::SignIn => Box::pin(sessions::sign_in(ctx)),
        Op::ListSessions => Box::pin(sessions::list(ctx)),
        Op::EndSession => Box::pin(sessions::end(ctx)),
        Op::SignOut => Box::pin(sessions::sign_out(ctx)),
        Op::Reauthenticate => Box::pin(sign_in_methods::reauthenticate(ctx)),
        Op::FinishSignIn => Box::pin(second_factor::finish(ctx)),
        Op::StartTotp => Box::pin(totp::start(ctx)),
        Op::ConfirmTotp => Box::pin(totp::confirm(ctx)),
        Op::RemoveTotp => Box::pin(totp::remove(ctx)),
        Op::CreateRecoveryCodes => Box::pin(totp::create_recovery_codes(ctx)),
        Op::ListSignInMethods => Box::pin(sign_in_methods::list(ctx)),
        Op::ChangePassword => Box::pin(sign_in_methods::change_password(ctx)),
        Op::StartPasskeyRegistration => Box::pin(passkeys::registration_options(ctx)),
        Op::RegisterPasskey => Box::pin(passkeys::register(ctx)),
        Op::ListPasskeys => Box::pin(passkeys::list(ctx)),
        Op::UpdatePasskey => Box::pin(passkeys::update(ctx)),
        Op::RemovePasskey => Box::pin(passkeys::remove(ctx)),
        Op::StartPasskeyAuthentication => Box::pin(ready(passkeys::authentication_options(ctx))),
        Op::StartProviderSignIn => Box::pin(providers::authorize(ctx)),
        Op::FinishProviderSignIn => Box::pin(providers::callback(ctx)),
        Op::GetProviderLink => Box::pin(ready(providers::waiting(ctx))),
        Op::ConnectProvider => Box::pin(providers::connect(ctx)),
        Op::DropProviderLink => Box::pin(ready(providers::forget(ctx))),
        Op::ExchangeToken => Box::pin(providers::exchange(ctx)),
        Op::RemoveSignInMethod => Box::pin(providers::remove_method(ctx)),
        Op::GetMe => Box::pin(me::get(ctx)),
        Op::UpdateMe => Box::pin(me::update(ctx)),
        Op::ListAccounts => Box::pin(accounts::list(ctx)),
        Op::GetAccount => Box::pin(accounts::get(ctx)),
        Op::UpdateAccount => Box::pin(accounts::update(ctx)),
        Op::ConvertAccount => Box::pin(accounts::convert(ctx)),
        Op::DeleteTeam => Box::pin(accounts::delete_team(ctx)),
        Op::TransferAccount => Box::pin(accounts::transfer(ctx)),
        Op::ListMembers => Box::pin(members::list(ctx)),
        Op::UpdateMember => Box::pin(members::update(ctx)),
        Op::RemoveMember => Box::pin(members::remove(ctx)),
        Op::CreateInvitation => Box::pin(invitations::create(ctx)),
        Op::ListInvitations => Box::pin(invitations::list(ctx)),
        Op::ResendInvitation => Box::pin(invitations::resend(ctx)),
        Op::RevokeInvitation => Box::pin(invitations::revoke(ctx)),
        Op::PreviewInvitation => Box::pin(joining::preview(ctx)),
        Op::AcceptInvitation => Box::pin(joining::accept(ctx)),
        Op::DeclineInvitation => Box::pin(joining::decline(ctx)),
        Op::ListRoles => Box::pin(roles::list(ctx)),
        Op::CreateRole => Box::pin(roles::create(ctx)),
        Op::UpdateRole => Box::pin(roles::update(ctx)),
        Op::DeleteRole => Box::pin(roles::delete(ctx)),
        Op::GetPolicy => Box::pin(ready(permissions::policy(ctx))),
        Op::CheckPermissions => Box::pin(permissions::check(ctx)),
        Op::IssueToken => Box::pin(permissions::issue_token(ctx)),
        Op::ListKeys => Box::pin(ready(permissions::jwks(ctx))),
        Op::CreateApiKey => Box::pin(api_keys::create(ctx)),
        Op::ListApiKeys => Box::pin(api_keys::list(ctx)),
        Op::RevokeApiKey => Box::pin(api_keys::revoke(ctx)),
        Op::GetAttributePolicy => Box::pin(attribute_policy::get(ctx)),
        Op::PutAttributePolicy => Box::pin(attribute_policy::put(ctx)),
        Op::DeleteAttributePolicy => Box::pin(attribute_policy::delete(ctx)),
        Op::EvaluateAccess | Op::EvaluateAccessIn => Box::pin(authzen::evaluate(ctx)),
        Op::EvaluateAccessBatch | Op::EvaluateAccessBatchIn => Box::pin(authzen::evaluate_batch(ctx)),
        Op::SearchSubjects | Op::SearchSubjectsIn => Box::pin(authzen::search_subjects(ctx)),
        Op::SearchResources | Op::SearchResourcesIn => Box::pin(authzen::search_resources(ctx)),
        Op::SearchActions | Op::SearchActionsIn => Box::pin(authzen::search_actions(ctx)),
        Op::DescribeAuthZen | Op::DescribeAuthZenOf => Box::pin(ready(authzen::describe(ctx))),
        Op::ReadAuditLog => Box::pin(audit_log::read(ctx)),
        Op::Health => Box::pin(health_and_docs::health(ctx)),
        Op::OpenApi => Box::pin(ready(health_and_docs::open_api())),
        Op::Docs => Box::pin(ready(health_and_docs::docs())),
        Op::DocsScript => Box::pin(ready(health_and_docs::docs_script())),
        Op::DocsStyle => Box::pin(ready(health_and_docs::docs_style())),
        Op::ListProblems => Box::pin(ready(health_and_docs::list_problems(ctx))),
        Op::ExplainProblem => Box::pin(ready(health_and_docs::explain_problem(ctx))),
    }
}
