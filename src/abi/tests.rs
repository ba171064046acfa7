//! The twins, called as C calls them: by name and signature from the exported table.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use hpy_twins::Function;

use super::HPyTwins__core;

/// A handle as C has it.
type P = usize;

const BAD_HANDLE: i32 = -1;
const WRONG_TYPE: i32 = -2;
const INDEX: i32 = -3;
const FROZEN: i32 = -5;
const APPENDER_OPEN: i32 = -7;
const BUSY: i32 = -8;
const EMPTY: i32 = -9;
const BAD_ARGUMENT: i32 = -10;
const IN_TRANSACTION: i32 = -11;

/// Calls a twin by its name, with arguments and a result of the types that its signature says.
macro_rules! call {
    ($name:ident($($value:expr => $type:ty),*) -> $result:ty) => {{
        static TWIN: OnceLock<Function> = OnceLock::new();
        let pointer = *TWIN.get_or_init(|| {
            let name = CString::new(stringify!($name)).unwrap();
            let twin = HPyTwins__core.find(&name).expect("such a twin");
            let expected = format!(
                "{}({})",
                letters(std::any::type_name::<$result>()),
                [$(letters(std::any::type_name::<$type>())),*].join(",")
            );
            assert_eq!(twin.signature().to_str().unwrap(), expected, "{}", stringify!($name));
            twin.pointer
        });
        // SAFETY: the signature is that of the twin.
        let function: extern "C" fn($($type),*) -> $result = unsafe { std::mem::transmute(pointer) };
        function($($value),*)
    }};
}

fn letters(rust: &str) -> &str {
    match rust {
        "u8" => "U1",
        "u16" => "U2",
        "u32" => "U4",
        "u64" => "U8",
        "i8" => "S1",
        "i16" => "S2",
        "i32" => "S4",
        "i64" => "S8",
        "f32" => "F4",
        "f64" => "F8",
        _ => "P",
    }
}

fn new_array(dtype: &CStr) -> P {
    let array =
        call!(array_new(dtype.as_ptr() => *const c_char, 4 => u64, 0 => u64, 0 => u64) -> P);
    assert_ne!(array, 0);
    array
}

fn push(array: P, value: f64) -> i64 {
    call!(array_push_f8(array => P, value => f64) -> i64)
}

fn at(array: P, index: i64) -> Result<f64, i32> {
    let mut value = f64::NAN;
    match call!(array_at_f8(array => P, index => i64, &raw mut value => *mut f64) -> i32) {
        0 => Ok(value),
        status => Err(status),
    }
}

fn delete(array: P) -> i32 {
    call!(array_delete(array => P) -> i32)
}

fn len(array: P) -> i64 {
    call!(array_len(array => P) -> i64)
}

#[test]
fn the_table_lists_each_twin_once() {
    let mut seen = HashMap::new();
    for twin in HPyTwins__core.twins() {
        let name = twin.name().to_str().unwrap();
        assert!(seen.insert(name, twin).is_none(), "{name} twice");
        assert!(!twin.doc().is_empty(), "{name} has no documentation");
        let trusting = name.ends_with("_unchecked");
        assert_eq!(twin.flags & hpy_twins::UNCHECKED != 0, trusting);
    }
    for types in ["u1", "u2", "u4", "u8", "s1", "s2", "s4", "s8", "f4", "f8"] {
        for start in ["push", "at", "set", "pop", "find", "count"] {
            assert!(seen.contains_key(format!("array_{start}_{types}").as_str()));
        }
    }
}

#[test]
fn elements_go_in_and_come_out() {
    let array = new_array(c"F8");
    for k in 0..1000 {
        assert_eq!(push(array, f64::from(k) / 2.0), k.into());
    }
    assert_eq!(len(array), 1000);
    assert_eq!(
        (at(array, 0), at(array, 999), at(array, -1)),
        (Ok(0.0), Ok(499.5), Ok(499.5))
    );
    assert_eq!(
        call!(array_set_f8(array => P, -1000 => i64, 7.0 => f64) -> i32),
        0
    );
    assert_eq!(at(array, 0), Ok(7.0));
    let mut value = 0.0;
    assert_eq!(
        call!(array_pop_f8(array => P, &raw mut value => *mut f64) -> i32),
        0
    );
    assert_eq!((value, len(array)), (499.5, 999));
    assert_eq!(call!(array_drop_front(array => P, 10 => u64) -> i64), 10);
    assert_eq!(
        (call!(array_first(array => P) -> i64), at(array, 0)),
        (10, Ok(5.0))
    );
    assert_eq!(push(array, 1.0), 989);
    let name = call!(array_dtype(array => P) -> *const c_char);
    // SAFETY: the dtype's name is a text.
    let name = unsafe { CStr::from_ptr(name) };
    assert_eq!(name, c"F8");
    assert_eq!(delete(array), 0);
}

