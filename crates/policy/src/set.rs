//! Sets of permissions as bits: a check is one shift, whatever the number of roles and permissions.

/// Most permissions of a policy: a set is four machine words, and an id one byte.
pub const PERMISSIONS_MAX: usize = 256;

/// A permission's place in its policy.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct PermissionId(pub(crate) u8);

impl PermissionId {
    /// The place, from 0.
    pub fn index(self) -> u8 {
        self.0
    }
}

/// A set of permissions of one policy.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct PermissionSet([u64; 4]);

impl PermissionSet {
    /// No permission.
    pub const EMPTY: PermissionSet = PermissionSet([0; 4]);

    /// Whether the permission is in it.
    pub fn contains(self, id: PermissionId) -> bool {
        self.0.get(usize::from(id.0 >> 6)).is_some_and(|word| word >> (id.0 & 63) & 1 == 1)
    }

    /// Puts a permission in.
    pub fn insert(&mut self, id: PermissionId) {
        if let Some(word) = self.0.get_mut(usize::from(id.0 >> 6)) {
            *word |= 1 << (id.0 & 63);
        }
    }

    fn zip(self, other: Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        let mut words = self.0;
        words.iter_mut().zip(other.0).for_each(|(word, other)| *word = combine(*word, other));
        PermissionSet(words)
    }

    /// What is in either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    /// What is in this one only.
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        self.zip(other, |a, b| a & !b)
    }

    /// Whether all of it is in the other.
    pub fn is_subset(self, other: Self) -> bool {
        self.difference(other).is_empty()
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.0 == [0; 4]
    }

    /// How many are in it.
    pub fn len(self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// What is in it, in the policy's order.
    pub fn iter(self) -> impl Iterator<Item = PermissionId> {
        (0..=u8::MAX).map(PermissionId).filter(move |id| self.contains(*id))
    }

    /// The bits, 64 to a word, lowest first.
    pub fn words(self) -> [u64; 4] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::vec::Vec;

    fn build(ids: &BTreeSet<u8>) -> PermissionSet {
        let mut set = PermissionSet::EMPTY;
        ids.iter().for_each(|id| set.insert(PermissionId(*id)));
        set
    }

    fn ids(set: PermissionSet) -> BTreeSet<u8> {
        set.iter().map(|id| id.0).collect()
    }

    proptest! {
        #[test]
        fn it_is_a_set(a: BTreeSet<u8>, b: BTreeSet<u8>) {
            let (x, y) = (build(&a), build(&b));
            prop_assert_eq!(ids(x), a.clone());
            prop_assert_eq!(x.len(), a.len());
            prop_assert_eq!(ids(x.union(y)), a.union(&b).copied().collect::<BTreeSet<_>>());
            prop_assert_eq!(ids(x.intersection(y)), a.intersection(&b).copied().collect::<BTreeSet<_>>());
            prop_assert_eq!(ids(x.difference(y)), a.difference(&b).copied().collect::<BTreeSet<_>>());
            prop_assert_eq!(x.is_subset(y), a.is_subset(&b));
            prop_assert_eq!(x.is_empty(), a.is_empty());
            let order: Vec<u8> = x.iter().map(|id| id.0).collect();
            prop_assert!(order.is_sorted());
        }
    }
}
