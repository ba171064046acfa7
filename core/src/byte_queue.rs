//! Bytes that come at one end and go at the other.

use std::collections::VecDeque;

use crate::{Block, Error};

/// A queue of bytes in blocks of one size: written at its end, dropped at its start.
///
/// Positions count the bytes since the queue began and never change their meaning. Blocks that were dropped come back
/// at the other end, so a queue that is as long as ever asks for no memory.
///
/// ```text
/// base     start                          end
///  | gone   |..... | .............. | ......|  free |      spare: one block, or none
///  +---------------+----------------+---------------+
/// ```
pub(crate) struct ByteQueue {
    blocks: VecDeque<Block>,
    /// What was dropped last, for the next block that is needed.
    spare: Option<Block>,
    /// Bytes of each block, a power of two.
    block_bytes: usize,
    /// Position of the first block's first byte.
    base: usize,
    start: usize,
    end: usize,
}

impl ByteQueue {
    /// An empty queue, which holds no memory. `block_bytes` is a power of two.
    pub(crate) fn new(block_bytes: usize) -> ByteQueue {
        debug_assert!(block_bytes.is_power_of_two());
        ByteQueue {
            blocks: VecDeque::new(),
            spare: None,
            block_bytes,
            base: 0,
            start: 0,
            end: 0,
        }
    }

    pub(crate) fn start(&self) -> usize {
        self.start
    }

    pub(crate) fn end(&self) -> usize {
        self.end
    }

    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// Bytes of memory that the blocks hold.
    pub(crate) fn held(&self) -> usize {
        let any = self.blocks.front().or(self.spare.as_ref());
        let count = self.blocks.len() + usize::from(self.spare.is_some());
        any.map_or(0, Block::held) * count + self.blocks.capacity() * size_of::<Block>()
    }

    /// Makes place for `additional` more bytes, or changes nothing.
    #[inline]
    pub(crate) fn reserve(&mut self, additional: usize) -> Result<(), Error> {
        let room = self.base + self.blocks.len() * self.block_bytes - self.end;
        if additional <= room {
            Ok(())
        } else {
            self.add_blocks((additional - room).div_ceil(self.block_bytes))
        }
    }

    #[cold]
    fn add_blocks(&mut self, count: usize) -> Result<(), Error> {
        let before = self.blocks.len();
        let bytes = count.saturating_mul(self.block_bytes);
        self.blocks
            .try_reserve(count)
            .map_err(|_| Error::OutOfMemory { bytes })?;
        for _ in 0..count {
            let block = match self.spare.take() {
                Some(block) => Ok(block),
                None => Block::new(self.block_bytes, false),
            };
            match block {
                Ok(block) => self.blocks.push_back(block),
                Err(error) => {
                    self.blocks.truncate(before);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Adds bytes for which `reserve` made place.
    #[inline]
    pub(crate) fn append(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (block, offset) = self.place(self.end);
            let count = bytes.len().min(self.block_bytes - offset);
            // SAFETY: the block has `block_bytes` bytes, and what lies behind `end` is read by nobody: readers have a
            // shared reference to the queue.
            unsafe {
                std::ptr::copy_nonoverlapping(
                    bytes.as_ptr(),
                    self.blocks[block].pointer().as_ptr().add(offset),
                    count,
                );
            }
            self.end += count;
            bytes = &bytes[count..];
        }
    }

    /// The bytes from `from` up to `to` that lie in one piece: all of them, or those up to the end of a block.
    #[inline]
    pub(crate) fn piece(&self, from: usize, to: usize) -> &[u8] {
        assert!(self.start <= from && from <= to && to <= self.end);
        if from == to {
            return &[];
        }
        let (block, offset) = self.place(from);
        let count = (to - from).min(self.block_bytes - offset);
        // SAFETY: all bytes between `start` and `end` were written, and writing needs an exclusive reference.
        unsafe {
            std::slice::from_raw_parts(self.blocks[block].pointer().as_ptr().add(offset), count)
        }
    }

    /// Drops all bytes before `position`, which lies between start and end.
    #[inline]
    pub(crate) fn drop_to(&mut self, position: usize) {
        assert!(self.start <= position && position <= self.end);
        self.start = position;
        while position - self.base >= self.block_bytes {
            self.spare = self.blocks.pop_front();
            self.base += self.block_bytes;
        }
    }

    /// Gives back the memory that holds no bytes.
    pub(crate) fn shrink(&mut self) {
        self.spare = None;
        let used = if self.len() == 0 {
            0
        } else {
            (self.end - self.base).div_ceil(self.block_bytes)
        };
        if used == 0 {
            self.base = self.end;
        }
        self.blocks.truncate(used);
        self.blocks.shrink_to_fit();
    }

    /// The block of a position, and the byte in it.
    #[inline]
    fn place(&self, position: usize) -> (usize, usize) {
        let offset = position - self.base;
        (offset / self.block_bytes, offset & (self.block_bytes - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(queue: &ByteQueue) -> Vec<u8> {
        let (mut all, mut at) = (Vec::new(), queue.start());
        while at < queue.end() {
            let piece = queue.piece(at, queue.end());
            all.extend_from_slice(piece);
            at += piece.len();
        }
        all
    }

    #[test]
    fn what_comes_at_one_end_goes_at_the_other() {
        let mut queue = ByteQueue::new(16);
        let mut model = VecDeque::new();
        let mut most = 0;
        for round in 0..1000_usize {
            let bytes: Vec<u8> = (0..round % 37).map(|k| (round + k) as u8).collect();
            queue.reserve(bytes.len()).unwrap();
            queue.append(&bytes);
            model.extend(bytes);
            let keep = (round * 7) % 60;
            if model.len() > keep {
                queue.drop_to(queue.end() - keep);
                model.drain(..model.len() - keep);
            }
            if round % 50 == 0 {
                queue.shrink();
            }
            assert_eq!(content(&queue), Vec::from(model.clone()));
            most = most.max(queue.blocks.len());
        }
        assert!(most <= 8, "{most} blocks of 16 bytes");
    }

    #[test]
    fn an_empty_queue_can_give_all_memory_back() {
        let mut queue = ByteQueue::new(16);
        queue.reserve(21).unwrap();
        queue.append(&[7; 21]);
        queue.drop_to(21);
        queue.shrink();
        assert_eq!((queue.held(), queue.len(), queue.end()), (0, 0, 21));
        queue.reserve(30).unwrap();
        queue.append(&[9; 30]);
        assert_eq!(content(&queue), [9; 30]);
    }
}