macro_rules! each_type_has_its_twins {
    ($($dtype:literal $type:ty: $push:ident $at:ident $unchecked:ident $set:ident $pop:ident $find:ident $count:ident $put:ident;)*) => {
        #[test]
        fn each_type_has_its_twins() {$(
            let array = new_array($dtype);
            let (low, high) = (<$type>::MIN, <$type>::MAX);
            assert_eq!(call!($push(array => P, low => $type) -> i64), 0);
            assert_eq!(call!($push(array => P, high => $type) -> i64), 1);
            let mut value = <$type>::default();
            assert_eq!(call!($at(array => P, 0 => i64, &raw mut value => *mut $type) -> i32), 0);
            assert_eq!(value, low);
            assert_eq!(call!($at(array => P, 2 => i64, &raw mut value => *mut $type) -> i32), INDEX);
            let header = call!(array_header(array => P) -> *const c_void);
            assert_eq!(call!($unchecked(header => *const c_void, 1 => i64) -> $type), high);
            assert_eq!(call!($set(array => P, 0 => i64, high => $type) -> i32), 0);
            assert_eq!(call!($set(array => P, -3 => i64, high => $type) -> i32), INDEX);
            let mut found = -1_i64;
            assert_eq!(call!($find(array => P, high => $type, &raw mut found => *mut i64) -> i32), 1);
            assert_eq!(call!($find(array => P, low => $type, ptr::null_mut() => *mut i64) -> i32), 0);
            assert_eq!((found, call!($count(array => P, high => $type) -> i64)), (0, 2));
            assert_eq!(call!($put(array => P, low => $type) -> i64), APPENDER_OPEN.into());
            assert_eq!(call!(appender_open(array => P) -> i32), 0);
            assert_eq!(call!($put(array => P, low => $type) -> i64), 2);
            assert_eq!(call!($push(array => P, low => $type) -> i64), APPENDER_OPEN.into());
            assert_eq!(call!(appender_close(array => P) -> i32), 0);
            assert_eq!(call!($pop(array => P, &raw mut value => *mut $type) -> i32), 0);
            assert_eq!(value, low);
            assert_eq!(call!(array_clear(array => P) -> i32), 0);
            assert_eq!(call!($pop(array => P, &raw mut value => *mut $type) -> i32), EMPTY);
            // Any other dtype is refused: of another size, of another kind, in another order.
            for other in [c"F8", c"F4", c"S8", c"S4", c"S2", c"S1", c"U8", c"U4", c"U2", c"U1", c">U2", c">F8", c"F4[2]", c"{x@0:F8}8", c"{x@0:U1}1"] {
                if other == $dtype {
                    continue;
                }
                let other = new_array(other);
                assert_eq!(call!($push(other => P, low => $type) -> i64), WRONG_TYPE.into());
                assert_eq!(call!($at(other => P, 0 => i64, &raw mut value => *mut $type) -> i32), WRONG_TYPE);
                assert_eq!(call!($set(other => P, 0 => i64, low => $type) -> i32), WRONG_TYPE);
                assert_eq!(len(other), 0);
                delete(other);
            }
            delete(array);
        )*}
    };
}
each_type_has_its_twins! {
    c"U1" u8: array_push_u1 array_at_u1 array_at_u1_unchecked array_set_u1 array_pop_u1 array_find_u1 array_count_u1 appender_put_u1;
    c"U2" u16: array_push_u2 array_at_u2 array_at_u2_unchecked array_set_u2 array_pop_u2 array_find_u2 array_count_u2 appender_put_u2;
    c"U4" u32: array_push_u4 array_at_u4 array_at_u4_unchecked array_set_u4 array_pop_u4 array_find_u4 array_count_u4 appender_put_u4;
    c"U8" u64: array_push_u8 array_at_u8 array_at_u8_unchecked array_set_u8 array_pop_u8 array_find_u8 array_count_u8 appender_put_u8;
    c"S1" i8: array_push_s1 array_at_s1 array_at_s1_unchecked array_set_s1 array_pop_s1 array_find_s1 array_count_s1 appender_put_s1;
    c"S2" i16: array_push_s2 array_at_s2 array_at_s2_unchecked array_set_s2 array_pop_s2 array_find_s2 array_count_s2 appender_put_s2;
    c"S4" i32: array_push_s4 array_at_s4 array_at_s4_unchecked array_set_s4 array_pop_s4 array_find_s4 array_count_s4 appender_put_s4;
    c"S8" i64: array_push_s8 array_at_s8 array_at_s8_unchecked array_set_s8 array_pop_s8 array_find_s8 array_count_s8 appender_put_s8;
    c"F4" f32: array_push_f4 array_at_f4 array_at_f4_unchecked array_set_f4 array_pop_f4 array_find_f4 array_count_f4 appender_put_f4;
    c"F8" f64: array_push_f8 array_at_f8 array_at_f8_unchecked array_set_f8 array_pop_f8 array_find_f8 array_count_f8 appender_put_f8;
}

