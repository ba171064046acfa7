//! Functions that can be called without objects.

hpy_twins::twins! {
    /// What the table lists.
    pub const TWINS = {
        /// Twice as much; wraps around where that is too much for 64 bits.
        safe fn twice(x: i64) -> i64 {
            x.wrapping_mul(2)
        }
    }
}

hpy_twins::table! { HPyTwins_example: module "example", version 1.0, groups [TWINS] }
