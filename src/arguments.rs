//! Reads the arguments of a constructor: positional and keyword, by name, once each.

use hpy_host::define::{Error, Result, checked_status};
use hpy_host::door::Door;
pub use hpy_host::objects::{Owned, positional, shown, text, type_name};
use hpy_sys::*;

/// A constructor's parameters, in order, of which the first `positional` may be passed without name.
pub struct Parameters<const N: usize> {
    pub function: &'static str,
    pub names: [&'static std::ffi::CStr; N],
    pub positional: usize,
}

impl<const N: usize> Parameters<N> {
    /// The values by parameter; `None` where an argument was not given.
    ///
    /// # Safety
    /// The host's arguments of a `tp_new`, alive.
    pub unsafe fn read<D: Door>(
        &self,
        door: D,
        arguments: *const HPy,
        count: isize,
        names: HPy,
    ) -> Result<[Option<Owned<D>>; N]> {
        // SAFETY: promised by the caller.
        unsafe { self.read_ours(door, arguments, count, names, || Ok(false)) }
    }

    /// The same, where arguments that are not ours may be meant for somebody else: `others` says
    /// so, and is asked only where there are any.
    ///
    /// # Safety
    /// As for `read`.
    pub unsafe fn read_ours<D: Door>(
        &self,
        door: D,
        arguments: *const HPy,
        count: isize,
        names: HPy,
        others: impl Fn() -> Result<bool>,
    ) -> Result<[Option<Owned<D>>; N]> {
        let ctx = door.ctx();
        let given = count as usize;
        if given > self.positional && !others()? {
            return Err(Error::type_error(format!(
                "{}() takes at most {} positional arguments ({given} given)",
                self.function, self.positional
            )));
        }
        let mut values = [const { None }; N];
        for (index, value) in values
            .iter_mut()
            .take(given.min(self.positional))
            .enumerate()
        {
            // SAFETY: index < count handles.
            *value = Some(Owned::new(door, unsafe {
                HPy_Dup(ctx, *arguments.add(index))
            })?);
        }
        if names.is_null() {
            return Ok(values);
        }
        // SAFETY: `names` is live, and what is in it.
        unsafe {
            if HPyTuple_Check(ctx, names) != 0 {
                self.read_tuple(door, &mut values, arguments.add(given), names, others)?;
            } else {
                self.read_dict(door, &mut values, names, others)?;
            }
        }
        Ok(values)
    }

    /// Keyword arguments as PyPy's HPy passes them to a constructor, unlike HPy's documentation:
    /// a tuple of names, their values behind the positional ones.
    ///
    /// # Safety
    /// `names` is a live tuple, `following` points to as many live handles.
    unsafe fn read_tuple<D: Door>(
        &self,
        door: D,
        values: &mut [Option<Owned<D>>; N],
        following: *const HPy,
        names: HPy,
        others: impl Fn() -> Result<bool>,
    ) -> Result<()> {
        let ctx = door.ctx();
        // SAFETY: promised by the caller.
        unsafe {
            for position in 0..HPy_Length(ctx, names) {
                let name = Owned::new(door, HPy_GetItem_i(ctx, names, position))?;
                let name = text(door, "a keyword", name.get())?;
                let known = self
                    .names
                    .iter()
                    .position(|known| known.to_bytes() == name.as_bytes());
                let Some(index) = known else {
                    if others()? {
                        continue;
                    }
                    return Err(self.unexpected());
                };
                let value = Owned::new(door, HPy_Dup(ctx, *following.add(position as usize)))?;
                self.set(values, index, value)?;
            }
        }
        Ok(())
    }

    /// # Safety
    /// `names` is a live dict.
    unsafe fn read_dict<D: Door>(
        &self,
        door: D,
        values: &mut [Option<Owned<D>>; N],
        names: HPy,
        others: impl Fn() -> Result<bool>,
    ) -> Result<()> {
        let ctx = door.ctx();
        let mut used = 0;
        for (index, name) in self.names.iter().enumerate() {
            // SAFETY: promised by the caller; the key is a handle of ours.
            let found = unsafe {
                let key = Owned::new(door, HPyUnicode_FromString(ctx, name.as_ptr()))?;
                if checked_status(HPy_Contains(ctx, names, key.get()))? == 0 {
                    continue;
                }
                Owned::new(door, HPy_GetItem(ctx, names, key.get()))?
            };
            used += 1;
            self.set(values, index, found)?;
        }
        // SAFETY: promised by the caller.
        match unsafe { HPy_Length(ctx, names) } {
            total if total < 0 => Err(Error::Raised),
            total if total == used || others()? => Ok(()),
            _ => Err(self.unexpected()),
        }
    }

