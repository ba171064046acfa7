//! Where a program keeps what it knows between elements.

use crate::Type;
use crate::program::{Id, Program, Scan, Terminal, Value};

/// Elements of a block: float sums are made block by block.
pub const BLOCK: usize = 1024;
/// A block's float sum is made of so many sums, of the elements whose positions are equal modulo this.
pub const LANES: usize = 8;

/// The state of a run is a row of 64-bit words. A value of fewer bytes lies in the first bytes of its word; what the
/// others hold does not matter. The words are, in this order:
///
/// - [`CAME`](Self::CAME): how many elements came to the end so far;
/// - [`ENDED`](Self::ENDED): 1 once an `until` was false, else 0;
/// - one for each `count`: how many came there so far;
/// - one for each `scan`: the result so far, of the type of its value;
/// - one for each accumulator: what it holds;
/// - for each terminal that is *fused*: `sum` of floats [`LANES`] F8 (the driver takes them and sets them back to -0.0
///   at the end of each block), `sum` of others one U8 or S8, `min` and `max` the result so far, `any` and `all` 0 or 1.
///
/// The arguments of the other terminals, and the keys of `group`, are *columns*: the values of those elements that
/// came to the end, side by side, which the engine writes and the driver uses.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Of each value: its word, if it is a `count` or `scan`.
    values: Vec<Option<usize>>,
    accumulators: usize,
    /// Of each terminal: its first word, if it has some.
    terminals: Vec<Option<usize>>,
    /// What the words are before the first element, but for accumulators, which start as parameters.
    start: Vec<u64>,
    /// The accumulators' first values: word and parameter.
    parameters: Vec<(usize, usize)>,
    columns: Vec<Id>,
    /// Of each value: its column.
    column_of: Vec<Option<usize>>,
}

impl Layout {
    /// The word that counts those that came to the end.
    pub const CAME: usize = 0;
    /// The word that says whether the run has ended.
    pub const ENDED: usize = 1;

    pub fn new(program: &Program) -> Layout {
        let mut start = vec![0; 2];
        let mut word = |first: &[u64]| {
            start.extend_from_slice(first);
            start.len() - first.len()
        };
        let counts = program.values().iter();
        let mut values: Vec<Option<usize>> = counts
            .map(|value| (*value == Value::Count).then(|| word(&[0])))
            .collect();
        for (at, value) in values.iter_mut().zip(program.values()) {
            if let Value::Scan { op, ty, .. } = *value {
                *at = Some(word(&[match op {
                    Scan::Sum => zero(ty),
                    Scan::Min => most(ty),
                    Scan::Max => least(ty),
                }]));
            }
        }
        let accumulators = word(&vec![0; program.accumulators().len()]);
        let mut parameters = Vec::new();
        let mut terminals = Vec::new();
        let mut columns: Vec<Id> = Vec::new();
        let mut grouped = false;
        for terminal in program.terminals() {
            let mut stored = Vec::new();
            terminals.push(match *terminal {
                Terminal::Fold { index, start, .. } => {
                    let at = accumulators + index as usize;
                    parameters.push((at, start as usize));
                    Some(at)
                }
                Terminal::Sum { ty, .. } if !grouped && ty.is_float() => {
                    Some(word(&[(-0.0_f64).to_bits(); LANES]))
                }
                Terminal::Sum { .. } | Terminal::Any { .. } if !grouped => Some(word(&[0])),
                Terminal::Min { ty, .. } if !grouped => Some(word(&[most(ty)])),
                Terminal::Max { ty, .. } if !grouped => Some(word(&[least(ty)])),
                Terminal::All { .. } if !grouped => Some(word(&[1])),
                Terminal::Group { ref keys, .. } => {
                    grouped = true;
                    stored.extend(keys);
                    None
                }
                _ => {
                    stored.extend(terminal.argument());
                    None
                }
            });
            for value in stored {
                if !columns.contains(&value) {
                    columns.push(value);
                }
            }
        }
        let mut column_of = vec![None; program.values().len()];
        for (k, &value) in columns.iter().enumerate() {
            column_of[value as usize] = Some(k);
        }
        Layout {
            values,
            accumulators,
            terminals,
            start,
            parameters,
            columns,
            column_of,
        }
    }

    /// The word of a `count` or `scan`.
    pub fn value(&self, value: Id) -> Option<usize> {
        self.values[value as usize]
    }

    /// That of an accumulator.
    pub fn accumulator(&self, index: u32) -> usize {
        self.accumulators + index as usize
    }

    /// The first word of a terminal, by its number; none if it has none.
    pub fn terminal(&self, terminal: usize) -> Option<usize> {
        self.terminals[terminal]
    }

    /// The values that are written to columns.
    pub fn columns(&self) -> &[Id] {
        &self.columns
    }

    /// The column of a value, if it has one.
    pub fn column_of(&self, value: Id) -> Option<usize> {
        self.column_of[value as usize]
    }

    /// The state before the first element.
    pub fn start(&self, parameters: &[u64]) -> Vec<u64> {
        let mut state = self.start.clone();
        for &(word, parameter) in &self.parameters {
            state[word] = parameters[parameter];
        }
        state
    }
}

/// What added to anything changes nothing.
fn zero(ty: Type) -> u64 {
    match ty {
        Type::F4 => u64::from((-0.0_f32).to_bits()),
        Type::F8 => (-0.0_f64).to_bits(),
        _ => 0,
    }
}

/// What is not less than anything.
pub fn most(ty: Type) -> u64 {
    match ty {
        Type::Bool => 1,
        Type::F4 => u64::from(f32::INFINITY.to_bits()),
        Type::F8 => f64::INFINITY.to_bits(),
        _ if ty.is_signed() => (u64::MAX >> (65 - 8 * ty.size())) & mask(ty),
        _ => mask(ty),
    }
}

/// What is not greater than anything.
pub fn least(ty: Type) -> u64 {
    match ty {
        Type::F4 => u64::from(f32::NEG_INFINITY.to_bits()),
        Type::F8 => f64::NEG_INFINITY.to_bits(),
        _ if ty.is_signed() => 1 << (8 * ty.size() - 1),
        _ => 0,
    }
}

fn mask(ty: Type) -> u64 {
    u64::MAX >> (64 - 8 * ty.size())
}
