//! Histograms.

use crate::layout::Layout;
use crate::memory::filled;
use crate::program::{Program, Terminal};
use crate::sink::Arrived;
use crate::types::with_type;
use crate::{Error, Type};

/// The histograms of a run, or of what one of its threads saw: it doesn't matter in which order.
pub struct Histograms {
    all: Vec<Histogram>,
}

struct Histogram {
    ty: Type,
    column: usize,
    bins: Bins,
}

impl Histograms {
    /// Empty ones.
    pub fn new(program: &Program, layout: &Layout, parameters: &[u64]) -> Result<Self, Error> {
        let mut all = Vec::new();
        for terminal in program.terminals() {
            if let Terminal::Hist {
                ty,
                a,
                lo,
                hi,
                bins,
            } = *terminal
            {
                let edge = |parameter| f64::from_bits(parameters[parameter as usize]);
                all.push(Histogram {
                    ty,
                    column: layout.column_of(a).unwrap_or(0),
                    bins: Bins::new(edge(lo), edge(hi), bins)?,
                });
            }
        }
        Ok(Histograms { all })
    }

    /// Counts the elements that came to the end of a piece.
    pub fn arrive(&mut self, arrived: Arrived<'_>) {
        for Histogram { ty, column, bins } in &mut self.all {
            bins.count(*ty, arrived, *column);
        }
    }

    /// Adds what others counted.
    pub fn add(&mut self, other: &Histograms) {
        for (to, from) in self.all.iter_mut().zip(&other.all) {
            let counts = to.bins.counts.iter_mut().zip(&from.bins.counts);
            counts.for_each(|(to, from)| *to += from);
        }
    }

    /// The counts of each, in the order of their terminals.
    pub fn counts(self) -> impl Iterator<Item = Vec<u64>> {
        self.all.into_iter().map(|histogram| histogram.bins.counts)
    }
}

/// Bins between edges that are evenly spaced.
struct Bins {
    /// The edges that NumPy's `linspace` makes: one more than bins.
    edges: Vec<f64>,
    /// Bins in a unit of values.
    scale: f64,
    counts: Vec<u64>,
}

impl Bins {
    /// Empty ones, at least one.
    fn new(lo: f64, hi: f64, bins: u32) -> Result<Bins, Error> {
        if !(lo.is_finite() && hi.is_finite() && lo < hi) {
            return Err(Error::Edges);
        }
        if !(hi - lo).is_finite() {
            return Err(Error::Edges);
        }
        let bins = bins as usize;
        let mut edges = filled(hi, bins + 1)?;
        let width = hi - lo;
        let step = width / bins as f64;
        for (k, edge) in edges[..bins].iter_mut().enumerate() {
            // Where the step is too small for a float, NumPy divides first.
            *edge = if step == 0.0 {
                k as f64 / bins as f64 * width + lo
            } else {
                k as f64 * step + lo
            };
        }
        Ok(Bins {
            edges,
            scale: bins as f64 / width,
            counts: filled(0, bins)?,
        })
    }

    /// Counts values.
    fn count(&mut self, ty: Type, arrived: Arrived<'_>, column: usize) {
        /// Any number as a float.
        trait Number: Copy {
            fn float(self) -> f64;
        }
        macro_rules! numbers {
            ($($number:ident)*) => {$(
                impl Number for $number {
                    #[inline(always)]
                    fn float(self) -> f64 {
                        self as f64
                    }
                }
            )*};
        }
        numbers!(u8 u16 u32 u64 i8 i16 i32 i64 f32 f64);
        impl Number for bool {
            fn float(self) -> f64 {
                f64::from(u8::from(self))
            }
        }
        with_type!(ty, T => {
            // SAFETY: this is the column's type.
            let values = unsafe { arrived.column::<T>(column) };
            for value in values {
                self.count_one(value.float());
            }
        });
    }

    #[inline(always)]
    fn count_one(&mut self, value: f64) {
        let last = self.counts.len() - 1;
        if !(value >= self.edges[0] && value <= self.edges[last + 1]) {
            return;
        }
        // A guess, which rounding may put some edges away.
        let mut bin = (((value - self.edges[0]) * self.scale) as usize).min(last);
        while value < self.edges[bin] {
            bin -= 1;
        }
        while bin < last && value >= self.edges[bin + 1] {
            bin += 1;
        }
        self.counts[bin] += 1;
    }
}
