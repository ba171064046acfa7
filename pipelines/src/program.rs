//! Programs: what is computed for each element, as text and checked.
//!
//! A program is a list of statements, separated by `;`. A value statement defines the next number (0, 1, 2, ...) and
//! names earlier ones as its arguments; `filter` and `until` say which elements go on; terminals at the end say what
//! becomes of those that came there. Equal texts are equal programs.
//!
//! ```text
//! in 0 0 F8;par 0 F8;gt F8 0 1;filter 2;sum F8 0;n
//! ```
//!
//! # Values
//! | statement | type | value |
//! | --- | --- | --- |
//! | `in K OFFSET T` | T | the field at byte OFFSET of the current element of input K; `>T` if it is big-endian |
//! | `in K OFFSET T:SHIFT+WIDTH` | T | some bits of that field, with the sign of the uppermost where T has one |
//! | `pos` | S8 | the number of the current element within the run |
//! | `par K T` | T | parameter K |
//! | `cast FROM TO A` | TO | see [`Value::Cast`] |
//! | `OP T A B` | T | see [`Binary`] |
//! | `eq\|ne\|lt\|le\|gt\|ge T A B` | BOOL | as NumPy compares: with NaN only `ne` holds |
//! | `OP T A` | T | see [`Unary`] |
//! | `isnan\|isinf\|isfinite T A` | BOOL | floats |
//! | `where T C A B` | T | A where C (BOOL) holds, else B |
//! | `acc K T` | T | what accumulator K holds before this element |
//! | `count` | S8 | how many elements came here before this one |
//! | `scan sum\|min\|max T A` | T | the running result over those that came here, with this one |
//! | `call K T T0 A T1 B` | T | what function K, which each run is given, gives of one to four values; see [`Value::Call`] |
//!
//! # Stages
//! `filter C`: elements for which C is false go no further. `until C`: at the first that comes here for which C is
//! false the run ends; that element is not taken.
//!
//! # Terminals
//! See [`Terminal`].

use std::fmt;

use crate::{Error, Type};

/// A value, a number in the order of their statements.
pub type Id = u32;

/// Statements that a program may have.
pub const MOST_STATEMENTS: usize = 4096;
/// Bins that a histogram may have.
pub const MOST_BINS: u32 = 1 << 24;
/// Arguments that a function may have which a program calls.
pub const MOST_ARGUMENTS: usize = 4;
/// Inputs, outputs, parameters, accumulators and functions that a program may have of each.
const MOST_NUMBER: u32 = 4096;

macro_rules! operations {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $op:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$doc])* $op,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$op,)*];

            /// As programs spell it.
            pub fn name(self) -> &'static str {
                match self { $($name::$op => $text,)* }
            }

            fn parse(name: &str) -> Option<Self> {
                match name { $($text => Some($name::$op),)* _ => None }
            }
        }
    };
}

operations! {
    /// Operations on two values of one type, which the result has too.
    Binary {
        /// Integers wrap.
        Add = "add",
        /// Integers wrap.
        Sub = "sub",
        /// Integers wrap.
        Mul = "mul",
        /// Floats.
        Div = "div",
        /// The quotient, rounded down. Of integers by zero it is 0, and the minimum by -1 is the minimum; of floats it
        /// is what NumPy's `floor_divide` gives.
        FloorDiv = "floordiv",
        /// What is left then, with the divisor's sign. Of integers by zero it is 0; of floats it is what NumPy's
        /// `remainder` gives.
        Mod = "mod",
        /// The lesser; NaN if one is NaN; -0.0 is less than 0.0.
        Min = "min",
        /// The greater; NaN if one is NaN; 0.0 is greater than -0.0.
        Max = "max",
        /// Integers and BOOL.
        And = "and",
        /// Integers and BOOL.
        Or = "or",
        /// Integers and BOOL.
        Xor = "xor",
        /// Integers; by a negative number, or the type's bits and more, 0.
        Shl = "shl",
        /// Integers; by a negative number, or the type's bits and more, 0, and -1 if the value is negative.
        Shr = "shr",
        /// Integers wrap, and a negative exponent gives what its bits give as an unsigned one.
        Pow = "pow",
        /// Floats: the square root of the sum of squares.
        Hypot = "hypot",
        /// Floats: the angle of the point (B, A).
        Atan2 = "atan2",
    }
}

operations! {
    /// Comparisons of two values of one type.
    Compare {
        /// Equal.
        Eq = "eq",
        /// Not equal.
        Ne = "ne",
        /// Less.
        Lt = "lt",
        /// Less or equal.
        Le = "le",
        /// Greater.
        Gt = "gt",
        /// Greater or equal.
        Ge = "ge",
    }
}

