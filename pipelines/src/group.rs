//! Results for each group of elements whose keys are equal.

use std::hash::{BuildHasher, RandomState};

use crate::kernel::{Answer, Column};
use crate::layout::{BLOCK, Layout, least, most};
use crate::memory::{empty, filled, reserve};
use crate::program::{Id, Program, Terminal};
use crate::scalar::{Best, Ordered};
use crate::sink::{Arrived, argument_type, of, sum_type, word};
use crate::types::with_type;
use crate::{Error, Type};

/// The groups so far.
pub struct Groups {
    most: usize,
    keys: Vec<Key>,
    /// Words of a group's keys: one if all of them fit, else one for each key.
    words: usize,
    /// The keys of each group, in the order of their first elements.
    rows: Vec<u64>,
    groups: usize,
    table: Table,
    aggregates: Vec<Aggregate>,
    /// The keys of a piece's elements, and the groups that these belong to.
    arrived: Vec<u64>,
    numbers: Vec<u32>,
}

struct Key {
    ty: Type,
    column: usize,
    /// The word that it lies in, and how far up.
    word: usize,
    shift: usize,
}

/// Finds groups by their keys: numbers of groups, one more than they are, in open addressing.
struct Table {
    slots: Vec<u32>,
    seed: u64,
}

/// A result for each group.
struct Aggregate {
    terminal: Terminal,
    column: usize,
    /// Values in the first bytes.
    states: Vec<u64>,
    /// Sums of floats: those of the segment so far. The best one's number: `states` has its value.
    others: Vec<u64>,
}

impl Groups {
    pub fn new(
        program: &Program,
        layout: &Layout,
        most: u32,
        keys: &[Id],
        aggregates: &[Terminal],
    ) -> Result<Groups, Error> {
        let size = |key: &Id| program.ty(*key).size();
        let one_word = keys.iter().map(size).sum::<usize>() <= 8;
        let (mut at, mut placed) = (0, Vec::new());
        for key in keys {
            let (word, shift) = if one_word {
                (0, 8 * at)
            } else {
                (placed.len(), 0)
            };
            at += size(key);
            placed.push(Key {
                ty: program.ty(*key),
                column: layout.column_of(*key).unwrap_or(0),
                word,
                shift,
            });
        }
        let words = if one_word { 1 } else { keys.len() };
        let aggregates = aggregates.iter().map(|terminal| Aggregate {
            terminal: terminal.clone(),
            column: argument(terminal)
                .and_then(|value| layout.column_of(value))
                .unwrap_or(0),
            states: Vec::new(),
            others: Vec::new(),
        });
        Ok(Groups {
            most: most as usize,
            keys: placed,
            words,
            rows: Vec::new(),
            groups: 0,
            table: Table {
                slots: filled(0, 64)?,
                seed: RandomState::new().hash_one(0) | 1,
            },
            aggregates: aggregates.collect(),
            arrived: filled(0, BLOCK * words)?,
            numbers: filled(0, BLOCK)?,
        })
    }

    /// Takes elements, of which `before` came earlier.
    pub fn arrive(&mut self, arrived: Arrived<'_>, before: u64) -> Result<(), Error> {
        if arrived.count == 0 {
            return Ok(());
        }
        self.read_keys(arrived);
        let known = self.groups;
        self.number(arrived.count)?;
        let numbers = &self.numbers[..arrived.count];
        for aggregate in &mut self.aggregates {
            aggregate.grow(self.groups)?;
            aggregate.add(arrived, numbers, known, before);
        }
        Ok(())
    }

    /// The keys of elements, as words that are equal where these are.
    fn read_keys(&mut self, arrived: Arrived<'_>) {
        let words = self.words;
        let rows = &mut self.arrived[..arrived.count * words];
        if self.keys.len() > 1 {
            rows.fill(0);
        }
        let alone = self.keys.len() == 1;
        for key in &self.keys {
            with_type!(key.ty, T => {
                // SAFETY: this is the column's type.
                let values = unsafe { arrived.column::<T>(key.column) };
                for (row, &value) in rows.chunks_exact_mut(words).zip(values) {
                    let mut bits = word(value);
                    if key.ty == Type::F8 {
                        bits = same_float(bits);
                    }
                    let to = &mut row[key.word];
                    *to = if alone { bits } else { *to | bits << key.shift };
                }
            });
        }
    }

