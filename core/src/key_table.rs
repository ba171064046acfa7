//! Values found by name: a short list that is searched from the front.

use std::fmt;

use parking_lot::{Mutex, MutexGuard};

use crate::options::Options;
use crate::{Chunks, Element, Error, RawArray};

/// Keys of any bytes, each with an element, in the order in which they came.
///
/// ```text
/// hashes   | h0 | h1 | h2 |              a lookup compares these, eight bytes a key, side by side
/// ends     |  5 |  9 | 15 |
/// bytes    | s p e e d t i m e a l t i t u d e |  and then the one key whose hash it found, in full
/// values   | v0 | v1 | v2 |              the elements, in chunks that never move
/// ```
/// There is no hash table: a lookup costs a time that grows with the number of keys, and nothing but a key's own bytes,
/// its value and 12 bytes more is kept. That is small and quick for up to a hundred keys or so, and the values can be
/// taken as an array. The hashes are 64-bit FNV-1a. Keys with the same hash are told apart by their bytes.
///
/// Any thread may use it at any time; a lock is held for the time of one operation.
///
/// ```
/// use chunkarray_core::KeyTable;
///
/// let table = KeyTable::new(8)?;
/// table.insert(b"speed", 12.5f64)?;
/// table.insert(b"time", 1.0f64)?;
/// assert_eq!(table.insert(b"speed", 13.0f64)?, Some(12.5));
/// assert_eq!(table.get::<f64>(b"speed")?, Some(13.0));
/// assert_eq!(table.get::<f64>(b"altitude")?, None);
/// assert_eq!(table.len(), 2);
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub struct KeyTable {
    keys: Mutex<Keys>,
    /// As many as there are keys. Changed only by who has locked the keys.
    values: RawArray,
    hash: fn(&[u8]) -> u64,
}

#[derive(Default)]
struct Keys {
    hashes: Vec<u64>,
    /// Where each key ends in `bytes`; it begins where the one before it ends.
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

/// All keys and values of a table at one moment.
///
/// ```
/// # use chunkarray_core::KeyTable;
/// let table = KeyTable::new(1)?;
/// table.insert(b"a", 1u8)?;
/// let snapshot = table.snapshot()?;
/// table.clear()?;
/// let entries: Vec<_> = snapshot.entries().collect();
/// assert_eq!(entries, [(&b"a"[..], &[1][..])]);
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    ends: Vec<u32>,
    bytes: Vec<u8>,
    values: Vec<u8>,
    element_size: usize,
}

impl Snapshot {
    /// How many keys there are.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// assert_eq!(KeyTable::new(8)?.snapshot()?.len(), 0);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// assert!(KeyTable::new(8)?.snapshot()?.is_empty());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Each key's bytes and its value's, in order.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(1)?;
    /// table.insert(b"a", 1u8)?;
    /// assert_eq!(table.snapshot()?.entries().next(), Some((&b"a"[..], &[1][..])));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (&[u8], &[u8])> {
        (0..self.len()).map(|k| {
            let value = &self.values[k * self.element_size..][..self.element_size];
            (key_at(&self.ends, &self.bytes, k), value)
        })
    }

    /// The values' bytes, in the order of the keys.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(1)?;
    /// table.insert(b"a", 1u8)?;
    /// assert_eq!(table.snapshot()?.values(), [1]);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn values(&self) -> &[u8] {
        &self.values
    }
}