operations! {
    /// Operations on one value, whose type the result has.
    Unary {
        /// Integers wrap. Not BOOL.
        Neg = "neg",
        /// The minimum stays itself. Not BOOL.
        Abs = "abs",
        /// BOOL: the other one; integers: all bits.
        Not = "not",
        /// -1, 0 or 1; NaN of NaN, 0.0 of -0.0. Not BOOL.
        Sign = "sign",
        /// Floats, as are all that follow up to tanh.
        Sqrt = "sqrt",
        /// Rounded down.
        Floor = "floor",
        /// Rounded up.
        Ceil = "ceil",
        /// Rounded to the nearest, half to even.
        Round = "round",
        /// Rounded towards zero.
        Trunc = "trunc",
        /// e to the power of the value.
        Exp = "exp",
        /// 2 to the power of the value.
        Exp2 = "exp2",
        /// exp less 1, exact near 0.
        Expm1 = "expm1",
        /// The natural logarithm.
        Log = "log",
        /// That to base 2.
        Log2 = "log2",
        /// That to base 10.
        Log10 = "log10",
        /// The logarithm of 1 more, exact near 0.
        Log1p = "log1p",
        /// Of an angle in radians.
        Sin = "sin",
        /// Of an angle in radians.
        Cos = "cos",
        /// Of an angle in radians.
        Tan = "tan",
        /// In radians.
        Asin = "asin",
        /// In radians.
        Acos = "acos",
        /// In radians.
        Atan = "atan",
        /// The hyperbolic sine.
        Sinh = "sinh",
        /// The hyperbolic cosine.
        Cosh = "cosh",
        /// The hyperbolic tangent.
        Tanh = "tanh",
        /// Integers: how many bits are set.
        Popcount = "popcount",
        /// Integers: zeros above the uppermost bit that is set; the type's bits for 0.
        Clz = "clz",
        /// Integers: zeros below the lowest bit that is set; the type's bits for 0.
        Ctz = "ctz",
        /// Integers: the bytes in the other order.
        Bswap = "bswap",
    }
}

operations! {
    /// Questions about a float.
    Test {
        /// NaN.
        IsNan = "isnan",
        /// Infinite, of either sign.
        IsInf = "isinf",
        /// Neither.
        IsFinite = "isfinite",
    }
}

operations! {
    /// Running results.
    Scan {
        /// Integers wrap; floats are added one by one, from -0.0 on, in their own type.
        Sum = "sum",
        /// As [`Binary::Min`].
        Min = "min",
        /// As [`Binary::Max`].
        Max = "max",
    }
}

impl Binary {
    /// Whether there is such an operation on values of this type.
    ///
    /// ```
    /// use chunkarray_pipelines::{Binary, Type};
    ///
    /// assert!(Binary::Div.takes(Type::F4) && !Binary::Div.takes(Type::S4));
    /// ```
    pub fn takes(self, ty: Type) -> bool {
        match self {
            Binary::Min | Binary::Max => true,
            Binary::Add | Binary::Sub | Binary::Mul => ty != Type::Bool,
            Binary::FloorDiv | Binary::Mod | Binary::Pow => ty != Type::Bool,
            Binary::Div | Binary::Hypot | Binary::Atan2 => ty.is_float(),
            Binary::And | Binary::Or | Binary::Xor => !ty.is_float(),
            Binary::Shl | Binary::Shr => ty.is_integer(),
        }
    }
}

impl Unary {
    /// Whether there is such an operation on values of this type.
    ///
    /// ```
    /// use chunkarray_pipelines::{Type, Unary};
    ///
    /// assert!(Unary::Sqrt.takes(Type::F4) && !Unary::Sqrt.takes(Type::S4));
    /// ```
    pub fn takes(self, ty: Type) -> bool {
        match self {
            Unary::Neg | Unary::Abs | Unary::Sign => ty != Type::Bool,
            Unary::Not => !ty.is_float(),
            Unary::Popcount | Unary::Clz | Unary::Ctz | Unary::Bswap => ty.is_integer(),
            _ => ty.is_float(),
        }
    }
}

/// Some bits of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bits {
    /// Less significant bits below them.
    pub shift: u32,
    /// How many there are; not none.
    pub width: u32,
}

/// What computes a value. Arguments are earlier values of fitting types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// A field of the current element of an input, at any address.
    In {
        /// Which input.
        input: u32,
        /// Bytes of the element in front of it.
        offset: u32,
        /// Its type. BOOL is true for every byte but 0.
        ty: Type,
        /// Whether it is big-endian.
        big: bool,
        /// Only some of its bits (integers).
        bits: Option<Bits>,
    },
    /// The number of the current element within the run.
    Pos,
    /// A parameter: the first bytes of its eight. BOOL is true for every first byte but 0.
    Par {
        /// Which one.
        index: u32,
        /// Its type.
        ty: Type,
    },
    /// A value of another type, as NumPy's `astype` gives it on x86-64.
    ///
    /// - To BOOL: whether it is not 0; NaN is not.
    /// - From BOOL: 0 or 1.
    /// - Integers: the lower bits, or more bits of the same value.
    /// - To floats: rounded to the nearest, ties to even, once.
    /// - From floats to S8: cut off towards zero, and the minimum of S8 for NaN and what S8 does not hold. To S4: the
    ///   same, with S4's. To U1, U2, S1, S2: the lower bits of what S4 would be. To U4: the lower bits of what S8 would
    ///   be. To U8: below 2^63 (and for NaN) the bits of what S8 would be, from there on 2^63 away from what S8 would be
    ///   for a value less by 2^63.
    Cast {
        /// The type that it has.
        from: Type,
        /// The type that it gets.
        to: Type,
        /// The value.
        a: Id,
    },
    /// See [`Binary`].
    Binary {
        /// The operation.
        op: Binary,
        /// The type of all three.
        ty: Type,
        /// The first argument.
        a: Id,
        /// The second.
        b: Id,
    },
    /// See [`Compare`].
    Compare {
        /// The comparison.
        op: Compare,
        /// The type of the arguments.
        ty: Type,
        /// The first one.
        a: Id,
        /// The second.
        b: Id,
    },
    /// See [`Unary`].
    Unary {
        /// The operation.
        op: Unary,
        /// The type of both.
        ty: Type,
        /// The argument.
        a: Id,
    },
    /// See [`Test`].
    Test {
        /// The question.
        op: Test,
        /// The type of the argument.
        ty: Type,
        /// The argument.
        a: Id,
    },
    /// One or the other.
    Where {
        /// The type of both.
        ty: Type,
        /// Which.
        c: Id,
        /// Where it is true.
        a: Id,
        /// Where it is false.
        b: Id,
    },
    /// What an accumulator holds before this element.
    Acc {
        /// Which one.
        index: u32,
        /// Its type.
        ty: Type,
    },
    /// How many elements came here before.
    Count,
    /// See [`Scan`].
    Scan {
        /// The operation.
        op: Scan,
        /// The type of both.
        ty: Type,
        /// What is added.
        a: Id,
    },
    /// What a function gives that each run is given. It is called with no elements but those that come here; when, in
    /// which order and by which threads is not defined. With elements behind one that ends the run, or that a later
    /// filter holds back, it may be called or not.
    Call {
        /// Which function.
        function: u32,
        /// The type that it gives.
        ty: Type,
        /// What it takes, in front.
        arguments: [Option<(Type, Id)>; MOST_ARGUMENTS],
    },
}

