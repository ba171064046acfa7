//! The types of values.

use std::fmt;

/// The type of a value, by the names that elements have.
///
/// ```
/// use chunkarray_pipelines::Type;
///
/// assert_eq!(Type::parse("F4"), Some(Type::F4));
/// assert_eq!((Type::F4.size(), Type::F4.to_string().as_str()), (4, "F4"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names say it.
pub enum Type {
    Bool,
    U1,
    U2,
    U4,
    U8,
    S1,
    S2,
    S4,
    S8,
    F4,
    F8,
}

impl Type {
    /// All of them.
    ///
    /// ```
    /// # use chunkarray_pipelines::Type;
    /// assert_eq!(Type::ALL.len(), 11);
    /// ```
    pub const ALL: [Type; 11] = [
        Type::Bool,
        Type::U1,
        Type::U2,
        Type::U4,
        Type::U8,
        Type::S1,
        Type::S2,
        Type::S4,
        Type::S8,
        Type::F4,
        Type::F8,
    ];

    /// The type of a name.
    ///
    /// ```
    /// # use chunkarray_pipelines::Type;
    /// assert_eq!((Type::parse("BOOL"), Type::parse("bool")), (Some(Type::Bool), None));
    /// ```
    pub fn parse(name: &str) -> Option<Type> {
        Type::ALL.into_iter().find(|ty| ty.name() == name)
    }

    /// Its name.
    ///
    /// ```
    /// # use chunkarray_pipelines::Type;
    /// assert_eq!(Type::Bool.name(), "BOOL");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Type::Bool => "BOOL",
            Type::U1 => "U1",
            Type::U2 => "U2",
            Type::U4 => "U4",
            Type::U8 => "U8",
            Type::S1 => "S1",
            Type::S2 => "S2",
            Type::S4 => "S4",
            Type::S8 => "S8",
            Type::F4 => "F4",
            Type::F8 => "F8",
        }
    }

    /// Bytes of a value.
    ///
    /// ```
    /// # use chunkarray_pipelines::Type;
    /// assert_eq!((Type::Bool.size(), Type::S8.size()), (1, 8));
    /// ```
    pub fn size(self) -> usize {
        match self {
            Type::Bool | Type::U1 | Type::S1 => 1,
            Type::U2 | Type::S2 => 2,
            Type::U4 | Type::S4 | Type::F4 => 4,
            Type::U8 | Type::S8 | Type::F8 => 8,
        }
    }

    /// Whether it is F4 or F8.
    ///
    /// ```
    /// # use chunkarray_pipelines::Type;
    /// assert!(Type::F4.is_float() && !Type::U4.is_float());
    /// ```
    pub fn is_float(self) -> bool {
        matches!(self, Type::F4 | Type::F8)
    }

    /// Whether it is one of the integers with a sign.
    ///
    /// ```
    /// # use chunkarray_pipelines::Type;
    /// assert!(Type::S1.is_signed() && !Type::F4.is_signed());
    /// ```
    pub fn is_signed(self) -> bool {
        matches!(self, Type::S1 | Type::S2 | Type::S4 | Type::S8)
    }

    /// Whether it is one of the integers; BOOL is none.
    ///
    /// ```
    /// # use chunkarray_pipelines::Type;
    /// assert!(Type::U1.is_integer() && !Type::Bool.is_integer());
    /// ```
    pub fn is_integer(self) -> bool {
        !self.is_float() && self != Type::Bool
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Does something for each type, which it knows as `$T`.
macro_rules! with_type {
    ($ty:expr, $T:ident => $body:expr) => {
        match $ty {
            $crate::Type::Bool => $crate::types::with_type!(@ $T = bool; $body),
            $crate::Type::F4 => $crate::types::with_type!(@ $T = f32; $body),
            $crate::Type::F8 => $crate::types::with_type!(@ $T = f64; $body),
            integer => $crate::types::with_integer!(integer, $T => $body),
        }
    };
    (@ $T:ident = $type:ty; $body:expr) => {{
        type $T = $type;
        $body
    }};
}

/// As `with_type`, for integers.
macro_rules! with_integer {
    ($ty:expr, $T:ident => $body:expr) => {
        match $ty {
            $crate::Type::U1 => $crate::types::with_type!(@ $T = u8; $body),
            $crate::Type::U2 => $crate::types::with_type!(@ $T = u16; $body),
            $crate::Type::U4 => $crate::types::with_type!(@ $T = u32; $body),
            $crate::Type::S1 => $crate::types::with_type!(@ $T = i8; $body),
            $crate::Type::S2 => $crate::types::with_type!(@ $T = i16; $body),
            $crate::Type::S4 => $crate::types::with_type!(@ $T = i32; $body),
            $crate::Type::S8 => $crate::types::with_type!(@ $T = i64; $body),
            // All others have been asked for.
            _ => $crate::types::with_type!(@ $T = u64; $body),
        }
    };
}
pub(crate) use {with_integer, with_type};
