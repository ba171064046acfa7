//! A bounded log: entries come at the end, the oldest go when a bound is reached.

use std::fmt;

use parking_lot::{Mutex, MutexGuard};

use crate::Error;
use crate::byte_queue::ByteQueue;
use crate::jsonl;

/// What an entry costs beside its bytes: one for its kind, eight for where it ends.
const AROUND: usize = 1 + WORD;
const WORD: usize = size_of::<u64>();

/// The bounds of a [`Log`]; whichever is reached first counts.
///
/// ```
/// use chunkarray_core::Bounds;
///
/// let bounds = Bounds { bytes: Some(1 << 20), ..Bounds::default() };
/// assert_eq!(bounds.entries, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of all entries, with the [9 bytes](Log::cost) that each one costs beside its own.
    pub bytes: Option<usize>,
    /// Number of entries.
    pub entries: Option<usize>,
}

/// Why a log refused something. It is then what it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogError {
    /// No memory.
    Memory(Error),
    /// An entry that would not fit, even alone.
    TooLarge {
        /// What the entry costs.
        cost: usize,
        /// What there is place for.
        max_bytes: usize,
    },
    /// A bound that no entry fits.
    BoundTooSmall {
        /// `"max_bytes"` or `"max_entries"`.
        name: &'static str,
        /// The bound.
        given: usize,
        /// The smallest one.
        least: usize,
    },
    /// The log was closed.
    Closed,
}

impl From<Error> for LogError {
    fn from(error: Error) -> Self {
        LogError::Memory(error)
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            LogError::Memory(error) => error.fmt(f),
            LogError::TooLarge { cost, max_bytes } => {
                write!(
                    f,
                    "an entry of {cost} bytes does not fit max_bytes={max_bytes}"
                )
            }
            LogError::BoundTooSmall { name, given, least } => {
                write!(f, "{name} must be at least {least}, not {given}")
            }
            LogError::Closed => f.write_str("append to a closed log"),
        }
    }
}

impl std::error::Error for LogError {}

/// A log of byte strings, each with a kind, that is bounded in bytes and entries. Any thread may append and read.
///
/// An entry has a *position*: how many came before it since the log began. Positions never change their meaning.
///
/// ```text
/// bytes   ...|kind bytes..|kind bytes.......|kind bytes..|        one queue of bytes
/// ends    ...|            ^                 ^            ^        one word an entry, in another
///            first                                       end
/// ```
///
/// ```
/// use chunkarray_core::{Bounds, Log};
///
/// let log = Log::new(Bounds { entries: Some(2), ..Bounds::default() })?;
/// for line in ["one", "two", "three"] {
///     log.lock().push(b's', line.as_bytes())?;
/// }
/// let log = log.lock();
/// assert_eq!((log.first(), log.end(), log.dropped()), (1, 3, 1));
/// assert_eq!(log.read(1, |kind, bytes| (kind, bytes.to_vec()))?, Some((b's', b"two".to_vec())));
/// assert_eq!(log.read(0, |_, _| ())?, None);
/// # Ok::<(), chunkarray_core::LogError>(())
/// ```
pub struct Log {
    state: Mutex<State>,
}

struct State {
    bytes: ByteQueue,
    ends: ByteQueue,
    first: usize,
    dropped: usize,
    bounds: Bounds,
    closed: bool,
}

impl Log {
    /// An empty log, which holds no memory.
    pub fn new(bounds: Bounds) -> Result<Log, LogError> {
        check(bounds)?;
        // Large enough to be rare, small enough not to weigh against the bound.
        let block = match bounds.bytes {
            Some(bytes) => (bytes / 16).next_power_of_two().clamp(4 << 10, 256 << 10),
            None => 256 << 10,
        };
        let state = State {
            bytes: ByteQueue::new(block),
            ends: ByteQueue::new((block / 4).max(4 << 10)),
            first: 0,
            dropped: 0,
            bounds,
            closed: false,
        };
        Ok(Log {
            state: Mutex::new(state),
        })
    }

    /// What an entry of `bytes` bytes costs: the smallest one 9.
    pub const fn cost(bytes: usize) -> usize {
        bytes.saturating_add(AROUND)
    }