/// The types of a function that a program calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// Those that it takes, in front.
    pub arguments: [Option<Type>; MOST_ARGUMENTS],
    /// That which it gives.
    pub result: Type,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.result)?;
        for (k, ty) in self.arguments.iter().flatten().enumerate() {
            write!(f, "{}{ty}", if k == 0 { "(" } else { "," })?;
        }
        f.write_str(")")
    }
}

impl Value {
    /// The type of the value.
    ///
    /// ```
    /// use chunkarray_pipelines::{Type, Value};
    ///
    /// assert_eq!(Value::Pos.ty(), Type::S8);
    /// ```
    pub fn ty(&self) -> Type {
        match *self {
            Value::In { ty, .. }
            | Value::Par { ty, .. }
            | Value::Binary { ty, .. }
            | Value::Unary { ty, .. }
            | Value::Where { ty, .. }
            | Value::Acc { ty, .. }
            | Value::Scan { ty, .. }
            | Value::Call { ty, .. } => ty,
            Value::Cast { to, .. } => to,
            Value::Compare { .. } | Value::Test { .. } => Type::Bool,
            Value::Pos | Value::Count => Type::S8,
        }
    }

    /// The values that it is computed from.
    ///
    /// ```
    /// use chunkarray_pipelines::Value;
    ///
    /// assert_eq!(Value::Pos.arguments().count(), 0);
    /// ```
    pub fn arguments(&self) -> impl Iterator<Item = Id> + use<> {
        let arguments = match *self {
            Value::Cast { a, .. }
            | Value::Unary { a, .. }
            | Value::Test { a, .. }
            | Value::Scan { a, .. } => [Some(a), None, None, None],
            Value::Binary { a, b, .. } | Value::Compare { a, b, .. } => {
                [Some(a), Some(b), None, None]
            }
            Value::Where { c, a, b, .. } => [Some(c), Some(a), Some(b), None],
            Value::Call { arguments, .. } => arguments.map(|argument| argument.map(|(_, a)| a)),
            Value::In { .. }
            | Value::Pos
            | Value::Par { .. }
            | Value::Acc { .. }
            | Value::Count => [None; MOST_ARGUMENTS],
        };
        arguments.into_iter().flatten()
    }
}

/// What happens next to an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A value is computed.
    Value(Id),
    /// It goes on only if this BOOL is true.
    Filter(Id),
    /// The run ends in front of it unless this BOOL is true.
    Until(Id),
}

/// What becomes of the elements that came to the end. Each gives one [`Answer`](crate::Answer).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Terminal {
    /// `sum T A`: in 64 bits, where integers wrap; floats as F8, in the order that
    /// [`Kernel::run`](crate::Kernel::run) tells.
    Sum {
        /// The type of the value.
        ty: Type,
        /// The value.
        a: Id,
    },
    /// `min T A`: as [`Binary::Min`].
    Min {
        /// The type of the value.
        ty: Type,
        /// The value.
        a: Id,
    },
    /// `max T A`: as [`Binary::Max`].
    Max {
        /// The type of the value.
        ty: Type,
        /// The value.
        a: Id,
    },
    /// `argmin T A`: which of those that came, counted from 0, is the first that is least; NaN is less than all.
    ArgMin {
        /// The type of the value.
        ty: Type,
        /// The value.
        a: Id,
    },
    /// `argmax T A`: which of those that came, counted from 0, is the first that is greatest; NaN is greater than all.
    ArgMax {
        /// The type of the value.
        ty: Type,
        /// The value.
        a: Id,
    },
    /// `any A`: whether a BOOL was true.
    Any {
        /// The value.
        a: Id,
    },
    /// `all A`: whether none was false.
    All {
        /// The value.
        a: Id,
    },
    /// `n`: how many elements came.
    N,
    /// `first T A`: the first one's.
    First {
        /// The type of the value.
        ty: Type,
        /// The value.
        a: Id,
    },
    /// `last T A`: the last one's.
    Last {
        /// The type of the value.
        ty: Type,
        /// The value.
        a: Id,
    },
    /// `fold K T A P`: what an accumulator holds at the end. It starts as parameter P and becomes A with each element
    /// that came.
    Fold {
        /// Which accumulator.
        index: u32,
        /// Its type.
        ty: Type,
        /// What it becomes.
        a: Id,
        /// The parameter that it starts as.
        start: u32,
    },
    /// `out J T A` or `out J OFFSET T A`: the values, in order, appended to an output, or written to a field of the
    /// records that are appended; `>T` if they are to be big-endian there. What no field covers is zero.
    Out {
        /// Which output.
        output: u32,
        /// Bytes of the record in front of the field, if it is one.
        offset: Option<u32>,
        /// The type of the value.
        ty: Type,
        /// Whether it is written big-endian.
        big: bool,
        /// The value.
        a: Id,
    },
    /// `hist T A LO HI BINS`: how many values lie in each bin, with the edges of NumPy's `linspace(lo, hi, bins + 1)`;
    /// the last bin has both its edges.
    Hist {
        /// The type of the value.
        ty: Type,
        /// The value.
        a: Id,
        /// The parameter (F8) with the first edge.
        lo: u32,
        /// That with the last one.
        hi: u32,
        /// How many bins there are.
        bins: u32,
    },
    /// `group MAX KEYS...`: the terminals after it (none of fold, out, hist, group) answer for each group of elements
    /// whose keys are equal, in the order of their first elements. Floats are equal by their bits, but for -0.0, which
    /// is 0.0, and NaN, which is one.
    Group {
        /// How many groups there may be.
        most: u32,
        /// The values that tell them apart: integers, BOOL, F8.
        keys: Vec<Id>,
    },
}