#[test]
fn times_raw_elements_and_truth_values_take_numbers() {
    for dtype in [c"TIME[ns]", c"SPAN[s]"] {
        let times = new_array(dtype);
        assert_eq!(call!(array_push_s8(times => P, -5 => i64) -> i64), 0);
        assert_eq!(call!(array_count_s8(times => P, -5 => i64) -> i64), 1);
        delete(times);
    }
    let raw = new_array(c"B4");
    assert_eq!(call!(array_push_u4(raw => P, 5 => u32) -> i64), 0);
    delete(raw);
    let truths = new_array(c"BOOL");
    assert_eq!(call!(array_push_u1(truths => P, 1 => u8) -> i64), 0);
    assert_eq!(
        call!(array_push_u1(truths => P, 2 => u8) -> i64),
        BAD_ARGUMENT.into()
    );
    assert_eq!(
        call!(array_set_u1(truths => P, 0 => i64, 255 => u8) -> i32),
        BAD_ARGUMENT
    );
    let mut old = 9;
    let add =
        call!(array_fetch_add_u1(truths => P, 0 => i64, 1 => u8, &raw mut old => *mut u8) -> i32);
    assert_eq!((add, old), (WRONG_TYPE, 9));
    delete(truths);
}

#[test]
fn records_go_in_and_out_as_bytes() {
    let text = c"{id@0:U1,x@1:>F4}5";
    let array = new_array(text);
    let name = call!(array_dtype(array => P) -> *const c_char);
    // SAFETY: it lives as long as the array.
    assert_eq!(unsafe { CStr::from_ptr(name) }, text);
    assert_eq!(call!(array_element_size(array => P) -> i64), 5);
    let records = b"\x02\x3f\x80\0\0\x01\x40\0\0\0";
    assert_eq!(
        call!(array_extend(array => P, records.as_ptr() => *const u8, 2 => u64) -> i64),
        0
    );
    let mut last = [0; 5];
    let read = call!(array_read(array => P, -1 => i64, 1 => i64, 1 => u64, last.as_mut_ptr() => *mut u8) -> i32);
    assert_eq!((read, &last), (0, b"\x01\x40\0\0\0"));
    assert_eq!(call!(array_sort(array => P, 0 => i32) -> i32), WRONG_TYPE);
    let mut old = 9;
    let add =
        call!(array_fetch_add_u1(array => P, 0 => i64, 1 => u8, &raw mut old => *mut u8) -> i32);
    assert_eq!(add, WRONG_TYPE);
    assert_eq!(call!(array_reverse(array => P) -> i32), 0);
    assert_eq!(delete(array), 0);
    // Of the size of a number, and still none.
    let small = new_array(c"{x@0:U8}8");
    assert_eq!(
        call!(array_extend(small => P, records.as_ptr() => *const u8, 1 => u64) -> i64),
        0
    );
    assert_eq!(call!(array_sort(small => P, 0 => i32) -> i32), WRONG_TYPE);
    assert_eq!(delete(small), 0);
    for bad in [c"{x@0:U8}7", c"{", c"{x@0:U8}8 ", c"{x@0:U8}8[0]"] {
        let bad =
            call!(array_new(bad.as_ptr() => *const c_char, 0 => u64, 0 => u64, 0 => u64) -> P);
        assert_eq!(bad, 0);
    }
}

