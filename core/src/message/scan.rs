//! Running a program over data.

use super::program::{BIG, DEEPEST, Math, NOWHERE, Op, Program, RAW, REGISTERS, SIGNED};

/// Why a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All data belongs to whole messages.
    End,
    /// The data ends inside of a message.
    Cut,
    /// The next message is odd in some way, or longer than the limit.
    Look,
    /// There is no room for more offsets.
    Full,
}

/// What a scan did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many messages were found.
    pub count: usize,
    /// Where the next one begins, in bytes.
    pub at: usize,
    /// Why it went no further.
    pub stop: Stop,
}

/// The loops of one message: rounds that are left, and where the present one began.
#[derive(Clone, Copy, Default)]
struct Loop {
    left: i64,
    began: usize,
    /// Where a loop to the end has to end.
    end: Option<usize>,
}

impl Program {
    /// Goes over the messages that begin at `start`, and writes where each begins to `offsets`. A message of more than
    /// `limit` bytes is an oddity.
    pub fn scan(&self, data: &[u8], start: usize, limit: usize, offsets: &mut [u64]) -> Run {
        let mut at = start;
        for (count, offset) in offsets.iter_mut().enumerate() {
            if at >= data.len() {
                let stop = if at == data.len() {
                    Stop::End
                } else {
                    Stop::Look
                };
                return Run { count, at, stop };
            }
            let end = at.saturating_add(limit).min(data.len());
            match self.pass(&data[..end], at) {
                Ok(next) if next > at => {
                    *offset = at as u64;
                    at = next;
                }
                Err(Stop::Cut) if end == data.len() => {
                    let stop = Stop::Cut;
                    return Run { count, at, stop };
                }
                _ => {
                    let stop = Stop::Look;
                    return Run { count, at, stop };
                }
            }
        }
        let stop = if at == data.len() {
            Stop::End
        } else {
            Stop::Full
        };
        Run {
            count: offsets.len(),
            at,
            stop,
        }
    }

    /// Where the message ends that begins at `at`.
    #[inline]
    fn pass(&self, data: &[u8], mut at: usize) -> Result<usize, Stop> {
        let mut registers = [0_i64; REGISTERS];
        let mut loops = [Loop::default(); DEEPEST];
        let mut place = 0;
        loop {
            let op = self.ops[place];
            place += 1;
            match op {
                Op::Done => return Ok(at),
                Op::Load {
                    register,
                    width,
                    flags,
                    shift,
                    bits,
                    delta,
                } => {
                    let from = at.checked_add(delta as usize).ok_or(Stop::Look)?;
                    let number = load(data, from, width, flags)?;
                    registers[register as usize] = match bits {
                        0 => number,
                        bits => (number >> shift) & ((1 << bits) - 1),
                    };
                }
                Op::Const { register, value } => registers[register as usize] = value,
                Op::Math {
                    what,
                    to,
                    left,
                    right,
                } => {
                    let (left, right) = (registers[left as usize], registers[right as usize]);
                    registers[to as usize] = compute(what, left, right).ok_or(Stop::Look)?;
                }
                Op::Skip(bytes) => at = over(data, at, bytes.into())?,
                Op::SkipBy { register, scale } => {
                    let bytes = registers[register as usize].checked_mul(scale.into());
                    at = over(data, at, bytes.ok_or(Stop::Look)?)?;
                }
                Op::Until { length, pattern } => {
                    let pattern = &pattern[..length as usize];
                    let found = find(&data[at..], pattern).ok_or(Stop::Cut)?;
                    at += found + pattern.len();
                }
                Op::Switch {
                    register,
                    first,
                    count,
                    default,
                } => {
                    let value = registers[register as usize];
                    let cases = &self.cases[first as usize..(first + count) as usize];
                    let found = cases.iter().find(|case| case.0 == value);
                    let target = found.map_or(default, |case| case.1);
                    if target == NOWHERE {
                        return Err(Stop::Look);
                    }
                    place = target as usize;
                }
                Op::Jump(target) => place = target as usize,
                Op::Repeat {
                    register,
                    depth,
                    exit,
                } => {
                    let left = registers[register as usize];
                    if left < 0 {
                        return Err(Stop::Look);
                    }
                    let (began, end) = (at, None);
                    loops[depth as usize] = Loop { left, began, end };
                    if left == 0 {
                        place = exit as usize;
                    }
                }
                Op::RepeatRest {
                    depth,
                    behind,
                    exit,
                } => {
                    let end = data.len().checked_sub(behind as usize);
                    let end = end.filter(|&end| end >= at).ok_or(Stop::Cut)?;
                    loops[depth as usize] = Loop {
                        left: i64::MAX,
                        began: at,
                        end: Some(end),
                    };
                    if at == end {
                        place = exit as usize;
                    }
                }
                Op::Next { depth, begin } => {
                    let round = &mut loops[depth as usize];
                    if at == round.began {
                        return Err(Stop::Look); // A round of no bytes could go on for ever.
                    }
                    round.began = at;
                    round.left -= 1;
                    let again = match round.end {
                        None => round.left > 0,
                        Some(end) if at > end => return Err(Stop::Look),
                        Some(end) => at < end,
                    };
                    if again {
                        place = begin as usize;
                    }
                }
                Op::Rest { behind } => {
                    let end = data.len().checked_sub(behind as usize);
                    at = end.filter(|&end| end >= at).ok_or(Stop::Cut)?;
                }
                Op::Expect { register, value } => {
                    if registers[register as usize] != value {
                        return Err(Stop::Look);
                    }
                }
            }
        }
    }
}

