//! Generator of the OpenAPI 3.1 document from the route table and the schemas of the DTOs. Runs at build time only.

use crate::authzen;
use crate::dto::{self, schema::PolicyResponse};
use crate::http::cookie;
use crate::problem::{DenialDetail, FIELD_CODES, FieldProblem, ProblemCode, ProblemDocument};
use crate::route::{Parameter, ParameterKind, RequiredAuth, Route, SuccessResponse, Tag};
use crate::route_table::ROUTES;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::OpenApi;

/// Schemas referenced by routes; schemas that these refer to are included transitively.
#[derive(OpenApi)]
#[openapi(components(schemas(
    dto::SignUpRequest,
    dto::VerifyEmailRequest,
    dto::RequestPasswordResetRequest,
    dto::CompletePasswordResetRequest,
    dto::SignInRequest,
    dto::RequestEmailCodeRequest,
    dto::DeploymentSignInMethodsResponse,
    dto::ExchangeTokenRequest,
    dto::ProviderLinkResponse,
    dto::SignInProviderResponse,
    dto::ReauthenticateRequest,
    dto::FinishSignInRequest,
    dto::ConfirmTotpRequest,
    dto::TotpResponse,
    dto::RecoveryCodesResponse,
    dto::ChangePasswordRequest,
    dto::SignInMethodResponse,
    dto::SignInMethodListResponse,
    dto::RegisterPasskeyRequest,
    dto::UpdatePasskeyRequest,
    dto::PasskeyResponse,
    dto::PasskeyListResponse,
    dto::PasskeyRegistrationOptionsResponse,
    dto::PasskeyAuthenticationOptionsResponse,
    dto::UpdateMeRequest,
    dto::UpdateAccountRequest,
    dto::ConvertAccountRequest,
    dto::TransferAccountRequest,
    dto::UpdateMemberRequest,
    dto::CreateInvitationRequest,
    dto::DeclineInvitationRequest,
    dto::CreateRoleRequest,
    dto::UpdateRoleRequest,
    dto::CheckPermissionsRequest,
    dto::CreateApiKeyRequest,
    dto::StatusResponse,
    dto::SignedInResponse,
    dto::SessionListResponse,
    dto::MeResponse,
    dto::AccountListResponse,
    dto::AccountResponse,
    dto::DryRunResponse,
    dto::MemberListResponse,
    dto::MemberResponse,
    dto::InvitationListResponse,
    dto::InvitationResponse,
    dto::InvitationPreviewResponse,
    dto::RoleListResponse,
    dto::RoleResponse,
    dto::CheckPermissionsResponse,
    dto::TokenResponse,
    dto::CreatedApiKeyResponse,
    dto::ApiKeyListResponse,
    dto::AuditLogResponse,
    dto::HealthResponse,
    authzen::response::EvaluationDecision,
    authzen::response::EvaluationDecisions,
    authzen::response::EntitySearchResponse,
    authzen::response::ActionSearchResponse,
    authzen::response::AuthZenConfiguration,
    authzen::schema::Evaluation,
    authzen::schema::Evaluations,
    authzen::schema::EntitySearch,
    authzen::schema::ActionSearch,
    authzen::schema::AttributePolicyDocument,
    PolicyResponse,
    ProblemDocument,
    FieldProblem,
    DenialDetail,
)))]
struct Schemas;

/// Builds the document.
pub fn document() -> Value {
    let tags: Vec<Value> = Tag::ALL
        .iter()
        .map(|tag| tag.description())
        .map(|(name, description)| json!({ "name": name, "description": description }))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Rolecall",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Team accounts at the edge.",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "The deployment that serves this document." }],
        "tags": tags,
        "paths": paths(),
        "components": {
            "securitySchemes": {
                "apiKey": { "type": "http", "scheme": "bearer", "bearerFormat": "rc_…", "description": "An API key of the account. Accepted under `/api` and `/access`, not under `/v1`." },
                "session": { "type": "apiKey", "in": "cookie", "name": cookie::NAME, "description": "The session cookie, set by signing in. Attributes: Secure, HttpOnly, SameSite=Lax." },
            },
            "headers": {
                "RequestId": { "description": "Identifier of the request in logs and in the audit log.", "schema": { "type": "string", "format": "uuid" } },
                "RetryAfter": { "description": "Number of seconds to wait before the request is sent again.", "schema": { "type": "integer", "minimum": 1 } },
            },
            "parameters": {
                "IdempotencyKey": {
                    "name": "Idempotency-Key", "in": "header", "required": false,
                    "description": "Makes retries safe. A repeated request with the same key, method, path and body returns the response of the first one and changes nothing again. Responses are stored for 24 hours.",
                    "schema": { "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" },
                },
                "IfMatch": {
                    "name": "If-Match", "in": "header", "required": false,
                    "description": "The `ETag` of the account that the change is based on, or a list of these. If the account has another version, the response is 412. Weak and strong tags are compared alike.",
                    "schema": { "type": "string", "example": "\"7\"" },
                },
            },
            "responses": shared_responses(),
            "schemas": schemas(),
        },
    })
}

