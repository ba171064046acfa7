//! What becomes of elements that came to the end, and the answers.

use crate::group::Groups;
use crate::hist::Histograms;
use crate::kernel::{Answer, Column};
use crate::layout::{LANES, Layout};
use crate::program::{Program, Terminal};
use crate::scalar::Best;
use crate::tree::{Tree, of_lanes};
use crate::types::with_type;
use crate::wide::widely;
use crate::{Error, Type};

/// Values of those that came to the end of a piece: one row of values for each column.
#[derive(Clone, Copy)]
pub struct Arrived<'a> {
    pub columns: &'a [*mut u8],
    pub count: usize,
}

impl<'a> Arrived<'a> {
    /// The values of a column.
    ///
    /// # Safety
    /// It is one of this type.
    #[inline(always)]
    pub unsafe fn column<T: Copy>(&self, column: usize) -> &'a [T] {
        // SAFETY: the engine wrote so many values of the column's type; columns are aligned.
        unsafe {
            std::slice::from_raw_parts(self.columns[column].cast::<T>().cast_const(), self.count)
        }
    }
}

/// What a run knows of its elements so far, or a part of a run of those of its part.
pub struct Part {
    pub state: Vec<u64>,
    sinks: Vec<Sink>,
}

/// What is known for a terminal.
enum Sink {
    /// What the state has, or nothing.
    State,
    /// The blocks' sums: the state has the lanes.
    Sum(Tree),
    /// The least or greatest, in the first bytes of the word, and which of those that came it is.
    Best(Option<(u64, u64)>),
    /// In the first bytes of the word.
    One(Option<u64>),
    Groups(Box<Groups>),
}

impl Part {
    /// Of no elements.
    pub fn new(program: &Program, layout: &Layout, parameters: &[u64]) -> Result<Part, Error> {
        let mut sinks = Vec::new();
        for (k, terminal) in program.terminals().iter().enumerate() {
            sinks.push(match *terminal {
                Terminal::Group { most, ref keys } => {
                    let aggregates = &program.terminals()[k + 1..];
                    Sink::Groups(Box::new(Groups::new(
                        program, layout, most, keys, aggregates,
                    )?))
                }
                Terminal::Sum { ty, .. } if ty.is_float() => Sink::Sum(Tree::default()),
                Terminal::ArgMin { .. } | Terminal::ArgMax { .. } => Sink::Best(None),
                Terminal::First { .. } | Terminal::Last { .. } => Sink::One(None),
                _ => Sink::State,
            });
            if matches!(terminal, Terminal::Group { .. }) {
                // It has those behind it.
                break;
            }
        }
        Ok(Part {
            state: layout.start(parameters),
            sinks,
        })
    }

    /// How many came.
    pub fn came(&self) -> u64 {
        self.state[Layout::CAME]
    }

    /// Whether the run has ended.
    pub fn ended(&self) -> bool {
        self.state[Layout::ENDED] != 0
    }

