//! Slots that HPy 0.9 lacks and this host accepts.
//!
//! Their numbers lie outside of HPy's own, so that a definition list which carries one is refused
//! by every other host instead of being misunderstood. Leave them out of the lists that go to
//! another host.
//!
//! Members named `__weaklistoffset__` and `__dictoffset__` (of type `HPyMember_HPYSSIZET`,
//! read-only, at the offset of a zeroed, pointer-sized word of the instance data) are passed on to
//! the interpreter, which then supports weak references to, or attributes of, the instances.

use hpy_sys::HPySlot_Slot;

/// What is added to the C API's number of a slot.
const BASE: HPySlot_Slot = 3000;

/// `tp_iter`: a function of HPy's unary signature, gives an iterator.
pub const TP_ITER: HPySlot_Slot = BASE + 62;

/// `tp_iternext`: a function of HPy's unary signature, gives the next element, or null without an
/// exception at the end.
pub const TP_ITERNEXT: HPySlot_Slot = BASE + 63;

/// The C API's number of one of these slots.
pub(crate) const fn in_c(slot: HPySlot_Slot) -> Option<i32> {
    match slot {
        TP_ITER => Some(62),
        TP_ITERNEXT => Some(63),
        _ => None,
    }
}
