//! Which group a row of keys belongs to.

use std::hash::{BuildHasher, RandomState};

use crate::Error;
use crate::memory::{filled, reserve};

/// Numbers of groups by their keys, in the order in which they were asked for first.
///
/// Keys of up to two bytes are found in a table of all that there may be, others by open addressing.
pub struct Table {
    most: usize,
    /// Words of a group's keys.
    words: usize,
    /// The keys of each group.
    rows: Vec<u64>,
    groups: usize,
    /// Numbers of groups, one more than they are; 0 where there is none.
    slots: Vec<u32>,
    /// Whether the key is the slot.
    direct: bool,
    seed: u64,
}

impl Table {
    /// For up to `most` groups, by keys of so many words, or of so many bytes of one word.
    pub fn new(most: usize, words: usize, bytes: usize) -> Result<Table, Error> {
        let direct = words == 1 && bytes <= 2;
        let slots = if direct { 1 << (8 * bytes) } else { 64 };
        Ok(Table {
            most,
            words,
            rows: Vec::new(),
            groups: 0,
            slots: filled(0, slots)?,
            direct,
            seed: RandomState::new().hash_one(0) | 1,
        })
    }

    /// How many there are.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// The keys of each.
    pub fn rows(&self) -> &[u64] {
        &self.rows
    }

    /// The groups that rows of keys belong to; new ones get the next numbers.
    pub fn number(&mut self, rows: &[u64], numbers: &mut [u32]) -> Result<(), Error> {
        match self.words {
            _ if self.direct => self.look_up(rows, numbers),
            // What is known here needs no loop.
            1 => self.search(1, rows, numbers),
            words => self.search(words, rows, numbers),
        }
    }

    fn look_up(&mut self, rows: &[u64], numbers: &mut [u32]) -> Result<(), Error> {
        let mut some_new = false;
        for (number, &row) in numbers.iter_mut().zip(rows) {
            let slot = self.slots[row as usize];
            some_new |= slot == 0;
            *number = slot.wrapping_sub(1);
        }
        if some_new {
            for (number, &row) in numbers.iter_mut().zip(rows) {
                if self.slots[row as usize] == 0 {
                    self.begin(&[row], row as usize)?;
                }
                *number = self.slots[row as usize] - 1;
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn search(&mut self, words: usize, rows: &[u64], numbers: &mut [u32]) -> Result<(), Error> {
        for (number, row) in numbers.iter_mut().zip(rows.chunks_exact(words)) {
            *number = match self.find(row) {
                Ok(group) => group,
                Err(slot) => {
                    let group = self.begin(row, slot)?;
                    self.grow()?;
                    group
                }
            };
        }
        Ok(())
    }

    /// Begins a group, which is found in this slot.
    fn begin(&mut self, row: &[u64], slot: usize) -> Result<u32, Error> {
        if self.groups == self.most {
            return Err(Error::TooManyGroups { most: self.most });
        }
        reserve(&mut self.rows, row.len())?;
        self.rows.extend_from_slice(row);
        let group = self.groups as u32;
        self.groups += 1;
        self.slots[slot] = group + 1;
        Ok(group)
    }

    /// The group of a row of keys, or the slot where it belongs.
    #[inline(always)]
    fn find(&self, row: &[u64]) -> Result<u32, usize> {
        let mut slot = self.slot(row);
        loop {
            match self.slots[slot] {
                0 => return Err(slot),
                next if self.rows[(next as usize - 1) * row.len()..][..row.len()] == *row => {
                    return Ok(next - 1);
                }
                _ => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
    }

    /// Where to begin to look.
    #[inline(always)]
    fn slot(&self, row: &[u64]) -> usize {
        let mut hash = self.seed;
        for word in row {
            // Both halves of the product: each bit of the word changes about all of them.
            let product = u128::from(hash ^ word) * 0x9e37_79b9_7f4a_7c15_u128;
            hash = (product >> 64) as u64 ^ product as u64;
        }
        hash as usize & (self.slots.len() - 1)
    }

    /// Keeps half of the slots free.
    fn grow(&mut self) -> Result<(), Error> {
        if 2 * self.groups <= self.slots.len() {
            return Ok(());
        }
        self.slots = filled(0, 4 * self.slots.len())?;
        for (group, row) in self.rows.chunks_exact(self.words).enumerate() {
            let mut slot = self.slot(row);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = group as u32 + 1;
        }
        Ok(())
    }
}
