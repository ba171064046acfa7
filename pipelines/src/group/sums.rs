//! Sums of floats for each group.

use std::array::from_fn;

use crate::layout::BLOCK;
use crate::memory::{empty, filled, reserve};
use crate::sink::Arrived;
use crate::{Error, Type};

/// The sums of some columns. A group's lie side by side, so that those of an element are added in one go: each has to
/// wait for the one before it of the same group, but not for those of other columns.
pub struct Sums {
    columns: Vec<(usize, Type)>,
    /// A row for each group: of the segments that have ended, and of the one that has not.
    totals: Vec<f64>,
    segment: Vec<f64>,
    /// Values of F4 columns as F8.
    widened: Vec<f64>,
}

impl Sums {
    /// Of no groups.
    pub fn new(columns: Vec<(usize, Type)>) -> Result<Sums, Error> {
        let narrow = columns.iter().filter(|column| column.1 == Type::F4).count();
        Ok(Sums {
            columns,
            totals: Vec::new(),
            segment: Vec::new(),
            widened: filled(0.0, BLOCK * narrow)?,
        })
    }

    /// Has a row for so many groups.
    pub fn grow(&mut self, groups: usize) -> Result<(), Error> {
        for rows in [&mut self.totals, &mut self.segment] {
            let more = groups * self.columns.len() - rows.len();
            reserve(rows, more)?;
            rows.resize(rows.len() + more, -0.0);
        }
        Ok(())
    }

    /// Adds elements to their groups.
    pub fn add(&mut self, arrived: Arrived<'_>, numbers: &[u32]) {
        let narrow = self.columns.iter().filter(|column| column.1 == Type::F4);
        for (&(column, _), to) in narrow.zip(self.widened.chunks_exact_mut(BLOCK)) {
            // SAFETY: this is the column's type.
            let values = unsafe { arrived.column::<f32>(column) };
            for (to, &value) in to.iter_mut().zip(values) {
                *to = f64::from(value);
            }
        }
        let mut widened = self.widened.chunks_exact(BLOCK);
        let mut values = |k: usize| match self.columns[k] {
            (_, Type::F4) => &widened.next().unwrap_or(&[])[..numbers.len()],
            // SAFETY: this is the column's type: there are no others.
            (column, _) => unsafe { arrived.column::<f64>(column) },
        };
        let (width, sums) = (self.columns.len(), &mut self.segment[..]);
        let mut first = 0;
        while first < width {
            // Of more at a time there are not enough registers.
            let some = (width - first).min(4);
            match some {
                1 => add(sums, width, first, [values(first)], numbers),
                2 => add::<2>(sums, width, first, from_fn(|k| values(first + k)), numbers),
                3 => add::<3>(sums, width, first, from_fn(|k| values(first + k)), numbers),
                _ => add::<4>(sums, width, first, from_fn(|k| values(first + k)), numbers),
            }
            first += some;
        }
    }

    /// Ends a segment: its sums are added to the others.
    pub fn end_segment(&mut self) {
        for (total, segment) in self.totals.iter_mut().zip(&mut self.segment) {
            *total += *segment;
            *segment = -0.0;
        }
    }

    /// Adds the sums of what follows, whose segments have ended, to groups of these numbers.
    pub fn append(&mut self, other: &Sums, numbers: &[u32]) {
        let width = self.columns.len();
        if width == 0 {
            return;
        }
        for (&group, from) in numbers.iter().zip(other.totals.chunks_exact(width)) {
            let to = &mut self.totals[group as usize * width..][..width];
            for (to, from) in to.iter_mut().zip(from) {
                *to += from;
            }
        }
    }

    /// The sums of the `k`th column, as words.
    pub fn words(&self, k: usize) -> Result<Vec<u64>, Error> {
        let rows = self.totals.chunks_exact(self.columns.len());
        let mut words = empty(rows.len())?;
        words.extend(rows.map(|row| row[k].to_bits()));
        Ok(words)
    }
}

/// Adds the values of some columns to sums that lie side by side, from the `first` of each row on.
fn add<const N: usize>(
    sums: &mut [f64],
    width: usize,
    first: usize,
    columns: [&[f64]; N],
    numbers: &[u32],
) {
    let columns = columns.map(|column| &column[..numbers.len()]);
    for (k, &group) in numbers.iter().enumerate() {
        if let Some(row) = sums[group as usize * width + first..].first_chunk_mut::<N>() {
            *row = from_fn(|j| row[j] + columns[j][k]);
        }
    }
}