/// FNV-1a, 64 bits.
///
/// ```
/// assert_eq!(chunkarray_core::fnv1a(b""), 0xcbf2_9ce4_8422_2325);
/// assert_eq!(chunkarray_core::fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
/// ```
pub fn fnv1a(key: &[u8]) -> u64 {
    key.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

impl KeyTable {
    /// An empty table of values of `element_size` bytes.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// assert!(KeyTable::new(8)?.is_empty());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn new(element_size: usize) -> Result<KeyTable, Error> {
        KeyTable::with_options(element_size, &KeyTable::OPTIONS)
    }

    /// How the values of a table are kept, unless it is made with other options: the first 64 in one piece, as a
    /// capacity, which needs no table of chunks; more in chunks of 64, 64, 128, ...
    pub const OPTIONS: Options = Options {
        chunk_size: 64,
        capacity: 64,
        ..Options::DEFAULT
    };

    /// An empty table whose values are kept as an array with these options keeps its elements.
    ///
    /// ```
    /// # use chunkarray_core::{KeyTable, Options};
    /// let table = KeyTable::with_options(8, &Options { capacity: 1000, ..KeyTable::OPTIONS })?;
    /// assert_eq!(table.values().options().capacity, 1000);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn with_options(element_size: usize, options: &Options) -> Result<KeyTable, Error> {
        KeyTable::with_hash(element_size, options, fnv1a)
    }

    /// A table with another hash function, such as one that makes keys collide for a test.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::with_hash(1, &KeyTable::OPTIONS, |_| 7)?;
    /// table.insert(b"a", 1u8)?;
    /// assert_eq!(table.get::<u8>(b"b")?, None);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn with_hash(
        element_size: usize,
        options: &Options,
        hash: fn(&[u8]) -> u64,
    ) -> Result<KeyTable, Error> {
        Ok(KeyTable {
            keys: Mutex::new(Keys::default()),
            values: RawArray::new(element_size, options)?,
            hash,
        })
    }

    /// How many keys there are.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// assert_eq!(KeyTable::new(8)?.len(), 0);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// assert!(KeyTable::new(8)?.is_empty());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values, in the order of the keys. Only the table may change their number.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(8)?;
    /// table.insert(b"a", 1u64)?;
    /// table.insert(b"b", 2u64)?;
    /// assert_eq!(table.values().read::<u64>(1)?, 2);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn values(&self) -> &RawArray {
        &self.values
    }

    /// The values at this moment as chunks that keep their memory alive.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(8)?;
    /// table.insert(b"a", 1u64)?;
    /// assert_eq!(table.chunks().len(), 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn chunks(&self) -> Chunks<'_> {
        self.values.chunks()
    }

    /// Bytes of memory that keys and values take.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(8)?;
    /// table.insert(b"a", 1u64)?;
    /// assert!((512..4096).contains(&table.committed_bytes()));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn committed_bytes(&self) -> usize {
        let keys = self.keys();
        keys.hashes.capacity() * size_of::<u64>()
            + keys.ends.capacity() * size_of::<u32>()
            + keys.bytes.capacity()
            + self.values.committed_bytes()
    }

    /// Whether there is such a key.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(8)?;
    /// table.insert(b"a", 1u64)?;
    /// assert!(table.contains(b"a") && !table.contains(b"b"));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn contains(&self, key: &[u8]) -> bool {
        self.keys().find((self.hash)(key), key).is_some()
    }

    /// The value of a key.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(8)?;
    /// table.insert(b"a", 1.5f64)?;
    /// assert_eq!(table.get::<f64>(b"a")?, Some(1.5));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn get<T: Element>(&self, key: &[u8]) -> Result<Option<T>, Error> {
        let mut value = T::zeroed();
        let found = self.read(key, bytemuck::bytes_of_mut(&mut value))?;
        Ok(found.then_some(value))
    }

    /// Copies the value of a key into `into`, which has a value's size; false if there is no such key.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(1)?;
    /// table.insert(b"a", 7u8)?;
    /// let mut value = [0];
    /// assert!(table.read(b"a", &mut value)?);
    /// assert_eq!(value, [7]);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn read(&self, key: &[u8], into: &mut [u8]) -> Result<bool, Error> {
        self.values.check_size(into.len())?;
        let hash = (self.hash)(key);
        let keys = self.keys();
        match keys.find(hash, key) {
            Some(k) => self.values.read_bytes(k, into).map(|()| true),
            None => Ok(false),
        }
    }

    /// Gives a key a value: overwrites the one it has, which is returned, or adds the key behind the others.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(8)?;
    /// assert_eq!(table.insert(b"a", 1u64)?, None);
    /// assert_eq!(table.insert(b"a", 2u64)?, Some(1));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn insert<T: Element>(&self, key: &[u8], value: T) -> Result<Option<T>, Error> {
        let mut old = T::zeroed();
        self.values.check_size(size_of::<T>())?;
        let hash = (self.hash)(key);
        let mut keys = self.keys();
        match keys.find(hash, key) {
            Some(k) => {
                self.values
                    .read_bytes(k, bytemuck::bytes_of_mut(&mut old))?;
                self.values.write(k, value)?;
                Ok(Some(old))
            }
            None => {
                self.add(&mut keys, hash, key, bytemuck::bytes_of(&value))?;
                Ok(None)
            }
        }
    }

    /// As [`insert`](Self::insert), of a value given as bytes; tells whether the key was there.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(1)?;
    /// assert!(!table.write(b"a", &[1])?);
    /// assert!(table.write(b"a", &[2])?);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn write(&self, key: &[u8], value: &[u8]) -> Result<bool, Error> {
        self.values.check_size(value.len())?;
        let hash = (self.hash)(key);
        let mut keys = self.keys();
        match keys.find(hash, key) {
            Some(k) => self.values.write_bytes(k, value).map(|()| true),
            None => self.add(&mut keys, hash, key, value).map(|()| false),
        }
    }

    /// Copies the value that a key has into `value`, or gives it this one; tells whether the key was there.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(1)?;
    /// assert!(!table.read_or_write(b"a", &mut [1])?);
    /// let mut value = [2];
    /// assert!(table.read_or_write(b"a", &mut value)?);
    /// assert_eq!(value, [1]);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn read_or_write(&self, key: &[u8], value: &mut [u8]) -> Result<bool, Error> {
        self.values.check_size(value.len())?;
        let hash = (self.hash)(key);
        let mut keys = self.keys();
        match keys.find(hash, key) {
            Some(k) => self.values.read_bytes(k, value).map(|()| true),
            None => self.add(&mut keys, hash, key, value).map(|()| false),
        }
    }

    /// Takes a key away and copies its value into `into`; false if there is no such key. The keys behind it, and their
    /// values, move up.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(1)?;
    /// table.insert(b"a", 1u8)?;
    /// table.insert(b"b", 2u8)?;
    /// let mut value = [0];
    /// assert!(table.remove(b"a", &mut value)?);
    /// assert!(!table.remove(b"a", &mut value)?);
    /// assert_eq!(table.values().read::<u8>(0)?, 2);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn remove(&self, key: &[u8], into: &mut [u8]) -> Result<bool, Error> {
        self.values.check_size(into.len())?;
        let hash = (self.hash)(key);
        let mut keys = self.keys();
        let Some(k) = keys.find(hash, key) else {
            return Ok(false);
        };
        self.take(&mut keys, k, into)?;
        Ok(true)
    }

    /// Takes the last key away, copies its value into `into`, and gives the key; nothing if there is none.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(1)?;
    /// table.insert(b"a", 1u8)?;
    /// let mut value = [0];
    /// assert_eq!(table.pop(&mut value)?, Some(b"a".to_vec()));
    /// assert_eq!(table.pop(&mut value)?, None);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn pop(&self, into: &mut [u8]) -> Result<Option<Vec<u8>>, Error> {
        self.values.check_size(into.len())?;
        let mut keys = self.keys();
        let Some(last) = keys.ends.len().checked_sub(1) else {
            return Ok(None);
        };
        let key = key_at(&keys.ends, &keys.bytes, last).to_vec();
        self.take(&mut keys, last, into)?;
        Ok(Some(key))
    }

    /// Takes all keys away.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(1)?;
    /// table.insert(b"a", 1u8)?;
    /// table.clear()?;
    /// assert!(table.is_empty());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn clear(&self) -> Result<(), Error> {
        let mut keys = self.keys();
        self.values.clear()?;
        keys.hashes.clear();
        keys.ends.clear();
        keys.bytes.clear();
        Ok(())
    }

    /// Gives keys the values that they have in a snapshot of a table of the same size of values: all, or none where
    /// memory ends.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let (table, other) = (KeyTable::new(1)?, KeyTable::new(1)?);
    /// table.insert(b"a", 1u8)?;
    /// other.insert(b"a", 2u8)?;
    /// other.insert(b"b", 3u8)?;
    /// table.merge(&other.snapshot()?)?;
    /// assert_eq!(table.snapshot()?, other.snapshot()?);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn merge(&self, from: &Snapshot) -> Result<(), Error> {
        if from.is_empty() {
            return Ok(());
        }
        self.values.check_size(from.element_size)?;
        let mut keys = self.keys();
        keys.reserve(from.len(), from.bytes.len())?;
        self.values.reserve(from.len())?;
        for (key, value) in from.entries() {
            let hash = (self.hash)(key);
            match keys.find(hash, key) {
                Some(k) => self.values.write_bytes(k, value)?,
                None => self.add(&mut keys, hash, key, value)?,
            }
        }
        Ok(())
    }

    /// All keys and values as they are now.
    ///
    /// ```
    /// # use chunkarray_core::KeyTable;
    /// let table = KeyTable::new(1)?;
    /// table.insert(b"a", 1u8)?;
    /// assert_eq!(table.snapshot()?.len(), 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        fn copied<T: Copy>(from: &[T]) -> Result<Vec<T>, Error> {
            let mut copy = Vec::new();
            let bytes = size_of_val(from);
            copy.try_reserve_exact(from.len())
                .map_err(|_| Error::OutOfMemory { bytes })?;
            copy.extend_from_slice(from);
            Ok(copy)
        }
        let keys = self.keys();
        let element_size = self.values.element_size();
        let mut values = Vec::new();
        let bytes = self.values.nbytes();
        values
            .try_reserve_exact(bytes)
            .map_err(|_| Error::OutOfMemory { bytes })?;
        values.resize(bytes, 0);
        for (k, value) in values.chunks_exact_mut(element_size).enumerate() {
            self.values.read_bytes(k, value)?;
        }
        Ok(Snapshot {
            ends: copied(&keys.ends)?,
            bytes: copied(&keys.bytes)?,
            values,
            element_size,
        })
    }

    /// Adds a key that is not there, or nothing where memory ends.
    fn add(&self, keys: &mut Keys, hash: u64, key: &[u8], value: &[u8]) -> Result<(), Error> {
        let end = keys.reserve(1, key.len())?;
        self.values.push_bytes(value)?;
        keys.hashes.push(hash);
        keys.ends.push(end);
        keys.bytes.extend_from_slice(key);
        Ok(())
    }

    /// Takes the key of that number away.
    fn take(&self, keys: &mut Keys, k: usize, into: &mut [u8]) -> Result<(), Error> {
        let last = keys.ends.len() - 1;
        self.values.read_bytes(k, into)?;
        let mut moved = vec![0; into.len()];
        for next in k..last {
            self.values.read_bytes(next + 1, &mut moved)?;
            self.values.write_bytes(next, &moved)?;
        }
        self.values.truncate(last)?;
        let range = key_range(&keys.ends, k);
        let gone = range.len() as u32;
        keys.bytes.drain(range);
        keys.hashes.remove(k);
        keys.ends.remove(k);
        for end in &mut keys.ends[k..] {
            *end -= gone;
        }
        Ok(())
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock()
    }
}

