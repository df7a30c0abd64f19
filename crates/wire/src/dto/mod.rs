//! The shapes on the wire: requests that are read, responses that are written, and the conversions from core.
//!
//! Fields may be added, never renamed. Nothing here decides anything.

mod account;
mod api_key;
mod audit;
mod invitation;
mod list;
mod meta;
mod person;
mod role;

pub use account::*;
pub use api_key::*;
pub use audit::*;
pub use invitation::*;
pub use list::*;
pub use meta::*;
pub use person::*;
pub use role::*;

#[cfg(feature = "openapi")]
pub(crate) use meta::schema;

/// Requests: the struct, how its fields are read, and its schema, from one declaration.
macro_rules! requests {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }

        impl $crate::decode::FromJson for $name {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];
            fn read(fields: &mut $crate::decode::Fields) -> Option<Self> {
                $(let $field = fields.take::<$type>(stringify!($field));)*
                Some($name { $($field: $field?),* })
            }
        }

        impl $crate::decode::Field for $name {
            fn field(value: Option<serde_json::Value>, at: &str, errors: &mut Vec<rolecall_core::domain::field_error::FieldError>) -> Option<Self> {
                $crate::decode::object(value, at, errors)
            }
        }
    )*};
}
use requests;

/// Responses: the struct, how it is written, and its schema, from one declaration.
macro_rules! responses {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Serialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }
    )*};
}
use responses;
