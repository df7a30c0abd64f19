//! Maps of a snapshot.

/// Map of a few entries, in the order in which they were inserted. A snapshot has one or two entries in each of its maps, so a search is
/// a comparison; trees for thirty types of keys would be a tenth of the Worker's code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SlotMap<K, V>(Vec<(K, V)>);

impl<K, V> Default for SlotMap<K, V> {
    fn default() -> Self {
        SlotMap(Vec::new())
    }
}

impl<K: PartialEq, V> SlotMap<K, V> {
    /// Value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.iter().find(|(other, _)| other == key).map(|(_, value)| value)
    }

    /// Whether there is an entry of a key.
    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// Sets the value of a key.
    pub fn insert(&mut self, key: K, value: V) {
        match self.0.iter_mut().find(|(other, _)| *other == key) {
            Some((_, slot)) => *slot = value,
            None => self.0.push((key, value)),
        }
    }

    /// Value of a key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.iter_mut().find(|(other, _)| other == key).map(|(_, value)| value)
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The keys.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }
}

impl<K: PartialEq, V> Extend<(K, V)> for SlotMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        entries.into_iter().for_each(|(key, value)| self.insert(key, value));
    }
}

impl<K: PartialEq, V> FromIterator<(K, V)> for SlotMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = SlotMap::default();
        map.extend(entries);
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_value() {
        let mut map = SlotMap::default();
        for (key, value) in [("b", 1), ("a", 2), ("b", 3)] {
            map.insert(key, value);
        }
        assert_eq!((map.get(&"a"), map.get(&"b"), map.get(&"c")), (Some(&2), Some(&3), None));
        assert!(map.contains_key(&"a") && !map.contains_key(&"c"));
        assert_eq!((map.keys().copied().collect::<String>(), map.values().sum::<i32>()), ("ba".to_owned(), 5));
        map.values_mut().for_each(|value| *value += 1);
        assert_eq!(map.get(&"b"), Some(&4));
    }
}