const ABOUT: &str = "Requests and responses are JSON in snake_case. Times are RFC 3339 in UTC; ids are strings with a type prefix. \
Errors are `application/problem+json` (RFC 9457) with a stable `code`, which `/problems/<code>` explains. \
Every write accepts `Idempotency-Key`. Lists return `items` and `next_cursor`. \
Request bodies larger than 64 KiB, with unknown or repeated fields, or nested deeper than 32 levels are rejected and change nothing. \
Browsers can send writes only from the origin of the service and from origins that the deployment allows.";

fn paths() -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (order, route) in ROUTES.iter().enumerate() {
        let mut operation = operation(route);
        if let Value::Object(members) = &mut operation {
            // JSON objects are unordered; the API reference lists the routes in the order of the table.
            members.insert("x-order".to_owned(), json!(order));
        }
        paths.entry(route.path).or_default().insert(route.method.as_str().to_ascii_lowercase(), operation);
    }
    json!(paths)
}

fn operation(route: &Route) -> Value {
    let required = required_auth(route.auth);
    let description = [route.description, required.as_str()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n");
    let mut operation = json!({
        "operationId": route.operation.id(),
        "tags": [route.tag.description().0],
        "summary": route.summary,
        "description": description,
        "responses": responses(route),
        "x-access": required_auth_code(route.auth),
        "x-d1-round-trips": route.round_trips,
        "x-fresh": route.fresh,
    });
    let Value::Object(members) = &mut operation else { return operation };
    let parameters = parameters(route);
    if !parameters.is_empty() {
        members.insert("parameters".to_owned(), json!(parameters));
    }
    if let Some(schema) = route.body {
        let body = json!({ "required": !route.body_optional, "content": { "application/json": { "schema": reference(schema) } } });
        members.insert("requestBody".to_owned(), body);
    }
    let security = match route.auth {
        RequiredAuth::Principal(_) => json!([{ "session": [] }, { "apiKey": [] }]),
        required_auth if required_auth.needs_session() => json!([{ "session": [] }]),
        _ => json!([]),
    };
    members.insert("security".to_owned(), security);
    operation
}

fn required_auth(required_auth: RequiredAuth) -> String {
    match required_auth {
        RequiredAuth::Public => String::new(),
        RequiredAuth::Session => "Requires a session.".to_owned(),
        RequiredAuth::Member => "Requires membership in the account.".to_owned(),
        RequiredAuth::Owner => "Requires the owner of the account.".to_owned(),
        RequiredAuth::Permission(code) => format!("Requires the permission `{code}`."),
        RequiredAuth::PermissionOrSelf(code) => format!("Requires the permission `{code}`, unless `user` is the current user."),
        RequiredAuth::Principal(code) => format!("Requires a session or an API key with the permission `{code}`."),
    }
}

fn required_auth_code(required_auth: RequiredAuth) -> &'static str {
    match required_auth {
        RequiredAuth::Public => "public",
        RequiredAuth::Session => "session",
        RequiredAuth::Member => "member",
        RequiredAuth::Owner => "owner",
        RequiredAuth::Permission(code) | RequiredAuth::PermissionOrSelf(code) | RequiredAuth::Principal(code) => code,
    }
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let mut list: Vec<Value> = in_path.map(path_parameter).collect();
    list.extend(route.parameters.iter().map(|parameter| optional_parameter(parameter, "query")));
    list.extend(route.headers.iter().map(|parameter| optional_parameter(parameter, "header")));
    if route.mutates {
        list.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
    }
    if route.conditional {
        list.push(match route.precondition {
            None => json!({ "$ref": "#/components/parameters/IfMatch" }),
            Some(etag) => json!({
                "name": "If-Match", "in": "header", "required": false, "schema": { "type": "string", "example": "\"7\"" },
                "description": format!("The `ETag` that the change is based on. If the stored one differs, the response is 412. {etag}"),
            }),
        });
    }
    list
}

