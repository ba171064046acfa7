//! Results for each group, but for sums of floats.

use crate::Error;
use crate::Type;
use crate::kernel::Column;
use crate::layout::{least, most};
use crate::memory::reserve;
use crate::program::Terminal;
use crate::scalar::{Best, Ordered};
use crate::sink::{Arrived, argument_type, of, sum_type, word};
use crate::types::{with_integer, with_type};

/// A result for each group.
pub struct Aggregate {
    terminal: Terminal,
    column: usize,
    /// Values in the first bytes.
    states: Vec<u64>,
    /// The best one's number: `states` has its value.
    places: Vec<u64>,
}

impl Aggregate {
    /// Of no groups; what the terminal looks at is in this column.
    pub fn new(terminal: Terminal, column: usize) -> Aggregate {
        Aggregate {
            terminal,
            column,
            states: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Has a result for so many groups.
    pub fn grow(&mut self, groups: usize) -> Result<(), Error> {
        let more = groups - self.states.len();
        if more == 0 {
            return Ok(());
        }
        let state = match self.terminal {
            Terminal::Min { ty, .. } => most(ty),
            Terminal::Max { ty, .. } => least(ty),
            Terminal::All { .. } => 1,
            _ => 0,
        };
        reserve(&mut self.states, more)?;
        self.states.resize(groups, state);
        if self.has_places() {
            reserve(&mut self.places, more)?;
            self.places.resize(groups, NONE);
        }
        Ok(())
    }

    fn has_places(&self) -> bool {
        matches!(
            self.terminal,
            Terminal::ArgMin { .. } | Terminal::ArgMax { .. }
        )
    }

    /// Adds elements, to groups of which the first `known` had some before; `before` elements came earlier.
    #[allow(clippy::unnecessary_cast)] // One of the types is S8.
    pub fn add(&mut self, arrived: Arrived<'_>, numbers: &[u32], known: usize, before: u64) {
        let (states, places) = (&mut self.states[..], &mut self.places[..]);
        let groups = numbers.iter().map(|&number| number as usize);
        let column = self.column;
        /// Goes through values and the states of their groups.
        macro_rules! each {
            ($T:ty, |$state:ident, $value:ident| $body:expr) => {{
                // SAFETY: this is the column's type.
                let values = unsafe { arrived.column::<$T>(column) };
                for (group, &$value) in groups.zip(values) {
                    let $state = &mut states[group];
                    *$state = $body;
                }
            }};
        }
        match self.terminal {
            Terminal::N => add_whole(states, numbers, |_| 1),
            Terminal::Sum { ty: Type::Bool, .. } => {
                // SAFETY: this is the column's type.
                let values = unsafe { arrived.column::<bool>(column) };
                add_whole(states, numbers, |k| u64::from(values[k]));
            }
            Terminal::Sum { ty, .. } => with_integer!(ty, T => {
                // SAFETY: this is the column's type: sums of floats are made elsewhere.
                let values = unsafe { arrived.column::<T>(column) };
                add_whole(states, numbers, |k| values[k] as i64 as u64);
            }),
            Terminal::Min { ty, .. } => with_type!(ty, T => {
                each!(T, |state, value| word(of::<T>(*state).lesser(value)));
            }),
            Terminal::Max { ty, .. } => with_type!(ty, T => {
                each!(T, |state, value| word(of::<T>(*state).greater(value)));
            }),
            Terminal::Any { .. } => each!(bool, |state, value| *state | u64::from(value)),
            Terminal::All { .. } => each!(bool, |state, value| *state & u64::from(value)),
            Terminal::Last { ty, .. } => with_type!(ty, T => {
                each!(T, |state, value| word(value));
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
                let found = groups.zip(values.iter().copied()).zip(before..);
                keep(states, places, found, T::is_before);
            }),
            Terminal::ArgMax { ty, .. } => with_type!(ty, T => {
                // SAFETY: this is the column's type.
                let values = unsafe { arrived.column::<T>(column) };
                let found = groups.zip(values.iter().copied()).zip(before..);
                keep(states, places, found, T::is_behind);
            }),
            // There are no others.
            Terminal::Fold { .. }
            | Terminal::Out { .. }
            | Terminal::Hist { .. }
            | Terminal::Group { .. } => {}
        }
    }

    /// Adds the results of what follows on `before` elements, to groups of these numbers, of which the first `known`
    /// had some before.
    pub fn append(&mut self, other: &Aggregate, numbers: &[u32], known: usize, before: u64) {
        let (states, places) = (&mut self.states[..], &mut self.places[..]);
        let groups = numbers.iter().map(|&number| number as usize);
        let both = groups.zip(other.states.iter().copied());
        match self.terminal {
            Terminal::N | Terminal::Sum { .. } => {
                both.for_each(|(group, word)| states[group] = states[group].wrapping_add(word));
            }
            Terminal::Min { ty, .. } => with_type!(ty, T => {
                both.for_each(|(group, from)| {
                    states[group] = word(of::<T>(states[group]).lesser(of::<T>(from)));
                });
            }),
            Terminal::Max { ty, .. } => with_type!(ty, T => {
                both.for_each(|(group, from)| {
                    states[group] = word(of::<T>(states[group]).greater(of::<T>(from)));
                });
            }),
            Terminal::Any { .. } => both.for_each(|(group, word)| states[group] |= word),
            Terminal::All { .. } => both.for_each(|(group, word)| states[group] &= word),
            Terminal::Last { .. } => both.for_each(|(group, word)| states[group] = word),
            Terminal::First { .. } => {
                let new = both.filter(|&(group, _)| group >= known);
                new.for_each(|(group, word)| states[group] = word);
            }
            Terminal::ArgMin { ty, .. } => with_type!(ty, T => {
                let values = both.map(|(group, word)| (group, of::<T>(word)));
                let found = values.zip(other.places.iter().map(|at| before + at));
                keep(states, places, found, T::is_before);
            }),
            Terminal::ArgMax { ty, .. } => with_type!(ty, T => {
                let values = both.map(|(group, word)| (group, of::<T>(word)));
                let found = values.zip(other.places.iter().map(|at| before + at));
                keep(states, places, found, T::is_behind);
            }),
            Terminal::Fold { .. }
            | Terminal::Out { .. }
            | Terminal::Hist { .. }
            | Terminal::Group { .. } => {}
        }
    }

    /// One result for each group.
    pub fn results(&self) -> Result<Column, Error> {
        let ty = argument_type(&self.terminal);
        let (ty, words) = match self.terminal {
            Terminal::Sum { .. } => (sum_type(ty), &self.states),
            Terminal::ArgMin { .. } | Terminal::ArgMax { .. } => (Type::U8, &self.places),
            Terminal::N => (Type::U8, &self.states),
            _ => (ty, &self.states),
        };
        Column::of_words(ty, words)
    }
}

/// The number of a group's best one where it has none yet.
const NONE: u64 = u64::MAX;

/// Adds the values of elements, by their numbers in the piece, to those of their groups.
#[inline(always)]
fn add_whole(states: &mut [u64], numbers: &[u32], value: impl Fn(usize) -> u64) {
    /// So many groups have sums of their own for neighbours, which then don't wait for each other.
    const FEW: usize = 64;
    if states.len() > FEW {
        for (k, &group) in numbers.iter().enumerate() {
            let state = &mut states[group as usize];
            *state = state.wrapping_add(value(k));
        }
        return;
    }
    let mut sums = [[0_u64; FEW]; 4];
    for (k, &group) in numbers.iter().enumerate() {
        let sum = &mut sums[k % 4][group as usize % FEW];
        *sum = sum.wrapping_add(value(k));
    }
    for sums in sums {
        for (state, sum) in states.iter_mut().zip(sums) {
            *state = state.wrapping_add(sum);
        }
    }
}

/// Keeps the best value of each group, and which of all that came it is.
fn keep<T: Copy>(
    states: &mut [u64],
    places: &mut [u64],
    found: impl Iterator<Item = ((usize, T), u64)>,
    better: impl Fn(T, T) -> bool,
) {
    for ((group, value), at) in found {
        if places[group] == NONE || better(value, of::<T>(states[group])) {
            (states[group], places[group]) = (word(value), at);
        }
    }
}
