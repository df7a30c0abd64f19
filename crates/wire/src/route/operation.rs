//! Operations of the API.

macro_rules! operations {
    ($($name:ident,)*) => {
        /// Operation of the API. The Worker dispatches on it with an exhaustive match, so that each has a handler.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        #[expect(missing_docs, reason = "described by the summary of the route")]
        pub enum Operation { $($name,)* }

        impl Operation {
            /// All operations.
            pub const ALL: &'static [Operation] = &[$(Operation::$name),*];

            /// Returns the OpenAPI `operationId`, in camel case.
            pub fn id(self) -> String {
                let name = match self { $(Operation::$name => stringify!($name)),* };
                name.chars().enumerate().map(|(i, c)| if i == 0 { c.to_ascii_lowercase() } else { c }).collect()
            }
        }
    };
}

operations! {
    SignUp, VerifyEmail, RequestPasswordReset, CompletePasswordReset,
    DescribeSignIn, RequestEmailCode, SignIn, ListSessions, EndSession, SignOut, Reauthenticate, FinishSignIn,
    StartProviderSignIn, FinishProviderSignIn, GetProviderLink, ConnectProvider, DropProviderLink, ExchangeToken,
    GetMe, UpdateMe, ListSignInMethods, RemoveSignInMethod, ChangePassword,
    StartTotp, ConfirmTotp, RemoveTotp, CreateRecoveryCodes,
    StartPasskeyRegistration, RegisterPasskey, ListPasskeys, UpdatePasskey, RemovePasskey, StartPasskeyAuthentication,
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