    /// The numbers of the groups that elements belong to; new ones get the next.
    fn number(&mut self, count: usize) -> Result<(), Error> {
        let words = self.words;
        // The last one's is often the next one's too.
        let mut last = usize::MAX;
        for k in 0..count {
            let row = &self.arrived[k * words..][..words];
            if last == usize::MAX || self.rows[last * words..][..words] != *row {
                last = match self.table.find(row, &self.rows) {
                    Ok(group) => group,
                    Err(slot) => {
                        if self.groups == self.most {
                            return Err(Error::TooManyGroups { most: self.most });
                        }
                        reserve(&mut self.rows, words)?;
                        self.rows.extend_from_slice(row);
                        self.groups += 1;
                        self.table.slots[slot] = self.groups as u32;
                        self.table.grow(self.groups, &self.rows, words)?;
                        self.groups - 1
                    }
                };
            }
            self.numbers[k] = last as u32;
        }
        Ok(())
    }

    /// Sums of floats are made for each segment, whose sums are then added.
    pub fn end_segment(&mut self) {
        for aggregate in &mut self.aggregates {
            let Terminal::Sum { ty, .. } = aggregate.terminal else {
                continue;
            };
            if ty.is_float() {
                let both = aggregate.states.iter_mut().zip(&mut aggregate.others);
                for (total, segment) in both {
                    *total = (f64::from_bits(*total) + f64::from_bits(*segment)).to_bits();
                    *segment = (-0.0_f64).to_bits();
                }
            }
        }
    }

    /// The keys, and then one answer for each aggregate.
    pub fn answers(self) -> Result<Vec<Answer>, Error> {
        let mut keys = Vec::new();
        for key in &self.keys {
            let mut words = empty(self.groups)?;
            let rows = self.rows.chunks_exact(self.words);
            words.extend(rows.map(|row| row[key.word] >> key.shift));
            keys.push(Column::of_words(key.ty, &words)?);
        }
        let mut answers = vec![Answer::Keys(keys)];
        for aggregate in &self.aggregates {
            let ty = argument_type(&aggregate.terminal);
            let (ty, words) = match aggregate.terminal {
                Terminal::Sum { .. } => (sum_type(ty), &aggregate.states),
                Terminal::ArgMin { .. } | Terminal::ArgMax { .. } => (Type::U8, &aggregate.others),
                Terminal::N => (Type::U8, &aggregate.states),
                _ => (ty, &aggregate.states),
            };
            answers.push(Answer::Column(Column::of_words(ty, words)?));
        }
        Ok(answers)
    }
}

/// The value that a terminal for each group looks at.
fn argument(terminal: &Terminal) -> Option<Id> {
    match *terminal {
        Terminal::Sum { a, .. }
        | Terminal::Min { a, .. }
        | Terminal::Max { a, .. }
        | Terminal::ArgMin { a, .. }
        | Terminal::ArgMax { a, .. }
        | Terminal::Any { a }
        | Terminal::All { a }
        | Terminal::First { a, .. }
        | Terminal::Last { a, .. } => Some(a),
        _ => None,
    }
}

/// The same bits for floats that are the same key.
fn same_float(bits: u64) -> u64 {
    let float = f64::from_bits(bits);
    if float == 0.0 {
        0
    } else if float.is_nan() {
        f64::NAN.to_bits() & (u64::MAX >> 1)
    } else {
        bits
    }
}