    /// Waits until nobody else is at the log, and keeps others from it. For short work: others spin for a while.
    pub fn lock(&self) -> LogGuard<'_> {
        LogGuard(self.state.lock())
    }

    /// As [`lock`](Self::lock), without waiting.
    #[inline]
    pub fn try_lock(&self) -> Option<LogGuard<'_>> {
        self.state.try_lock().map(LogGuard)
    }
}

fn check(bounds: Bounds) -> Result<(), LogError> {
    for (name, given, least) in [
        ("max_bytes", bounds.bytes, AROUND),
        ("max_entries", bounds.entries, 1),
    ] {
        if let Some(given) = given
            && given < least
        {
            return Err(LogError::BoundTooSmall { name, given, least });
        }
    }
    Ok(())
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let guard = self.lock();
        f.debug_struct("Log")
            .field("first", &guard.first())
            .field("end", &guard.end())
            .field("bounds", &guard.bounds())
            .finish_non_exhaustive()
    }
}

/// A log that nobody else is at.
#[must_use = "the lock is given back at once"]
pub struct LogGuard<'a>(MutexGuard<'a, State>);

impl LogGuard<'_> {
    /// Position of the oldest entry, or of the next one where there is none.
    pub fn first(&self) -> usize {
        self.0.first
    }

    /// Position of the next entry.
    pub fn end(&self) -> usize {
        self.0.ends.end() / WORD
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.end() - self.first()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries the bounds pushed out.
    pub fn dropped(&self) -> usize {
        self.0.dropped
    }

    /// What all entries cost: bytes, kinds and ends.
    pub fn nbytes(&self) -> usize {
        self.0.bytes.len() + self.0.ends.len()
    }

    /// Bytes of memory that the log holds.
    pub fn committed_bytes(&self) -> usize {
        self.0.bytes.held() + self.0.ends.held()
    }

    /// The bounds.
    pub fn bounds(&self) -> Bounds {
        self.0.bounds
    }

    /// Whether the log was closed.
    pub fn is_closed(&self) -> bool {
        self.0.closed
    }

    /// Appends an entry and gives its position; drops as many of the oldest as it takes.
    pub fn push(&mut self, kind: u8, bytes: &[u8]) -> Result<usize, LogError> {
        self.prepare(Log::cost(bytes.len()), bytes.len() + 1, 1)?;
        Ok(self.put(kind, bytes))
    }

    /// Appends entries, adjacent, all of them or none, and gives the first one's position. Where they are more than
    /// the bounds allow, the first of them are dropped as well.
    pub fn extend<'b>(
        &mut self,
        entries: impl Iterator<Item = (u8, &'b [u8])> + Clone,
    ) -> Result<usize, LogError> {
        let (mut largest, mut total, mut count) = (0, 0_usize, 0);
        for (_, bytes) in entries.clone() {
            largest = largest.max(Log::cost(bytes.len()));
            total = total.saturating_add(bytes.len() + 1);
            count += 1;
        }
        self.prepare(largest, total, count)?;
        let start = self.end();
        for (kind, bytes) in entries {
            self.put(kind, bytes);
        }
        Ok(start)
    }

    /// Checks the dearest of some entries, and makes place for them all.
    #[inline]
    fn prepare(&mut self, cost: usize, bytes: usize, count: usize) -> Result<(), LogError> {
        let state = &mut *self.0;
        if state.closed {
            return Err(LogError::Closed);
        }
        if let Some(max_bytes) = state.bounds.bytes
            && cost > max_bytes
        {
            return Err(LogError::TooLarge { cost, max_bytes });
        }
        state.ends.reserve(count.saturating_mul(WORD))?;
        state.bytes.reserve(bytes)?;
        Ok(())
    }

    /// Adds an entry that there is place for.
    #[inline]
    fn put(&mut self, kind: u8, bytes: &[u8]) -> usize {
        let cost = Log::cost(bytes.len());
        let max_bytes = self.0.bounds.bytes.unwrap_or(usize::MAX);
        let max_entries = self.0.bounds.entries.unwrap_or(usize::MAX);
        while self.len() >= max_entries || self.nbytes() > max_bytes - cost.min(max_bytes) {
            self.drop_oldest();
        }
        let state = &mut *self.0;
        state.bytes.append(&[kind]);
        state.bytes.append(bytes);
        let end = state.bytes.end() as u64;
        state.ends.append(&end.to_ne_bytes());
        self.end() - 1
    }

    fn drop_oldest(&mut self) {
        self.drop_to(self.first() + 1);
        self.0.dropped += 1;
    }

    /// Lets go of all entries before `position`, which lies between first and end.
    fn drop_to(&mut self, position: usize) {
        if position > self.first() {
            let start = self.end_of(position - 1);
            let state = &mut *self.0;
            state.bytes.drop_to(start);
            state.ends.drop_to(position * WORD);
            state.first = position;
        }
    }

    /// Where the bytes of the entry at a live position end.
    #[inline]
    fn end_of(&self, position: usize) -> usize {
        let at = position * WORD;
        let mut word = [0; WORD];
        word.copy_from_slice(self.0.ends.piece(at, at + WORD));
        u64::from_ne_bytes(word) as usize
    }

    /// Hands the entry at `position` to `work`, if the log has it.
    pub fn read<R>(
        &self,
        position: usize,
        work: impl FnOnce(u8, &[u8]) -> R,
    ) -> Result<Option<R>, LogError> {
        if position < self.first() || position >= self.end() {
            return Ok(None);
        }
        let start = if position == self.first() {
            self.0.bytes.start()
        } else {
            self.end_of(position - 1)
        };
        let end = self.end_of(position);
        let kind = self.0.bytes.piece(start, end)[0];
        let start = start + 1;
        let piece = self.0.bytes.piece(start, end);
        if piece.len() == end - start {
            return Ok(Some(work(kind, piece)));
        }
        let (mut whole, bytes) = (Vec::new(), end - start);
        whole
            .try_reserve_exact(bytes)
            .map_err(|_| Error::OutOfMemory { bytes })?;
        while whole.len() < end - start {
            whole.extend_from_slice(self.0.bytes.piece(start + whole.len(), end));
        }
        Ok(Some(work(kind, &whole)))
    }

    /// Writes the entries from position `from` up to `until` to `out` as JSON Lines, and gives the position to go on
    /// from. Stops behind the first entry that makes `out` longer than `limit`; those that are gone are left out.
    ///
    /// ```
    /// use chunkarray_core::{Bounds, Log, jsonl};
    ///
    /// let log = Log::new(Bounds::default())?;
    /// let mut log = log.lock();
    /// log.push(jsonl::TEXT, b"a \"quoted\" word")?;
    /// log.push(jsonl::JSON, br#"{"x": 1}"#)?;
    /// let mut out = Vec::new();
    /// assert_eq!(log.write_jsonl(0, usize::MAX, usize::MAX, &mut out)?, 2);
    /// assert_eq!(out, b"\"a \\\"quoted\\\" word\"\n{\"x\": 1}\n");
    /// # Ok::<(), chunkarray_core::LogError>(())
    /// ```
    pub fn write_jsonl(
        &self,
        from: usize,
        until: usize,
        limit: usize,
        out: &mut Vec<u8>,
    ) -> Result<usize, LogError> {
        let until = until.min(self.end());
        let mut position = from.max(self.first());
        while position < until && out.len() <= limit {
            self.read(position, |kind, bytes| jsonl::write_line(kind, bytes, out))?
                .unwrap_or(Ok(()))?;
            position += 1;
        }
        Ok(position.max(from))
    }

    /// Sets other bounds; drops as many of the oldest entries as it takes.
    pub fn set_bounds(&mut self, bounds: Bounds) -> Result<(), LogError> {
        check(bounds)?;
        self.0.bounds = bounds;
        let max_bytes = bounds.bytes.unwrap_or(usize::MAX);
        let max_entries = bounds.entries.unwrap_or(usize::MAX);
        while self.len() > max_entries || self.nbytes() > max_bytes {
            self.drop_oldest();
        }
        Ok(())
    }

    /// Removes all entries and gives their memory back. Positions go on; these entries do not count as dropped.
    pub fn clear(&mut self) {
        self.drop_to(self.end());
        self.0.bytes.shrink();
        self.0.ends.shrink();
    }

    /// Removes all entries for good.
    pub fn close(&mut self) {
        self.clear();
        self.0.closed = true;
    }
}