    /// Takes those that came to the end of a piece, which the state counts already.
    pub fn arrive(
        &mut self,
        program: &Program,
        layout: &Layout,
        arrived: Arrived<'_>,
    ) -> Result<(), Error> {
        let before = self.came() - arrived.count as u64;
        for (sink, terminal) in self.sinks.iter_mut().zip(program.terminals()) {
            let column = |value| layout.column_of(value).unwrap_or(0);
            match (sink, terminal) {
                (Sink::Best(best), &Terminal::ArgMin { ty, a }) => with_type!(ty, T => {
                    // SAFETY: this is the column's type.
                    let values = unsafe { arrived.column::<T>(column(a)) };
                    keep_best(best, values, before, T::is_before);
                }),
                (Sink::Best(best), &Terminal::ArgMax { ty, a }) => with_type!(ty, T => {
                    // SAFETY: this is the column's type.
                    let values = unsafe { arrived.column::<T>(column(a)) };
                    keep_best(best, values, before, T::is_behind);
                }),
                (Sink::One(one), &Terminal::First { ty, a }) if one.is_none() => {
                    with_type!(ty, T => {
                        // SAFETY: this is the column's type.
                        let values = unsafe { arrived.column::<T>(column(a)) };
                        *one = values.first().copied().map(word);
                    });
                }
                (Sink::One(one), &Terminal::Last { ty, a }) => with_type!(ty, T => {
                    // SAFETY: this is the column's type.
                    let values = unsafe { arrived.column::<T>(column(a)) };
                    *one = values.last().copied().map(word).or(*one);
                }),
                (Sink::Groups(groups), _) => groups.arrive(arrived, before)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Ends a block: its sums become final.
    pub fn end_block(&mut self, layout: &Layout) {
        for (k, sink) in self.sinks.iter_mut().enumerate() {
            if let (Sink::Sum(tree), Some(word)) = (sink, layout.terminal(k)) {
                let mut lanes = [0.0; LANES];
                for (lane, word) in lanes.iter_mut().zip(&mut self.state[word..word + LANES]) {
                    *lane = f64::from_bits(*word);
                    *word = (-0.0_f64).to_bits();
                }
                tree.push(of_lanes(lanes));
            }
        }
    }

    /// Ends a segment of the run: the groups' sums become final.
    pub fn end_segment(&mut self) {
        for sink in &mut self.sinks {
            if let Sink::Groups(groups) = sink {
                groups.end_segment();
            }
        }
    }

    /// Adds what the part behind this one knows. Programs with an order have one part only.
    pub fn append(
        &mut self,
        program: &Program,
        layout: &Layout,
        other: &Part,
    ) -> Result<(), Error> {
        let before = self.came();
        let both = self.sinks.iter_mut().zip(&other.sinks);
        for (k, ((to, from), terminal)) in both.zip(program.terminals()).enumerate() {
            match (to, from) {
                (Sink::Sum(to), Sink::Sum(from)) => to.append(from),
                (Sink::Best(to), &Sink::Best(Some((value, at)))) => {
                    let better = match (*to, terminal) {
                        (None, _) => true,
                        (Some((now, _)), &Terminal::ArgMin { ty, .. }) => {
                            with_type!(ty, T => of::<T>(value).is_before(of::<T>(now)))
                        }
                        (Some((now, _)), terminal) => {
                            let ty = argument_type(terminal);
                            with_type!(ty, T => of::<T>(value).is_behind(of::<T>(now)))
                        }
                    };
                    if better {
                        *to = Some((value, before + at));
                    }
                }
                (Sink::One(to), &Sink::One(Some(value)))
                    if to.is_none() || matches!(terminal, Terminal::Last { .. }) =>
                {
                    *to = Some(value);
                }
                (Sink::Groups(to), Sink::Groups(from)) => to.append(from, before)?,
                _ => {}
            }
            let Some(at) = layout.terminal(k) else {
                continue;
            };
            let (to, from) = (self.state[at], other.state[at]);
            self.state[at] = match *terminal {
                Terminal::Sum { ty, .. } if !ty.is_float() => to.wrapping_add(from),
                Terminal::Min { ty, .. } => {
                    with_type!(ty, T => word(crate::scalar::Ordered::lesser(of::<T>(to), of::<T>(from))))
                }
                Terminal::Max { ty, .. } => {
                    with_type!(ty, T => word(crate::scalar::Ordered::greater(of::<T>(to), of::<T>(from))))
                }
                Terminal::Any { .. } => to | from,
                Terminal::All { .. } => to & from,
                _ => to,
            };
        }
        self.state[Layout::CAME] += other.came();
        Ok(())
    }

    /// One answer for each terminal.
    pub fn answers(
        self,
        program: &Program,
        layout: &Layout,
        histograms: Histograms,
    ) -> Result<Vec<Answer>, Error> {
        let came = self.came();
        let mut histograms = histograms.counts();
        let mut answers = Vec::new();
        for (k, (sink, terminal)) in self.sinks.into_iter().zip(program.terminals()).enumerate() {
            let ty = argument_type(terminal);
            let state = layout.terminal(k).map_or(0, |word| self.state[word]);
            answers.push(match (sink, terminal) {
                (Sink::Sum(_), _) if came == 0 => Answer::Float(0.0),
                (Sink::Sum(tree), _) => Answer::Float(tree.sum()),
                (Sink::Best(best), _) => best.map_or(Answer::Empty, |best| Answer::Uint(best.1)),
                (Sink::One(one), _) => one.map_or(Answer::Empty, |one| answer(ty, one)),
                (Sink::Groups(groups), _) => {
                    answers.extend(groups.answers()?);
                    continue;
                }
                (Sink::State, Terminal::Min { .. } | Terminal::Max { .. }) if came == 0 => {
                    Answer::Empty
                }
                (Sink::State, Terminal::Sum { .. }) => answer(sum_type(ty), state),
                (Sink::State, Terminal::Any { .. } | Terminal::All { .. }) => {
                    answer(Type::Bool, state)
                }
                (Sink::State, Terminal::Hist { .. }) => {
                    Answer::Bins(histograms.next().unwrap_or_default())
                }
                (Sink::State, Terminal::N) => Answer::Uint(came),
                (Sink::State, Terminal::Out { .. }) => Answer::Written(came as usize),
                (Sink::State, _) => answer(ty, state),
            });
        }
        Ok(answers)
    }
}

/// The type of a sum.
pub fn sum_type(ty: Type) -> Type {
    match ty {
        Type::F4 | Type::F8 => Type::F8,
        Type::U1 | Type::U2 | Type::U4 | Type::U8 => Type::U8,
        _ => Type::S8,
    }
}

/// The type of a terminal's argument; BOOL where there is none.
pub fn argument_type(terminal: &Terminal) -> Type {
    match *terminal {
        Terminal::Sum { ty, .. }
        | Terminal::Min { ty, .. }
        | Terminal::Max { ty, .. }
        | Terminal::ArgMin { ty, .. }
        | Terminal::ArgMax { ty, .. }
        | Terminal::First { ty, .. }
        | Terminal::Last { ty, .. }
        | Terminal::Fold { ty, .. }
        | Terminal::Out { ty, .. }
        | Terminal::Hist { ty, .. } => ty,
        Terminal::Any { .. } | Terminal::All { .. } | Terminal::N | Terminal::Group { .. } => {
            Type::Bool
        }
    }
}

/// A value in the first bytes of a word; the others are 0.
pub fn word<T: Copy>(value: T) -> u64 {
    const { assert!(size_of::<T>() <= 8) };
    let mut word = 0_u64;
    // SAFETY: the word has room for it.
    unsafe { (&raw mut word).cast::<T>().write_unaligned(value) };
    word
}

/// The value in the first bytes of a word.
///
/// Only for words that [`word`] or an engine made of this type.
pub fn of<T: Copy>(word: u64) -> T {
    const { assert!(size_of::<T>() <= 8) };
    // SAFETY: the word has so many bytes, which are a value of this type.
    unsafe { (&raw const word).cast::<T>().read_unaligned() }
}

fn answer(ty: Type, word: u64) -> Answer {
    match ty {
        Type::Bool => Answer::Bool(word as u8 != 0),
        Type::U1 => Answer::Uint(of::<u8>(word).into()),
        Type::U2 => Answer::Uint(of::<u16>(word).into()),
        Type::U4 => Answer::Uint(of::<u32>(word).into()),
        Type::U8 => Answer::Uint(word),
        Type::S1 => Answer::Int(of::<i8>(word).into()),
        Type::S2 => Answer::Int(of::<i16>(word).into()),
        Type::S4 => Answer::Int(of::<i32>(word).into()),
        Type::S8 => Answer::Int(word as i64),
        Type::F4 => Answer::Float(of::<f32>(word).into()),
        Type::F8 => Answer::Float(f64::from_bits(word)),
    }
}

/// Finds the first of the best, after those before.
fn keep_best<T: Copy>(
    best: &mut Option<(u64, u64)>,
    values: &[T],
    before: u64,
    better: impl Fn(T, T) -> bool + Copy,
) {
    /// Better ones are rare: so many are asked at once whether there is one, which is done in vectors.
    const SOME: usize = 128;
    let Some(&first) = values.first() else {
        return;
    };
    let (mut value, mut at) = best.map_or((first, before), |(value, at)| (of::<T>(value), at));
    for (start, some) in (before..).step_by(SOME).zip(values.chunks(SOME)) {
        let one_is = widely(|| {
            let any = some.iter().map(|&other| better(other, value));
            any.fold(false, |any, one| any | one)
        });
        if one_is {
            for (&other, position) in some.iter().zip(start..) {
                if better(other, value) {
                    (value, at) = (other, position);
                }
            }
        }
    }
    *best = Some((word(value), at));
}

impl Column {
    /// A column of the values in the first bytes of words.
    pub(crate) fn of_words(ty: Type, words: &[u64]) -> Result<Column, Error> {
        let mut bytes = crate::memory::empty(words.len().saturating_mul(ty.size()))?;
        for word in words {
            bytes.extend_from_slice(&word.to_le_bytes()[..ty.size()]);
        }
        Ok(Column { ty, bytes })
    }
}