/// `bytes` further on, if the data has them.
#[inline]
fn over(data: &[u8], at: usize, bytes: i64) -> Result<usize, Stop> {
    let bytes = usize::try_from(bytes).map_err(|_| Stop::Look)?;
    if bytes <= data.len() - at {
        Ok(at + bytes)
    } else {
        Err(Stop::Cut)
    }
}

#[inline]
fn load(data: &[u8], from: usize, width: u8, flags: u8) -> Result<i64, Stop> {
    let big = flags & BIG != 0;
    let signed = flags & SIGNED != 0;
    let rest = data.get(from..).ok_or(Stop::Cut)?;
    macro_rules! number {
        ($unsigned:ty, $signed:ty) => {{
            let bytes = *rest.first_chunk().ok_or(Stop::Cut)?;
            let number = if big {
                <$unsigned>::from_be_bytes(bytes)
            } else {
                <$unsigned>::from_le_bytes(bytes)
            };
            if signed {
                Ok(number as $signed as i64)
            } else {
                Ok(number as i64)
            }
        }};
    }
    match width {
        1 => number!(u8, i8),
        2 => number!(u16, i16),
        4 => number!(u32, i32),
        _ => {
            let number: Result<i64, Stop> = number!(u64, i64);
            match number {
                Ok(number) if number < 0 && flags & (SIGNED | RAW) == 0 => Err(Stop::Look),
                number => number,
            }
        }
    }
}

/// `None` where the result is too large for a register, or there is none.
#[inline]
fn compute(what: Math, left: i64, right: i64) -> Option<i64> {
    match what {
        Math::Add => left.checked_add(right),
        Math::Sub => left.checked_sub(right),
        Math::Mul => left.checked_mul(right),
        Math::Div => {
            let quotient = left.checked_div(right)?;
            let inexact = left.checked_rem(right)? != 0;
            Some(quotient - i64::from(inexact && (left < 0) != (right < 0)))
        }
        Math::Mod => {
            let rest = left.checked_rem(right)?;
            let add = rest != 0 && (rest < 0) != (right < 0);
            Some(if add { rest + right } else { rest })
        }
        Math::And => Some(left & right),
        Math::Or => Some(left | right),
        Math::Shl => {
            let shift = u32::try_from(right).ok().filter(|&shift| shift < 63)?;
            left.checked_mul(1 << shift)
        }
        Math::Shr => {
            let shift = u32::try_from(right).ok()?;
            Some(left >> shift.min(63))
        }
    }
}

/// Where the pattern first stands.
fn find(data: &[u8], pattern: &[u8]) -> Option<usize> {
    match pattern {
        [byte] => data.iter().position(|other| other == byte),
        _ => data
            .windows(pattern.len())
            .position(|window| window == pattern),
    }
}
