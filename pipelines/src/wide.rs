//! Loops that the compiler may make wider vector instructions of than every processor has.
//!
//! What they give is the same everywhere: nothing is fused that doesn't say so, and what says so is fused by software
//! where the processor can't.

/// What a loop is compiled for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Level {
    /// Every processor.
    Plain,
    /// Vectors of 256 bits and fused multiply-add.
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    Avx2,
    /// Vectors of 512 bits.
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    Avx512,
}

/// Hands the features that a level needs to another macro, in front of what else it gets.
#[cfg(all(target_arch = "x86_64", not(miri)))]
macro_rules! features {
    (avx2, $to:ident $($more:tt)*) => {
        $to! { ("avx2" "fma" "bmi1" "bmi2" "lzcnt" "popcnt") $($more)* }
    };
    (avx512, $to:ident $($more:tt)*) => {
        $to! {
            ("avx512f" "avx512dq" "avx512bw" "avx512vl" "avx2" "fma" "bmi1" "bmi2" "lzcnt" "popcnt")
            $($more)*
        }
    };
}
#[cfg(all(target_arch = "x86_64", not(miri)))]
pub(crate) use features;

/// A function compiled for these features: only for processors that have them.
#[cfg(all(target_arch = "x86_64", not(miri)))]
macro_rules! enabled {
    (($($feature:tt)+) $function:item) => {
        #[target_feature($(enable = $feature),+)]
        $function
    };
}
#[cfg(all(target_arch = "x86_64", not(miri)))]
pub(crate) use enabled;

/// Whether the processor has all of these features.
#[cfg(all(target_arch = "x86_64", not(miri)))]
macro_rules! detected {
    (($($feature:tt)+)) => {
        $(std::arch::is_x86_feature_detected!($feature))&&+
    };
}

impl Level {
    /// The widest that this processor has.
    #[inline]
    pub fn widest() -> Level {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            if features!(avx512, detected) {
                return Level::Avx512;
            }
            if features!(avx2, detected) {
                return Level::Avx2;
            }
        }
        Level::Plain
    }
}

/// Does `work`, compiled for [`Level::Avx2`] where the processor has that. What is done should be a loop over plain
/// slices, inlined all the way.
#[inline(always)]
pub fn widely<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        features! { avx2, enabled
            /// # Safety
            /// The processor has all of these.
            unsafe fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
                work()
            }
        }
        if features!(avx2, detected) {
            // SAFETY: just asked.
            return unsafe { with_avx2(work) };
        }
    }
    work()
}
