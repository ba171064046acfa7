//! Sums of floats for each group.

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
        let width = self.columns.len();
        let mut rows = Rows {
            sums: &mut self.segment,
            width,
            first: 0,
        };
        while rows.first < width {
            // Of more at a time there are not enough registers.
            let next = rows.first;
            match width - next {
                1 => rows.add([values(next)], numbers),
                2 => rows.add([values(next), values(next + 1)], numbers),
                3 => rows.add(
                    std::array::from_fn::<_, 3, _>(|k| values(next + k)),
                    numbers,
                ),
                _ => rows.add(
                    std::array::from_fn::<_, 4, _>(|k| values(next + k)),
                    numbers,
                ),
            }
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

/// Rows of sums, of which those in front of `first` are done.
struct Rows<'a> {
    sums: &'a mut [f64],
    width: usize,
    first: usize,
}

impl Rows<'_> {
    /// Adds the values of the next columns.
    fn add<const N: usize>(&mut self, columns: [&[f64]; N], numbers: &[u32]) {
        let columns = columns.map(|column| &column[..numbers.len()]);
        for (k, &group) in numbers.iter().enumerate() {
            let row = &mut self.sums[group as usize * self.width + self.first..][..N];
            for (sum, column) in row.iter_mut().zip(&columns) {
                *sum += column[k];
            }
        }
        self.first += N;
    }
}
