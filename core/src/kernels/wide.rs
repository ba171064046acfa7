//! Loops that the compiler may make wider vector instructions of than every processor has.

/// Does `work`, compiled for wide vectors where the processor has them. What is done should be a loop over plain
/// slices, inlined all the way.
#[inline(always)]
pub(super) fn widely<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        /// # Safety
        /// The processor has AVX2.
        #[target_feature(enable = "avx2")]
        unsafe fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
            work()
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: just asked.
            return unsafe { with_avx2(work) };
        }
    }
    work()
}
