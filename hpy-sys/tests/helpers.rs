//! What the crate writes by hand: the parts with logic of their own.

use hpy_sys::*;
use std::ptr;

/// Python's own words: start, start + step, ... as long as it is inside and before stop.
fn selected(length: isize, start: isize, stop: isize, step: isize) -> Vec<isize> {
    let position = |bound: isize| if bound < 0 { bound + length } else { bound };
    let (start, stop) = (position(start), position(stop));
    let before_stop = |i: &isize| if step < 0 { *i > stop } else { *i < stop };
    // Out-of-range starts are clipped, not skipped.
    let first = if step < 0 {
        start.min(length - 1)
    } else {
        start.max(0)
    };
    (0..)
        .map(|count| first + count * step)
        .take_while(|i| before_stop(i) && (0..length).contains(i))
        .collect()
}

#[test]
fn slices_are_clipped_as_python_does() {
    for length in 0..6 {
        for start in -9..10 {
            for stop in -9..10 {
                for step in (-4..5).filter(|step| *step != 0) {
                    let (mut first, mut end) = (start, stop);
                    let count = HPySlice_AdjustIndices(length, &mut first, &mut end, step);
                    let elements: Vec<_> = (0..count).map(|i| first + i * step).collect();
                    let expected = selected(length, start, stop, step);
                    assert_eq!(elements, expected, "range({length})[{start}:{stop}:{step}]");
                }
            }
        }
    }
}

#[test]
fn slices_with_the_largest_numbers_do_not_overflow() {
    let (mut start, mut stop) = (isize::MIN, isize::MAX);
    assert_eq!(
        HPySlice_AdjustIndices(isize::MAX, &mut start, &mut stop, 1),
        isize::MAX
    );
    let (mut start, mut stop) = (isize::MAX, isize::MIN);
    assert_eq!(
        HPySlice_AdjustIndices(isize::MAX, &mut start, &mut stop, isize::MIN),
        1
    );
}

#[test]
fn null_is_null() {
    assert!(HPY_NULL.is_null());
    assert!(HPYFIELD_NULL.is_null());
    assert!(!HPy_FromVoidP(ptr::dangling_mut()).is_null());
    assert!(HPy_AsVoidP(HPY_NULL).is_null());
}

unsafe extern "C" fn answer_42(_field: *mut HPyField, arg: *mut std::ffi::c_void) -> i32 {
    // SAFETY: the tests pass a counter.
    unsafe { *arg.cast::<i32>() += 1 };
    42
}

#[test]
fn only_full_fields_are_visited() {
    let mut visited = 0_i32;
    let mut visit = |mut field: HPyField| {
        // SAFETY: the field and the counter live until the call is over.
        unsafe { HPy_VISIT(&mut field, Some(answer_42), (&raw mut visited).cast()) }
    };
    assert_eq!(visit(HPYFIELD_NULL), 0);
    assert_eq!(visit(HPyField { _i: 7 }), 42);
    assert_eq!(visited, 1);
}