impl Terminal {
    /// The value whose elements it takes: `None` of `n`, of `group`, which has keys, and of `fold`, which goes on from its
    /// own.
    ///
    /// ```
    /// use chunkarray_pipelines::{Terminal, Type};
    ///
    /// assert_eq!(Terminal::Min { ty: Type::F8, a: 3 }.argument(), Some(3));
    /// assert_eq!(Terminal::N.argument(), None);
    /// ```
    pub fn argument(&self) -> Option<Id> {
        match *self {
            Terminal::Sum { a, .. }
            | Terminal::Min { a, .. }
            | Terminal::Max { a, .. }
            | Terminal::ArgMin { a, .. }
            | Terminal::ArgMax { a, .. }
            | Terminal::Any { a }
            | Terminal::All { a }
            | Terminal::First { a, .. }
            | Terminal::Last { a, .. }
            | Terminal::Out { a, .. }
            | Terminal::Hist { a, .. } => Some(a),
            Terminal::Fold { .. } | Terminal::N | Terminal::Group { .. } => None,
        }
    }
}

/// A checked program.
///
/// ```
/// use chunkarray_pipelines::Program;
///
/// let text = "in 0 0 F8;par 0 F8;gt F8 0 1;filter 2;sum F8 0";
/// let program = Program::parse(text)?;
/// assert_eq!((program.to_string().as_str(), program.inputs(), program.parameters().len()), (text, 1, 1));
/// let error = Program::parse("in 0 0 F8;sum F4 0").unwrap_err();
/// assert_eq!(error.to_string(), "statement 1 (\"sum F4 0\"): value 0 is F8, not F4");
/// # Ok::<(), chunkarray_pipelines::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Program {
    values: Vec<Value>,
    steps: Vec<Step>,
    terminals: Vec<Terminal>,
    inputs: usize,
    outputs: usize,
    /// The type of each; none if nothing reads it.
    parameters: Vec<Option<Type>>,
    accumulators: Vec<Type>,
    functions: Vec<Signature>,
}