impl Keys {
    /// The number of a key.
    #[inline]
    fn find(&self, hash: u64, key: &[u8]) -> Option<usize> {
        /// So many hashes are compared in one go, without a branch for each.
        const LANE: usize = 16;
        let is_it =
            |k: &usize| self.hashes[*k] == hash && key_at(&self.ends, &self.bytes, *k) == key;
        let (lanes, rest) = self.hashes.as_chunks::<LANE>();
        for (number, lane) in lanes.iter().enumerate() {
            let hit = lane.iter().fold(false, |hit, &other| hit | (other == hash));
            if hit {
                let first = number * LANE;
                if let Some(k) = (first..first + LANE).find(is_it) {
                    return Some(k);
                }
            }
        }
        let first = self.hashes.len() - rest.len();
        (first..self.hashes.len()).find(is_it)
    }

    /// Makes place for more keys, and tells where the bytes then end.
    fn reserve(&mut self, keys: usize, bytes: usize) -> Result<u32, Error> {
        let refused = Error::OutOfMemory { bytes };
        let end = self.bytes.len().checked_add(bytes).ok_or(refused)?;
        let end = u32::try_from(end).map_err(|_| refused)?;
        self.hashes.try_reserve(keys).map_err(|_| refused)?;
        self.ends.try_reserve(keys).map_err(|_| refused)?;
        self.bytes.try_reserve(bytes).map_err(|_| refused)?;
        Ok(end)
    }
}

fn key_range(ends: &[u32], k: usize) -> std::ops::Range<usize> {
    let start = if k == 0 { 0 } else { ends[k - 1] as usize };
    start..ends[k] as usize
}

fn key_at<'a>(ends: &[u32], bytes: &'a [u8], k: usize) -> &'a [u8] {
    &bytes[key_range(ends, k)]
}

impl fmt::Debug for KeyTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyTable")
            .field("len", &self.len())
            .field("element_size", &self.values.element_size())
            .finish_non_exhaustive()
    }
}
