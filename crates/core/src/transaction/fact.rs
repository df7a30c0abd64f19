//! Facts: single values of the stored state that a decision reads and a change then rests on.
//!
//! A fact is one entry of `facts!` here and its SQL in `store::preconditions`, which loads the fact and checks at the commit that
//! it has the same value. The entry makes the typed constructor for the tracked snapshot, and a sample for the tests of every
//! fact's query plan and precondition.

use crate::domain::email::Email;
use crate::domain::id::{AccountId, ApiKeyId, IdentityId, InvitationId, UserId};
use crate::domain::passkey::{ChallengeId, CredentialId};
use crate::domain::provider_identity::IssuerSubject;
use crate::domain::role::RoleCode;
use crate::domain::time::Timestamp;
use core::marker::PhantomData;

/// The enum [`Fact`] and the constructors of [`FactOf`] from one declaration: `Variant, constructor(parameters) -> type`.
macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident, $constructor:ident($($parameter:ident: $type:ty),*) -> $value:ty;)*) => {
        /// A single value of the stored state, by what determines it.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Fact { $($(#[$doc])* $name($($type),*),)* }

        impl Fact {
            $($(#[$doc])*
            pub fn $constructor($($parameter: $type),*) -> FactOf<$value> {
                FactOf { fact: Fact::$name($($parameter),*), value: PhantomData }
            })*
        }

        #[cfg(any(test, feature = "testing"))]
        impl Fact {
            /// One fact of each kind, for the tests that check every fact.
            pub fn samples() -> Vec<Fact> {
                vec![$(Fact::$name($(<$type as Sample>::sample()),*)),*]
            }
        }
    };
}

facts! {
    /// Whether the user of an email is a member of the account. One fact covers member, non-member and unknown email, so that an
    /// invitation costs the same for each.
    EmailIsMember, email_is_member(account: AccountId, email: Email) -> bool;
    /// The invitation of an email to the account that is stored as pending.
    PendingInvitation, pending_invitation(account: AccountId, email: Email) -> Option<InvitationId>;
    /// Whether a member has the role, or an invitation offers it that is pending and unexpired at this time.
    RoleInUse, role_in_use(account: AccountId, role: RoleCode, now: Timestamp) -> bool;
    /// The API keys of the account that the user created and that are live at this time, by id.
    KeysMadeBy, keys_made_by(account: AccountId, user: UserId, now: Timestamp) -> Vec<ApiKeyId>;
    /// Whether the owner of the account owns another one.
    OwnerHasAnother, owner_has_another(account: AccountId) -> bool;
    /// Whether the challenge of a passkey ceremony was spent.
    ChallengeSpent, challenge_spent(id: ChallengeId) -> bool;
    /// The user of a person at an issuer.
    UserOfPerson, user_of_person(person: IssuerSubject) -> Option<UserId>;
    /// The authenticator app that a user has confirmed.
    ConfirmedTotp, confirmed_totp(user: UserId) -> Option<IdentityId>;
    /// Whether a passkey of any user has this credential id.
    PasskeyExists, passkey_exists(credential: CredentialId) -> bool;
}

/// The value of a fact as SQL returns it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FactValue {
    /// No such row.
    Null,
    /// A number; 1 and 0 are true and false.
    Integer(i64),
    /// A text; a list is a JSON array of texts.
    Text(String),
}

/// A fact with the Rust type of its value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FactOf<T> {
    /// The fact.
    pub fact: Fact,
    value: PhantomData<T>,
}

/// Type of a fact in Rust.
pub trait FromFactValue: Sized {
    /// Reads the value; None if it is not of this type.
    fn from_value(value: &FactValue) -> Option<Self>;
}

impl FromFactValue for bool {
    fn from_value(value: &FactValue) -> Option<Self> {
        match value {
            FactValue::Integer(number @ (0 | 1)) => Some(*number == 1),
            _ => None,
        }
    }
}

impl From<bool> for FactValue {
    fn from(value: bool) -> Self {
        FactValue::Integer(i64::from(value))
    }
}

