//! Functions of other people's that programs call: C functions, value by value, and NumPy's loops, which take many.
//!
//! A program's text tells the types only; what is called is given to each run. Engines call [`call`] for the elements of
//! a piece, which hands on those that passed the filters so far, and no others.
//!
//! # How C functions are called
//! The types of a function are known when a program runs, not when this is compiled. In the calling conventions that are
//! known here (System V's for x86-64, and that for 64-bit ARM) integers and floats go through registers of their own, of
//! which there are more than a call needs: so any function of up to four numbers can be called as one of five integers
//! and four floats. What it has no parameter for lies in registers that it does not look at. Integers are given with
//! their sign, or zeros, in all bits above; an F4 is the lower half of its register.

use std::ffi::c_void;
use std::mem::MaybeUninit;

use crate::program::{MOST_ARGUMENTS, Program};
use crate::{Error, Type, memory};

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calling {
    /// A C function that takes a value of each argument: `T f(T0 a, T1 b)`.
    Each,
    /// The same with a pointer to data of its own behind them: `T f(T0 a, T1 b, void *data)`.
    EachWithData,
    /// The inner loop of a NumPy ufunc: `void f(char **args, const npy_intp *count, const npy_intp *steps, void *data)`.
    /// It is called with many values at once, side by side.
    Block,
}

/// A function that a run calls, where its program says `call`.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    address: usize,
    data: usize,
    calling: Calling,
}

impl Function {
    /// The function at an address. `data` is what it gets beside values, if it does.
    ///
    /// # Safety
    /// During the runs it is given to, a function of this kind lies there, with the types that their programs call it
    /// with, which can be called from any thread, and from several at a time, with any values; it returns, by the way
    /// that functions of C do.
    ///
    /// ```
    /// use chunkarray_pipelines::{Calling, Function};
    ///
    /// extern "C" fn twice(x: f64) -> f64 {
    ///     2.0 * x
    /// }
    /// // SAFETY: it is one of F8(F8).
    /// let twice = unsafe { Function::new(twice as *const () as usize, 0, Calling::Each) };
    /// ```
    pub unsafe fn new(address: usize, data: usize, calling: Calling) -> Function {
        Function {
            address,
            data,
            calling,
        }
    }
}

/// A function with the types that a program calls it with.
#[derive(Debug)]
pub struct Bound {
    function: Function,
    /// Those of the arguments there are.
    arguments: [Option<Type>; MOST_ARGUMENTS],
    result: Type,
}

/// Whether C functions can be called here.
const KNOWN: bool = cfg!(all(
    unix,
    any(target_arch = "x86_64", target_arch = "aarch64")
));

/// The functions of a program, as engines call them.
pub fn bind(program: &Program, functions: &[Function]) -> Result<Vec<Bound>, Error> {
    let wanted = program.functions();
    if functions.len() != wanted.len() {
        return Err(Error::FunctionCount {
            given: functions.len(),
            wanted: wanted.len(),
        });
    }
    let mut bound = memory::empty(wanted.len())?;
    for (index, (signature, &function)) in wanted.iter().zip(functions).enumerate() {
        if function.address == 0 {
            return Err(Error::NoFunction { index });
        }
        if !KNOWN && function.calling != Calling::Block {
            return Err(Error::NoCalls);
        }
        bound.push(Bound {
            function,
            arguments: signature.arguments,
            result: signature.result,
        });
    }
    Ok(bound)
}

/// Values that are handed on at a time.
const MANY: usize = 256;
/// Registers for integers: those of the arguments and of the data.
const INTEGERS: usize = MOST_ARGUMENTS + 1;

/// Values on their way, as words of 64 bits.
type Words<const COUNT: usize> = [MaybeUninit<u64>; COUNT];

/// Calls a function with values side by side, and puts its results side by side.
///
/// `mask` is null, or has a byte for each value, which is 0 for those that the function must not see. Their results are
/// all bits 0.
///
/// # Safety
/// The function is what was promised of it. `count` values of its types are readable at as many of `arguments` as it
/// has, and writable at `to`, aligned as they want to be; nobody else touches them, and they don't overlap.
pub unsafe extern "C" fn call(
    bound: *const Bound,
    mask: *const u8,
    count: usize,
    to: *mut u8,
    a: *const u8,
    b: *const u8,
    c: *const u8,
    d: *const u8,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let bound = &*bound;
        let arguments = [a, b, c, d];
        if mask.is_null() {
            return bound.dense(arguments, to, count);
        }
        let mask = std::slice::from_raw_parts(mask, count);
        if !mask.contains(&0) {
            return bound.dense(arguments, to, count);
        }
        to.write_bytes(0, count * bound.result.size());
        bound.picked(mask, arguments, to);
    }
}