/// Handles of every wrong kind.
fn wrong_handles() -> Vec<P> {
    let freed = new_array(c"F8");
    assert_eq!(delete(freed), 0);
    let arena = call!(arena_new(0 => u64, 0 => u64) -> P);
    let on_the_stack = 7_u64;
    let on_the_heap = Box::leak(Box::new(7_u64));
    let mut all = vec![
        0,
        1,
        usize::MAX,
        freed,
        // Another generation of a slot that there is, and a slot that there is not. (Other tests run beside this one, so
        // neither is the next.)
        freed + (1 << 60),
        freed + (1 << 31),
        arena,
        // An array's handle with another kind.
        arena & !15 | 1,
        &raw const on_the_stack as usize,
        on_the_heap as *const u64 as usize,
        &raw const HPyTwins__core as usize,
    ];
    let mut random = 88_172_645_463_325_252_u64;
    for _ in 0..20_000 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        // Few slots were given out: half of these are in use.
        all.push(random as usize);
        all.push((random & 0x0000_0003_0000_03FF | 1 << 60) as usize);
    }
    all
}

#[test]
fn no_wrong_handle_is_followed() {
    let value = &mut 0.0;
    let value: *mut f64 = value;
    for wrong in wrong_handles() {
        assert_eq!(push(wrong, 1.0), BAD_HANDLE.into());
        assert_eq!(at(wrong, 0), Err(BAD_HANDLE));
        assert_eq!(len(wrong), BAD_HANDLE.into());
        assert_eq!(delete(wrong), BAD_HANDLE);
        assert_eq!(
            call!(array_set_f8(wrong => P, 0 => i64, 1.0 => f64) -> i32),
            BAD_HANDLE
        );
        assert_eq!(
            call!(array_pop_f8(wrong => P, value => *mut f64) -> i32),
            BAD_HANDLE
        );
        assert_eq!(
            call!(array_header(wrong => P) -> *const c_void),
            ptr::null()
        );
        assert_eq!(
            call!(extensions_of(wrong => P) -> *const c_void),
            ptr::null()
        );
        assert_eq!(call!(array_clear(wrong => P) -> i32), BAD_HANDLE);
        assert_eq!(call!(array_begin(wrong => P) -> i64), BAD_HANDLE.into());
        assert_eq!(call!(appender_open(wrong => P) -> i32), BAD_HANDLE);
        assert_eq!(call!(chunk_retain(wrong => P, 0 => u64) -> P), 0);
        assert_eq!(call!(chunk_release(wrong => P) -> i32), BAD_HANDLE);
        assert_eq!(
            call!(log_append(wrong => P, ptr::null() => *const u8, 0 => u64) -> i64),
            BAD_HANDLE.into()
        );
        assert_eq!(call!(table_len(wrong => P) -> i64), BAD_HANDLE.into());
        if wrong & 15 != 2 {
            assert_eq!(call!(arena_used(wrong => P) -> i64), BAD_HANDLE.into());
            assert_eq!(
                call!(arena_push(wrong => P, ptr::null() => *const u8, 0 => u64) -> *mut u8),
                ptr::null_mut()
            );
        }
    }
}

#[test]
fn indices_outside_of_the_array() {
    let array = new_array(c"F8");
    for k in 0..3 {
        push(array, k.into());
    }
    for wrong in [3, 4, i64::MAX, -4, i64::MIN] {
        assert_eq!(at(array, wrong), Err(INDEX));
        assert_eq!(
            call!(array_set_f8(array => P, wrong => i64, 1.0 => f64) -> i32),
            INDEX
        );
        assert_eq!(
            call!(array_address(array => P, wrong => i64) -> *mut u8),
            ptr::null_mut()
        );
    }
    let mut room = [9.0_f64; 4];
    let mut read = |start: i64, step: i64, count: u64| call!(array_read(array => P, start => i64, step => i64, count => u64, room.as_mut_ptr().cast() => *mut u8) -> i32);
    for (start, step, count) in [
        (0, 1, 4),
        (3, 1, 1),
        (-4, 1, 1),
        (0, -1, 2),
        (2, i64::MAX, 2),
        (0, i64::MIN, 2),
        (2, 2, 2),
        (1, 1, 3),
    ] {
        assert_eq!(read(start, step, count), INDEX, "{start} {step} {count}");
    }
    for (start, step, count) in [(0, 0, 2), (0, 1, u64::MAX), (0, 1, 1 << 62)] {
        assert_eq!(
            read(start, step, count),
            BAD_ARGUMENT,
            "{start} {step} {count}"
        );
    }
    assert_eq!(read(99, 1, 0), 0);
    assert_eq!(read(-1, -2, 2), 0);
    assert_eq!(room, [2.0, 0.0, 9.0, 9.0]);
    let null = call!(array_read(array => P, 0 => i64, 1 => i64, 1 => u64, ptr::null_mut() => *mut u8) -> i32);
    assert_eq!(null, BAD_ARGUMENT);
    delete(array);
}