/// Ids as the values of facts: one, none, or a list.
macro_rules! id_facts {
    ($($id:ty),*) => {$(
        impl FromFactValue for Option<$id> {
            fn from_value(value: &FactValue) -> Option<Self> {
                match value {
                    FactValue::Null => Some(None),
                    FactValue::Text(text) => <$id>::parse(text).map(Some),
                    FactValue::Integer(_) => None,
                }
            }
        }

        impl From<Option<$id>> for FactValue {
            fn from(value: Option<$id>) -> Self {
                value.map_or(FactValue::Null, |id| FactValue::Text(id.to_string()))
            }
        }

        impl FromFactValue for Vec<$id> {
            fn from_value(value: &FactValue) -> Option<Self> {
                let FactValue::Text(json) = value else { return None };
                let ids: Vec<String> = serde_json::from_str(json).ok()?;
                ids.iter().map(|id| <$id>::parse(id)).collect()
            }
        }

        impl From<Vec<$id>> for FactValue {
            fn from(value: Vec<$id>) -> Self {
                let ids: Vec<String> = value.iter().map(ToString::to_string).collect();
                FactValue::Text(serde_json::Value::from(ids).to_string())
            }
        }
    )*};
}

id_facts!(InvitationId, ApiKeyId, UserId, IdentityId);

/// Values for [`Fact::samples`], one for each type of parameter.
#[cfg(any(test, feature = "testing"))]
trait Sample {
    fn sample() -> Self;
}

#[cfg(any(test, feature = "testing"))]
mod samples {
    use super::Sample;
    use crate::domain::email::Email;
    use crate::domain::id::{AccountId, UserId};
    use crate::domain::passkey::{ChallengeId, CredentialId};
    use crate::domain::provider_identity::IssuerSubject;
    use crate::domain::role::RoleCode;
    use crate::domain::time::Timestamp;
    use crate::testing;

    impl Sample for AccountId {
        fn sample() -> Self {
            testing::account_id("acme")
        }
    }

    impl Sample for UserId {
        fn sample() -> Self {
            testing::user_id("ann")
        }
    }

    impl Sample for Email {
        fn sample() -> Self {
            testing::email("ann")
        }
    }

    impl Sample for RoleCode {
        fn sample() -> Self {
            RoleCode::owner()
        }
    }

    impl Sample for ChallengeId {
        fn sample() -> Self {
            ChallengeId::from_bytes([7; 16])
        }
    }

    impl Sample for CredentialId {
        fn sample() -> Self {
            CredentialId::restore("Bw".to_owned())
        }
    }

    impl Sample for IssuerSubject {
        fn sample() -> Self {
            IssuerSubject { issuer: "https://idp.example".to_owned(), subject: "ann".to_owned() }
        }
    }

    impl Sample for Timestamp {
        fn sample() -> Self {
            testing::NOW
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn a_value_of_another_type_counts_as_not_loaded() {
        let id = invitation_id("eve").to_string();
        assert_eq!([0, 1, 2, -1].map(|number| bool::from_value(&FactValue::Integer(number))), [Some(false), Some(true), None, None]);
        assert_eq!(bool::from_value(&FactValue::Null), None);
        for (value, read) in [
            (FactValue::Null, Some(None)),
            (FactValue::Text(id.clone()), Some(Some(invitation_id("eve")))),
            (FactValue::Text("inv_".to_owned()), None),
            (FactValue::Integer(1), None),
        ] {
            assert_eq!(Option::<InvitationId>::from_value(&value), read, "{value:?}");
        }
        for text in ["", "[]]", "{}", "[1]", r#"["key_"]"#] {
            assert_eq!(Vec::<ApiKeyId>::from_value(&FactValue::Text(text.to_owned())), None, "{text}");
        }
        assert_eq!(Vec::<ApiKeyId>::from_value(&FactValue::Null), None);
    }

    #[test]
    fn values_round_trip() {
        for flag in [false, true] {
            assert_eq!(bool::from_value(&flag.into()), Some(flag));
        }
        for id in [None, Some(invitation_id("eve"))] {
            assert_eq!(Option::<InvitationId>::from_value(&id.into()), Some(id));
        }
        for ids in [vec![], vec![api_key_id("ci")], vec![api_key_id("ci"), api_key_id("cd")]] {
            assert_eq!(Vec::<ApiKeyId>::from_value(&ids.clone().into()), Some(ids));
        }
    }
}
