//! What the headers say about null handles.

use crate::bindings::{HPy, HPyField, HPyGlobal};

/// The null handle: no object, or an error that was raised.
pub const HPY_NULL: HPy = HPy { _i: 0 };

/// A field that holds no object.
pub const HPYFIELD_NULL: HPyField = HPyField { _i: 0 };

/// A global that holds no object; what a module's globals start as.
pub const HPYGLOBAL_NULL: HPyGlobal = HPyGlobal { _i: 0 };

impl HPy {
    /// Whether this is [`HPY_NULL`].
    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self._i == 0
    }
}

impl HPyField {
    /// Whether this is [`HPYFIELD_NULL`].
    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self._i == 0
    }
}
