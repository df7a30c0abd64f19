//! A reader of the part of CBOR (RFC 8949) that authenticators write: the CTAP2 canonical form, without floats.
//!
//! Lengths are definite and numbers as short as they can be, maps and arrays are nested at most [`DEPTH_MAX`] deep, keys of maps
//! are integers or texts and occur once. Tags are refused. The order of keys is not checked: Web Authentication says SHOULD, and
//! without duplicates an order carries no meaning. A length is compared with what is left of the input before anything is
//! allocated or read, so the time is linear in the input, whatever lengths it claims.

use core::fmt;

/// Maximum number of maps and arrays around a value, itself included (CTAP 2.1 section 8, message encoding).
pub(super) const DEPTH_MAX: usize = 4;
/// Maximum number of entries of a map. A COSE key has at most 5, an attestation statement 6.
pub(super) const ENTRIES_MAX: usize = 32;

/// Error of the parsing of CBOR.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum CborError {
    /// The input ends within a value, or a length is greater than what is left.
    Truncated,
    /// Bytes follow the value.
    TrailingBytes,
    /// A number or length in a longer form than it needs.
    NotShortest,
    /// A string, array or map without a length.
    IndefiniteLength,
    /// A tag, a float, or a reserved or unknown simple value.
    Unsupported,
    /// Maps and arrays nested too deeply.
    TooDeep,
    /// A map with too many entries.
    TooManyEntries,
    /// A key that occurs twice in a map.
    DuplicateKey,
    /// A key that is neither an integer of 64 bits nor a text.
    KeyType,
    /// A text that is not UTF-8.
    Utf8,
    /// Something else where a map belongs.
    NotAMap,
}

impl fmt::Display for CborError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CborError::Truncated => "CBOR is truncated",
            CborError::TrailingBytes => "bytes after the CBOR value",
            CborError::NotShortest => "CBOR number not in its shortest form",
            CborError::IndefiniteLength => "CBOR of indefinite length",
            CborError::Unsupported => "CBOR type not supported",
            CborError::TooDeep => "CBOR nested too deeply",
            CborError::TooManyEntries => "CBOR map with too many entries",
            CborError::DuplicateKey => "CBOR map with a duplicate key",
            CborError::KeyType => "CBOR map key neither integer nor text",
            CborError::Utf8 => "CBOR text is not UTF-8",
            CborError::NotAMap => "CBOR map expected",
        })
    }
}

impl core::error::Error for CborError {}

/// Key of a map.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Key<'a> {
    Integer(i64),
    Text(&'a str),
}

/// Value in a map. What nested maps and arrays contain has been checked to be well-formed and is not kept.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Item<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array,
    Map {
        entries: usize,
    },
    /// A boolean, null, undefined, or an integer that an `i64` does not hold.
    Other,
}

/// Entries of a map, in their order.
pub(super) type Entries<'a> = Vec<(Key<'a>, Item<'a>)>;

/// Position in an input that is read once, from its beginning.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Reader { rest: input }
    }

    /// Reads a map.
    ///
    /// # Errors
    /// [`CborError`] with the first fault in the map or in anything that it contains.
    pub(super) fn map(&mut self) -> Result<Entries<'a>, CborError> {
        match self.head()? {
            (5, count) => self.entries(count, 0),
            _ => Err(CborError::NotAMap),
        }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Checks that everything has been read.
    ///
    /// # Errors
    /// [`CborError::TrailingBytes`].
    pub(super) fn finish(self) -> Result<(), CborError> {
        if self.rest.is_empty() { Ok(()) } else { Err(CborError::TrailingBytes) }
    }

    /// Reads a value inside `open` maps and arrays.
    fn item(&mut self, open: usize) -> Result<Item<'a>, CborError> {
        let (major, argument) = self.head()?;
        match major {
            0 => Ok(i64::try_from(argument).map_or(Item::Other, Item::Integer)),
            1 => Ok(i64::try_from(argument).map_or(Item::Other, |n| Item::Integer(-1 - n))),
            2 => self.take(argument).map(Item::Bytes),
            3 => core::str::from_utf8(self.take(argument)?).map(Item::Text).map_err(|_| CborError::Utf8),
            4 => self.skip_array(argument, open).map(|()| Item::Array),
            5 => self.entries(argument, open).map(|entries| Item::Map { entries: entries.len() }),
            _ => Ok(Item::Other),
        }
    }

    fn skip_array(&mut self, count: u64, open: usize) -> Result<(), CborError> {
        if open >= DEPTH_MAX {
            return Err(CborError::TooDeep);
        }
        // An element takes a byte at least.
        if usize::try_from(count).map_or(true, |count| count > self.rest.len()) {
            return Err(CborError::Truncated);
        }
        (0..count).try_for_each(|_| self.item(open + 1).map(|_| ()))
    }

    fn entries(&mut self, count: u64, open: usize) -> Result<Entries<'a>, CborError> {
        if open >= DEPTH_MAX {
            return Err(CborError::TooDeep);
        }
        let count = usize::try_from(count).ok().filter(|count| *count <= ENTRIES_MAX).ok_or(CborError::TooManyEntries)?;
        let mut entries = Entries::new();
        for _ in 0..count {
            let key = match self.rest.first().map(|byte| byte >> 5) {
                Some(0 | 1 | 3) => self.item(open + 1)?,
                Some(_) => return Err(CborError::KeyType),
                None => return Err(CborError::Truncated),
            };
            let key = match key {
                Item::Integer(key) => Key::Integer(key),
                Item::Text(key) => Key::Text(key),
                _ => return Err(CborError::KeyType),
            };
            if entries.iter().any(|(other, _)| *other == key) {
                return Err(CborError::DuplicateKey);
            }
            let item = self.item(open + 1)?;
            entries.push((key, item));
        }
        Ok(entries)
    }

    /// Reads the head of a value: its major type (not 6) and its argument.
    fn head(&mut self) -> Result<(u8, u64), CborError> {
        let (first, rest) = self.rest.split_first().ok_or(CborError::Truncated)?;
        self.rest = rest;
        let (major, info) = (first >> 5, first & 31);
        match (major, info) {
            (6, _) => return Err(CborError::Unsupported),
            (7, 20..=23) => return Ok((major, u64::from(info))),
            (7, _) => return Err(CborError::Unsupported),
            _ => {}
        }
        let (argument, shortest) = match info {
            0..=23 => (u64::from(info), true),
            24 => self.number::<1>().map(|n| (n, n > 23))?,
            25 => self.number::<2>().map(|n| (n, n > 0xff))?,
            26 => self.number::<4>().map(|n| (n, n > 0xffff))?,
            27 => self.number::<8>().map(|n| (n, n > 0xffff_ffff))?,
            31 if matches!(major, 2..=5) => return Err(CborError::IndefiniteLength),
            _ => return Err(CborError::Unsupported),
        };
        if shortest { Ok((major, argument)) } else { Err(CborError::NotShortest) }
    }

    /// Reads a number of `N` bytes, at most 8, the most significant first.
    fn number<const N: usize>(&mut self) -> Result<u64, CborError> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>().ok_or(CborError::Truncated)?;
        self.rest = rest;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], CborError> {
        let split = usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length));
        let (bytes, rest) = split.ok_or(CborError::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }
}
