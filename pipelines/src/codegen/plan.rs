//! What a compiled program does when: the loops that a piece goes through, and what they hand on in memory.

use crate::layout::{BLOCK, Layout};
use crate::program::{Id, Program, Step, Terminal, Value};
use crate::{Type, math};

/// Bytes between two temporaries: vectors may reach behind the last value.
const MARGIN: usize = 64;

/// One loop over the piece, and the routines that are called behind it.
#[derive(Debug, Default)]
pub struct Phase {
    /// In order.
    pub steps: Vec<Step>,
    /// Values that later phases or the calls read from scratch.
    pub stores: Vec<Id>,
    /// Values that routines compute for the whole piece at once.
    pub calls: Vec<Id>,
    /// Whether elements have to be looked at one by one.
    pub sequential: bool,
    /// Whether the loop finds in scratch which elements came so far.
    pub mask_before: bool,
    /// Whether it leaves it there.
    pub mask_after: bool,
}

/// All of them.
#[derive(Debug)]
pub struct Plan {
    pub phases: Vec<Phase>,
    /// Whether some elements may not come to the end.
    pub filtered: bool,
    /// Of each value: where in scratch it is handed on, and the phase that does.
    pub temporaries: Vec<Option<(usize, usize)>>,
    /// Where the mask is.
    pub mask: usize,
    /// Of each input: where in scratch elements are put side by side that don't lie so, if loops read it in vectors.
    pub copies: Vec<Option<(usize, Type)>>,
    /// Bytes of scratch.
    pub scratch: usize,
}

/// Whether a routine of `math`, or a function that the run is given, computes a value.
pub fn is_call(value: &Value) -> bool {
    match *value {
        Value::Unary { op, ty, .. } => math::unary(op, ty).is_some(),
        Value::Binary { op, ty, .. } => math::binary(op, ty).is_some(),
        Value::Call { .. } => true,
        _ => false,
    }
}

/// Values that no loop has to keep: they are had again at no cost.
fn is_free(value: &Value) -> bool {
    matches!(value, Value::Par { .. } | Value::Pos)
}

impl Plan {
    pub fn new(program: &Program, layout: &Layout) -> Plan {
        let values = program.values();
        let needed = needed(program, layout);
        // Where accumulators may hang on what routines give, those are called for one value at a time.
        let inline_calls = !program.accumulators().is_empty();
        let called = |value: &Value| !inline_calls && is_call(value);

        // The phase in which each value can be read first, and in which each step is done.
        let mut ready = vec![0; values.len()];
        let mut at: Vec<usize> = Vec::with_capacity(program.steps().len());
        let mut home = vec![0; values.len()];
        // A stage or running value comes in no earlier phase than the stages and running values in front of it.
        let mut order = 0;
        let mut last = 0;
        for step in program.steps() {
            let phase = match *step {
                Step::Value(id) => {
                    let value = &values[id as usize];
                    let arguments = value.arguments().map(|a| ready[a as usize]).max();
                    let mut phase = arguments.unwrap_or(0);
                    if !needed[id as usize] {
                        ready[id as usize] = phase;
                        at.push(phase);
                        continue;
                    }
                    if matches!(value, Value::Count | Value::Scan { .. }) {
                        phase = phase.max(order);
                        order = phase;
                    }
                    if matches!(value, Value::Call { .. }) {
                        // It must not see what a filter in front of it holds back.
                        phase = phase.max(order);
                    }
                    ready[id as usize] = phase + usize::from(called(value));
                    last = last.max(ready[id as usize]);
                    phase
                }
                Step::Filter(c) | Step::Until(c) => {
                    order = order.max(ready[c as usize]);
                    last = last.max(order);
                    order
                }
            };
            at.push(phase);
            if let Step::Value(id) = *step {
                home[id as usize] = phase;
            }
        }

        let mut phases: Vec<Phase> = (0..=last).map(|_| Phase::default()).collect();
        // The first and the last phase in which each value is read.
        let mut used: Vec<Option<(usize, usize)>> = vec![None; values.len()];
        let mut reads = |id: Id, phase: usize| {
            let used = &mut used[id as usize];
            *used = Some(used.map_or((phase, phase), |(a, b)| (a.min(phase), b.max(phase))));
        };
        for (step, &phase) in program.steps().iter().zip(&at) {
            match *step {
                Step::Value(id) => {
                    let value = &values[id as usize];
                    if !needed[id as usize] {
                        continue;
                    }
                    for argument in value.arguments() {
                        reads(argument, phase);
                    }
                    if called(value) {
                        phases[phase].calls.push(id);
                    } else if !is_free(value) && !matches!(value, Value::In { .. }) {
                        phases[phase].steps.push(*step);
                    }
                    phases[phase].sequential |=
                        matches!(value, Value::Count | Value::Scan { .. } | Value::Acc { .. });
                }
                Step::Filter(c) => {
                    reads(c, phase);
                    phases[phase].steps.push(*step);
                    if phase < last {
                        phases[phase].mask_after = true;
                    }
                }
                Step::Until(c) => {
                    reads(c, phase);
                    phases[phase].steps.push(*step);
                    phases[phase].sequential = true;
                }
            }
        }
        phases[last].sequential |= inline_calls;
        for k in 1..=last {
            phases[k].mask_before = phases[k - 1].mask_after;
            phases[k].mask_after |= phases[k].mask_before && k < last;
        }
        for id in program.terminals().iter().filter_map(argument) {
            reads(id, last);
        }
        for &id in layout.columns() {
            reads(id, last);
        }

        let mut scratch = 0;
        let mut room = |ty: Type| {
            let at = scratch;
            scratch += BLOCK * ty.size() + MARGIN;
            at
        };
        // An inline call puts its arguments and its result here.
        room(Type::U1);
        let mask = if last > 0 { room(Type::Bool) } else { 0 };
        let mut passed = vec![false; values.len()];
        for &id in phases.iter().flat_map(|phase| &phase.calls) {
            values[id as usize]
                .arguments()
                .for_each(|a| passed[a as usize] = true);
        }
        let mut temporaries = vec![None; values.len()];
        for (id, value) in values.iter().enumerate() {
            let Some((first, until)) = used[id] else {
                continue;
            };
            if called(value) {
                temporaries[id] = Some((room(value.ty()), ready[id] - 1));
                continue;
            }
            let home = match value {
                Value::In { .. } => first,
                _ if is_free(value) => first,
                _ => home[id],
            };
            let handed = passed[id] || (until > home && !is_free(value));
            if handed {
                temporaries[id] = Some((room(value.ty()), home));
                phases[home].stores.push(id as Id);
            }
        }
        let copies = copies(program, &used, &mut room);
        Plan {
            filtered: program
                .steps()
                .iter()
                .any(|step| matches!(step, Step::Filter(_))),
            phases,
            temporaries,
            mask,
            copies,
            scratch,
        }
    }

