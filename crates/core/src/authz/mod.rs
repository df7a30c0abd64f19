//! Authorisation: the caller in an account, their effective permissions, quotas, and the gateway's decisions.

pub mod authenticated_principal;
pub mod freshness;
pub mod gateway;
pub mod member;
pub mod policy_config;
pub mod quotas;