#[test]
fn many_elements_at_once() {
    let array = new_array(c"S4");
    let values: Vec<i32> = (0..100).map(|k| (k * 37) % 100).collect();
    let from: *const u8 = values.as_ptr().cast();
    assert_eq!(
        call!(array_extend(array => P, from => *const u8, 100 => u64) -> i64),
        0
    );
    assert_eq!(
        call!(array_extend(array => P, ptr::null() => *const u8, 0 => u64) -> i64),
        100
    );
    assert_eq!(
        call!(array_extend(array => P, ptr::null() => *const u8, 1 => u64) -> i64),
        BAD_ARGUMENT.into()
    );
    assert_eq!(
        call!(array_extend(array => P, from => *const u8, u64::MAX => u64) -> i64),
        BAD_ARGUMENT.into()
    );
    assert_eq!(call!(array_sort(array => P, 1 => i32) -> i32), 0);
    assert_eq!(call!(array_reverse(array => P) -> i32), 0);
    let mut out = [0_i32; 50];
    let every_second = call!(array_read(array => P, 1 => i64, 2 => i64, 50 => u64, out.as_mut_ptr().cast() => *mut u8) -> i32);
    assert_eq!(every_second, 0);
    assert!(
        out.iter()
            .enumerate()
            .all(|(k, &value)| value == 2 * k as i32 + 1)
    );
    let write = call!(array_write(array => P, -1 => i64, -1 => i64, 50 => u64, out.as_ptr().cast() => *const u8) -> i32);
    assert_eq!(write, 0);
    let mut value = 0;
    assert_eq!(
        call!(array_at_s4(array => P, 50 => i64, &raw mut value => *mut i32) -> i32),
        0
    );
    assert_eq!(value, 99);
    let mark = call!(array_save(array => P) -> i64);
    assert!(mark > 0);
    assert_eq!(call!(array_push_s4(array => P, 5 => i32) -> i64), 100);
    assert_eq!(
        call!(array_rewind(array => P, mark as u64 => u64) -> i32),
        0
    );
    assert_eq!(
        call!(array_rewind(array => P, u64::MAX => u64) -> i32),
        BAD_ARGUMENT
    );
    assert_eq!(len(array), 100);
    delete(array);
}

#[test]
fn chunks_outlive_their_array() {
    #[repr(C)]
    #[derive(Default, Debug)]
    struct Span {
        data: usize,
        start: u64,
        count: u64,
    }
    let array = new_array(c"U8");
    for k in 0..10_u64 {
        call!(array_push_u8(array => P, k => u64) -> i64);
    }
    assert_eq!(call!(array_chunk_count(array => P) -> i64), 3);
    let mut span = Span::default();
    assert_eq!(
        call!(array_chunk(array => P, 1 => u64, &raw mut span => *mut Span) -> i32),
        0
    );
    assert_eq!((span.start, span.count), (4, 4));
    assert_eq!(
        call!(array_chunk(array => P, 3 => u64, &raw mut span => *mut Span) -> i32),
        INDEX
    );
    assert_eq!(
        call!(array_chunk(array => P, 0 => u64, ptr::null_mut() => *mut Span) -> i32),
        BAD_ARGUMENT
    );
    assert_eq!(call!(chunk_retain(array => P, 3 => u64) -> P), 0);
    let chunk = call!(chunk_retain(array => P, 1 => u64) -> P);
    assert_eq!(call!(array_len(chunk => P) -> i64), BAD_HANDLE.into());
    assert_eq!(delete(array), 0);
    assert_eq!(
        call!(chunk_span(chunk => P, &raw mut span => *mut Span) -> i32),
        0
    );
    // SAFETY: the chunk is kept.
    let elements =
        unsafe { std::slice::from_raw_parts(span.data as *const u64, span.count as usize) };
    assert_eq!(elements, [4, 5, 6, 7]);
    assert_eq!(call!(chunk_release(chunk => P) -> i32), 0);
    assert_eq!(call!(chunk_release(chunk => P) -> i32), BAD_HANDLE);
    assert_eq!(
        call!(chunk_span(chunk => P, &raw mut span => *mut Span) -> i32),
        BAD_HANDLE
    );
}

