//! The memory that a piece is computed in.

use std::slice;

use super::SLOT;
use crate::engine::{Piece, Source};
use crate::layout::{BLOCK, Layout};

/// A piece and its scratch memory. Slots are told by their first byte.
///
/// What it promises (its maker did): the piece's pointers are what [`Piece`] says; slots have been written before they
/// are read, with values of one type; no two slots that are used at a time overlap.
pub struct Frame<'a> {
    pub piece: &'a Piece,
}

impl<'a> Frame<'a> {
    /// # Safety
    /// As for [`Code::run`](crate::engine::Code::run); the scratch has all slots that are asked for.
    pub unsafe fn new(piece: &'a Piece) -> Self {
        debug_assert!(piece.count <= BLOCK);
        Frame { piece }
    }

    /// The first values of a slot, to be read.
    ///
    /// # Safety
    /// They were written, as this type, and nothing writes there while they are used.
    #[inline(always)]
    pub unsafe fn read<T: Copy>(&self, slot: usize, count: usize) -> &[T] {
        debug_assert!(count * size_of::<T>() <= SLOT);
        // SAFETY: a slot has room for a block of each type, as aligned as each wants; else the caller's promise.
        unsafe { slice::from_raw_parts(self.piece.scratch.add(slot).cast(), count) }
    }

    /// The first places of a slot, to be written.
    ///
    /// # Safety
    /// Nothing else uses the slot meanwhile, and it was written before or all places are before they are read (all
    /// types here are plain numbers).
    #[inline(always)]
    #[allow(clippy::mut_from_ref)] // Slots are disjoint parts of the scratch.
    pub unsafe fn write<T: Copy>(&self, slot: usize, count: usize) -> &mut [T] {
        debug_assert!(count * size_of::<T>() <= SLOT);
        // SAFETY: as in `read`; the scratch was zeroed when it was made.
        unsafe { slice::from_raw_parts_mut(self.piece.scratch.add(slot).cast(), count) }
    }

    /// Where a slot begins.
    pub fn slot(&self, slot: usize) -> *mut u8 {
        self.piece.scratch.wrapping_add(slot)
    }

    /// A word of the state, as a value of some type.
    #[inline(always)]
    pub fn state<T: Copy>(&self, word: usize) -> *mut T {
        self.piece.state.wrapping_add(word).cast()
    }

    /// Where an input's elements lie.
    #[inline(always)]
    pub fn source(&self, input: u32) -> Source {
        // SAFETY: there is one for each input of the program.
        unsafe { *self.piece.sources.add(input as usize) }
    }

    /// A parameter.
    #[inline(always)]
    pub fn parameter<T: Copy>(&self, index: u32) -> T {
        // SAFETY: the program has this parameter, and 8 bytes hold every type.
        unsafe { *self.piece.parameters.add(index as usize).cast() }
    }

    /// Which elements are marked: 1, others are 0.
    #[inline(always)]
    pub fn mask(&self, count: usize) -> &[u8] {
        // SAFETY: the mask is written by `mark` and `mark_all`, before anything reads it.
        unsafe { self.read(0, count) }
    }

    /// Leaves only those marked for which a BOOL is true.
    pub fn mark(&self, slot: usize, count: usize, marked: bool) {
        // SAFETY: the slot is not the mask's.
        let (mask, truths) = unsafe { (self.write::<u8>(0, count), self.read::<u8>(slot, count)) };
        if marked {
            for (mark, truth) in mask.iter_mut().zip(truths) {
                *mark &= truth;
            }
        } else {
            mask.copy_from_slice(truths);
        }
    }

    /// Marks all.
    pub fn mark_all(&self, count: usize) {
        // SAFETY: nobody has the mask.
        unsafe { self.write::<u8>(0, count) }.fill(1);
    }

    /// Takes a mark away.
    pub fn unmark(&self, k: usize) {
        // SAFETY: nobody has the mask.
        let mask = unsafe { self.write::<u8>(0, k + 1) };
        mask[k] = 0;
    }

    /// Whether an element is marked.
    #[inline(always)]
    pub fn is_marked(&self, k: usize) -> bool {
        self.mask(k + 1)[k] != 0
    }

    /// How many are marked.
    pub fn marked(&self, count: usize) -> usize {
        crate::wide::widely(|| {
            let groups = self.mask(count).chunks(255);
            groups
                .map(|group| usize::from(group.iter().sum::<u8>()))
                .sum()
        })
    }

    /// A BOOL.
    #[inline(always)]
    pub fn truth(&self, slot: usize, k: usize) -> bool {
        // SAFETY: it was written.
        let truths = unsafe { self.read::<u8>(slot, k + 1) };
        truths[k] != 0
    }

    /// The first (marked) element for which a BOOL is false.
    pub fn first_false(&self, slot: usize, count: usize, marked: bool) -> Option<usize> {
        // SAFETY: it was written.
        let truths = unsafe { self.read::<u8>(slot, count) };
        if !marked {
            return truths.iter().position(|&truth| truth == 0);
        }
        let mut both = truths.iter().zip(self.mask(count));
        both.position(|(&truth, &mark)| truth < mark)
    }

    /// Says that the run has ended.
    pub fn end(&self) {
        // SAFETY: the state has this word.
        unsafe { *self.state::<u64>(Layout::ENDED) = 1 };
    }

    /// Counts those that came to the end.
    pub fn came(&self, count: usize) {
        // SAFETY: the state has this word.
        unsafe { *self.state::<u64>(Layout::CAME) += count as u64 };
    }
}
