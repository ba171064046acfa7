//! Results for each group of elements whose keys are equal.

mod aggregate;
mod sums;
mod table;

use aggregate::Aggregate;
use sums::Sums;
use table::Table;

use crate::kernel::{Answer, Column};
use crate::layout::{BLOCK, Layout};
use crate::memory::{empty, filled};
use crate::program::{Id, Program, Terminal};
use crate::sink::{Arrived, word};
use crate::types::with_type;
use crate::wide::widely;
use crate::{Error, Type};

/// The groups so far.
pub struct Groups {
    keys: Vec<Key>,
    /// Words of a group's keys: one if all of them fit, else one for each key.
    words: usize,
    table: Table,
    results: Vec<Results>,
    sums: Sums,
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

/// Where a terminal's results are.
enum Results {
    /// Those of this column of the sums.
    Sums(usize),
    Others(Aggregate),
}

impl Groups {
    pub fn new(
        program: &Program,
        layout: &Layout,
        most: u32,
        keys: &[Id],
        terminals: &[Terminal],
    ) -> Result<Groups, Error> {
        let size = |key: &Id| program.ty(*key).size();
        let bytes = keys.iter().map(size).sum::<usize>();
        let one_word = bytes <= 8;
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
        let (mut results, mut sums) = (Vec::new(), Vec::new());
        for terminal in terminals {
            let argument = terminal.argument();
            let column = argument.and_then(|value| layout.column_of(value));
            let column = column.unwrap_or(0);
            results.push(match *terminal {
                Terminal::Sum { ty, .. } if ty.is_float() => {
                    sums.push((column, ty));
                    Results::Sums(sums.len() - 1)
                }
                _ => Results::Others(Aggregate::new(terminal.clone(), column)),
            });
        }
        Ok(Groups {
            keys: placed,
            words,
            table: Table::new(most as usize, words, bytes)?,
            results,
            sums: Sums::new(sums)?,
            arrived: filled(0, BLOCK * words)?,
            numbers: filled(0, BLOCK)?,
        })
    }

    fn others(&mut self) -> impl Iterator<Item = &mut Aggregate> {
        self.results.iter_mut().filter_map(|results| match results {
            Results::Sums(_) => None,
            Results::Others(aggregate) => Some(aggregate),
        })
    }

    /// Takes elements, of which `before` came earlier.
    pub fn arrive(&mut self, arrived: Arrived<'_>, before: u64) -> Result<(), Error> {
        if arrived.count == 0 {
            return Ok(());
        }
        self.read_keys(arrived);
        let known = self.table.groups();
        let mut numbers = std::mem::take(&mut self.numbers);
        let some = &mut numbers[..arrived.count];
        let rows = &self.arrived[..arrived.count * self.words];
        self.table.number(rows, some)?;
        self.grow()?;
        self.sums.add(arrived, some);
        for aggregate in self.others() {
            aggregate.add(arrived, some, known, before);
        }
        self.numbers = numbers;
        Ok(())
    }

    /// Has room for the groups that there are.
    fn grow(&mut self) -> Result<(), Error> {
        let groups = self.table.groups();
        self.sums.grow(groups)?;
        self.others()
            .try_for_each(|aggregate| aggregate.grow(groups))
    }

    /// The keys of elements, as words that are equal where these are.
    fn read_keys(&mut self, arrived: Arrived<'_>) {
        let rows = &mut self.arrived[..arrived.count * self.words];
        if self.keys.len() > 1 {
            rows.fill(0);
        }
        for key in &self.keys {
            with_type!(key.ty, T => {
                // SAFETY: this is the column's type.
                let values = unsafe { arrived.column::<T>(key.column) };
                let bits = |value: T| match key.ty {
                    Type::F8 => same_float(word(value)),
                    _ => word(value),
                };
                match (self.words, self.keys.len()) {
                    (1, 1) => widely(|| {
                        for (row, &value) in rows.iter_mut().zip(values) {
                            *row = bits(value);
                        }
                    }),
                    (1, _) => widely(|| {
                        for (row, &value) in rows.iter_mut().zip(values) {
                            *row |= bits(value) << key.shift;
                        }
                    }),
                    (words, _) => {
                        for (row, &value) in rows.chunks_exact_mut(words).zip(values) {
                            row[key.word] = bits(value);
                        }
                    }
                }
            });
        }
    }

    /// Sums of floats are made for each segment, whose sums are then added.
    pub fn end_segment(&mut self) {
        self.sums.end_segment();
    }

    /// Adds the groups of what follows on `before` elements; its segments have ended.
    pub fn append(&mut self, other: &Groups, before: u64) -> Result<(), Error> {
        let known = self.table.groups();
        let mut numbers = filled(0, other.table.groups())?;
        self.table.number(other.table.rows(), &mut numbers)?;
        self.grow()?;
        self.sums.append(&other.sums, &numbers);
        for (to, from) in self.results.iter_mut().zip(&other.results) {
            if let (Results::Others(to), Results::Others(from)) = (to, from) {
                to.append(from, &numbers, known, before);
            }
        }
        Ok(())
    }

    /// The keys, and then one answer for each terminal.
    pub fn answers(self) -> Result<Vec<Answer>, Error> {
        let mut keys = Vec::new();
        for key in &self.keys {
            let mut words = empty(self.table.groups())?;
            let rows = self.table.rows().chunks_exact(self.words);
            words.extend(rows.map(|row| row[key.word] >> key.shift));
            keys.push(Column::of_words(key.ty, &words)?);
        }
        let mut answers = vec![Answer::Keys(keys)];
        for results in &self.results {
            answers.push(Answer::Column(match results {
                Results::Sums(k) => Column::of_words(Type::F8, &self.sums.words(*k)?)?,
                Results::Others(aggregate) => aggregate.results()?,
            }));
        }
        Ok(answers)
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