#[test]
fn frozen_arrays_and_bad_options() {
    let raw = chunkarray_core::RawArray::new(8, &chunkarray_core::Options::default()).unwrap();
    raw.push(1.0).unwrap();
    raw.freeze().unwrap();
    let dtype = chunkarray_core::DType::parse("F8").unwrap();
    let object = super::objects::Object::Array(raw);
    let array = super::objects::Made::leak(object, Some(dtype)).unwrap().0 as P;
    assert_eq!(at(array, 0), Ok(1.0));
    assert_eq!(push(array, 1.0), FROZEN.into());
    assert_eq!(
        call!(array_set_f8(array => P, 0 => i64, 1.0 => f64) -> i32),
        FROZEN
    );
    assert_eq!(call!(array_sort(array => P, 0 => i32) -> i32), FROZEN);
    assert_eq!(call!(array_clear(array => P) -> i32), FROZEN);
    assert_eq!(call!(appender_open(array => P) -> i32), FROZEN);
    delete(array);
    let new = |dtype: *const c_char, chunk_size: u64, capacity: u64, keep: u64| call!(array_new(dtype => *const c_char, chunk_size => u64, capacity => u64, keep => u64) -> P);
    assert_eq!(new(ptr::null(), 0, 0, 0), 0);
    assert_eq!(new(c"F9".as_ptr(), 0, 0, 0), 0);
    assert_eq!(new(c"\xFF".as_ptr(), 0, 0, 0), 0);
    assert_eq!(new(c"F8".as_ptr(), 3, 0, 0), 0);
    assert_eq!(new(c"F8".as_ptr(), 0, u64::MAX, 0), 0);
    assert_eq!(new(c"F8".as_ptr(), 0, 1 << 60, 0), 0);
    assert_eq!(new(c"F8".as_ptr(), 1024, 0, 1), 0);
    let kept = new(c"F8".as_ptr(), 16, 0, 64);
    for k in 0..1000 {
        push(kept, k.into());
    }
    assert!((64..80).contains(&len(kept)));
    delete(kept);
}

#[test]
fn transactions_belong_to_their_thread() {
    let array = new_array(c"F8");
    push(array, 1.0);
    assert_eq!(call!(array_begin(array => P) -> i64), 1);
    assert_eq!(call!(array_begin(array => P) -> i64), 2);
    push(array, 2.0);
    thread::scope(|scope| {
        scope.spawn(|| {
            assert_eq!(call!(array_try_begin(array => P) -> i64), BUSY.into());
            assert_eq!(
                call!(array_commit(array => P, 2 => u64) -> i32),
                IN_TRANSACTION
            );
            assert_eq!(call!(array_is_busy(array => P) -> i32), 1);
        });
    });
    assert_eq!(
        call!(array_commit(array => P, 1 => u64) -> i32),
        IN_TRANSACTION
    );
    assert_eq!(
        call!(array_truncate(array => P, 0 => u64) -> i32),
        IN_TRANSACTION
    );
    assert_eq!(call!(array_commit(array => P, 2 => u64) -> i32), 0);
    assert_eq!(call!(array_abort(array => P, 1 => u64) -> i32), 0);
    assert_eq!((len(array), at(array, -1)), (1, Ok(1.0)));
    assert_eq!(call!(appender_open(array => P) -> i32), 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            assert_eq!(
                call!(appender_put_f8(array => P, 1.0 => f64) -> i64),
                APPENDER_OPEN.into()
            );
            assert_eq!(call!(appender_close(array => P) -> i32), APPENDER_OPEN);
        });
    });
    assert_eq!(call!(appender_open(array => P) -> i32), APPENDER_OPEN);
    assert_eq!(call!(appender_close(array => P) -> i32), 0);
    delete(array);
}

