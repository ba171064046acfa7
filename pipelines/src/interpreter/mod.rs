//! Programs block by block: each operation is a loop over a block's values, chosen once by operation and types.
//!
//! Values lie in *slots* of scratch memory, one block long each, which are used again when nothing reads them any more.
//! Elements that a filter keeps back are computed all the same and marked; nothing that is computed can trap.
//!
//! From the first value on that depends on an accumulator, elements are gone through one by one: the *tail*.

mod ends;
mod frame;
mod values;

use std::fmt::Write as _;

use crate::engine::{Code, Piece};
use crate::layout::{BLOCK, Layout};
use crate::program::{Id, Program, Step, Terminal, Value};
use frame::Frame;

/// Work on some elements of a piece.
type Work = Box<dyn Fn(&Frame<'_>, std::ops::Range<usize>) + Send + Sync>;

/// Makes a program ready for the interpreter.
pub fn prepare(program: &Program, layout: &Layout) -> Box<dyn Code> {
    Box::new(Interpreter::new(program, layout))
}

enum Action {
    Value(Work),
    /// The slot of a BOOL.
    Filter(usize),
    Until(usize),
}

struct Interpreter {
    /// Before the tail.
    head: Vec<Action>,
    tail: Vec<Action>,
    /// For each accumulator of the tail: after each element.
    folds: Vec<Work>,
    /// After all elements.
    ends: Vec<Work>,
    /// Whether the tail marks elements, and the head has not.
    marks_late: bool,
    /// Whether elements are marked at all.
    masked: bool,
    slots: usize,
    about: String,
}

/// Bytes of a slot: the mask is the first one.
const SLOT: usize = BLOCK * 8;

impl Interpreter {
    fn new(program: &Program, layout: &Layout) -> Interpreter {
        let steps = program.steps();
        let begin = tail_begin(program);
        let slots = Slots::of(program, layout, begin);
        let slot = |value: Id| slots.of[value as usize];
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        let mut head_masked = false;
        for (k, step) in steps.iter().enumerate() {
            // In the tail an element that is marked goes no further at all.
            let masked = head_masked && k < begin;
            let action = match *step {
                Step::Filter(c) => {
                    head_masked |= k < begin;
                    Action::Filter(slot(c))
                }
                Step::Until(c) => Action::Until(slot(c)),
                Step::Value(value) => {
                    let to = slot(value);
                    let value_of = &program.values()[value as usize];
                    let word = layout.value(value);
                    Action::Value(match (*value_of, word) {
                        (Value::Count, Some(word)) => values::count(to, word, masked),
                        (Value::Scan { op, ty, a }, Some(word)) => {
                            values::scan(op, ty, to, slot(a), word, masked)
                        }
                        (Value::Acc { index, ty }, _) => {
                            values::accumulator(ty, to, layout.accumulator(index))
                        }
                        (Value::Call { .. }, _) => values::call(value_of, to, &slot, masked),
                        (value, _) => values::value(&value, to, &slot),
                    })
                }
            };
            if k < begin { &mut head } else { &mut tail }.push(action);
        }
        let late = tail
            .iter()
            .any(|action| matches!(action, Action::Filter(_)));
        let masked = head_masked || late;
        let mut folds = Vec::new();
        let mut ends: Vec<Work> = Vec::new();
        for (k, terminal) in program.terminals().iter().enumerate() {
            match (terminal, layout.terminal(k)) {
                (&Terminal::Fold { ty, a, .. }, Some(word)) => {
                    folds.push(values::keep(ty, slot(a), word));
                }
                (terminal, Some(word)) => {
                    ends.extend(ends::fused(terminal, &slot, word, masked));
                }
                (_, None) => {}
            }
        }
        for (k, &value) in layout.columns().iter().enumerate() {
            ends.push(ends::column(program.ty(value), slot(value), k, masked));
        }
        let mut about = String::new();
        let _ = write!(
            about,
            "interpreter: {} loops over blocks of {BLOCK} elements, {} slots",
            head.len() + ends.len(),
            slots.count
        );
        if !tail.is_empty() || !folds.is_empty() {
            let _ = write!(
                about,
                "; {} steps for each element",
                tail.len() + folds.len()
            );
        }
        Interpreter {
            head,
            tail,
            folds,
            ends,
            marks_late: late && !head_masked,
            masked,
            slots: slots.count,
            about,
        }
    }
}

/// The first step that depends on an accumulator; the number of steps if there is none, or if all depend on none.
fn tail_begin(program: &Program) -> usize {
    let steps = program.steps();
    steps
        .iter()
        .position(|step| match *step {
            // What it is computed from follows on it.
            Step::Value(value) => {
                matches!(program.values()[value as usize], Value::Acc { .. })
            }
            Step::Filter(_) | Step::Until(_) => false,
        })
        .unwrap_or(steps.len())
}

/// Where values lie.
struct Slots {
    of: Vec<usize>,
    count: usize,
}

impl Slots {
    fn of(program: &Program, layout: &Layout, tail: usize) -> Slots {
        let values = program.values();
        let steps = program.steps();
        // Behind the last step that reads it.
        let mut last = vec![0; values.len()];
        for (k, step) in steps.iter().enumerate() {
            // The steps of the tail are taken again and again: what they read or write is not free before the end.
            let at = if k < tail { k } else { steps.len() };
            let mut read = |value: Id| last[value as usize] = at;
            match *step {
                Step::Value(value) => {
                    values[value as usize].arguments().for_each(&mut read);
                    read(value);
                }
                Step::Filter(c) | Step::Until(c) => read(c),
            }
        }
        for &value in layout.columns() {
            last[value as usize] = steps.len();
        }
        for terminal in program.terminals() {
            if let Terminal::Sum { a, .. }
            | Terminal::Min { a, .. }
            | Terminal::Max { a, .. }
            | Terminal::Any { a }
            | Terminal::All { a }
            | Terminal::Fold { a, .. } = *terminal
            {
                last[a as usize] = steps.len();
            }
        }
        let mut of = vec![0; values.len()];
        let mut free: Vec<usize> = Vec::new();
        // The mask is the first.
        let mut count = 1;
        let mut ends: Vec<Vec<usize>> = vec![Vec::new(); steps.len() + 1];
        for (k, step) in steps.iter().enumerate() {
            if let Step::Value(value) = *step {
                // Not that of an argument: these are free from the next step on.
                let slot = free.pop().unwrap_or_else(|| {
                    count += 1;
                    count - 1
                });
                of[value as usize] = slot * SLOT;
                ends[last[value as usize].max(k)].push(slot);
            }
            free.append(&mut ends[k]);
        }
        Slots { of, count }
    }
}

impl Code for Interpreter {
    unsafe fn run(&self, piece: &Piece) {
        // SAFETY: the caller's promise; the scratch has all slots.
        let frame = unsafe { Frame::new(piece) };
        let mut count = piece.count;
        let mut marked = false;
        for action in &self.head {
            match action {
                Action::Value(work) => work(&frame, 0..count),
                &Action::Filter(slot) => {
                    frame.mark(slot, count, marked);
                    marked = true;
                }
                &Action::Until(slot) => {
                    if let Some(end) = frame.first_false(slot, count, marked) {
                        frame.end();
                        count = end;
                    }
                }
            }
        }
        if self.marks_late {
            frame.mark_all(count);
        }
        if !self.folds.is_empty() {
            count = self.one_by_one(&frame, count);
        }
        let came = if self.masked {
            frame.marked(count)
        } else {
            count
        };
        if came > 0 {
            for end in &self.ends {
                end(&frame, 0..count);
            }
        }
        frame.came(came);
    }

    fn scratch(&self) -> usize {
        self.slots * SLOT
    }

    fn engine(&self) -> &'static str {
        "interpreter"
    }

    fn lanes(&self) -> usize {
        1
    }

    fn explain(&self) -> String {
        self.about.clone()
    }

    fn code(&self) -> String {
        String::new()
    }
}

impl Interpreter {
    /// Takes the elements through the tail; gives how many there are before the run's end.
    fn one_by_one(&self, frame: &Frame<'_>, count: usize) -> usize {
        'elements: for k in 0..count {
            if self.masked && !frame.is_marked(k) {
                continue;
            }
            for action in &self.tail {
                match action {
                    Action::Value(work) => work(frame, k..k + 1),
                    &Action::Filter(slot) => {
                        if !frame.truth(slot, k) {
                            frame.unmark(k);
                            continue 'elements;
                        }
                    }
                    &Action::Until(slot) => {
                        if !frame.truth(slot, k) {
                            frame.end();
                            return k;
                        }
                    }
                }
            }
            for fold in &self.folds {
                fold(frame, k..k + 1);
            }
        }
        count
    }
}