    /// Whether some loop goes in vectors.
    pub fn in_vectors(&self) -> bool {
        self.phases.iter().all(|phase| !phase.sequential)
    }
}

/// The value of a terminal that is fused; those of others are columns.
fn argument(terminal: &Terminal) -> Option<Id> {
    match *terminal {
        Terminal::Sum { a, .. }
        | Terminal::Min { a, .. }
        | Terminal::Max { a, .. }
        | Terminal::Any { a }
        | Terminal::All { a }
        | Terminal::Fold { a, .. } => Some(a),
        _ => None,
    }
}

/// The values that something hangs on.
fn needed(program: &Program, layout: &Layout) -> Vec<bool> {
    let mut needed = vec![false; program.values().len()];
    for id in program.terminals().iter().filter_map(argument) {
        needed[id as usize] = true;
    }
    for &id in layout.columns() {
        needed[id as usize] = true;
    }
    for step in program.steps() {
        if let Step::Filter(c) | Step::Until(c) = *step {
            needed[c as usize] = true;
        }
    }
    for (id, value) in program.values().iter().enumerate().rev() {
        if needed[id] {
            value.arguments().for_each(|a| needed[a as usize] = true);
        }
    }
    needed
}

/// Inputs that look like plain arrays: one type, from the element's first byte on. Their vectors are read at one go, so
/// elements that don't lie side by side are copied first; of others, fields are picked one by one.
fn copies(
    program: &Program,
    used: &[Option<(usize, usize)>],
    room: &mut impl FnMut(Type) -> usize,
) -> Vec<Option<(usize, Type)>> {
    (0..program.inputs() as u32)
        .map(|k| {
            let fields =
                program
                    .values()
                    .iter()
                    .zip(used)
                    .filter_map(|(value, used)| match *value {
                        Value::In {
                            input, offset, ty, ..
                        } if input == k && used.is_some() => Some((offset, ty)),
                        _ => None,
                    });
            let mut size = None;
            for (offset, ty) in fields {
                if offset != 0 || size.is_some_and(|size: Type| size.size() != ty.size()) {
                    return None;
                }
                size = Some(ty);
            }
            size.map(|ty| (room(ty), ty))
        })
        .collect()
}
