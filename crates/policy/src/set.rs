//! Permission sets as bit sets: membership is tested in constant time.

/// Maximum number of permissions of a policy: a set has 256 bits, and an id one byte.
pub const PERMISSIONS_MAX: usize = 256;

/// Index of a permission in its policy.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct PermissionId(pub(crate) u8);

impl PermissionId {
    /// Index, from 0.
    pub fn index(self) -> u8 {
        self.0
    }
}

/// Set of permissions of one policy.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct PermissionSet([u64; 4]);

impl PermissionSet {
    /// Empty set.
    pub const EMPTY: PermissionSet = PermissionSet([0; 4]);

    /// Returns whether the set contains a permission.
    pub fn contains(self, id: PermissionId) -> bool {
        self.0.get(usize::from(id.0 >> 6)).is_some_and(|word| word >> (id.0 & 63) & 1 == 1)
    }

    /// Adds a permission.
    pub fn insert(&mut self, id: PermissionId) {
        if let Some(word) = self.0.get_mut(usize::from(id.0 >> 6)) {
            *word |= 1 << (id.0 & 63);
        }
    }

    /// Combines two sets word by word.
    fn zip(self, other: Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        let mut bit_words = self.0;
        bit_words.iter_mut().zip(other.0).for_each(|(word, other)| *word = combine(*word, other));
        PermissionSet(bit_words)
    }

    /// Permissions in at least one of the sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    /// Permissions in both sets.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    /// Permissions in this set and not in the other.
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        self.zip(other, |a, b| a & !b)
    }

    /// Returns whether the other set contains every permission of this one.
    pub fn is_subset(self, other: Self) -> bool {
        self.difference(other).is_empty()
    }

    /// Returns whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == [0; 4]
    }

    /// Number of permissions in the set.
    pub fn len(self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Permissions of the set in the order of the policy.
    pub fn iter(self) -> impl Iterator<Item = PermissionId> {
        (0..=u8::MAX).map(PermissionId).filter(move |id| self.contains(*id))
    }

    /// Bits of the set in words of 64: the permission with index `i` is bit `i % 64` of word `i / 64`.
    pub fn bit_words(self) -> [u64; 4] {
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
        fn set_operations_agree_with_btreeset(a: BTreeSet<u8>, b: BTreeSet<u8>) {
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

    #[test]
    fn ids_at_the_boundaries_of_bit_words_are_members() {
        for (id, word, bit) in [(0, 0, 0), (63, 0, 63), (64, 1, 0), (127, 1, 63), (128, 2, 0), (255, 3, 63)] {
            let set = build(&BTreeSet::from([id]));
            let mut bit_words = [0; 4];
            bit_words[word] = 1_u64 << bit;
            assert_eq!(set.bit_words(), bit_words, "{id}");
            assert!(set.contains(PermissionId(id)) && set.len() == 1);
        }
    }
}
