//! Programs: how they are written as words, and what is checked before one runs.

use std::error;
use std::fmt;

/// Words of the longest program.
pub const MOST_WORDS: usize = 1 << 16;
/// Registers, from 0 on.
pub(super) const REGISTERS: usize = 32;
/// Loops inside of loops.
pub(super) const DEEPEST: usize = 16;

/// One instruction, its operands checked. Targets are places in the list of instructions.
///
/// As words, each instruction is its number here (0 for `Done`), then its operands in this order; a `Switch` is its
/// register, how many cases there are, the target where none fits (-1: look), and value and target of each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// 0: the message ends here.
    Done,
    /// 1: a number of `width` bytes, `delta` bytes ahead: `bits` of it from `shift` on, or all where that is 0.
    Load {
        register: u8,
        width: u8,
        flags: u8,
        shift: u8,
        bits: u8,
        delta: u32,
    },
    /// 2
    Const { register: u8, value: i64 },
    /// 3
    Math {
        what: Math,
        to: u8,
        left: u8,
        right: u8,
    },
    /// 4: gets over so many bytes.
    Skip(u32),
    /// 5: gets over as many bytes as the register says, times `scale`.
    SkipBy { register: u8, scale: u32 },
    /// 6: gets behind the next place where these bytes stand.
    Until { length: u8, pattern: [u8; 8] },
    /// 7: goes on where the register's case does. The cases are `count` entries of the program's list from `first` on.
    Switch {
        register: u8,
        first: u32,
        count: u32,
        default: u32,
    },
    /// 8
    Jump(u32),
    /// 9: what follows up to `exit` runs as often as the register says.
    Repeat { register: u8, depth: u8, exit: u32 },
    /// 10: the same, until only `behind` bytes are left.
    RepeatRest { depth: u8, behind: u32, exit: u32 },
    /// 11: the end of a loop's round; the next one begins at `begin`.
    Next { depth: u8, begin: u32 },
    /// 12: gets over all but the last `behind` bytes.
    Rest { behind: u32 },
    /// 13: looks where the register is not `value`.
    Expect { register: u8, value: i64 },
}

/// No target.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Flags of [`Op::Load`].
pub(super) const BIG: u8 = 1;
pub(super) const SIGNED: u8 = 2;
/// The bits as they are: a number of eight bytes that is too large for a register comes out negative, not as an oddity.
pub(super) const RAW: u8 = 4;

/// What [`Op::Math`] computes. Quotients and remainders are floored, as Python's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Math {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    And,
    Or,
    Shl,
    Shr,
}

const MATHS: [Math; 9] = [
    Math::Add,
    Math::Sub,
    Math::Mul,
    Math::Div,
    Math::Mod,
    Math::And,
    Math::Or,
    Math::Shl,
    Math::Shr,
];

/// Why words are no program, and at which of them that shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramError {
    /// The word's place.
    pub word: usize,
    /// What is wrong.
    pub reason: &'static str,
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no program: {} at word {}", self.reason, self.word)
    }
}

impl error::Error for ProgramError {}

/// How to get over one message. See the [module](crate::message).
#[derive(Clone, Debug)]
pub struct Program {
    pub(super) ops: Vec<Op>,
    /// Values and targets of all switches.
    pub(super) cases: Vec<(i64, u32)>,
}

impl Program {
    /// Reads and checks a program.
    ///
    /// ```
    /// use chunkarray_core::message::Program;
    ///
    /// assert!(Program::new(&[4, 12, 0]).is_ok()); // each message has 12 bytes
    /// let error = Program::new(&[4, 12]).unwrap_err();
    /// assert_eq!(error.to_string(), "no program: the end without DONE at word 2");
    /// ```
    pub fn new(words: &[i64]) -> Result<Program, ProgramError> {
        if words.len() > MOST_WORDS {
            return Err(ProgramError {
                word: MOST_WORDS,
                reason: "more words than there may be",
            });
        }
        let mut reader = Reader { words, at: 0 };
        let mut program = Program {
            ops: Vec::new(),
            cases: Vec::new(),
        };
        let mut places = Vec::new();
        // The loops that are open: where each began, and where it says that it ends.
        let mut open: Vec<(u32, u32)> = Vec::new();
        // For each instruction, the one that begins its innermost loop.
        let mut inside = Vec::new();
        while reader.at < words.len() {
            let place = program.ops.len() as u32;
            places.push(reader.at);
            inside.push(open.last().map_or(NOWHERE, |&(begin, _)| begin));
            let op = reader.op(&mut program.cases, &open)?;
            match op {
                Op::Repeat { exit, .. } | Op::RepeatRest { exit, .. } => open.push((place, exit)),
                Op::Next { .. } => {
                    // The reader saw that one is open.
                    if let Some((_, exit)) = open.pop()
                        && exit != place + 1
                    {
                        return Err(reader.wrong("a loop that ends elsewhere"));
                    }
                }
                _ => {}
            }
            program.ops.push(op);
        }
        if !open.is_empty() || program.ops.last() != Some(&Op::Done) {
            return Err(reader.wrong("the end without DONE"));
        }
        // Where the loops of both are the same, a jump leaves none and enters none.
        let check = |place: usize, target: u32| {
            let good = target as usize > place
                && inside
                    .get(target as usize)
                    .is_some_and(|&at| at == inside[place]);
            match good {
                true => Ok(()),
                false => Err(ProgramError {
                    word: places[place],
                    reason: "a jump to where none may go",
                }),
            }
        };
        for (place, op) in program.ops.iter().enumerate() {
            match *op {
                Op::Jump(target) => check(place, target)?,
                Op::Switch {
                    first,
                    count,
                    default,
                    ..
                } => {
                    if default != NOWHERE {
                        check(place, default)?;
                    }
                    let cases = first as usize..(first + count) as usize;
                    for &(_, target) in &program.cases[cases] {
                        check(place, target)?;
                    }
                }
                _ => {}
            }
        }
        Ok(program)
    }
}

