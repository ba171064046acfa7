//! Kernels that were compiled: equal programs are one kernel.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::compiled::Compiled;
use crate::Error;
use crate::layout::Layout;
use crate::program::Program;

/// So many kernels are kept though nobody uses them at the moment; the one that was not used for the longest time goes.
const KEPT: usize = 128;

/// The last one was used last.
static KERNELS: Mutex<Vec<Arc<Compiled>>> = Mutex::new(Vec::new());

fn kernels() -> MutexGuard<'static, Vec<Arc<Compiled>>> {
    // Nothing panics in the middle of a change.
    KERNELS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The kernel of a program, compiled if it has to be.
pub fn find(program: &Program, layout: &Layout) -> Result<Arc<Compiled>, Error> {
    if let Some(found) = take(program) {
        return Ok(found);
    }
    // Others need not wait meanwhile; if two compile the same, one is dropped.
    let made = Arc::new(Compiled::new(program, layout)?);
    if let Some(found) = take(program) {
        return Ok(found);
    }
    let mut kernels = kernels();
    kernels.push(Arc::clone(&made));
    let oldest = (kernels.len() > KEPT).then(|| kernels.remove(0));
    drop(kernels);
    drop(oldest);
    Ok(made)
}

/// A kernel that is there, which becomes the one that was used last.
fn take(program: &Program) -> Option<Arc<Compiled>> {
    let mut kernels = kernels();
    let at = kernels
        .iter()
        .rposition(|kernel| kernel.program() == program)?;
    let kernel = kernels.remove(at);
    kernels.push(Arc::clone(&kernel));
    Some(kernel)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel(text: &str) -> Arc<Compiled> {
        let program = Program::parse(text).unwrap();
        find(&program, &Layout::new(&program)).unwrap()
    }

    #[test]
    fn equal_programs_are_one_kernel_and_old_ones_go() {
        let first = kernel("in 0 0 F8;sum F8 0");
        assert!(Arc::ptr_eq(&first, &kernel("in 0 0 F8;sum F8 0")));
        let seen = Arc::downgrade(&first);
        drop(first);
        assert!(seen.upgrade().is_some());
        for k in 0..KEPT {
            kernel(&format!("in 0 {k} U1;n"));
        }
        assert!(seen.upgrade().is_none());
        assert_eq!(kernels().len(), KEPT);
    }
}