#[test]
fn threads_lose_nothing_and_add_in_one_step() {
    let array = new_array(c"U8");
    let sum = new_array(c"S2");
    call!(array_push_s2(sum => P, 0 => i16) -> i64);
    thread::scope(|scope| {
        for thread in 0..4_u64 {
            scope.spawn(move || {
                for k in 0..5000 {
                    assert!(call!(array_push_u8(array => P, thread << 32 | k => u64) -> i64) >= 0);
                    if k % 2 == 0 {
                        let status = call!(array_fetch_add_s2(sum => P, 0 => i64, 1 => i16, ptr::null_mut() => *mut i16) -> i32);
                        assert_eq!(status, 0);
                    }
                }
            });
        }
    });
    let mut all = vec![0_u64; 20_000];
    let read = call!(array_read(array => P, 0 => i64, 1 => i64, 20_000 => u64, all.as_mut_ptr().cast() => *mut u8) -> i32);
    assert_eq!(read, 0);
    for thread in 0..4 {
        let of_thread = all.iter().filter(|&&value| value >> 32 == thread);
        assert!(of_thread.map(|value| value & 0xFFFF_FFFF).eq(0..5000));
    }
    let mut old = 0;
    let mut add = |amount| {
        let status = call!(array_fetch_add_s2(sum => P, 0 => i64, amount => i16, &raw mut old => *mut i16) -> i32);
        (status, old)
    };
    assert_eq!(add(i16::MAX), (BAD_ARGUMENT, 0));
    assert_eq!(add(-10_000), (0, 10_000));
    let exchange = |old, new| call!(array_compare_exchange_s2(sum => P, 0 => i64, old => i16, new => i16) -> i32);
    assert_eq!((exchange(5, 6), exchange(0, 6), exchange(6, 7)), (0, 1, 1));
    delete(array);
    delete(sum);
}

#[test]
fn arrays_are_deleted_beside_calls() {
    for round in 0..200 {
        let array = new_array(c"F8");
        for k in 0..100 {
            push(array, k.into());
        }
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        match at(array, 99) {
                            Ok(value) => assert_eq!(value, 99.0),
                            Err(status) => assert_eq!(status, BAD_HANDLE),
                        }
                    }
                });
            }
            if round % 2 == 0 {
                thread::yield_now();
            }
            assert_eq!(delete(array), 0);
            assert_eq!(delete(array), BAD_HANDLE);
            // Others take the slot and the memory meanwhile.
            let next = new_array(c"F8");
            push(next, -1.0);
            stop.store(true, Ordering::Relaxed);
            assert_eq!(delete(next), 0);
        });
    }
}

#[test]
fn extension_tables_name_what_belongs_to_the_object() {
    #[repr(C)]
    struct Head {
        magic: [u8; 8],
        major: u32,
        minor: u32,
        count: u32,
        entry_size: u32,
        entries: *const (u64, P),
    }
    for (dtype, names) in [
        (
            c"S2",
            &["TABLE", "HANDLE", "DTYPE", "HEADER", "PUSH", "AT", "SET"][..],
        ),
        (c">F8", &["TABLE", "HANDLE", "DTYPE", "HEADER"][..]),
    ] {
        let array = new_array(dtype);
        let head = call!(extensions_of(array => P) -> *const Head);
        // SAFETY: the table of an array that lives.
        let head = unsafe { &*head };
        assert_eq!(
            (&head.magic, head.major, head.entry_size),
            (b"ChunkExt", 1, 16)
        );
        // SAFETY: so many entries of this size lie there.
        let entries = unsafe { std::slice::from_raw_parts(head.entries, head.count as usize) };
        let mut found = HashMap::new();
        for &(id, pointer) in entries {
            let name = call!(extension_name(id => u64) -> *const c_char);
            // SAFETY: each id has a name.
            found.insert(unsafe { CStr::from_ptr(name) }.to_str().unwrap(), pointer);
        }
        assert_eq!(found.len(), names.len());
        assert!(names.iter().all(|name| found.contains_key(name)));
        assert_eq!(found["HANDLE"], array);
        assert_eq!(found["HEADER"], call!(array_header(array => P) -> P));
        if names.len() == 7 {
            // SAFETY: the function of this array's type.
            let push: extern "C" fn(P, i16) -> i64 = unsafe { std::mem::transmute(found["PUSH"]) };
            assert_eq!(push(array, -3), 0);
            assert_eq!(len(array), 1);
        }
        delete(array);
    }
    assert_eq!(
        call!(extension_name(0 => u64) -> *const c_char),
        ptr::null()
    );
    assert_eq!(
        call!(extension_name(99 => u64) -> *const c_char),
        ptr::null()
    );
}