impl fmt::Debug for LogGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogGuard")
            .field("first", &self.first())
            .field("end", &self.end())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    fn entries(log: &Log) -> Vec<(u8, Vec<u8>)> {
        let guard = log.lock();
        (guard.first()..guard.end())
            .map(|position| {
                guard
                    .read(position, |kind, bytes| (kind, bytes.to_vec()))
                    .unwrap()
                    .expect("it lies between first and end")
            })
            .collect()
    }

    #[test]
    fn it_is_a_bounded_queue() {
        for (max_bytes, max_entries) in
            [(Some(400), None), (None, Some(7)), (Some(9000), Some(100))]
        {
            let log = Log::new(Bounds {
                bytes: max_bytes,
                entries: max_entries,
            })
            .unwrap();
            let mut model: VecDeque<(u8, Vec<u8>)> = VecDeque::new();
            let mut dropped = 0;
            for round in 0..3000_usize {
                let batch: Vec<(u8, Vec<u8>)> = (0..round % 3)
                    .map(|k| (k as u8, vec![round as u8; (round * 31 + k) % 390]))
                    .collect();
                let slices = batch.iter().map(|(kind, bytes)| (*kind, bytes.as_slice()));
                if batch.len() == 1 {
                    log.lock().push(batch[0].0, &batch[0].1).unwrap();
                } else {
                    log.lock().extend(slices).unwrap();
                }
                model.extend(batch);
                let cost = |model: &VecDeque<(u8, Vec<u8>)>| -> usize {
                    model.iter().map(|(_, bytes)| Log::cost(bytes.len())).sum()
                };
                while model.len() > max_entries.unwrap_or(usize::MAX)
                    || cost(&model) > max_bytes.unwrap_or(usize::MAX)
                {
                    model.pop_front();
                    dropped += 1;
                }
                let guard = log.lock();
                assert_eq!((guard.dropped(), guard.nbytes()), (dropped, cost(&model)));
                drop(guard);
                if round % 100 == 0 {
                    assert_eq!(entries(&log), Vec::from(model.clone()));
                }
                if round % 1000 == 999 {
                    log.lock().clear();
                    model.clear();
                }
            }
            assert_eq!(entries(&log), Vec::from(model));
        }
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let bounds = Bounds {
            bytes: Some(20),
            entries: None,
        };
        let log = Log::new(bounds).unwrap();
        log.lock().push(1, b"12345678901").unwrap();
        let too_large = LogError::TooLarge {
            cost: 21,
            max_bytes: 20,
        };
        assert_eq!(log.lock().push(1, b"123456789012"), Err(too_large));
        let pair: [(u8, &[u8]); 2] = [(1, b"fits"), (1, b"123456789012")];
        assert_eq!(log.lock().extend(pair.into_iter()), Err(too_large));
        assert_eq!(entries(&log), [(1, b"12345678901".to_vec())]);
        assert!(
            log.lock()
                .set_bounds(Bounds {
                    bytes: Some(8),
                    entries: None
                })
                .is_err()
        );
        assert_eq!(log.lock().bounds(), bounds);
        log.lock().close();
        assert_eq!(log.lock().push(1, b""), Err(LogError::Closed));
    }

    #[test]
    fn a_bounded_log_reuses_its_memory() {
        let log = Log::new(Bounds {
            bytes: Some(1 << 20),
            entries: None,
        })
        .unwrap();
        let mut most = 0;
        for round in 0..200_000_usize {
            log.lock().push(0, &[7; 300][..round % 300]).unwrap();
            most = most.max(log.lock().committed_bytes());
        }
        assert!(most < 3 << 19, "{most} bytes");
    }

    #[test]
    fn threads_lose_nothing() {
        let log = Log::new(Bounds::default()).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4_u8 {
                let log = &log;
                scope.spawn(move || {
                    for _ in 0..1000 {
                        log.lock().push(thread, &[thread; 5]).unwrap();
                    }
                });
            }
        });
        let all = entries(&log);
        assert_eq!(all.len(), 4000);
        for thread in 0..4_u8 {
            let of_thread = all.iter().filter(|(kind, bytes)| {
                *kind == thread && bytes.as_slice() == [thread; 5].as_slice()
            });
            assert_eq!(of_thread.count(), 1000);
        }
    }
}
