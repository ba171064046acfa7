//! Memory that is handed out piece by piece and taken back all at once.

use std::fmt;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard};

use crate::Error;
use crate::block::{ALIGN, Block, WeakBlock};
use crate::options::{Growth, bytes_of};

/// What an arena is made with.
///
/// ```
/// use chunkarray_core::ArenaOptions;
///
/// let options = ArenaOptions { chunk_size: 4096, ..ArenaOptions::default() };
/// assert_eq!(options.alignment, 8);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArenaOptions {
    /// Bytes of the first chunk (or of every chunk): a power of two, 65,536 by default.
    pub chunk_size: usize,
    /// How the chunks after the first one grow. What is larger than the next chunk gets one of its own.
    pub growth: Growth,
    /// What the address of a piece is a multiple of, unless it asks for more or less: a power of two, 8 by default.
    pub alignment: usize,
}

impl Default for ArenaOptions {
    fn default() -> Self {
        ArenaOptions {
            chunk_size: 1 << 16,
            growth: Growth::Double,
            alignment: 8,
        }
    }
}

/// A bump allocator: pieces of any size, one behind the other, in chunks that never move.
///
/// ```text
/// mark                  top
///  |                     |
/// +---+---+------+  +---+------+ - - - +  +- - - - - - - - - - - +
/// | a | b | c    |  | d | e    |       |  |  spare, from before  |
/// +---+---+------+  +---+------+ - - - +  +- - - - - - - - - - - +
///   a chunk           the current chunk      a rewind left it
/// ```
/// - [`push`](Self::push) copies bytes to the top, [`zeroed`](Self::zeroed) makes room there. The pieces are never moved,
///   and whoever has one keeps its chunk alive: its memory stays valid whatever becomes of the arena.
/// - [`save`](Self::save) remembers the top and [`rewind`](Self::rewind) goes back to it, in a time that depends on the
///   chunks between and not on the pieces. The memory is used again: a piece above the mark then shows what comes there.
/// - Arrays may live in an arena ([`RawArray::new_in`](crate::RawArray::new_in)). Below such an array, or a view of it,
///   an arena is not rewound.
///
/// Any thread may do any of this at any time; a lock is held for as long as it takes to move the top.
///
/// ```
/// use chunkarray_core::{Arena, ArenaOptions};
///
/// let arena = Arena::new(&ArenaOptions::default())?;
/// let name = arena.push(b"a name that stays")?;
/// let mark = arena.save()?;
/// arena.push(b"for a moment")?;
/// arena.rewind(&mark)?;
/// assert_eq!(arena.used(), 17);
/// drop(arena);
/// // SAFETY: the piece keeps its memory, and nobody writes to it.
/// assert_eq!(unsafe { name.as_slice() }, b"a name that stays");
/// # Ok::<(), chunkarray_core::Error>(())
/// ```
pub struct Arena {
    /// Tells this arena's marks from others'.
    id: u64,
    options: ArenaOptions,
    state: Mutex<State>,
}

/// A position in an arena to go back to; made by [`Arena::save`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArenaMark {
    arena: u64,
    id: u64,
}

impl ArenaMark {
    /// A number that tells it from the other marks of its arena.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// let mark = arena.save()?;
    /// assert_eq!(arena.mark(mark.id()), mark);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn id(&self) -> u64 {
        self.id
    }
}

/// Bytes in an arena, and the reference that keeps them.
#[derive(Clone, Debug)]
pub struct ArenaSlice {
    /// The chunk that they lie in.
    pub block: Block,
    /// The first of them.
    pub pointer: NonNull<u8>,
    /// How many there are.
    pub len: usize,
}

impl ArenaSlice {
    /// The bytes.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let slice = Arena::new(&ArenaOptions::default())?.push(b"abc")?;
    /// // SAFETY: nobody writes to it.
    /// assert_eq!(unsafe { slice.as_slice() }, b"abc");
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    ///
    /// # Safety
    /// They were written, and nobody writes to them as long as the reference lives: not through another clone of this
    /// slice, and not by a piece that came to lie there after a rewind.
    pub unsafe fn as_slice(&self) -> &[u8] {
        // SAFETY: the block keeps so many bytes; the rest is the caller's promise.
        unsafe { std::slice::from_raw_parts(self.pointer.as_ptr(), self.len) }
    }
}

