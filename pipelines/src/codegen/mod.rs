//! Programs as machine code.

use crate::Error;
use crate::engine::Code;
use crate::layout::Layout;
use crate::program::Program;

/// Compiles a program; [`Error::NoCode`] where that can't be done.
pub fn compile(_program: &Program, _layout: &Layout) -> Result<Box<dyn Code>, Error> {
    Err(Error::NoCode {
        why: "this build has no compiler".to_owned(),
    })
}