impl Bound {
    /// Those values that are marked.
    ///
    /// # Safety
    /// As for [`call`].
    unsafe fn picked(&self, mask: &[u8], arguments: [*const u8; MOST_ARGUMENTS], to: *mut u8) {
        let mut rows: [Words<MANY>; MOST_ARGUMENTS + 1] =
            [[MaybeUninit::uninit(); MANY]; MOST_ARGUMENTS + 1];
        let mut index = [0; MANY];
        let mut next = 0;
        while next < mask.len() {
            let mut count = 0;
            while next < mask.len() && count < MANY {
                index[count] = next;
                count += usize::from(mask[next] != 0);
                next += 1;
            }
            let index = &index[..count];
            let mut packed = [std::ptr::null(); MOST_ARGUMENTS];
            for (k, ty) in self.arguments.iter().enumerate() {
                let Some(ty) = ty else { continue };
                let row: *mut u8 = rows[k].as_mut_ptr().cast();
                for (at, &from) in index.iter().enumerate() {
                    // SAFETY: the caller's promise; a row has room for MANY values of any type.
                    unsafe { copy(arguments[k], from, row, at, ty.size()) };
                }
                packed[k] = row.cast_const();
            }
            let results: *mut u8 = rows[MOST_ARGUMENTS].as_mut_ptr().cast();
            // SAFETY: the values were put there, and there is room for the results.
            unsafe { self.dense(packed, results, count) };
            for (from, &at) in index.iter().enumerate() {
                // SAFETY: the results were put there; the caller's promise.
                unsafe { copy(results, from, to, at, self.result.size()) };
            }
        }
    }

    /// All values.
    ///
    /// # Safety
    /// As for [`call`].
    unsafe fn dense(&self, arguments: [*const u8; MOST_ARGUMENTS], to: *mut u8, count: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            match (self.function.calling, count) {
                (_, 0) => {}
                (Calling::Block, _) => self.block(arguments, to, count),
                (_, 1) => self.each::<1>(arguments, to, count),
                _ => self.each::<MANY>(arguments, to, count),
            }
        }
    }

    /// By a loop of NumPy's.
    ///
    /// # Safety
    /// As for [`call`].
    unsafe fn block(&self, arguments: [*const u8; MOST_ARGUMENTS], to: *mut u8, count: usize) {
        type Loop =
            unsafe extern "C" fn(*mut *mut u8, *const isize, *const isize, data: *mut c_void);
        let mut places = [std::ptr::null_mut(); MOST_ARGUMENTS + 1];
        let mut steps = [0; MOST_ARGUMENTS + 1];
        let types = self.arguments.iter().flatten();
        let mut number = 0;
        for (ty, place) in types.zip(arguments) {
            places[number] = place.cast_mut();
            steps[number] = ty.size() as isize;
            number += 1;
        }
        places[number] = to;
        steps[number] = self.result.size() as isize;
        // A loop may change what it got.
        let counts = [count as isize; 1];
        let data = self.function.data as *mut c_void;
        // SAFETY: a function of this type lies there; its arguments are so many values, side by side. It only writes
        // the last ones.
        unsafe {
            let function: Loop = std::mem::transmute(self.function.address);
            function(places.as_mut_ptr(), counts.as_ptr(), steps.as_ptr(), data);
            if self.result == Type::Bool {
                for k in 0..count {
                    *to.add(k) = u8::from(*to.add(k) != 0);
                }
            }
        }
    }

    /// One by one, `COUNT` of which are fetched at a time.
    ///
    /// # Safety
    /// As for [`call`].
    unsafe fn each<const COUNT: usize>(
        &self,
        arguments: [*const u8; MOST_ARGUMENTS],
        to: *mut u8,
        count: usize,
    ) {
        let mut integers: [Words<COUNT>; INTEGERS] = [[MaybeUninit::new(0); COUNT]; INTEGERS];
        let mut floats: [Words<COUNT>; MOST_ARGUMENTS] =
            [[MaybeUninit::new(0); COUNT]; MOST_ARGUMENTS];
        let mut results: Words<COUNT> = [MaybeUninit::new(0); COUNT];
        let used = self.arguments.iter().flatten();
        let data = used.filter(|ty| !ty.is_float()).count();
        integers[data] = [MaybeUninit::new(self.function.data as u64); COUNT];
        let mut first = 0;
        while first < count {
            let some = COUNT.min(count - first);
            let (mut integer, mut float) = (0, 0);
            for (ty, place) in self.arguments.iter().flatten().zip(arguments) {
                let (row, number) = match ty.is_float() {
                    true => (&mut floats[float], &mut float),
                    false => (&mut integers[integer], &mut integer),
                };
                *number += 1;
                // SAFETY: the caller's promise.
                unsafe { fetch(*ty, place.add(first * ty.size()), &mut row[..some]) };
            }
            // SAFETY: all words were written.
            unsafe {
                self.run(&integers, &floats, &mut results[..some]);
                store(
                    self.result,
                    &results[..some],
                    to.add(first * self.result.size()),
                );
            }
            first += some;
        }
    }

    /// Calls it for as many values as there is room for results.
    ///
    /// # Safety
    /// As for [`call`]; all words were written.
    unsafe fn run<const COUNT: usize>(
        &self,
        integers: &[Words<COUNT>; INTEGERS],
        floats: &[Words<COUNT>; MOST_ARGUMENTS],
        results: &mut [MaybeUninit<u64>],
    ) {
        macro_rules! by {
            ($result:ty, $bits:expr) => {{
                type C = unsafe extern "C" fn(
                    u64, u64, u64, u64, u64, f64, f64, f64, f64,
                ) -> $result;
                // SAFETY: see the head of this file: this is not the type that the function has, but in all calling
                // conventions for which `bind` lets it come here it finds each argument in the register that it looks
                // for it in, and leaves its result in that of this type's.
                unsafe {
                    let function: C = std::mem::transmute(self.function.address);
                    for (k, result) in results.iter_mut().enumerate() {
                        // By hand: `map` over these arrays is a call for each of them.
                        let i = |n: usize| integers[n][k].assume_init();
                        let f = |n: usize| f64::from_bits(floats[n][k].assume_init());
                        let value = function(i(0), i(1), i(2), i(3), i(4), f(0), f(1), f(2), f(3));
                        result.write($bits(value));
                    }
                }
            }};
        }
        match self.result.is_float() {
            true => by!(f64, f64::to_bits),
            false => by!(u64, |value| value),
        }
    }
}