/// A chunk, and how far it was used.
struct Chunk {
    block: Block,
    /// Bytes below the top; 0 in chunks behind the current one.
    used: usize,
    /// No piece that may still be written through ends behind this offset. An array's chunk, whose header lies in
    /// front of its elements, is never put below it: who has an old piece could overwrite that header.
    exposed: usize,
}

/// Where something lies: the number of its chunk, and the bytes before it there.
type Position = (usize, usize);

struct State {
    chunks: Vec<Chunk>,
    /// The chunk that the top lies in. 0 also where there is no chunk.
    current: usize,
    /// Bytes used in the chunks before the current one.
    used_before: usize,
    capacity: usize,
    /// Bytes of memory that the chunks hold.
    held: usize,
    /// Marks that can be gone back to, with ascending numbers and positions.
    marks: Vec<(u64, Position)>,
    next_mark: u64,
    /// The chunks of arrays, by ascending position; the dead ones too until a rewind.
    arrays: Vec<(Position, WeakBlock)>,
    closed: bool,
}

impl Arena {
    /// An empty arena. It holds no memory.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions, Error};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// assert_eq!((arena.used(), arena.capacity()), (0, 0));
    /// let odd = ArenaOptions { alignment: 3, ..ArenaOptions::default() };
    /// assert_eq!(Arena::new(&odd).unwrap_err(), Error::BadAlignment { given: 3 });
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn new(options: &ArenaOptions) -> Result<Arc<Arena>, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        if !options.chunk_size.is_power_of_two() {
            return Err(Error::BadChunkSize {
                given: options.chunk_size,
            });
        }
        bytes_of(options.chunk_size, 1)?;
        check_alignment(options.alignment)?;
        Ok(Arc::new(Arena {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            options: *options,
            state: Mutex::new(State {
                chunks: Vec::new(),
                current: 0,
                used_before: 0,
                capacity: 0,
                held: 0,
                marks: Vec::new(),
                next_mark: 0,
                arrays: Vec::new(),
                closed: false,
            }),
        }))
    }

    /// A number that no other arena of this process ever has.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let options = ArenaOptions::default();
    /// assert_ne!(Arena::new(&options)?.id(), Arena::new(&options)?.id());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn id(&self) -> u64 {
        self.id
    }

    /// What the arena was made with.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// assert_eq!(arena.options().chunk_size, 65_536);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn options(&self) -> ArenaOptions {
        self.options
    }

    /// Bytes handed out, with the gaps that alignment made between them.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// arena.push(b"abc")?;
    /// arena.push(b"abc")?;
    /// assert_eq!(arena.used(), 11);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn used(&self) -> usize {
        self.state().used()
    }

    /// Bytes that the chunks have place for, the spare ones included.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// arena.push(b"abc")?;
    /// assert_eq!(arena.capacity(), 65_536);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn capacity(&self) -> usize {
        self.state().capacity
    }

    /// How many chunks there are, the spare ones included.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// arena.push(&[0; 100_000])?;
    /// assert_eq!(arena.chunk_count(), 1);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn chunk_count(&self) -> usize {
        self.state().chunks.len()
    }

    /// Bytes of memory that the arena holds. Open memory counts, reserved does not.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// arena.push(b"abc")?;
    /// assert!((65_536..70_000).contains(&arena.committed_bytes()));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn committed_bytes(&self) -> usize {
        self.state().held
    }

    /// Whether the arena was [closed](Self::close).
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// assert!(!arena.is_closed());
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// Copies bytes into the arena, aligned as its options say.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let slice = Arena::new(&ArenaOptions::default())?.push(b"abc")?;
    /// assert_eq!(slice.len, 3);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn push(&self, bytes: &[u8]) -> Result<ArenaSlice, Error> {
        let slice = self.room(bytes.len(), self.options.alignment)?;
        // SAFETY: the room has place for the bytes, and was given to nobody else.
        unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), slice.pointer.as_ptr(), bytes.len());
        }
        Ok(slice)
    }

    /// Bytes that are all zero, at a multiple of `alignment`, which is a power of two.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let slice = Arena::new(&ArenaOptions::default())?.zeroed(100, 4096)?;
    /// assert!(slice.pointer.as_ptr().addr().is_multiple_of(4096));
    /// // SAFETY: nobody writes to it.
    /// assert_eq!(unsafe { slice.as_slice() }, [0; 100]);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn zeroed(&self, bytes: usize, alignment: usize) -> Result<ArenaSlice, Error> {
        let slice = self.room(bytes, alignment)?;
        // SAFETY: as in push.
        unsafe { slice.pointer.as_ptr().write_bytes(0, bytes) };
        Ok(slice)
    }

    /// Bytes that hold anything, for a caller that writes them itself: also while others rewind, as the memory is kept.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let slice = Arena::new(&ArenaOptions::default())?.room(3, 1)?;
    /// // SAFETY: the room is 3 bytes, which nobody else uses.
    /// unsafe { slice.pointer.cast::<[u8; 3]>().write(*b"abc") };
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn room(&self, bytes: usize, alignment: usize) -> Result<ArenaSlice, Error> {
        check_alignment(alignment)?;
        let mut state = self.state();
        let place = state.make_room(&self.options, bytes, alignment, Purpose::Piece)?;
        Ok(ArenaSlice {
            block: state.chunks[state.current].block.clone(),
            pointer: place,
            len: bytes,
        })
    }

    /// Memory for an array's chunk of `bytes` bytes; all zero where it has to be `readable` before it is written.
    pub(crate) fn block(&self, bytes: usize, readable: bool) -> Result<Block, Error> {
        let refused = Error::OutOfMemory { bytes };
        let whole = bytes.checked_add(Block::HEADER).ok_or(refused)?;
        let mut state = self.state();
        state.arrays.try_reserve(1).map_err(|_| refused)?;
        let place = state.make_room(&self.options, whole, ALIGN, Purpose::Array)?;
        let number = state.current;
        let chunk = &state.chunks[number];
        let offset = chunk.used - whole;
        // SAFETY: the room is aligned and large enough, no piece that anybody can write through covers it, and it is
        // given to nobody else before a rewind has found the block dead.
        let block = unsafe { Block::within(chunk.block.clone(), place, bytes) };
        if readable {
            // SAFETY: nobody else has the block yet.
            unsafe { block.pointer().as_ptr().write_bytes(0, bytes) };
        }
        let weak = block.downgrade();
        state.arrays.push(((number, offset), weak));
        Ok(block)
    }

    /// Remembers the top, to go back to it.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// assert_eq!(arena.save()?, arena.save()?);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn save(&self) -> Result<ArenaMark, Error> {
        let mut state = self.state();
        state.check_open()?;
        let top = state.top();
        let id = match state.marks.last() {
            // As long as nothing was pushed there is one mark, so that a loop that rewinds keeps no list.
            Some(&(id, position)) if position == top => id,
            _ => {
                let refused = Error::OutOfMemory {
                    bytes: size_of::<(u64, Position)>(),
                };
                state.marks.try_reserve(1).map_err(|_| refused)?;
                let id = state.next_mark;
                state.next_mark += 1;
                state.marks.push((id, top));
                id
            }
        };
        Ok(self.mark(id))
    }

    /// The mark of this number, whether there is one or not: [`rewind`](Self::rewind) tells.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions, Error};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// assert_eq!(arena.rewind(&arena.mark(7)), Err(Error::MarkGone));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn mark(&self, id: u64) -> ArenaMark {
        ArenaMark { arena: self.id, id }
    }

    /// Goes back to a mark: what was pushed since is gone, and its memory is used again.
    ///
    /// The mark stays good, until the arena is rewound below it. An array above the mark that lives, or a view of it,
    /// is [`Error::ArenaInUse`], and nothing happens.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions, Error};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// let outer = arena.save()?;
    /// arena.push(b"abc")?;
    /// let inner = arena.save()?;
    /// arena.rewind(&outer)?;
    /// assert_eq!(arena.rewind(&inner), Err(Error::MarkGone));
    /// assert_eq!(arena.rewind(&outer), Ok(()));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn rewind(&self, mark: &ArenaMark) -> Result<(), Error> {
        if mark.arena != self.id {
            return Err(Error::ForeignMark);
        }
        let mut state = self.state();
        state.check_open()?;
        let known = state.marks.binary_search_by_key(&mark.id, |&(id, _)| id);
        let place = known.map_err(|_| Error::MarkGone)?;
        let (_, position) = state.marks[place];
        state.go_back(position)?;
        state.marks.truncate(place + 1);
        Ok(())
    }

    /// Takes everything back; all marks are gone. Errors as of [`rewind`](Self::rewind).
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// arena.push(b"abc")?;
    /// arena.reset()?;
    /// assert_eq!((arena.used(), arena.capacity()), (0, 65_536));
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn reset(&self) -> Result<(), Error> {
        let mut state = self.state();
        state.go_back((0, 0))?;
        state.marks.clear();
        Ok(())
    }

    /// Gives the memory of spare chunks back.
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// arena.push(b"abc")?;
    /// arena.reset()?;
    /// arena.shrink();
    /// assert_eq!(arena.capacity(), 0);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn shrink(&self) {
        let mut guard = self.state();
        let state = &mut *guard;
        let nothing = state.top() == (0, 0);
        let keep = if nothing { 0 } else { state.current + 1 };
        let spare = state.chunks.split_off(keep.min(state.chunks.len()));
        for chunk in &spare {
            state.capacity -= chunk.block.size();
            state.held -= chunk.block.held();
        }
        drop(guard);
        drop(spare);
    }

    /// Takes everything back for good and gives the memory back, but for that of pieces that somebody has. Errors as
    /// of [`rewind`](Self::rewind).
    ///
    /// ```
    /// # use chunkarray_core::{Arena, ArenaOptions, Error};
    /// let arena = Arena::new(&ArenaOptions::default())?;
    /// arena.push(b"abc")?;
    /// arena.close()?;
    /// assert_eq!(arena.push(b"abc").unwrap_err(), Error::ArenaClosed);
    /// # Ok::<(), chunkarray_core::Error>(())
    /// ```
    pub fn close(&self) -> Result<(), Error> {
        let mut state = self.state();
        state.go_back((0, 0))?;
        state.closed = true;
        state.capacity = 0;
        state.held = 0;
        state.marks = Vec::new();
        state.arrays = Vec::new();
        let chunks = std::mem::take(&mut state.chunks);
        drop(state);
        drop(chunks);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

/// What room is made for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Bytes that a caller may write through for as long as it likes, also after a rewind.
    Piece,
    /// An array's chunk.
    Array,
}

