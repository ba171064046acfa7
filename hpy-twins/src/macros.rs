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
/// arguments are [`Plain`](crate::Plain) and whose result is an [`Outcome`](crate::Outcome): something
/// plain, nothing, or a `Result` of these. A panic in the body never leaves it: the function has failed
/// then, see [`error`](crate::error). The signature is made from the types, the flag
/// [`UNCHECKED`](crate::UNCHECKED) from the ending of the name; `#[since(n)]` is the minor version that a
/// twin came with, 0 where it isn't given. The entry's text begins with a line of the arguments as they
/// stand here: readers of the table take names from it, and say what the pointers point to.
///
/// The constant is a `&'static [Twin]`: [`table!`](crate::table) puts such groups into one table.
///
/// # Methods
/// With the name of one more function, the same functions become methods of the module as well:
///
/// ```
/// use hpy_host::define::{Error, Trampolines};
///
/// hpy_twins::twins! {
///     /// Arithmetic, with objects and without.
///     pub const ARITHMETIC, fn arithmetic = {
///         /// The quotient, rounded down.
///         safe fn divide(dividend: i64, divisor: i64) -> Result<i64, Error> {
///             if divisor == 0 {
///                 return Err(Error::value_error("division by zero"));
///             }
///             Ok(dividend.wrapping_div_euclid(divisor))
///         }
///     }
/// }
///
/// assert_eq!(divide(7, 2), 3);
/// assert_eq!(divide(7, 0), i64::from(hpy_twins::FAILED));
/// assert_eq!(arithmetic(Trampolines::Hpy).len(), 1); // the definition of the method `divide`
/// ```
///
/// The function gives the `HPyDef`s of the methods. A method takes an object for each argument, as
/// [`Argument`](crate::Argument) says, by position; it raises what the twin failed with; a panic is a
/// RuntimeError. All functions of such a group are `safe`: Python may pass anything.
#[macro_export]
macro_rules! twins {
    ($(#[$attribute:meta])* $visibility:vis const $group:ident = { $($functions:tt)* }) => {
        $crate::twins! { @group 0, ($(#[$attribute])*), $visibility, $group, $($functions)* }
    };
    (
        $(#[$attribute:meta])*
        $visibility:vis const $group:ident, fn $methods:ident = { $($functions:tt)* }
    ) => {
        $crate::twins! {
            @group $crate::METHOD, ($(#[$attribute])*), $visibility, $group, $($functions)*
        }
        $crate::twins! { @methods $visibility, $group, $methods, $($functions)* }
    };

    (@group $flags:expr, ($($attribute:tt)*), $visibility:vis, $group:ident, $(
        $(#[doc = $doc:literal])*
        $(#[since($since:literal)])?
        $safety:ident fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)?
        $body:block
    )*) => {
        $(
            $crate::twins! { @function $safety, ($(#[doc = $doc])*), $visibility, $name,
                ($($argument: $type),*), [$($result)?], $body }
        )*
        $($attribute)*
        $visibility const $group: &[$crate::Twin] = &[$(
            $crate::Twin {
                flags: $flags | $crate::internal::flags_of(stringify!($name)),
                ..$crate::twins!(@entry $name, ($($argument: $type),*) $(-> $result)?, ($($doc),*), ($($since)?),
                    unsafe extern "C" fn($($type),*) -> <$crate::twins!(@result $($result)?) as $crate::Outcome>::Value)
            },
        )*];
    };

    (@function safe, ($($attribute:tt)*), $visibility:vis, $name:ident,
     ($($argument:ident: $type:ty),*), [$($result:ty)?], $body:block) => {
        $($attribute)*
        $visibility extern "C" fn $name($($argument: $type),*) -> <$crate::twins!(@result $($result)?) as $crate::Outcome>::Value {
            $crate::internal::guarded(move || $(-> $result)? { $body })
        }
    };
    (@function unsafe, ($($attribute:tt)*), $visibility:vis, $name:ident,
     ($($argument:ident: $type:ty),*), [$($result:ty)?], $body:block) => {
        $($attribute)*
        #[allow(clippy::missing_safety_doc, reason = "the twin's documentation says it, for C as well")]
        $visibility unsafe extern "C" fn $name($($argument: $type),*)
            -> <$crate::twins!(@result $($result)?) as $crate::Outcome>::Value
        {
            $crate::internal::guarded(move || $(-> $result)? { $body })
        }
    };

    (@methods $visibility:vis, $group:ident, $methods:ident, $(
        $(#[doc = $doc:literal])*
        $(#[since($since:literal)])?
        $safety:ident fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)?
        $body:block
    )*) => {
        #[doc = concat!("The methods of [`", stringify!($group), "`].")]
        $visibility fn $methods(
            trampolines: $crate::internal::define::Trampolines,
        ) -> ::std::vec::Vec<$crate::internal::HPyDef> {
            ::std::vec![$({
                const DOC: &str = concat!(
                    stringify!($name), "($module", $(", ", stringify!($argument),)* ", /)\n--\n\n",
                    $($doc, "\n"),*
                );
                const CLEAN: &[u8; DOC.len() + 1] = &$crate::internal::cleaned(DOC);
                const NAME: &[u8] = concat!(stringify!($name), "\0").as_bytes();
                $crate::internal::define::method(
                    $crate::internal::text(NAME),
                    $crate::twins!(@method trampolines, $name, ($($argument: $type),*)),
                    $crate::internal::text(CLEAN),
                )
            }),*]
        }
    };
    // The signatures of HPy that take one argument or none are quicker than the one for any number.
    (@method $trampolines:ident, $name:ident, ()) => {{
        fn call<D: $crate::internal::Door>(
            door: D,
            _: $crate::internal::HPy,
        ) -> $crate::internal::define::Result<$crate::internal::HPy> {
            $crate::internal::give(door, $name())
        }
        $crate::internal::bind!($trampolines, noargs: call)
    }};
    (@method $trampolines:ident, $name:ident, ($argument:ident: $type:ty)) => {{
        fn call<D: $crate::internal::Door>(
            door: D,
            _: $crate::internal::HPy,
            $argument: $crate::internal::HPy,
        ) -> $crate::internal::define::Result<$crate::internal::HPy> {
            let $argument: $type = $crate::internal::take(door, stringify!($name), 1, $argument)?;
            $crate::internal::give(door, $name($argument))
        }
        $crate::internal::bind!($trampolines, o: call)
    }};
    (@method $trampolines:ident, $name:ident, ($($argument:ident: $type:ty),*)) => {{
        fn call<D: $crate::internal::Door>(
            door: D,
            _: $crate::internal::HPy,
            arguments: *const $crate::internal::HPy,
            count: usize,
            names: $crate::internal::HPy,
        ) -> $crate::internal::define::Result<$crate::internal::HPy> {
            const NAME: &str = stringify!($name);
            // SAFETY: these are the host's.
            let [$($argument),*] =
                unsafe { $crate::internal::positional(door, NAME, arguments, count, names)? };
            let mut position = 0;
            $(
                position += 1;
                let $argument: $type = $crate::internal::take(door, NAME, position, $argument)?;
            )*
            $crate::internal::give(door, $name($($argument),*))
        }
        $crate::internal::bind!($trampolines, keywords: call)
    }};

    (@result) => { () };
    (@result $result:ty) => { $result };

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
/// then. The entry `twins_error` comes by itself: see [`error`](crate::error).
///
/// With `fn name [groups' functions]` it also makes a function that gives the definitions of all their
/// methods, and of `__hpy_twins__`, a method by which readers find the table on interpreters that can't
/// look up a symbol:
///
/// ```ignore
/// table! {
///     HPyTwins_numbers: module "numbers", version 1.0, groups [NUMBERS, ARITHMETIC],
///     fn definitions [arithmetic]
/// }
/// ```
#[macro_export]
macro_rules! table {
    (
        $symbol:ident: module $module:literal, version $version:literal,
        groups [$($group:expr),* $(,)?] $(, fn $definitions:ident [$($methods:path),* $(,)?])? $(,)?
    ) => {
        /// The module's twins in plain C types.
        #[unsafe(no_mangle)]
        #[allow(non_upper_case_globals, reason = "readers look for this name")]
        pub static $symbol: $crate::Table = {
            const GROUPS: &[&[$crate::Twin]] = &[$($group,)* $crate::internal::ERRORS];
            static ENTRIES: [$crate::Twin; $crate::internal::total(GROUPS)] =
                $crate::internal::joined(GROUPS);
            const {
                assert!(
                    $crate::internal::is_symbol_of(stringify!($symbol), $module),
                    "the table's symbol is HPyTwins_ and the module's name"
                );
            }
            const VERSION: (u32, u32) = $crate::internal::version(stringify!($version));
            const MODULE: &[u8] = concat!($module, "\0").as_bytes();
            $crate::Table::new($crate::internal::text(MODULE), VERSION.0, VERSION.1, &ENTRIES)
        };

        $(
            /// The definitions of the methods beside the twins, and of `__hpy_twins__`.
            pub fn $definitions(
                trampolines: $crate::internal::define::Trampolines,
            ) -> ::std::vec::Vec<$crate::internal::HPyDef> {
                fn address<D: $crate::internal::Door>(
                    door: D,
                    _: $crate::internal::HPy,
                ) -> $crate::internal::define::Result<$crate::internal::HPy> {
                    $crate::internal::give(door, &raw const $symbol)
                }
                let mut all = ::std::vec![$crate::internal::define::method(
                    c"__hpy_twins__",
                    $crate::internal::bind!(trampolines, noargs: address),
                    c"__hpy_twins__($module, /)\n--\n\nWhere the table of the module's C functions lies.",
                )];
                $(all.extend($methods(trampolines));)*
                all
            }
        )?
    };
}