impl Table {
    /// The group of a row of keys, or the slot where it belongs.
    #[inline(always)]
    fn find(&self, row: &[u64], rows: &[u64]) -> Result<usize, usize> {
        let mut slot = self.slot(row);
        loop {
            match self.slots[slot] as usize {
                0 => return Err(slot),
                group if rows[(group - 1) * row.len()..][..row.len()] == *row => {
                    return Ok(group - 1);
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
    fn grow(&mut self, groups: usize, rows: &[u64], words: usize) -> Result<(), Error> {
        if 2 * groups <= self.slots.len() {
            return Ok(());
        }
        self.slots = filled(0, 4 * self.slots.len())?;
        for (group, row) in rows.chunks_exact(words).enumerate() {
            let mut slot = self.slot(row);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = group as u32 + 1;
        }
        Ok(())
    }
}

impl Aggregate {
    /// Has a result for so many groups.
    fn grow(&mut self, groups: usize) -> Result<(), Error> {
        let more = groups - self.states.len();
        if more == 0 {
            return Ok(());
        }
        let zero = (-0.0_f64).to_bits();
        let (state, other) = match self.terminal {
            Terminal::Sum { ty, .. } if ty.is_float() => (zero, zero),
            Terminal::Min { ty, .. } => (most(ty), 0),
            Terminal::Max { ty, .. } => (least(ty), 0),
            Terminal::All { .. } => (1, 0),
            _ => (0, 0),
        };
        reserve(&mut self.states, more)?;
        self.states.resize(groups, state);
        reserve(&mut self.others, more)?;
        self.others.resize(groups, other);
        Ok(())
    }

    /// Adds elements, to groups of which the first `known` had some before.
    fn add(&mut self, arrived: Arrived<'_>, numbers: &[u32], known: usize, before: u64) {
        let (states, others) = (&mut self.states[..], &mut self.others[..]);
        let groups = numbers.iter().map(|&number| number as usize);
        let column = self.column;
        /// Goes through values and the states of their groups.
        macro_rules! each {
            ($T:ty, $states:ident, |$state:ident, $value:ident| $body:expr) => {{
                // SAFETY: this is the column's type.
                let values = unsafe { arrived.column::<$T>(column) };
                for (group, &$value) in groups.zip(values) {
                    let $state = &mut $states[group];
                    *$state = $body;
                }
            }};
        }
        match self.terminal {
            Terminal::N => groups.for_each(|group| states[group] += 1),
            Terminal::Sum { ty: Type::F8, .. } => {
                each!(f64, others, |sum, value| (f64::from_bits(*sum) + value)
                    .to_bits());
            }
            Terminal::Sum { ty: Type::F4, .. } => each!(f32, others, |sum, value| {
                (f64::from_bits(*sum) + f64::from(value)).to_bits()
            }),
            Terminal::Sum { ty: Type::Bool, .. } => {
                each!(bool, states, |sum, value| *sum + u64::from(value));
            }
            Terminal::Sum { ty, .. } => crate::types::with_integer!(ty, T => {
                each!(T, states, |sum, value| sum.wrapping_add(value as i64 as u64));
            }),
            Terminal::Min { ty, .. } => with_type!(ty, T => {
                each!(T, states, |state, value| word(of::<T>(*state).lesser(value)));
            }),
            Terminal::Max { ty, .. } => with_type!(ty, T => {
                each!(T, states, |state, value| word(of::<T>(*state).greater(value)));
            }),
            Terminal::Any { .. } => each!(bool, states, |state, value| *state | u64::from(value)),
            Terminal::All { .. } => each!(bool, states, |state, value| *state & u64::from(value)),
            Terminal::Last { ty, .. } => with_type!(ty, T => {
                each!(T, states, |state, value| word(value));
            }),
            Terminal::First { ty, .. } => with_type!(ty, T => {
                // SAFETY: this is the column's type.
                let values = unsafe { arrived.column::<T>(column) };
                // Backwards: the first of each new group is what stays.
                for (group, &value) in groups.zip(values).rev() {
                    if group >= known {
                        states[group] = word(value);
                    }
                }
            }),
            Terminal::ArgMin { ty, .. } => with_type!(ty, T => {
                // SAFETY: this is the column's type.
                let values = unsafe { arrived.column::<T>(column) };
                keep(states, others, groups.zip(values.iter().copied()), known, before, T::is_before);
            }),
            Terminal::ArgMax { ty, .. } => with_type!(ty, T => {
                // SAFETY: this is the column's type.
                let values = unsafe { arrived.column::<T>(column) };
                keep(states, others, groups.zip(values.iter().copied()), known, before, T::is_behind);
            }),
            // There are no others.
            Terminal::Fold { .. }
            | Terminal::Out { .. }
            | Terminal::Hist { .. }
            | Terminal::Group { .. } => {}
        }
    }
}

/// Keeps the best value of each group, and which of all that came it is.
fn keep<T: Copy>(
    states: &mut [u64],
    others: &mut [u64],
    values: impl Iterator<Item = (usize, T)>,
    known: usize,
    before: u64,
    better: impl Fn(T, T) -> bool,
) {
    /// The number of one whose group has none yet.
    const NONE: u64 = u64::MAX;
    if let Some(new) = others.get_mut(known..) {
        new.fill(NONE);
    }
    for ((group, value), at) in values.zip(before..) {
        if others[group] == NONE || better(value, of::<T>(states[group])) {
            (states[group], others[group]) = (word(value), at);
        }
    }
}
