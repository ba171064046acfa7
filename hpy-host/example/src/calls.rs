//! Calls, imports and source code.

use hpy_sys::*;

use crate::define::{exactly, methods, or_null, text};

methods! {
    CALL: c"call", c"call(f, *args, **kwargs)."
        = HPyFunc_KEYWORDS(ctx, _this, arguments, count, names) {
        if count == 0 {
            return HPyErr_SetString(ctx, (*ctx).h_TypeError, c"nothing to call".as_ptr());
        }
        HPy_Call(ctx, *arguments, arguments.add(1), count - 1, names)
    }
    CALL_METHOD: c"call_method", c"call_method(name, x, *args, **kwargs)."
        = HPyFunc_KEYWORDS(ctx, _this, arguments, count, names) {
        if count < 2 {
            return HPyErr_SetString(ctx, (*ctx).h_TypeError, c"nothing to call".as_ptr());
        }
        HPy_CallMethod(ctx, *arguments, arguments.add(1), count - 1, names)
    }
    CALL_TUPLE_DICT: c"call_tuple_dict", c"call_tuple_dict(f, args_or_None, kwargs_or_None)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([f, args, keywords]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        HPy_CallTupleDict(ctx, *f, or_null(ctx, *args), or_null(ctx, *keywords))
    }
    IMPORT: c"import_module", c"import_module(name)." = HPyFunc_O(ctx, _this, name) {
        let Some(name) = text(ctx, name) else { return HPY_NULL };
        HPyImport_ImportModule(ctx, name.as_ptr())
    }
    BUILTIN: c"builtin", c"builtin(name): from the context's own dict." = HPyFunc_O(ctx, _this, name) {
        HPy_GetItem(ctx, (*ctx).h_Builtins, name)
    }
    RUN: c"run", c"run(source, kind, globals, locals): kind is 'eval', 'exec' or 'single'."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([source, kind, globals, locals]) = exactly(ctx, arguments, count) else {
            return HPY_NULL;
        };
        let (Some(source), Some(kind)) = (text(ctx, *source), text(ctx, *kind)) else {
            return HPY_NULL;
        };
        let kind = match kind.to_bytes() {
            b"eval" => HPy_SourceKind_Expr,
            b"exec" => HPy_SourceKind_File,
            b"single" => HPy_SourceKind_Single,
            _ => 99,
        };
        let code = HPy_Compile_s(ctx, source.as_ptr(), c"<example>".as_ptr(), kind);
        if code.is_null() {
            return HPY_NULL;
        }
        let result = HPy_EvalCode(ctx, code, *globals, *locals);
        HPy_Close(ctx, code);
        result
    }
}