#[test]
fn arenas_and_logs() {
    let arena = call!(arena_new(4096 => u64, 16 => u64) -> P);
    assert_eq!(call!(arena_new(5 => u64, 0 => u64) -> P), 0);
    let mark = call!(arena_save(arena => P) -> i64);
    let text = b"a text";
    let piece = call!(arena_push(arena => P, text.as_ptr() => *const u8, 6 => u64) -> *mut u8);
    // SAFETY: the piece has so many bytes.
    assert_eq!(unsafe { std::slice::from_raw_parts(piece, 6) }, text);
    let zeros = call!(arena_zeroed(arena => P, 10_000 => u64, 64 => u64) -> *mut u8);
    assert!(zeros.addr().is_multiple_of(64));
    // SAFETY: the piece has so many bytes.
    let zeros = unsafe { std::slice::from_raw_parts(zeros, 10_000) };
    assert!(zeros.iter().all(|&byte| byte == 0));
    assert_eq!(
        call!(arena_zeroed(arena => P, 8 => u64, 3 => u64) -> *mut u8),
        ptr::null_mut()
    );
    assert_eq!(
        call!(arena_zeroed(arena => P, u64::MAX => u64, 0 => u64) -> *mut u8),
        ptr::null_mut()
    );
    assert_eq!(
        call!(arena_push(arena => P, ptr::null() => *const u8, 1 => u64) -> *mut u8),
        ptr::null_mut()
    );
    assert!(call!(arena_used(arena => P) -> i64) >= 10_006);
    assert!(call!(arena_capacity(arena => P) -> i64) >= 10_006);
    assert_eq!(
        call!(arena_rewind(arena => P, mark as u64 => u64) -> i32),
        0
    );
    assert_eq!(
        call!(arena_rewind(arena => P, 99 => u64) -> i32),
        BAD_ARGUMENT
    );
    assert_eq!(call!(arena_used(arena => P) -> i64), 0);
    assert_eq!(call!(arena_reset(arena => P) -> i32), 0);
    assert_eq!(call!(array_len(arena => P) -> i64), BAD_HANDLE.into());
    assert_eq!(call!(arena_delete(arena => P) -> i32), 0);
    assert_eq!(call!(arena_used(arena => P) -> i64), BAD_HANDLE.into());

    assert_eq!(call!(log_new(3 => u64, 0 => u64) -> P), 0);
    let log = call!(log_new(0 => u64, 2 => u64) -> P);
    let append = |entry: &[u8]| call!(log_append(log => P, entry.as_ptr() => *const u8, entry.len() as u64 => u64) -> i64);
    assert_eq!((append(b"one"), append(b""), append(b"three")), (0, 1, 2));
    let wrong = b"\xFF";
    assert_eq!(
        call!(log_append_text(log => P, wrong.as_ptr() => *const u8, 1 => u64) -> i64),
        BAD_ARGUMENT.into()
    );
    assert_eq!(
        call!(log_append(log => P, ptr::null() => *const u8, 1 => u64) -> i64),
        BAD_ARGUMENT.into()
    );
    assert_eq!(call!(log_len(log => P) -> i64), 2);
    assert_eq!(
        (
            call!(log_first(log => P) -> i64),
            call!(log_dropped(log => P) -> i64)
        ),
        (1, 1)
    );
    let mut room = [b'.'; 8];
    let mut get = |position: u64, bytes: u64| call!(log_get(log => P, position => u64, room.as_mut_ptr() => *mut u8, bytes => u64) -> i64);
    assert_eq!(
        (get(0, 8), get(3, 8), get(2, 3)),
        (INDEX.into(), INDEX.into(), 5)
    );
    assert_eq!(&room, b"thr.....");
    assert_eq!(call!(log_clear(log => P) -> i32), 0);
    assert_eq!(call!(log_delete(log => P) -> i32), 0);
    assert_eq!(append(b"late"), BAD_HANDLE.into());
}

#[test]
fn every_status_has_a_name_and_a_text() {
    for status in -13..0 {
        let name = call!(error_name(status => i32) -> *const c_char);
        let text = call!(error_text(status => i32) -> *const c_char);
        // SAFETY: static texts.
        let (name, text) = unsafe { (CStr::from_ptr(name), CStr::from_ptr(text)) };
        assert!(
            name.to_bytes()
                .iter()
                .all(|&b| b.is_ascii_uppercase() || b == b'_')
        );
        assert!(text.count_bytes() > 8);
    }
    for none in [0, 1, -14, i32::MIN, i32::MAX] {
        assert_eq!(call!(error_name(none => i32) -> *const c_char), ptr::null());
        assert_eq!(call!(error_text(none => i32) -> *const c_char), ptr::null());
    }
}
