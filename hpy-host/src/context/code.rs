//! Modules by name, and source code.

#![allow(
    non_upper_case_globals,
    reason = "HPy's constants are matched by their own names"
)]

use std::ffi::{c_char, c_int};

use hpy_sys::{
    HPY_NULL, HPy, HPy_SourceKind, HPy_SourceKind_Expr, HPy_SourceKind_File, HPy_SourceKind_Single,
    HPyContext,
};

use super::shim::{fill_shims, raise};
use crate::capi::capi;
use crate::door::handle;

/// The C API's numbers of the grammar's start symbols.
const SINGLE: c_int = 256;
const FILE: c_int = 257;
const EXPRESSION: c_int = 258;

unsafe extern "C" fn compile(
    ctx: *mut HPyContext,
    source: *const c_char,
    filename: *const c_char,
    kind: HPy_SourceKind,
) -> HPy {
    let capi = capi();
    // SAFETY: the caller's strings are NUL-terminated UTF-8.
    unsafe {
        let start = match kind {
            HPy_SourceKind_Expr => EXPRESSION,
            HPy_SourceKind_File => FILE,
            HPy_SourceKind_Single => SINGLE,
            _ => {
                raise((*ctx).h_SystemError, c"invalid source kind");
                return HPY_NULL;
            }
        };
        if let Some(compile_string) = capi.Py_CompileString {
            return handle(compile_string(source, filename, start));
        }
        // PyPy's headers make Py_CompileString a macro of this.
        if let Some(compile_string) = capi.Py_CompileStringFlags {
            return handle(compile_string(
                source,
                filename,
                start,
                std::ptr::null_mut(),
            ));
        }
        raise(
            (*ctx).h_SystemError,
            c"the interpreter exports no function that compiles source",
        );
        HPY_NULL
    }
}

/// Fills this family's functions.
pub(crate) fn fill(ctx: &mut HPyContext) {
    fill_shims! { ctx;
        ctx_Import_ImportModule(name: *const c_char) -> HPy = PyImport_ImportModule;
        ctx_EvalCode(code: HPy, globals: HPy, locals: HPy) -> HPy = PyEval_EvalCode;
    }
    ctx.ctx_Compile_s = Some(compile);
}