impl Program {
    /// Reads a program and checks it.
    ///
    /// ```
    /// # use chunkarray_pipelines::Program;
    /// assert!(Program::parse("pos;sum S8 0").is_ok());
    /// assert!(Program::parse("sum S8 0").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Program, Error> {
        let mut parser = Parser::default();
        for (statement, text) in text.split(';').enumerate() {
            let refused = |what| Error::Program {
                statement,
                text: text.chars().take(100).collect(),
                what,
            };
            if statement == MOST_STATEMENTS {
                return Err(refused(format!(
                    "a program has {MOST_STATEMENTS} statements at most"
                )));
            }
            parser.statement(text).map_err(refused)?;
        }
        parser.finish().map_err(|what| Error::Program {
            statement: text.split(';').count() - 1,
            text: String::new(),
            what,
        })
    }

    /// The values, by their numbers.
    ///
    /// ```
    /// # use chunkarray_pipelines::{Program, Value};
    /// assert_eq!(Program::parse("pos;sum S8 0")?.values(), [Value::Pos]);
    /// # Ok::<(), chunkarray_pipelines::Error>(())
    /// ```
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// What happens to each element, in order.
    ///
    /// ```
    /// # use chunkarray_pipelines::{Program, Step};
    /// assert_eq!(Program::parse("pos;sum S8 0")?.steps(), [Step::Value(0)]);
    /// # Ok::<(), chunkarray_pipelines::Error>(())
    /// ```
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What becomes of those that came to the end.
    ///
    /// ```
    /// # use chunkarray_pipelines::{Program, Terminal};
    /// assert_eq!(Program::parse("pos;n")?.terminals(), [Terminal::N]);
    /// # Ok::<(), chunkarray_pipelines::Error>(())
    /// ```
    pub fn terminals(&self) -> &[Terminal] {
        &self.terminals
    }

    /// How many inputs there are.
    ///
    /// ```
    /// # use chunkarray_pipelines::Program;
    /// assert_eq!(Program::parse("in 1 0 U1;n")?.inputs(), 2);
    /// # Ok::<(), chunkarray_pipelines::Error>(())
    /// ```
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// How many outputs there are.
    ///
    /// ```
    /// # use chunkarray_pipelines::Program;
    /// assert_eq!(Program::parse("in 0 0 U1;out 0 U1 0")?.outputs(), 1);
    /// # Ok::<(), chunkarray_pipelines::Error>(())
    /// ```
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The types of the parameters; none for one that nothing reads.
    ///
    /// ```
    /// # use chunkarray_pipelines::{Program, Type};
    /// assert_eq!(Program::parse("par 1 U1;sum U1 0")?.parameters(), [None, Some(Type::U1)]);
    /// # Ok::<(), chunkarray_pipelines::Error>(())
    /// ```
    pub fn parameters(&self) -> &[Option<Type>] {
        &self.parameters
    }

    /// The types of the accumulators.
    ///
    /// ```
    /// # use chunkarray_pipelines::{Program, Type};
    /// let program = Program::parse("in 0 0 F8;acc 0 F8;sub F8 1 0;fold 0 F8 2 0")?;
    /// assert_eq!(program.accumulators(), [Type::F8]);
    /// # Ok::<(), chunkarray_pipelines::Error>(())
    /// ```
    pub fn accumulators(&self) -> &[Type] {
        &self.accumulators
    }

    /// The types of the functions that are called.
    ///
    /// ```
    /// # use chunkarray_pipelines::Program;
    /// let program = Program::parse("pos;call 0 F8 S8 0;sum F8 1")?;
    /// assert_eq!(program.functions()[0].to_string(), "F8(S8)");
    /// # Ok::<(), chunkarray_pipelines::Error>(())
    /// ```
    pub fn functions(&self) -> &[Signature] {
        &self.functions
    }

    /// The type of a value.
    ///
    /// ```
    /// # use chunkarray_pipelines::{Program, Type};
    /// assert_eq!(Program::parse("pos;n")?.ty(0), Type::S8);
    /// # Ok::<(), chunkarray_pipelines::Error>(())
    /// ```
    ///
    /// # Panics
    /// Where there is no such value.
    pub fn ty(&self, value: Id) -> Type {
        self.values[value as usize].ty()
    }

    /// Whether elements have to be looked at in order, by one thread.
    ///
    /// ```
    /// # use chunkarray_pipelines::Program;
    /// assert!(Program::parse("count;n")?.is_sequential());
    /// assert!(!Program::parse("pos;n")?.is_sequential());
    /// # Ok::<(), chunkarray_pipelines::Error>(())
    /// ```
    pub fn is_sequential(&self) -> bool {
        let in_order =
            |value: &Value| matches!(value, Value::Count | Value::Scan { .. } | Value::Acc { .. });
        self.steps.iter().any(|step| matches!(step, Step::Until(_)))
            || self.values.iter().any(in_order)
            || !self.accumulators.is_empty()
    }

    /// Whether all elements come to the end.
    ///
    /// ```
    /// # use chunkarray_pipelines::Program;
    /// assert!(Program::parse("in 0 0 F8;out 0 F8 0")?.keeps_all());
    /// assert!(!Program::parse("in 0 0 BOOL;filter 0;out 0 BOOL 0")?.keeps_all());
    /// # Ok::<(), chunkarray_pipelines::Error>(())
    /// ```
    pub fn keeps_all(&self) -> bool {
        let drops = |step: &Step| matches!(step, Step::Filter(_) | Step::Until(_));
        !self.steps.iter().any(drops)
    }
}

/// What is known of a program in the middle of its text.
#[derive(Default)]
struct Parser {
    values: Vec<Value>,
    steps: Vec<Step>,
    terminals: Vec<Terminal>,
    inputs: u32,
    parameters: Vec<Option<Type>>,
    accumulators: Vec<Option<Type>>,
    folded: Vec<bool>,
    functions: Vec<Option<Signature>>,
    /// Of each output: whether its elements are records; none if nothing is written there yet.
    outputs: Vec<Option<bool>>,
    grouped: bool,
}

type Parsed<T> = Result<T, String>;

impl Parser {
    fn statement(&mut self, text: &str) -> Parsed<()> {
        let words: Vec<&str> = text.split(' ').collect();
        if let Some(terminal) = self.terminal(&words)? {
            self.terminals.push(terminal);
            return Ok(());
        }
        if !self.terminals.is_empty() {
            return Err("terminals stand at the end".to_owned());
        }
        let step = match words[..] {
            ["filter", c] => Step::Filter(self.argument(c, Type::Bool)?),
            ["until", c] => Step::Until(self.argument(c, Type::Bool)?),
            _ => {
                let value = self.value(&words)?;
                self.values.push(value);
                Step::Value(self.values.len() as Id - 1)
            }
        };
        self.steps.push(step);
        Ok(())
    }