    fn set<D: Door>(
        &self,
        values: &mut [Option<Owned<D>>; N],
        index: usize,
        value: Owned<D>,
    ) -> Result<()> {
        if values[index].is_some() {
            return Err(Error::type_error(format!(
                "{}() got multiple values for argument {:?}",
                self.function, self.names[index]
            )));
        }
        values[index] = Some(value);
        Ok(())
    }

    fn unexpected(&self) -> Error {
        let known: Vec<_> = self
            .names
            .iter()
            .filter_map(|name| name.to_str().ok())
            .collect();
        Error::type_error(format!(
            "{}() got an unexpected keyword argument (it takes {})",
            self.function,
            known.join(", ")
        ))
    }
}

/// An argument that was given and is not None.
pub fn given<D: Door>(door: D, argument: Option<Owned<D>>) -> Option<Owned<D>> {
    let ctx = door.ctx();
    // SAFETY: the handle is live; None is the context's.
    argument.filter(|argument| unsafe { HPy_Is(ctx, argument.get(), (*ctx).h_None) } == 0)
}

/// An integer that stands for an index: ints, and what has `__index__`. Too large a one is an
/// IndexError, as a list's.
pub fn index<D: Door>(door: D, h: HPy) -> Result<isize> {
    if let Some(value) = door.to_index(h) {
        return Ok(value);
    }
    let ctx = door.ctx();
    // SAFETY: `h` is live, an exception is set.
    unsafe {
        HPyErr_Clear(ctx);
        let integer = Owned::new(door, HPy_Index(ctx, h))?;
        let value = HPyLong_AsSsize_t(ctx, integer.get());
        if value == -1 && HPyErr_Occurred(ctx) != 0 {
            HPyErr_Clear(ctx);
            return Err(Error::New(
                hpy_host::define::Exception::IndexError,
                format!("index {} is out of range for any array", shown(door, h)),
            ));
        }
        Ok(value)
    }
}

/// A size that a caller passes: a non-negative int.
pub fn size<D: Door>(door: D, what: &str, h: HPy) -> Result<usize> {
    if let Some(size) = door.int_of(h).and_then(|size| usize::try_from(size).ok()) {
        return Ok(size);
    }
    let ctx = door.ctx();
    // SAFETY: `h` is live.
    unsafe {
        let integer = HPy_Index(ctx, h);
        if integer.is_null() {
            if HPyErr_ExceptionMatches(ctx, (*ctx).h_TypeError) == 0 {
                return Err(Error::Raised);
            }
            HPyErr_Clear(ctx);
            return Err(Error::type_error(format!(
                "{what} is an int, not {}",
                type_name(door, h)
            )));
        }
        let integer = Owned::new(door, integer)?;
        let value = HPyLong_AsSsize_t(ctx, integer.get());
        if value == -1 && HPyErr_Occurred(ctx) != 0 {
            HPyErr_Clear(ctx);
            // A huge number: negative ones are as wrong as small negative ones.
            let negative = shown(door, integer.get()).starts_with('-');
            return Err(if negative {
                Error::value_error(format!("{what} is negative"))
            } else {
                Error::New(
                    hpy_host::define::Exception::MemoryError,
                    format!("{what} is larger than any memory"),
                )
            });
        }
        usize::try_from(value)
            .map_err(|_| Error::value_error(format!("{what} is negative: {value}")))
    }
}

/// As [`size`], where more than any size means as many as there are.
pub fn count<D: Door>(door: D, what: &str, h: HPy) -> Result<usize> {
    match size(door, what, h) {
        Err(Error::New(hpy_host::define::Exception::MemoryError, _)) => Ok(usize::MAX),
        other => other,
    }
}