fn path_parameter(name: &str) -> Value {
    let (description, example) = match name {
        "account" => ("Account id, `acct_…`", "acct_0199aaaaaaaa7000800000000000000b"),
        "user" => ("User id, `usr_…`", "usr_0199aaaaaaaa7000800000000000000a"),
        "invitation" => ("Invitation id, `inv_…`", "inv_0199aaaaaaaa7000800000000000000c"),
        "session" => ("Session id, `ses_…`", "ses_0199aaaaaaaa7000800000000000000e"),
        "key" => ("API key id, `key_…`", "key_0199aaaaaaaa7000800000000000000d"),
        "role" => ("Role code", "on-call"),
        "passkey" | "method" => ("Id of a way to sign in, `idn_…`", "idn_0199aaaaaaaa70008000000000000010"),
        "provider" => ("Id of a sign-in provider", "google"),
        "code" => ("Problem code", "permission-missing"),
        _ => ("Token from the fragment of the invitation link", ""),
    };
    let mut schema = json!({ "type": "string" });
    if let (Value::Object(schema), false) = (&mut schema, example.is_empty()) {
        schema.insert("example".to_owned(), json!(example));
    }
    json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema })
}

fn optional_parameter(parameter: &Parameter, location: &str) -> Value {
    let schema = match parameter.kind {
        ParameterKind::Text => json!({ "type": "string" }),
        ParameterKind::Flag => json!({ "type": "boolean" }),
        ParameterKind::Count => json!({ "type": "integer", "minimum": 1 }),
        ParameterKind::Time => json!({ "type": "string", "format": "date-time" }),
        ParameterKind::Word(values) => json!({ "type": "string", "enum": values }),
    };
    json!({ "name": parameter.name, "in": location, "required": false, "description": parameter.description, "schema": schema })
}

/// Groups the problem codes of a route by status.
fn problems(route: &Route) -> BTreeMap<u16, Vec<ProblemCode>> {
    let mut by_status: BTreeMap<u16, Vec<ProblemCode>> = BTreeMap::new();
    for code in route.all_problems() {
        by_status.entry(code.status()).or_default().push(code);
    }
    if !route.conflicts.is_empty() {
        let conflicts = by_status.entry(ProblemCode::Conflict.status()).or_default();
        conflicts.extend(route.conflicts);
    }
    by_status
}

fn responses(route: &Route) -> Value {
    let mut responses = Map::new();
    for success in route.success_responses {
        responses.insert(success.status.to_string(), success_response(success));
    }
    for (status, codes) in problems(route) {
        responses.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{}", response_name(status, &codes)) }));
    }
    Value::Object(responses)
}

/// Returns the component name of a problem response, shared by all routes with the same codes for the status.
fn response_name(status: u16, codes: &[ProblemCode]) -> String {
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    format!("{status}.{}", names.join("."))
}

fn shared_responses() -> BTreeMap<String, Value> {
    ROUTES.iter().flat_map(problems).map(|(status, codes)| (response_name(status, &codes), problem_response(&codes))).collect()
}

fn success_response(success: &SuccessResponse) -> Value {
    let mut headers = json!({ "Request-Id": { "$ref": "#/components/headers/RequestId" } });
    if let (Some(description), Value::Object(headers)) = (success.tag, &mut headers) {
        headers.insert("ETag".to_owned(), json!({ "description": description, "schema": { "type": "string", "example": "\"7\"" } }));
    }
    let mut response = json!({ "description": success.description, "headers": headers });
    let schema = success.schema.map(|schema| match success.other {
        Some(other) => json!({ "anyOf": [reference(schema), reference(other)] }),
        None => reference(schema),
    });
    if let (Some(schema), Value::Object(response)) = (schema, &mut response) {
        let mut content = Map::from_iter([("application/json".to_owned(), json!({ "schema": schema }))]);
        content.extend(
            success
                .exports
                .iter()
                .map(|(kind, description)| ((*kind).to_owned(), json!({ "schema": { "type": "string", "description": description } }))),
        );
        response.insert("content".to_owned(), Value::Object(content));
    }
    response
}

fn problem_response(codes: &[ProblemCode]) -> Value {
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let description: Vec<String> = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.title())).collect();
    let schema = json!({ "allOf": [reference("ProblemDocument"), { "type": "object", "properties": { "code": { "type": "string", "enum": names } } }] });
    let mut response = json!({ "description": description.join("\n\n"), "content": { "application/problem+json": { "schema": schema } } });
    let has_retry_after =
        codes.iter().any(|code| matches!(code, ProblemCode::RateLimited | ProblemCode::StoreUnavailable | ProblemCode::Conflict));
    if let (true, Value::Object(response)) = (has_retry_after, &mut response) {
        response.insert("headers".to_owned(), json!({ "Retry-After": { "$ref": "#/components/headers/RetryAfter" } }));
    }
    response
}