struct Reader<'a> {
    words: &'a [i64],
    at: usize,
}

impl Reader<'_> {
    fn wrong(&self, reason: &'static str) -> ProgramError {
        ProgramError {
            word: self.at,
            reason,
        }
    }

    fn word(&mut self) -> Result<i64, ProgramError> {
        let word = self.words.get(self.at).copied();
        let word = word.ok_or_else(|| self.wrong("an instruction that is cut off"))?;
        self.at += 1;
        Ok(word)
    }

    /// A word from `least` to `greatest`.
    fn within(&mut self, least: i64, greatest: i64) -> Result<i64, ProgramError> {
        let word = self.word()?;
        if (least..=greatest).contains(&word) {
            Ok(word)
        } else {
            self.at -= 1;
            Err(self.wrong("an operand out of range"))
        }
    }

    fn register(&mut self) -> Result<u8, ProgramError> {
        Ok(self.within(0, REGISTERS as i64 - 1)? as u8)
    }

    /// A number of bytes, up to those of the largest record.
    fn size(&mut self) -> Result<u32, ProgramError> {
        Ok(self.within(0, i32::MAX.into())? as u32)
    }

    fn target(&mut self) -> Result<u32, ProgramError> {
        Ok(self.within(0, MOST_WORDS as i64)? as u32)
    }

    fn op(&mut self, cases: &mut Vec<(i64, u32)>, open: &[(u32, u32)]) -> Result<Op, ProgramError> {
        let depth = |reader: &Self| match open.len() < DEEPEST {
            true => Ok(open.len() as u8),
            false => Err(reader.wrong("more loops inside of loops than there may be")),
        };
        Ok(match self.word()? {
            0 => Op::Done,
            1 => self.load()?,
            2 => Op::Const {
                register: self.register()?,
                value: self.word()?,
            },
            3 => Op::Math {
                what: MATHS[self.within(0, MATHS.len() as i64 - 1)? as usize],
                to: self.register()?,
                left: self.register()?,
                right: self.register()?,
            },
            4 => Op::Skip(self.size()?),
            5 => Op::SkipBy {
                register: self.register()?,
                scale: self.size()?,
            },
            6 => Op::Until {
                length: self.within(1, 8)? as u8,
                pattern: self.word()?.to_le_bytes(),
            },
            7 => {
                let register = self.register()?;
                let count = self.target()?;
                let default = self.within(-1, MOST_WORDS as i64)?;
                let first = cases.len() as u32;
                for _ in 0..count {
                    cases.push((self.word()?, self.target()?));
                }
                Op::Switch {
                    register,
                    first,
                    count,
                    default: u32::try_from(default).unwrap_or(NOWHERE),
                }
            }
            8 => Op::Jump(self.target()?),
            9 => Op::Repeat {
                depth: depth(self)?,
                register: self.register()?,
                exit: self.target()?,
            },
            10 => Op::RepeatRest {
                depth: depth(self)?,
                behind: self.size()?,
                exit: self.target()?,
            },
            11 => match open.last() {
                Some(&(begin, _)) => Op::Next {
                    depth: open.len() as u8 - 1,
                    begin: begin + 1,
                },
                None => return Err(self.wrong("the end of a loop that never began")),
            },
            12 => Op::Rest {
                behind: self.size()?,
            },
            13 => Op::Expect {
                register: self.register()?,
                value: self.word()?,
            },
            _ => {
                self.at -= 1;
                return Err(self.wrong("an unknown instruction"));
            }
        })
    }

    fn load(&mut self) -> Result<Op, ProgramError> {
        let register = self.register()?;
        let delta = self.size()?;
        let width = self.within(1, 8)? as u8;
        if !width.is_power_of_two() {
            return Err(self.wrong("a number of a size that there is none of"));
        }
        let flags = self.within(0, i64::from(BIG | SIGNED | RAW))? as u8;
        let shift = self.within(0, 63)? as u8;
        let bits = self.within(0, 63)? as u8;
        if bits > 0 && shift + bits > 8 * width {
            return Err(self.wrong("bits outside of their number"));
        }
        Ok(Op::Load {
            register,
            width,
            flags,
            shift,
            bits,
            delta,
        })
    }
}