    fn value(&mut self, words: &[&str]) -> Parsed<Value> {
        Ok(match *words {
            ["in", input, offset, field] => {
                let input = number(input, MOST_NUMBER)?;
                let offset = number(offset, i32::MAX as u32)?;
                let (field, bits) = match field.split_once(':') {
                    None => (field, None),
                    Some((field, bits)) => (field, Some(bits)),
                };
                let (ty, big) = stored(field)?;
                let bits = bits.map(|bits| bits_of(bits, ty)).transpose()?;
                self.inputs = self.inputs.max(input + 1);
                Value::In {
                    input,
                    offset,
                    ty,
                    big,
                    bits,
                }
            }
            ["pos"] => Value::Pos,
            ["par", index, ty] => {
                let ty = type_of(ty)?;
                let index = self.parameter(index, ty)?;
                Value::Par { index, ty }
            }
            ["cast", from, to, a] => {
                let (from, to) = (type_of(from)?, type_of(to)?);
                let a = self.argument(a, from)?;
                Value::Cast { from, to, a }
            }
            ["where", ty, c, a, b] => {
                let ty = type_of(ty)?;
                Value::Where {
                    ty,
                    c: self.argument(c, Type::Bool)?,
                    a: self.argument(a, ty)?,
                    b: self.argument(b, ty)?,
                }
            }
            ["acc", index, ty] => {
                let (index, ty) = (number(index, MOST_NUMBER)?, type_of(ty)?);
                self.accumulator(index, ty)?;
                Value::Acc { index, ty }
            }
            ["count"] => Value::Count,
            ["scan", op, ty, a] => {
                let ty = type_of(ty)?;
                let op = Scan::parse(op).ok_or_else(|| format!("there is no scan {op:?}"))?;
                takes(op != Scan::Sum || ty != Type::Bool, "scan sum", ty)?;
                let a = self.argument(a, ty)?;
                Value::Scan { op, ty, a }
            }
            ["call", function, ty, ref arguments @ ..] => self.call(function, ty, arguments)?,
            [name, ty, ref arguments @ ..] => self.operation(name, ty, arguments)?,
            _ => return Err("there is no such statement".to_owned()),
        })
    }

    fn call(&mut self, function: &str, ty: &str, words: &[&str]) -> Parsed<Value> {
        let (function, ty) = (number(function, MOST_NUMBER)?, type_of(ty)?);
        let mut arguments = [None; MOST_ARGUMENTS];
        if words.is_empty() || words.len() > 2 * MOST_ARGUMENTS || !words.len().is_multiple_of(2) {
            return Err(format!(
                "call takes types and values of 1 to {MOST_ARGUMENTS} arguments"
            ));
        }
        for (argument, words) in arguments.iter_mut().zip(words.chunks_exact(2)) {
            *argument = Some(self.typed(words[0], words[1])?);
        }
        let signature = Signature {
            arguments: arguments.map(|argument| argument.map(|(ty, _)| ty)),
            result: ty,
        };
        let at = function as usize;
        if self.functions.len() <= at {
            self.functions.resize(at + 1, None);
        }
        match *self.functions[at].get_or_insert(signature) {
            is if is == signature => Ok(Value::Call {
                function,
                ty,
                arguments,
            }),
            is => Err(format!("function {function} is {is}, not {signature}")),
        }
    }

    fn operation(&self, name: &str, ty: &str, arguments: &[&str]) -> Parsed<Value> {
        let known = Binary::parse(name).is_some()
            || Compare::parse(name).is_some()
            || Unary::parse(name).is_some()
            || Test::parse(name).is_some();
        if !known {
            return Err("there is no such statement".to_owned());
        }
        let ty = type_of(ty)?;
        match *arguments {
            [a, b] => {
                if let Some(op) = Binary::parse(name) {
                    takes(op.takes(ty), name, ty)?;
                    let (a, b) = (self.argument(a, ty)?, self.argument(b, ty)?);
                    return Ok(Value::Binary { op, ty, a, b });
                }
                if let Some(op) = Compare::parse(name) {
                    let (a, b) = (self.argument(a, ty)?, self.argument(b, ty)?);
                    return Ok(Value::Compare { op, ty, a, b });
                }
            }
            [a] => {
                if let Some(op) = Unary::parse(name) {
                    takes(op.takes(ty), name, ty)?;
                    let a = self.argument(a, ty)?;
                    return Ok(Value::Unary { op, ty, a });
                }
                if let Some(op) = Test::parse(name) {
                    takes(ty.is_float(), name, ty)?;
                    let a = self.argument(a, ty)?;
                    return Ok(Value::Test { op, ty, a });
                }
            }
            _ => {}
        }
        Err(format!("{name} takes another number of arguments"))
    }

