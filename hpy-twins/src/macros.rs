//! `twins!` and `table!`.

/// Makes C functions of Rust functions, and the entries of a table for them.
///
/// ```
/// hpy_twins::twins! {
///     /// What this module can do with numbers.
///     pub const NUMBERS = {
///         /// Twice as much; wraps around.
///         safe fn twice(x: i64) -> i64 {
///             x.wrapping_mul(2)
///         }
///
///         /// The number that `at` points to, which is a valid pointer.
///         #[since(1)]
///         unsafe fn look_unchecked(at: *const f64) -> f64 {
///             // SAFETY: promised by the caller.
///             unsafe { *at }
///         }
///     }
/// }
///
/// assert_eq!(twice(21), 42);
/// assert_eq!(NUMBERS[0].name(), c"twice");
/// assert_eq!(NUMBERS[0].signature(), c"S8(S8)");
/// assert_eq!(NUMBERS[0].doc(), c"(x: i64) -> i64\nTwice as much; wraps around.");
/// assert_eq!(NUMBERS[1].flags, hpy_twins::UNCHECKED);
/// ```
///
/// Each function becomes an `extern "C" fn` of that name, `safe` or `unsafe` to call from Rust, whose
/// arguments are [`Plain`](crate::Plain) and whose result is [`PlainResult`](crate::PlainResult). A
/// panic in the body never leaves it: the result is then
/// [`AFTER_PANIC`](crate::PlainResult::AFTER_PANIC). The signature is made from the types, the flag
/// [`UNCHECKED`](crate::UNCHECKED) from the ending of the name; `#[since(n)]` is the minor version
/// that a twin came with, 0 where it isn't given. The entry's text begins with a line of the arguments
/// as they stand here: readers of the table take names from it, and say what the pointers point to.
///
/// The constant is a `&'static [Twin]`: [`table!`](crate::table) puts such groups into one table.
#[macro_export]
macro_rules! twins {
    (
        $(#[$group_attribute:meta])*
        $visibility:vis const $group:ident = {$(
            $(#[doc = $doc:literal])*
            $(#[since($since:literal)])?
            $safety:ident fn $name:ident($($argument:ident: $type:ty),* $(,)?)
            $(-> $result:ty)?
            $body:block
        )*}
    ) => {
        $(
            $crate::twins! { @function $safety, ($(#[doc = $doc])*), $visibility, $name,
                ($($argument: $type),*), ($(-> $result)?), $body }
        )*
        $(#[$group_attribute])*
        $visibility const $group: &[$crate::Twin] = &[$(
            $crate::Twin {
                flags: $crate::internal::flags_of(stringify!($name)),
                ..$crate::twins!(@entry $name, ($($argument: $type),*) $(-> $result)?, ($($doc),*), ($($since)?),
                    unsafe extern "C" fn($($type),*) $(-> $result)?)
            },
        )*];
    };

    (@function safe, ($($attribute:tt)*), $visibility:vis, $name:ident,
     ($($argument:ident: $type:ty),*), ($($result:tt)*), $body:block) => {
        $($attribute)*
        $visibility extern "C" fn $name($($argument: $type),*) $($result)* {
            $crate::internal::guarded(move || $($result)* { $body })
        }
    };
    (@function unsafe, ($($attribute:tt)*), $visibility:vis, $name:ident,
     ($($argument:ident: $type:ty),*), ($($result:tt)*), $body:block) => {
        $($attribute)*
        #[allow(clippy::missing_safety_doc, reason = "the twin's documentation says it, for C as well")]
        $visibility unsafe extern "C" fn $name($($argument: $type),*) $($result)* {
            $crate::internal::guarded(move || $($result)* { $body })
        }
    };

    (@arguments) => { "()" };
    (@arguments $first:ident: $first_type:ty $(, $argument:ident: $type:ty)*) => {
        concat!(
            "(", stringify!($first), ": ", stringify!($first_type),
            $(", ", stringify!($argument), ": ", stringify!($type),)*
            ")"
        )
    };

    (@entry $name:ident, ($($argument:ident: $type:ty),*) $(-> $result:ty)?,
     ($($doc:literal),*), ($($since:literal)?), $function:ty) => {{
        const DOC: &str = concat!(
            $crate::twins!(@arguments $($argument: $type),*),
            $(" -> ", stringify!($result),)?
            "\n",
            $($doc, "\n"),*
        );
        const CLEAN: &[u8; DOC.len() + 1] = &$crate::internal::cleaned(DOC);
        $crate::Twin {
            name: concat!(stringify!($name), "\0").as_ptr().cast(),
            signature: <$function as $crate::Signature>::TEXT.as_ptr(),
            doc: CLEAN.as_ptr().cast(),
            // SAFETY: all function pointers have one representation; who calls this one goes by
            // the signature beside it.
            pointer: unsafe {
                ::std::mem::transmute::<$function, $crate::Function>($name as $function)
            },
            since: 0 $(+ $since)?,
            flags: 0,
        }
    }};
}

/// Exports the table of a module: the data symbol `HPyTwins_<module>`, where `<module>` is the last
/// part of the module's name.
///
/// ```
/// # hpy_twins::twins! {
/// #     pub const NUMBERS = {
/// #         /// Twice as much; wraps around.
/// #         safe fn twice(x: i64) -> i64 { x.wrapping_mul(2) }
/// #     }
/// # }
/// hpy_twins::table! { HPyTwins_numbers: module "numbers", version 1.0, groups [NUMBERS] }
///
/// assert_eq!(HPyTwins_numbers.find(c"twice").unwrap().signature(), c"S8(S8)");
/// ```
///
/// The version is `major.minor`. Adding twins counts the minor version up; taking one away, or giving
/// it another signature or meaning, counts the major version up, and no earlier reader takes the table
/// then.
#[macro_export]
macro_rules! table {
    ($symbol:ident: module $module:literal, version $version:literal, groups [$($group:expr),* $(,)?]) => {
        /// The module's twins in plain C types.
        #[unsafe(no_mangle)]
        #[allow(non_upper_case_globals, reason = "readers look for this name")]
        pub static $symbol: $crate::Table = {
            const GROUPS: &[&[$crate::Twin]] = &[$($group),*];
            static ENTRIES: [$crate::Twin; $crate::internal::total(GROUPS)] =
                $crate::internal::joined(GROUPS);
            const {
                assert!(
                    $crate::internal::is_symbol_of(stringify!($symbol), $module),
                    "the table's symbol is HPyTwins_ and the module's name"
                );
            }
            const VERSION: (u32, u32) = $crate::internal::version(stringify!($version));
            const MODULE: &::std::ffi::CStr =
                match ::std::ffi::CStr::from_bytes_with_nul(concat!($module, "\0").as_bytes()) {
                    Ok(name) => name,
                    Err(_) => panic!("a module's name has no NUL"),
                };
            $crate::Table::new(MODULE, VERSION.0, VERSION.1, &ENTRIES)
        };
    };
}