impl State {
    fn check_open(&self) -> Result<(), Error> {
        if self.closed {
            Err(Error::ArenaClosed)
        } else {
            Ok(())
        }
    }

    fn top(&self) -> Position {
        let used = self.chunks.get(self.current).map_or(0, |chunk| chunk.used);
        (self.current, used)
    }

    fn used(&self) -> usize {
        self.used_before + self.top().1
    }

    /// Moves the top up behind `bytes` bytes, which then begin at the address given.
    fn make_room(
        &mut self,
        options: &ArenaOptions,
        bytes: usize,
        alignment: usize,
        purpose: Purpose,
    ) -> Result<NonNull<u8>, Error> {
        self.check_open()?;
        if purpose == Purpose::Array {
            self.look_for_pieces();
        }
        let fits = |chunk: &Chunk| chunk.place(bytes, alignment, purpose);
        let mut number = self.current;
        let mut offset = self.chunks.get(number).and_then(fits);
        if offset.is_none() {
            let next = (number + 1).min(self.chunks.len());
            // A spare chunk that is large enough comes next: no mark and no array knows where it stood.
            let spare = (next..self.chunks.len()).find(|&k| fits(&self.chunks[k]).is_some());
            match spare {
                Some(k) => self.chunks[next..=k].rotate_right(1),
                None => self.add_chunk(options, next, bytes, alignment)?,
            }
            number = next;
            offset = fits(&self.chunks[number]);
        }
        let refused = Error::OutOfMemory { bytes };
        let offset = offset.ok_or(refused)?;
        let chunk = &mut self.chunks[number];
        let end = offset + bytes;
        let before = chunk.block.held();
        chunk.block.open_to(end, false)?;
        self.held += chunk.block.held() - before;
        chunk.used = end;
        if purpose == Purpose::Piece {
            chunk.exposed = chunk.exposed.max(end);
        }
        // SAFETY: the offset lies within the chunk, or at its end.
        let place = unsafe { chunk.block.pointer().add(offset) };
        if number != self.current {
            self.used_before += self.chunks[self.current].used;
            self.current = number;
        }
        Ok(place)
    }