    fn terminal(&mut self, words: &[&str]) -> Parsed<Option<Terminal>> {
        let terminal = match *words {
            ["sum", ty, a] => {
                let (ty, a) = self.typed(ty, a)?;
                Terminal::Sum { ty, a }
            }
            // With one argument more they are values.
            ["min", ty, a] => {
                let (ty, a) = self.typed(ty, a)?;
                Terminal::Min { ty, a }
            }
            ["max", ty, a] => {
                let (ty, a) = self.typed(ty, a)?;
                Terminal::Max { ty, a }
            }
            ["argmin", ty, a] => {
                let (ty, a) = self.typed(ty, a)?;
                Terminal::ArgMin { ty, a }
            }
            ["argmax", ty, a] => {
                let (ty, a) = self.typed(ty, a)?;
                Terminal::ArgMax { ty, a }
            }
            ["first", ty, a] => {
                let (ty, a) = self.typed(ty, a)?;
                Terminal::First { ty, a }
            }
            ["last", ty, a] => {
                let (ty, a) = self.typed(ty, a)?;
                Terminal::Last { ty, a }
            }
            ["any", a] => Terminal::Any {
                a: self.argument(a, Type::Bool)?,
            },
            ["all", a] => Terminal::All {
                a: self.argument(a, Type::Bool)?,
            },
            ["n"] => Terminal::N,
            ["fold", index, ty, a, start] => {
                let (index, ty) = (number(index, MOST_NUMBER)?, type_of(ty)?);
                self.accumulator(index, ty)?;
                if std::mem::replace(&mut self.folded[index as usize], true) {
                    return Err(format!("accumulator {index} is folded twice"));
                }
                Terminal::Fold {
                    index,
                    ty,
                    a: self.argument(a, ty)?,
                    start: self.parameter(start, ty)?,
                }
            }
            ["out", output, field, a] => self.out(output, None, field, a)?,
            ["out", output, offset, field, a] => {
                let offset = number(offset, i32::MAX as u32)?;
                self.out(output, Some(offset), field, a)?
            }
            ["hist", ty, a, lo, hi, bins] => {
                let (ty, a) = self.typed(ty, a)?;
                let lo = self.parameter(lo, Type::F8)?;
                let hi = self.parameter(hi, Type::F8)?;
                let bins = number(bins, MOST_BINS)?;
                if bins == 0 {
                    return Err("a histogram has bins".to_owned());
                }
                Terminal::Hist {
                    ty,
                    a,
                    lo,
                    hi,
                    bins,
                }
            }
            ["group", most, ref keys @ ..] if !keys.is_empty() => {
                let most = number(most, i32::MAX as u32)?;
                let keys = keys
                    .iter()
                    .map(|key| self.key(key))
                    .collect::<Parsed<_>>()?;
                Terminal::Group { most, keys }
            }
            _ => return Ok(None),
        };
        if self.grouped {
            let refused = matches!(
                terminal,
                Terminal::Fold { .. }
                    | Terminal::Out { .. }
                    | Terminal::Hist { .. }
                    | Terminal::Group { .. }
            );
            if refused {
                return Err("there is none for each group".to_owned());
            }
        }
        self.grouped |= matches!(terminal, Terminal::Group { .. });
        Ok(Some(terminal))
    }

    fn out(&mut self, output: &str, offset: Option<u32>, field: &str, a: &str) -> Parsed<Terminal> {
        let output = number(output, MOST_NUMBER)?;
        let (ty, big) = stored(field)?;
        let a = self.argument(a, ty)?;
        let at = output as usize;
        if self.outputs.len() <= at {
            self.outputs.resize(at + 1, None);
        }
        match (self.outputs[at], offset) {
            (None, _) => self.outputs[at] = Some(offset.is_some()),
            (Some(true), Some(_)) => {}
            _ => return Err(format!("output {output} is written already")),
        }
        Ok(Terminal::Out {
            output,
            offset,
            ty,
            big,
            a,
        })
    }

    /// The number of an earlier value.
    fn id(&self, word: &str) -> Parsed<Id> {
        let id = number(word, MOST_STATEMENTS as u32)?;
        if (id as usize) < self.values.len() {
            Ok(id)
        } else {
            Err(format!("there is no value {id} yet"))
        }
    }

    /// That of one of a type.
    fn argument(&self, word: &str, ty: Type) -> Parsed<Id> {
        let id = self.id(word)?;
        match self.values[id as usize].ty() {
            is if is == ty => Ok(id),
            is => Err(format!("value {id} is {is}, not {ty}")),
        }
    }

    fn typed(&self, ty: &str, a: &str) -> Parsed<(Type, Id)> {
        let ty = type_of(ty)?;
        Ok((ty, self.argument(a, ty)?))
    }

    fn key(&self, word: &str) -> Parsed<Id> {
        let id = self.id(word)?;
        match self.values[id as usize].ty() {
            Type::F4 => Err(format!("value {id} is F4, which is no key: cast it to F8")),
            _ => Ok(id),
        }
    }

    fn parameter(&mut self, word: &str, ty: Type) -> Parsed<u32> {
        let index = number(word, MOST_NUMBER)?;
        let at = index as usize;
        if self.parameters.len() <= at {
            self.parameters.resize(at + 1, None);
        }
        match *self.parameters[at].get_or_insert(ty) {
            is if is == ty => Ok(index),
            is => Err(format!("parameter {index} is {is}, not {ty}")),
        }
    }

    fn accumulator(&mut self, index: u32, ty: Type) -> Parsed<()> {
        let at = index as usize;
        if self.accumulators.len() <= at {
            self.accumulators.resize(at + 1, None);
            self.folded.resize(at + 1, false);
        }
        match *self.accumulators[at].get_or_insert(ty) {
            is if is == ty => Ok(()),
            is => Err(format!("accumulator {index} is {is}, not {ty}")),
        }
    }

    fn finish(self) -> Parsed<Program> {
        if self.terminals.is_empty() {
            return Err("nothing becomes of the elements: there is no terminal".to_owned());
        }
        if let Some(index) = self.folded.iter().position(|folded| !folded) {
            return Err(format!("accumulator {index} is not folded"));
        }
        if let Some(output) = self.outputs.iter().position(Option::is_none) {
            return Err(format!("nothing is written to output {output}"));
        }
        if let Some(function) = self.functions.iter().position(Option::is_none) {
            return Err(format!("function {function} is not called"));
        }
        Ok(Program {
            values: self.values,
            steps: self.steps,
            terminals: self.terminals,
            inputs: self.inputs as usize,
            outputs: self.outputs.len(),
            parameters: self.parameters,
            accumulators: self.accumulators.into_iter().flatten().collect(),
            functions: self.functions.into_iter().flatten().collect(),
        })
    }
}