fn schemas() -> Value {
    let mut schemas =
        serde_json::to_value(Schemas::openapi().components).unwrap_or_default().get_mut("schemas").map(Value::take).unwrap_or_default();
    let Value::Object(all) = &mut schemas else { return schemas };
    for (name, schema) in all.iter_mut() {
        match schema {
            Value::Object(schema) if name.ends_with("Request") => {
                schema.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            schema => require_nullable(schema),
        }
    }
    enumerate(all, "ProblemDocument", "code", ProblemCode::ALL.iter().map(|code| code.as_str()).collect());
    enumerate(all, "FieldProblem", "code", FIELD_CODES.iter().map(|(code, _)| *code).collect());
    enumerate(all, "AccountResponse", "kind", vec!["personal", "team"]);
    for name in ["InvitationResponse", "InvitationPreviewResponse"] {
        enumerate(all, name, "state", vec!["pending", "accepted", "declined", "revoked", "expired"]);
    }
    enumerate(all, "CheckResponse", "reason", vec!["granted", "permission-missing"]);
    schemas
}

/// Marks nullable properties of a response as required: a response never omits a nullable member, nor sends `null` for an
/// optional one.
fn require_nullable(schema: &mut Value) {
    if let Some(Value::Array(parts)) = schema.get_mut("allOf") {
        parts.iter_mut().for_each(require_nullable);
    }
    let Some(Value::Object(properties)) = schema.get("properties") else { return };
    let nullable = properties.iter().filter(|(_, property)| {
        property.get("type").is_some_and(|kind| kind.as_array().is_some_and(|kinds| kinds.contains(&json!("null"))))
    });
    let mut names: Vec<Value> = nullable.map(|(name, _)| json!(name)).collect();
    if let Value::Object(schema) = schema {
        let required = schema.entry("required").or_insert_with(|| json!([]));
        if let Value::Array(required) = required {
            names.retain(|name| !required.contains(name));
            required.append(&mut names);
        }
        if schema.get("required") == Some(&json!([])) {
            schema.remove("required");
        }
    }
}

/// Restricts a string property to the given values.
fn enumerate(schemas: &mut Map<String, Value>, schema: &str, property: &str, values: Vec<&str>) {
    let property = schemas.get_mut(schema).and_then(|schema| schema.get_mut("properties")?.get_mut(property));
    if let Some(Value::Object(property)) = property {
        property.insert("enum".to_owned(), json!(values));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref") {
                    found.push(target.clone());
                }
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_resolves() {
        let document = document();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 100);
        for target in found {
            assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
        }
    }

    #[test]
    fn every_code_is_listed() {
        let document = document();
        let listed = document.pointer("/components/schemas/ProblemDocument/properties/code/enum").unwrap();
        assert_eq!(listed.as_array().unwrap().len(), ProblemCode::ALL.len());
        assert!(document.pointer("/components/schemas/FieldProblem/properties/code/enum").is_some());
        assert!(document.pointer("/components/schemas/InvitationPreviewResponse/properties/state/enum").is_some());
    }

    #[test]
    fn request_schemas_list_exactly_the_fields_of_the_parser_and_allow_no_others() {
        let document = document();
        let schema = |name: &str| document.pointer(&format!("/components/schemas/{name}")).unwrap().clone();
        let names = |name: &str| -> Vec<String> { schema(name)["properties"].as_object().unwrap().keys().cloned().collect() };
        fn sorted<T: crate::decode::FromJson>() -> Vec<String> {
            let mut fields: Vec<String> = T::FIELDS.iter().map(|field| (*field).to_owned()).collect();
            fields.sort();
            fields
        }
        assert_eq!(names("SignUpRequest"), sorted::<dto::SignUpRequest>());
        assert_eq!(names("CreateInvitationRequest"), sorted::<dto::CreateInvitationRequest>());
        assert_eq!(schema("CreateInvitationRequest")["additionalProperties"], false);
        assert_eq!(schema("CreateInvitationRequest")["required"], json!(["email", "role"]));
        assert_eq!(schema("CreateInvitationRequest")["properties"]["expires_in"]["type"], json!(["integer", "null"]));
        assert_eq!(schema("SignUpRequest")["properties"]["name"]["type"], "string");
        assert!(schema("MemberListResponse")["required"].as_array().unwrap().contains(&json!("next_cursor")));
    }
}