    /// Puts a new chunk in front of the chunk of that number, with place for so many bytes at least.
    fn add_chunk(
        &mut self,
        options: &ArenaOptions,
        number: usize,
        bytes: usize,
        alignment: usize,
    ) -> Result<(), Error> {
        let refused = Error::OutOfMemory { bytes };
        // A chunk begins on a cache line; who asks for more may lose nearly as much before the first byte.
        let slack = if alignment > ALIGN { alignment } else { 0 };
        let needed = bytes
            .checked_add(slack)
            .and_then(|all| all.checked_next_multiple_of(ALIGN))
            .filter(|&all| all <= isize::MAX as usize)
            .ok_or(refused)?;
        // Rounded up, so that a spare chunk also takes what is a little larger next time.
        let (usual, rounded) = match options.growth {
            Growth::Fixed => (
                options.chunk_size,
                needed.checked_next_multiple_of(options.chunk_size),
            ),
            // As much again as there is already, in powers of two.
            Growth::Double => (
                match self.capacity {
                    0 => options.chunk_size,
                    capacity => options.chunk_size.max(1 << capacity.ilog2()),
                },
                needed.checked_next_power_of_two(),
            ),
        };
        let rounded = rounded.filter(|&all| all <= isize::MAX as usize);
        let wished = usual.max(rounded.unwrap_or(needed));
        self.chunks.try_reserve(1).map_err(|_| refused)?;
        let block = match Block::new(wished, false) {
            Err(_) if needed < wished => Block::new(needed, false),
            block => block,
        }?;
        self.capacity += block.size();
        self.held += block.held();
        let chunk = Chunk {
            block,
            used: 0,
            exposed: 0,
        };
        self.chunks.insert(number, chunk);
        Ok(())
    }

