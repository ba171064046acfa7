//! Method descriptors of its own for a Python subclass of a native type.
//!
//! CPython's specialised call of a C method works only where the instance's type is the very type
//! that the method descriptor belongs to; on a subclass every `a.append(x)` takes the general way,
//! 6 to 10 ns longer. A subclass with descriptors of its own is called as quickly as the type.

use std::ffi::CStr;

use hpy_sys::{HPy, HPy_TypeCheck, HPyDef, HPyDef_Kind_Meth};

use crate::capi::capi;
use crate::define::{Error, Exception, Result};
use crate::door::pointer;
use crate::types::spec::method_def;

/// Sets each method of `definitions`, made for the own host, as an attribute of `class`. Does
/// nothing where the interpreter can't make method descriptors.
///
/// # Safety
/// The own host runs and the interpreter's lock is held; `class` is a live handle; `definitions`
/// is a null-terminated list that lives as long as the process, of methods that bear every instance
/// of `class`: those of a native type that it is a subclass of.
pub unsafe fn adopt(class: HPy, definitions: *mut *mut HPyDef) -> Result<()> {
    let api = capi();
    let Some(new_method) = api.PyDescr_NewMethod else {
        return Ok(());
    };
    let ctx = crate::context::own();
    // SAFETY: promised by the caller.
    unsafe {
        if HPy_TypeCheck(ctx, class, (*ctx).h_TypeType) == 0 {
            return Err(Error::New(
                Exception::TypeError,
                "adopt() takes a class".into(),
            ));
        }
    }
    let mut next = definitions;
    // SAFETY: promised by the caller.
    unsafe {
        while let Some(definition) = (*next).as_ref() {
            next = next.add(1);
            if definition.kind != HPyDef_Kind_Meth {
                continue;
            }
            let Some(method) = method_def(&definition.__bindgen_anon_1.meth) else {
                continue;
            };
            let name = CStr::from_ptr(method.name);
            // A descriptor keeps a pointer to its definition.
            let method = Box::leak(Box::new(method));
            let descriptor = new_method(pointer(class), method);
            if descriptor.is_null() {
                return Err(Error::Raised);
            }
            let status = (api.PyObject_SetAttrString)(pointer(class), name.as_ptr(), descriptor);
            (api.Py_DecRef)(descriptor);
            if status < 0 {
                return Err(Error::Raised);
            }
        }
    }
    Ok(())
}
