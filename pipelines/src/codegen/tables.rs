//! What generated code finds in memory, and calls, beside the routines of [`math`](crate::math).

/// For each pattern of bits: the bytes of a register that holds values in front, those of the lanes whose bits are set.
pub struct Tables {
    pairs: [[u8; 16]; 4],
    fours: [[u8; 16]; 16],
    eights: [[u8; 16]; 256],
}

const fn order<const PATTERNS: usize>(size: usize) -> [[u8; 16]; PATTERNS] {
    let mut rows = [[0; 16]; PATTERNS];
    let mut bits = 0;
    while bits < PATTERNS {
        let (mut lane, mut to) = (0, 0);
        while lane < 16 / size {
            if bits >> lane & 1 != 0 {
                let mut byte = 0;
                while byte < size {
                    rows[bits][to] = (lane * size + byte) as u8;
                    to += 1;
                    byte += 1;
                }
            }
            lane += 1;
        }
        bits += 1;
    }
    rows
}

static TABLES: Tables = Tables {
    pairs: order::<4>(8),
    fours: order::<16>(4),
    eights: order::<256>(2),
};

impl Tables {
    /// Where the rows of 16 bytes are for values of 2, 4 or 8 bytes.
    pub fn address(size: usize) -> usize {
        match size {
            8 => TABLES.pairs.as_ptr() as usize,
            4 => TABLES.fours.as_ptr() as usize,
            _ => TABLES.eights.as_ptr() as usize,
        }
    }
}

/// Copies elements that don't lie side by side.
///
/// # Safety
/// As for [`load_parts`](chunkarray_core::load_parts).
pub unsafe extern "C" fn gather(
    to: *mut u8,
    from: *const u8,
    stride: isize,
    count: usize,
    size: usize,
) {
    // SAFETY: the caller's promise.
    unsafe { chunkarray_core::load_parts(to, from, stride, count, size) }
}