    /// Finds out whether the pieces that lie behind the top of a chunk, left there by a rewind, are still anybody's.
    fn look_for_pieces(&mut self) {
        for number in self.current..self.chunks.len() {
            if self.chunks[number].exposed <= self.chunks[number].used {
                continue;
            }
            let arrays = self.arrays.iter().rev();
            let arrays = arrays.take_while(|((at, _), _)| *at >= number);
            let alive = arrays.filter(|((at, _), array)| {
                // SAFETY: the arena holds the chunk, and arrays are forgotten before their place is used again.
                *at == number && unsafe { array.is_alive() }
            });
            // Besides the arena and arrays, only pieces refer to a chunk. Who has none can't get another one, but from
            // the arena, whose lock is held.
            let references = 1 + alive.count();
            let chunk = &mut self.chunks[number];
            if chunk.block.references_acquired() <= references {
                chunk.exposed = 0;
            }
        }
    }

    /// Moves the top back, unless an array lives above.
    fn go_back(&mut self, position: Position) -> Result<(), Error> {
        let above = self.arrays.partition_point(|(at, _)| *at < position);
        let arrays = self.arrays[above..].iter();
        // SAFETY: as in look_for_pieces.
        let alive = arrays
            .filter(|(_, array)| unsafe { array.is_alive() })
            .count();
        if alive > 0 {
            return Err(Error::ArenaInUse { chunks: alive });
        }
        self.arrays.truncate(above);
        let (number, used) = position;
        while self.current > number {
            self.chunks[self.current].used = 0;
            self.current -= 1;
            self.used_before -= self.chunks[self.current].used;
        }
        if let Some(chunk) = self.chunks.get_mut(number) {
            chunk.used = used;
        }
        Ok(())
    }
}

impl Chunk {
    /// The offset at which so many bytes fit behind what is used.
    fn place(&self, bytes: usize, alignment: usize, purpose: Purpose) -> Option<usize> {
        let from = match purpose {
            Purpose::Piece => self.used,
            Purpose::Array => self.used.max(self.exposed),
        };
        let base = self.block.pointer().as_ptr().addr();
        let offset = (base + from).checked_next_multiple_of(alignment)? - base;
        let end = offset.checked_add(bytes)?;
        (end <= self.block.size()).then_some(offset)
    }
}

fn check_alignment(given: usize) -> Result<(), Error> {
    if given.is_power_of_two() {
        Ok(())
    } else {
        Err(Error::BadAlignment { given })
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena")
            .field("used", &self.used())
            .field("capacity", &self.capacity())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
