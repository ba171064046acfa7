//! Loops that the compiler may make wider vector instructions of than every processor has.

/// Does `work`, compiled for wide vectors and fused multiply-add where the processor has them. What is done should be a
/// loop over plain slices, inlined all the way. The result is the same without: nothing is fused that doesn't say so.
#[inline(always)]
pub fn widely<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        /// # Safety
        /// The processor has all of these.
        #[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
        unsafe fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
            work()
        }
        if has_avx2() {
            // SAFETY: just asked.
            return unsafe { with_avx2(work) };
        }
    }
    work()
}

/// Whether the processor has what [`widely`] compiles for.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline(always)]
pub fn has_avx2() -> bool {
    use std::arch::is_x86_feature_detected;
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
}