fn type_of(word: &str) -> Parsed<Type> {
    Type::parse(word).ok_or_else(|| format!("there is no type {word:?}"))
}

/// A type as it is stored, and whether it is big-endian.
fn stored(word: &str) -> Parsed<(Type, bool)> {
    let (word, big) = match word.strip_prefix('>') {
        None => (word, false),
        Some(word) => (word, true),
    };
    let ty = type_of(word)?;
    if big && ty.size() == 1 {
        return Err(format!("a {ty} has no order of bytes"));
    }
    Ok((ty, big))
}

fn bits_of(word: &str, ty: Type) -> Parsed<Bits> {
    let (shift, width) = word
        .split_once('+')
        .ok_or_else(|| format!("bits are SHIFT+WIDTH, not {word:?}"))?;
    let bits = Bits {
        shift: number(shift, 64)?,
        width: number(width, 64)?,
    };
    if !ty.is_integer() || bits.width == 0 || bits.shift + bits.width > 8 * ty.size() as u32 {
        return Err(format!("a {ty} has no bits {word}"));
    }
    Ok(bits)
}

/// A number in its only spelling, so that equal programs are equal texts.
fn number(word: &str, most: u32) -> Parsed<u32> {
    let plain =
        word.bytes().all(|byte| byte.is_ascii_digit()) && (word == "0" || !word.starts_with('0'));
    match word.parse() {
        Ok(number) if plain && number <= most => Ok(number),
        _ => Err(format!("{word:?} is no number from 0 to {most}")),
    }
}

fn takes(does: bool, name: &str, ty: Type) -> Parsed<()> {
    if does {
        Ok(())
    } else {
        Err(format!("there is no {name} of {ty}"))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Value::In {
                input,
                offset,
                ty,
                big,
                bits,
            } => {
                write!(f, "in {input} {offset} {}{ty}", order(big))?;
                match bits {
                    None => Ok(()),
                    Some(Bits { shift, width }) => write!(f, ":{shift}+{width}"),
                }
            }
            Value::Pos => f.write_str("pos"),
            Value::Par { index, ty } => write!(f, "par {index} {ty}"),
            Value::Cast { from, to, a } => write!(f, "cast {from} {to} {a}"),
            Value::Binary { op, ty, a, b } => write!(f, "{} {ty} {a} {b}", op.name()),
            Value::Compare { op, ty, a, b } => write!(f, "{} {ty} {a} {b}", op.name()),
            Value::Unary { op, ty, a } => write!(f, "{} {ty} {a}", op.name()),
            Value::Test { op, ty, a } => write!(f, "{} {ty} {a}", op.name()),
            Value::Where { ty, c, a, b } => write!(f, "where {ty} {c} {a} {b}"),
            Value::Acc { index, ty } => write!(f, "acc {index} {ty}"),
            Value::Count => f.write_str("count"),
            Value::Scan { op, ty, a } => write!(f, "scan {} {ty} {a}", op.name()),
            Value::Call {
                function,
                ty,
                arguments,
            } => {
                write!(f, "call {function} {ty}")?;
                let mut arguments = arguments.iter().flatten();
                arguments.try_for_each(|(ty, a)| write!(f, " {ty} {a}"))
            }
        }
    }
}

impl fmt::Display for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Terminal::Sum { ty, a } => write!(f, "sum {ty} {a}"),
            Terminal::Min { ty, a } => write!(f, "min {ty} {a}"),
            Terminal::Max { ty, a } => write!(f, "max {ty} {a}"),
            Terminal::ArgMin { ty, a } => write!(f, "argmin {ty} {a}"),
            Terminal::ArgMax { ty, a } => write!(f, "argmax {ty} {a}"),
            Terminal::Any { a } => write!(f, "any {a}"),
            Terminal::All { a } => write!(f, "all {a}"),
            Terminal::N => f.write_str("n"),
            Terminal::First { ty, a } => write!(f, "first {ty} {a}"),
            Terminal::Last { ty, a } => write!(f, "last {ty} {a}"),
            Terminal::Fold {
                index,
                ty,
                a,
                start,
            } => write!(f, "fold {index} {ty} {a} {start}"),
            Terminal::Out {
                output,
                offset,
                ty,
                big,
                a,
            } => {
                write!(f, "out {output} ")?;
                if let Some(offset) = offset {
                    write!(f, "{offset} ")?;
                }
                write!(f, "{}{ty} {a}", order(*big))
            }
            Terminal::Hist {
                ty,
                a,
                lo,
                hi,
                bins,
            } => write!(f, "hist {ty} {a} {lo} {hi} {bins}"),
            Terminal::Group { most, keys } => {
                write!(f, "group {most}")?;
                keys.iter().try_for_each(|key| write!(f, " {key}"))
            }
        }
    }
}

fn order(big: bool) -> &'static str {
    if big { ">" } else { "" }
}

/// The text that it was read from.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, step) in self.steps.iter().enumerate() {
            if k > 0 {
                f.write_str(";")?;
            }
            match *step {
                Step::Value(value) => self.values[value as usize].fmt(f)?,
                Step::Filter(c) => write!(f, "filter {c}")?,
                Step::Until(c) => write!(f, "until {c}")?,
            }
        }
        for (k, terminal) in self.terminals.iter().enumerate() {
            if k > 0 || !self.steps.is_empty() {
                f.write_str(";")?;
            }
            terminal.fmt(f)?;
        }
        Ok(())
    }
}
