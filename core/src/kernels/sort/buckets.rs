//! Sorting many keys: they are divided into buckets that fit into a cache, by all processors, and these are sorted.

use std::ops::Range;

use parking_lot::Mutex;

use super::{Key, Keys, local};
use crate::Error;
use crate::kernels::window::{Scratch, Window};

/// From so many elements on, dividing them first is worth it.
const MANY: usize = 1 << 17;
/// Elements in a bucket, more or less: with as many beside them they fit into a second-level cache.
const BUCKET: usize = 1 << 14;
/// Keys are told apart by so many cells, of which buckets are made.
const CELLS: usize = 1 << 13;
/// So many elements tell which range the keys lie in.
const SAMPLES: usize = 2048;

/// Sorts the elements of a window.
pub(super) fn sort<K: Key>(window: &Window, keys: Keys) -> Result<(), Error> {
    let (count, size) = (window.len(), size_of::<K>());
    if count >= MANY {
        return divide::<K>(window, keys);
    }
    let mut memory = Scratch::new(2 * count, size)?;
    let (elements, beside) =
        bytemuck::cast_slice_mut(memory.elements(2 * count, size)).split_at_mut(count);
    window.read(0, bytemuck::cast_slice_mut(elements));
    keys.encode::<K>(elements);
    local::sort(elements, beside);
    keys.decode(elements);
    window.write(0, bytemuck::cast_slice(elements));
    Ok(())
}

/// How keys are told apart.
#[derive(Clone, Copy)]
struct Cells<K> {
    least: K,
    shift: u32,
}

impl<K: Key> Cells<K> {
    /// Cells for keys like those of a sample. Keys beyond its ends go to the cells at the ends.
    fn new(window: &Window, keys: Keys) -> Self {
        let step = window.len() / SAMPLES;
        let (mut least, mut most) = (K::MAX, K::MAX.not());
        let mut element = [K::MAX];
        for k in 0..SAMPLES {
            window.read(k * step, bytemuck::cast_slice_mut(&mut element));
            let key = keys.key(element[0]);
            least = least.min(key);
            most = most.max(key);
        }
        let shift = most
            .minus(least)
            .bits()
            .saturating_sub(CELLS.trailing_zeros());
        Cells { least, shift }
    }

    #[inline(always)]
    fn of(self, key: K) -> usize {
        key.above(self.least, self.shift).min(CELLS - 1)
    }
}