/// Copies a value from a place in one row to a place in another.
///
/// # Safety
/// Both rows have these places.
#[inline(always)]
unsafe fn copy(from: *const u8, k: usize, to: *mut u8, at: usize, size: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        match size {
            1 => *to.add(at) = *from.add(k),
            2 => *to.cast::<u16>().add(at) = *from.cast::<u16>().add(k),
            4 => *to.cast::<u32>().add(at) = *from.cast::<u32>().add(k),
            _ => *to.cast::<u64>().add(at) = *from.cast::<u64>().add(k),
        }
    }
}

/// Values as registers have them.
///
/// # Safety
/// As many values of the type as there is room for are readable.
unsafe fn fetch(ty: Type, from: *const u8, to: &mut [MaybeUninit<u64>]) {
    /// # Safety
    /// As for `fetch`.
    unsafe fn all<T: Copy>(from: *const u8, to: &mut [MaybeUninit<u64>], f: impl Fn(T) -> u64) {
        for (k, to) in to.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            to.write(f(unsafe { *from.cast::<T>().add(k) }));
        }
    }
    // SAFETY: the caller's promise. Floats are read as their bits.
    unsafe {
        match ty {
            Type::Bool | Type::U1 => all(from, to, |x: u8| x.into()),
            Type::U2 => all(from, to, |x: u16| x.into()),
            Type::U4 | Type::F4 => all(from, to, |x: u32| x.into()),
            Type::S1 => all(from, to, |x: i8| x as u64),
            Type::S2 => all(from, to, |x: i16| x as u64),
            Type::S4 => all(from, to, |x: i32| x as u64),
            Type::U8 | Type::S8 | Type::F8 => all(from, to, |x: u64| x),
        }
    }
}

/// Results as values: what registers have above is nothing.
///
/// # Safety
/// As many values of the type as there are results are writable, and the results were written.
unsafe fn store(ty: Type, from: &[MaybeUninit<u64>], to: *mut u8) {
    for (k, result) in from.iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe {
            let bits = result.assume_init();
            match ty.size() {
                1 if ty == Type::Bool => *to.add(k) = u8::from(bits as u8 != 0),
                1 => *to.add(k) = bits as u8,
                2 => *to.cast::<u16>().add(k) = bits as u16,
                4 => *to.cast::<u32>().add(k) = bits as u32,
                _ => *to.cast::<u64>().add(k) = bits,
            }
        }
    }
}
