//! Macros that declare DTOs.

/// Declares request bodies: struct, [`FromJson`](crate::decode::FromJson) implementation and schema.
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

        impl $crate::decode::FromField for $name {
            fn from_field(value: Option<serde_json::Value>, at: &str, errors: &mut Vec<rolecall_core::domain::field_error::FieldError>) -> Option<Self> {
                $crate::decode::object(value, at, errors)
            }
        }
    )*};
}
pub(super) use requests;

/// Declares response bodies: struct, serialisation and schema.
macro_rules! responses {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Serialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }
    )*};
}
pub(super) use responses;