fn divide<K: Key>(window: &Window, keys: Keys) -> Result<(), Error> {
    let (count, size) = (window.len(), size_of::<K>());
    let refused = |bytes| move |_| Error::OutOfMemory { bytes };
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = processors.min(count / (MANY / 2)).min(64);
    let part = |worker: usize| count * worker / workers..count * (worker + 1) / workers;
    let mut memory = Scratch::large(count, size)?;
    let cells = Cells::new(window, keys);

    // How many keys of each part go to each cell.
    let mut counts: Vec<u32> = Vec::new();
    counts
        .try_reserve_exact(workers * CELLS)
        .map_err(refused(workers * CELLS * 4))?;
    counts.resize(workers * CELLS, 0);
    let parts = counts.chunks_exact_mut(CELLS).enumerate();
    in_parallel(workers, parts, |(worker, counts)| {
        each_block(window, keys, part(worker), |block: &[K]| {
            block.iter().for_each(|&key| counts[cells.of(key)] += 1);
        })
    })?;

    // Cells are put together to buckets, and each part gets a place of its own in each bucket.
    let mut bucket_of = [0_u16; CELLS];
    let mut buckets = Vec::new();
    let mut places: Vec<Vec<Range<usize>>> = vec![Vec::new(); workers];
    let (mut end, mut cell) = (0, 0);
    while cell < CELLS {
        let begin = end;
        let from = cell;
        while cell < CELLS && (cell == from || end - begin < BUCKET) {
            bucket_of[cell] = buckets.len() as u16;
            end += (0..workers)
                .map(|worker| counts[worker * CELLS + cell] as usize)
                .sum::<usize>();
            cell += 1;
        }
        let mut place = begin;
        for (worker, places) in places.iter_mut().enumerate() {
            let of_worker = &counts[worker * CELLS..][from..cell];
            let after = place + of_worker.iter().map(|&n| n as usize).sum::<usize>();
            places.push(place..after);
            place = after;
        }
        buckets.push(begin..end);
    }

    // Where an element was written to since it was counted, its key may belong elsewhere: it is put aside then, fills
    // what is left free, and the standard library's sort does the rest.
    let elements = bytemuck::cast_slice_mut::<u8, K>(memory.elements(count, size));
    let all = Shared(elements.as_mut_ptr());
    let parts = places.iter_mut().enumerate();
    let mut aside = in_parallel(workers, parts, |(worker, places)| {
        let all = &all;
        let mut aside = Vec::new();
        each_block(window, keys, part(worker), |block: &[K]| {
            for &key in block {
                let place = &mut places[usize::from(bucket_of[cells.of(key)])];
                if place.start < place.end {
                    // SAFETY: places lie within the memory, and no two of them overlap.
                    unsafe { all.0.add(place.start).write(key) };
                    place.start += 1;
                } else {
                    aside.push(key);
                }
            }
        })?;
        Ok(aside)
    })?
    .into_iter()
    .flatten();
    let mut free = places.into_iter().flatten().flatten().peekable();
    if free.peek().is_some() {
        for (place, key) in free.zip(&mut aside) {
            elements[place] = key;
        }
        elements.sort_unstable();
        keys.decode(elements);
        window.write(0, bytemuck::cast_slice(elements));
        return Ok(());
    }

    let longest = buckets.iter().map(Range::len).max().unwrap_or(0);
    let room: Result<Vec<_>, Error> = (0..workers).map(|_| Scratch::new(longest, size)).collect();
    let room = Mutex::new(room?);
    let mut rest = elements;
    let buckets = buckets.iter().map(|bucket| {
        let (slice, behind) = std::mem::take(&mut rest).split_at_mut(bucket.len());
        rest = behind;
        (bucket.start, slice)
    });
    in_parallel(workers, buckets, |(start, bucket)| {
        let beside = room.lock().pop();
        let mut beside = match beside {
            Some(beside) => beside,
            None => Scratch::new(longest, size)?,
        };
        local::sort(
            bucket,
            bytemuck::cast_slice_mut(beside.elements(longest, size)),
        );
        room.lock().push(beside);
        keys.decode(bucket);
        window.write(start, bytemuck::cast_slice(bucket));
        Ok(())
    })?;
    Ok(())
}

/// Memory of which each worker writes to places of its own.
struct Shared<K>(*mut K);

// SAFETY: who writes there promises that nobody else writes to the same place.
unsafe impl<K: Send> Sync for Shared<K> {}

/// Calls `work` with the keys of a part of a window, block by block.
fn each_block<K: Key>(
    window: &Window,
    keys: Keys,
    part: Range<usize>,
    mut work: impl FnMut(&[K]),
) -> Result<(), Error> {
    let size = size_of::<K>();
    let block = window.block_len();
    let mut scratch = Scratch::new(block, size)?;
    let mut k = part.start;
    while k < part.end {
        let bytes = scratch.elements(block.min(part.end - k), size);
        window.read(k, bytes);
        let elements = bytemuck::cast_slice_mut::<u8, K>(bytes);
        keys.encode(elements);
        work(elements);
        k += elements.len();
    }
    Ok(())
}

/// Does `work` with each of the items, on so many threads, this one among them; results come in any order.
fn in_parallel<I, R: Send>(
    workers: usize,
    items: impl Iterator<Item = I> + Send,
    work: impl Fn(I) -> Result<R, Error> + Sync,
) -> Result<Vec<R>, Error> {
    let items = Mutex::new(items);
    let outcome = Mutex::new(Ok(Vec::new()));
    let run = || {
        loop {
            let item = items.lock().next();
            let Some(item) = item else { return };
            let result = work(item);
            let mut outcome = outcome.lock();
            match (result, &mut *outcome) {
                (Ok(result), Ok(results)) => results.push(result),
                (Err(error), Ok(_)) => *outcome = Err(error),
                (_, Err(_)) => return,
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..workers {
            // Where the system gives no thread, the others do the work.
            if std::thread::Builder::new()
                .spawn_scoped(scope, run)
                .is_err()
            {
                break;
            }
        }
        run();
    });
    outcome.into_inner()
}
