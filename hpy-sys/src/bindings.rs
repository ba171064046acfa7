pub const HPY_ABI_VERSION: u32 = 0;
pub const HPY_ABI_VERSION_MINOR: u32 = 0;
pub const HPY_ABI_TAG: &::core::ffi::CStr = c"hpy0";
pub const HPY_ABI: &::core::ffi::CStr = c"universal";
pub const HPY_SSIZE_T_MAX: HPy_ssize_t = 9223372036854775807;
pub const HPY_SSIZE_T_MIN: HPy_ssize_t = -9223372036854775808;
pub const _Py_TPFLAGS_HEAPTYPE: ::core::ffi::c_ulong = 512;
pub const _Py_TPFLAGS_HAVE_VERSION_TAG: ::core::ffi::c_ulong = 262144;
pub const HPy_TPFLAGS_DEFAULT: ::core::ffi::c_ulong = 262656;
pub const HPy_TPFLAGS_HAVE_VECTORCALL: ::core::ffi::c_ulong = 2048;
pub const HPy_TPFLAGS_BASETYPE: ::core::ffi::c_ulong = 1024;
pub const HPy_TPFLAGS_HAVE_GC: ::core::ffi::c_ulong = 16384;
pub const HPY_VERSION: &::core::ffi::CStr = c"0.9.0";
pub const HPY_GIT_REVISION: &::core::ffi::CStr = c"f611473";
pub type wchar_t = ::core::ffi::c_int;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPy {
    pub _i: isize,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyField {
    pub _i: isize,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyGlobal {
    pub _i: isize,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyListBuilder {
    pub _lst: isize,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyTupleBuilder {
    pub _tup: isize,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyTracker {
    pub _i: isize,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyThreadState {
    pub _i: isize,
}
pub const HPy_SourceKind_Expr: HPy_SourceKind = 0;
pub const HPy_SourceKind_File: HPy_SourceKind = 1;
pub const HPy_SourceKind_Single: HPy_SourceKind = 2;
pub type HPy_SourceKind = ::core::ffi::c_uint;
pub type HPy_ssize_t = isize;
pub type HPy_hash_t = isize;
pub type HPy_UCS4 = u32;
pub const HPyCapsule_key_Pointer: _HPyCapsule_key = 0;
pub const HPyCapsule_key_Name: _HPyCapsule_key = 1;
pub const HPyCapsule_key_Context: _HPyCapsule_key = 2;
pub const HPyCapsule_key_Destructor: _HPyCapsule_key = 3;
pub type _HPyCapsule_key = ::core::ffi::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct FORBIDDEN_cpy_PyObject {
    _unused: [u8; 0],
}
pub type cpy_PyObject = FORBIDDEN_cpy_PyObject;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct FORBIDDEN_PyMethodDef {
    _unused: [u8; 0],
}
pub type cpy_PyMethodDef = FORBIDDEN_PyMethodDef;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct FORBIDDEN_PyModuleDef {
    _unused: [u8; 0],
}
pub type cpy_PyModuleDef = FORBIDDEN_PyModuleDef;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct FORBIDDEN_bufferinfo {
    _unused: [u8; 0],
}
pub type cpy_Py_buffer = FORBIDDEN_bufferinfo;
pub type cpy_PyCFunction = ::core::option::Option<
    unsafe extern "C" fn(
        arg1: *mut cpy_PyObject,
        arg2: *const *mut cpy_PyObject,
        arg3: HPy_ssize_t,
    ) -> *mut cpy_PyObject,
>;
pub type cpy_visitproc = ::core::option::Option<
    unsafe extern "C" fn(
        arg1: *mut cpy_PyObject,
        arg2: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int,
>;
pub type cpy_getter = ::core::option::Option<
    unsafe extern "C" fn(
        arg1: *mut cpy_PyObject,
        arg2: *mut ::core::ffi::c_void,
    ) -> *mut cpy_PyObject,
>;
pub type cpy_setter = ::core::option::Option<
    unsafe extern "C" fn(
        arg1: *mut cpy_PyObject,
        arg2: *mut cpy_PyObject,
        arg3: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int,
>;
pub type cpy_PyCapsule_Destructor =
    ::core::option::Option<unsafe extern "C" fn(arg1: *mut cpy_PyObject)>;
pub type cpy_vectorcallfunc = ::core::option::Option<
    unsafe extern "C" fn(
        callable: *mut cpy_PyObject,
        args: *const *mut cpy_PyObject,
        nargsf: usize,
        kwnames: *mut cpy_PyObject,
    ) -> *mut cpy_PyObject,
>;
pub const HPy_LT: HPy_RichCmpOp = 0;
pub const HPy_LE: HPy_RichCmpOp = 1;
pub const HPy_EQ: HPy_RichCmpOp = 2;
pub const HPy_NE: HPy_RichCmpOp = 3;
pub const HPy_GT: HPy_RichCmpOp = 4;
pub const HPy_GE: HPy_RichCmpOp = 5;
pub type HPy_RichCmpOp = ::core::ffi::c_uint;
pub const HPyFunc_VARARGS: HPyFunc_Signature = 1;
pub const HPyFunc_KEYWORDS: HPyFunc_Signature = 2;
pub const HPyFunc_NOARGS: HPyFunc_Signature = 3;
pub const HPyFunc_O: HPyFunc_Signature = 4;
pub const HPyFunc_DESTROYFUNC: HPyFunc_Signature = 5;
pub const HPyFunc_GETBUFFERPROC: HPyFunc_Signature = 6;
pub const HPyFunc_RELEASEBUFFERPROC: HPyFunc_Signature = 7;
pub const HPyFunc_UNARYFUNC: HPyFunc_Signature = 8;
pub const HPyFunc_BINARYFUNC: HPyFunc_Signature = 9;
pub const HPyFunc_TERNARYFUNC: HPyFunc_Signature = 10;
pub const HPyFunc_INQUIRY: HPyFunc_Signature = 11;
pub const HPyFunc_LENFUNC: HPyFunc_Signature = 12;
pub const HPyFunc_SSIZEARGFUNC: HPyFunc_Signature = 13;
pub const HPyFunc_SSIZESSIZEARGFUNC: HPyFunc_Signature = 14;
pub const HPyFunc_SSIZEOBJARGPROC: HPyFunc_Signature = 15;
pub const HPyFunc_SSIZESSIZEOBJARGPROC: HPyFunc_Signature = 16;
pub const HPyFunc_OBJOBJARGPROC: HPyFunc_Signature = 17;
pub const HPyFunc_FREEFUNC: HPyFunc_Signature = 18;
pub const HPyFunc_GETATTRFUNC: HPyFunc_Signature = 19;
pub const HPyFunc_GETATTROFUNC: HPyFunc_Signature = 20;
pub const HPyFunc_SETATTRFUNC: HPyFunc_Signature = 21;
pub const HPyFunc_SETATTROFUNC: HPyFunc_Signature = 22;
pub const HPyFunc_REPRFUNC: HPyFunc_Signature = 23;
pub const HPyFunc_HASHFUNC: HPyFunc_Signature = 24;
pub const HPyFunc_RICHCMPFUNC: HPyFunc_Signature = 25;
pub const HPyFunc_GETITERFUNC: HPyFunc_Signature = 26;
pub const HPyFunc_ITERNEXTFUNC: HPyFunc_Signature = 27;
pub const HPyFunc_DESCRGETFUNC: HPyFunc_Signature = 28;
pub const HPyFunc_DESCRSETFUNC: HPyFunc_Signature = 29;
pub const HPyFunc_INITPROC: HPyFunc_Signature = 30;
pub const HPyFunc_NEWFUNC: HPyFunc_Signature = 31;
pub const HPyFunc_GETTER: HPyFunc_Signature = 32;
pub const HPyFunc_SETTER: HPyFunc_Signature = 33;
pub const HPyFunc_OBJOBJPROC: HPyFunc_Signature = 34;
pub const HPyFunc_TRAVERSEPROC: HPyFunc_Signature = 35;
pub const HPyFunc_DESTRUCTOR: HPyFunc_Signature = 36;
pub const HPyFunc_CAPSULE_DESTRUCTOR: HPyFunc_Signature = 37;
pub const HPyFunc_VECTORCALLFUNC: HPyFunc_Signature = 38;
pub const HPyFunc_MOD_CREATE: HPyFunc_Signature = 39;
pub type HPyFunc_Signature = ::core::ffi::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPy_buffer {
    pub buf: *mut ::core::ffi::c_void,
    pub obj: HPy,
    pub len: HPy_ssize_t,
    pub itemsize: HPy_ssize_t,
    pub readonly: ::core::ffi::c_int,
    pub ndim: ::core::ffi::c_int,
    pub format: *mut ::core::ffi::c_char,
    pub shape: *mut HPy_ssize_t,
    pub strides: *mut HPy_ssize_t,
    pub suboffsets: *mut HPy_ssize_t,
    pub internal: *mut ::core::ffi::c_void,
}
pub type HPyFunc_visitproc = ::core::option::Option<
    unsafe extern "C" fn(arg1: *mut HPyField, arg2: *mut ::core::ffi::c_void) -> ::core::ffi::c_int,
>;
pub type HPyFunc_noargs =
    ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, self_: HPy) -> HPy>;
pub type HPyFunc_o =
    ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, self_: HPy, arg: HPy) -> HPy>;
pub type HPyFunc_varargs = ::core::option::Option<
    unsafe extern "C" fn(ctx: *mut HPyContext, self_: HPy, args: *const HPy, nargs: usize) -> HPy,
>;
pub type HPyFunc_keywords = ::core::option::Option<
    unsafe extern "C" fn(
        ctx: *mut HPyContext,
        self_: HPy,
        args: *const HPy,
        nargs: usize,
        kwnames: HPy,
    ) -> HPy,
>;
pub type HPyFunc_unaryfunc =
    ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy) -> HPy>;
pub type HPyFunc_binaryfunc =
    ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy, arg2: HPy) -> HPy>;
pub type HPyFunc_ternaryfunc = ::core::option::Option<
    unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy, arg2: HPy, arg3: HPy) -> HPy,
>;
pub type HPyFunc_inquiry = ::core::option::Option<
    unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy) -> ::core::ffi::c_int,
>;
pub type HPyFunc_lenfunc =
    ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy) -> HPy_ssize_t>;
pub type HPyFunc_ssizeargfunc = ::core::option::Option<
    unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy, arg2: HPy_ssize_t) -> HPy,
>;
pub type HPyFunc_ssizessizeargfunc = ::core::option::Option<
    unsafe extern "C" fn(
        ctx: *mut HPyContext,
        arg1: HPy,
        arg2: HPy_ssize_t,
        arg3: HPy_ssize_t,
    ) -> HPy,
>;
pub type HPyFunc_ssizeobjargproc = ::core::option::Option<
    unsafe extern "C" fn(
        ctx: *mut HPyContext,
        arg1: HPy,
        arg2: HPy_ssize_t,
        arg3: HPy,
    ) -> ::core::ffi::c_int,
>;
pub type HPyFunc_ssizessizeobjargproc = ::core::option::Option<
    unsafe extern "C" fn(
        ctx: *mut HPyContext,
        arg1: HPy,
        arg2: HPy_ssize_t,
        arg3: HPy_ssize_t,
        arg4: HPy,
    ) -> ::core::ffi::c_int,
>;
pub type HPyFunc_objobjargproc = ::core::option::Option<
    unsafe extern "C" fn(
        ctx: *mut HPyContext,
        arg1: HPy,
        arg2: HPy,
        arg3: HPy,
    ) -> ::core::ffi::c_int,
>;
pub type HPyFunc_freefunc = ::core::option::Option<
    unsafe extern "C" fn(ctx: *mut HPyContext, arg1: *mut ::core::ffi::c_void),
>;
pub type HPyFunc_getattrfunc = ::core::option::Option<
    unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy, arg2: *mut ::core::ffi::c_char) -> HPy,
>;
pub type HPyFunc_getattrofunc =
    ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy, arg2: HPy) -> HPy>;
pub type HPyFunc_setattrfunc = ::core::option::Option<
    unsafe extern "C" fn(
        ctx: *mut HPyContext,
        arg1: HPy,
        arg2: *mut ::core::ffi::c_char,
        arg3: HPy,
    ) -> ::core::ffi::c_int,
>;
pub type HPyFunc_setattrofunc = ::core::option::Option<
    unsafe extern "C" fn(
        ctx: *mut HPyContext,
        arg1: HPy,
        arg2: HPy,
        arg3: HPy,
    ) -> ::core::ffi::c_int,
>;
pub type HPyFunc_reprfunc =
    ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy) -> HPy>;
pub type HPyFunc_hashfunc =
    ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy) -> HPy_hash_t>;
pub type HPyFunc_richcmpfunc = ::core::option::Option<
    unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy, arg2: HPy, arg3: HPy_RichCmpOp) -> HPy,
>;
pub type HPyFunc_getiterfunc =
    ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy) -> HPy>;
pub type HPyFunc_iternextfunc =
    ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy) -> HPy>;
pub type HPyFunc_descrgetfunc = ::core::option::Option<
    unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy, arg2: HPy, arg3: HPy) -> HPy,
>;
pub type HPyFunc_descrsetfunc = ::core::option::Option<
    unsafe extern "C" fn(
        ctx: *mut HPyContext,
        arg1: HPy,
        arg2: HPy,
        arg3: HPy,
    ) -> ::core::ffi::c_int,
>;
pub type HPyFunc_initproc = ::core::option::Option<
    unsafe extern "C" fn(
        ctx: *mut HPyContext,
        self_: HPy,
        args: *const HPy,
        nargs: HPy_ssize_t,
        kw: HPy,
    ) -> ::core::ffi::c_int,
>;
pub type HPyFunc_newfunc = ::core::option::Option<
    unsafe extern "C" fn(
        ctx: *mut HPyContext,
        type_: HPy,
        args: *const HPy,
        nargs: HPy_ssize_t,
        kw: HPy,
    ) -> HPy,
>;
pub type HPyFunc_getter = ::core::option::Option<
    unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy, arg2: *mut ::core::ffi::c_void) -> HPy,
>;
pub type HPyFunc_setter = ::core::option::Option<
    unsafe extern "C" fn(
        ctx: *mut HPyContext,
        arg1: HPy,
        arg2: HPy,
        arg3: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int,
>;
pub type HPyFunc_objobjproc = ::core::option::Option<
    unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy, arg2: HPy) -> ::core::ffi::c_int,
>;
pub type HPyFunc_getbufferproc = ::core::option::Option<
    unsafe extern "C" fn(
        ctx: *mut HPyContext,
        arg1: HPy,
        arg2: *mut HPy_buffer,
        arg3: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int,
>;
pub type HPyFunc_releasebufferproc = ::core::option::Option<
    unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy, arg2: *mut HPy_buffer),
>;
pub type HPyFunc_traverseproc = ::core::option::Option<
    unsafe extern "C" fn(
        object: *mut ::core::ffi::c_void,
        visit: HPyFunc_visitproc,
        arg: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int,
>;
pub type HPyFunc_destructor =
    ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy)>;
pub type HPyFunc_destroyfunc =
    ::core::option::Option<unsafe extern "C" fn(arg1: *mut ::core::ffi::c_void)>;
pub type HPyFunc_mod_create =
    ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, arg1: HPy) -> HPy>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_VARARGS {
    pub self_: *mut cpy_PyObject,
    pub args: *const *mut cpy_PyObject,
    pub nargs: HPy_ssize_t,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_KEYWORDS {
    pub self_: *mut cpy_PyObject,
    pub args: *const *mut cpy_PyObject,
    pub nargsf: usize,
    pub kwnames: *mut cpy_PyObject,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_INITPROC {
    pub self_: *mut cpy_PyObject,
    pub args: *mut cpy_PyObject,
    pub kw: *mut cpy_PyObject,
    pub result: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_NEWFUNC {
    pub self_: *mut cpy_PyObject,
    pub args: *mut cpy_PyObject,
    pub kw: *mut cpy_PyObject,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_RICHCMPFUNC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: *mut cpy_PyObject,
    pub arg2: HPy_RichCmpOp,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_GETBUFFERPROC {
    pub self_: *mut cpy_PyObject,
    pub view: *mut cpy_Py_buffer,
    pub flags: ::core::ffi::c_int,
    pub result: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_RELEASEBUFFERPROC {
    pub self_: *mut cpy_PyObject,
    pub view: *mut cpy_Py_buffer,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_TRAVERSEPROC {
    pub self_: *mut cpy_PyObject,
    pub visit: cpy_visitproc,
    pub arg: *mut ::core::ffi::c_void,
    pub result: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_MOD_CREATE {
    pub spec: *mut cpy_PyObject,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_NOARGS {
    pub self_: *mut cpy_PyObject,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_O {
    pub self_: *mut cpy_PyObject,
    pub arg: *mut cpy_PyObject,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_UNARYFUNC {
    pub arg0: *mut cpy_PyObject,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_BINARYFUNC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: *mut cpy_PyObject,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_TERNARYFUNC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: *mut cpy_PyObject,
    pub arg2: *mut cpy_PyObject,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_INQUIRY {
    pub arg0: *mut cpy_PyObject,
    pub result: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_LENFUNC {
    pub arg0: *mut cpy_PyObject,
    pub result: HPy_ssize_t,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_SSIZEARGFUNC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: HPy_ssize_t,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_SSIZESSIZEARGFUNC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: HPy_ssize_t,
    pub arg2: HPy_ssize_t,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_SSIZEOBJARGPROC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: HPy_ssize_t,
    pub arg2: *mut cpy_PyObject,
    pub result: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_SSIZESSIZEOBJARGPROC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: HPy_ssize_t,
    pub arg2: HPy_ssize_t,
    pub arg3: *mut cpy_PyObject,
    pub result: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_OBJOBJARGPROC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: *mut cpy_PyObject,
    pub arg2: *mut cpy_PyObject,
    pub result: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_FREEFUNC {
    pub arg0: *mut ::core::ffi::c_void,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_GETATTRFUNC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: *mut ::core::ffi::c_char,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_GETATTROFUNC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: *mut cpy_PyObject,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_SETATTRFUNC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: *mut ::core::ffi::c_char,
    pub arg2: *mut cpy_PyObject,
    pub result: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_SETATTROFUNC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: *mut cpy_PyObject,
    pub arg2: *mut cpy_PyObject,
    pub result: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_REPRFUNC {
    pub arg0: *mut cpy_PyObject,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_HASHFUNC {
    pub arg0: *mut cpy_PyObject,
    pub result: HPy_hash_t,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_GETITERFUNC {
    pub arg0: *mut cpy_PyObject,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_ITERNEXTFUNC {
    pub arg0: *mut cpy_PyObject,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_DESCRGETFUNC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: *mut cpy_PyObject,
    pub arg2: *mut cpy_PyObject,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_DESCRSETFUNC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: *mut cpy_PyObject,
    pub arg2: *mut cpy_PyObject,
    pub result: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_GETTER {
    pub arg0: *mut cpy_PyObject,
    pub arg1: *mut ::core::ffi::c_void,
    pub result: *mut cpy_PyObject,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_SETTER {
    pub arg0: *mut cpy_PyObject,
    pub arg1: *mut cpy_PyObject,
    pub arg2: *mut ::core::ffi::c_void,
    pub result: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_OBJOBJPROC {
    pub arg0: *mut cpy_PyObject,
    pub arg1: *mut cpy_PyObject,
    pub result: ::core::ffi::c_int,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _HPyFunc_args_DESTRUCTOR {
    pub arg0: *mut cpy_PyObject,
}
pub const HPy_bf_getbuffer: HPySlot_Slot = 1;
pub const HPy_bf_releasebuffer: HPySlot_Slot = 2;
pub const HPy_mp_ass_subscript: HPySlot_Slot = 3;
pub const HPy_mp_length: HPySlot_Slot = 4;
pub const HPy_mp_subscript: HPySlot_Slot = 5;
pub const HPy_nb_absolute: HPySlot_Slot = 6;
pub const HPy_nb_add: HPySlot_Slot = 7;
pub const HPy_nb_and: HPySlot_Slot = 8;
pub const HPy_nb_bool: HPySlot_Slot = 9;
pub const HPy_nb_divmod: HPySlot_Slot = 10;
pub const HPy_nb_float: HPySlot_Slot = 11;
pub const HPy_nb_floor_divide: HPySlot_Slot = 12;
pub const HPy_nb_index: HPySlot_Slot = 13;
pub const HPy_nb_inplace_add: HPySlot_Slot = 14;
pub const HPy_nb_inplace_and: HPySlot_Slot = 15;
pub const HPy_nb_inplace_floor_divide: HPySlot_Slot = 16;
pub const HPy_nb_inplace_lshift: HPySlot_Slot = 17;
pub const HPy_nb_inplace_multiply: HPySlot_Slot = 18;
pub const HPy_nb_inplace_or: HPySlot_Slot = 19;
pub const HPy_nb_inplace_power: HPySlot_Slot = 20;
pub const HPy_nb_inplace_remainder: HPySlot_Slot = 21;
pub const HPy_nb_inplace_rshift: HPySlot_Slot = 22;
pub const HPy_nb_inplace_subtract: HPySlot_Slot = 23;
pub const HPy_nb_inplace_true_divide: HPySlot_Slot = 24;
pub const HPy_nb_inplace_xor: HPySlot_Slot = 25;
pub const HPy_nb_int: HPySlot_Slot = 26;
pub const HPy_nb_invert: HPySlot_Slot = 27;
pub const HPy_nb_lshift: HPySlot_Slot = 28;
pub const HPy_nb_multiply: HPySlot_Slot = 29;
pub const HPy_nb_negative: HPySlot_Slot = 30;
pub const HPy_nb_or: HPySlot_Slot = 31;
pub const HPy_nb_positive: HPySlot_Slot = 32;
pub const HPy_nb_power: HPySlot_Slot = 33;
pub const HPy_nb_remainder: HPySlot_Slot = 34;
pub const HPy_nb_rshift: HPySlot_Slot = 35;
pub const HPy_nb_subtract: HPySlot_Slot = 36;
pub const HPy_nb_true_divide: HPySlot_Slot = 37;
pub const HPy_nb_xor: HPySlot_Slot = 38;
pub const HPy_sq_ass_item: HPySlot_Slot = 39;
pub const HPy_sq_concat: HPySlot_Slot = 40;
pub const HPy_sq_contains: HPySlot_Slot = 41;
pub const HPy_sq_inplace_concat: HPySlot_Slot = 42;
pub const HPy_sq_inplace_repeat: HPySlot_Slot = 43;
pub const HPy_sq_item: HPySlot_Slot = 44;
pub const HPy_sq_length: HPySlot_Slot = 45;
pub const HPy_sq_repeat: HPySlot_Slot = 46;
pub const HPy_tp_call: HPySlot_Slot = 50;
pub const HPy_tp_hash: HPySlot_Slot = 59;
pub const HPy_tp_init: HPySlot_Slot = 60;
pub const HPy_tp_new: HPySlot_Slot = 65;
pub const HPy_tp_repr: HPySlot_Slot = 66;
pub const HPy_tp_richcompare: HPySlot_Slot = 67;
pub const HPy_tp_str: HPySlot_Slot = 70;
pub const HPy_tp_traverse: HPySlot_Slot = 71;
pub const HPy_nb_matrix_multiply: HPySlot_Slot = 75;
pub const HPy_nb_inplace_matrix_multiply: HPySlot_Slot = 76;
pub const HPy_tp_finalize: HPySlot_Slot = 80;
pub const HPy_tp_destroy: HPySlot_Slot = 1000;
pub const HPy_mod_create: HPySlot_Slot = 2000;
pub const HPy_mod_exec: HPySlot_Slot = 2001;
pub type HPySlot_Slot = ::core::ffi::c_uint;
pub type HPyCFunction = ::core::option::Option<unsafe extern "C" fn() -> *mut ::core::ffi::c_void>;
pub type HPyFunc_Capsule_Destructor = ::core::option::Option<
    unsafe extern "C" fn(
        name: *const ::core::ffi::c_char,
        pointer: *mut ::core::ffi::c_void,
        context: *mut ::core::ffi::c_void,
    ),
>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPySlot {
    pub slot: HPySlot_Slot,
    pub impl_: HPyCFunction,
    pub cpy_trampoline: cpy_PyCFunction,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyMeth {
    pub name: *const ::core::ffi::c_char,
    pub impl_: HPyCFunction,
    pub cpy_trampoline: cpy_PyCFunction,
    pub signature: HPyFunc_Signature,
    pub doc: *const ::core::ffi::c_char,
}
pub const HPyMember_SHORT: HPyMember_FieldType = 0;
pub const HPyMember_INT: HPyMember_FieldType = 1;
pub const HPyMember_LONG: HPyMember_FieldType = 2;
pub const HPyMember_FLOAT: HPyMember_FieldType = 3;
pub const HPyMember_DOUBLE: HPyMember_FieldType = 4;
pub const HPyMember_STRING: HPyMember_FieldType = 5;
pub const HPyMember_OBJECT: HPyMember_FieldType = 6;
pub const HPyMember_CHAR: HPyMember_FieldType = 7;
pub const HPyMember_BYTE: HPyMember_FieldType = 8;
pub const HPyMember_UBYTE: HPyMember_FieldType = 9;
pub const HPyMember_USHORT: HPyMember_FieldType = 10;
pub const HPyMember_UINT: HPyMember_FieldType = 11;
pub const HPyMember_ULONG: HPyMember_FieldType = 12;
pub const HPyMember_STRING_INPLACE: HPyMember_FieldType = 13;
pub const HPyMember_BOOL: HPyMember_FieldType = 14;
pub const HPyMember_OBJECT_EX: HPyMember_FieldType = 16;
pub const HPyMember_LONGLONG: HPyMember_FieldType = 17;
pub const HPyMember_ULONGLONG: HPyMember_FieldType = 18;
pub const HPyMember_HPYSSIZET: HPyMember_FieldType = 19;
pub const HPyMember_NONE: HPyMember_FieldType = 20;
pub type HPyMember_FieldType = ::core::ffi::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyMember {
    pub name: *const ::core::ffi::c_char,
    pub type_: HPyMember_FieldType,
    pub offset: HPy_ssize_t,
    pub readonly: ::core::ffi::c_int,
    pub doc: *const ::core::ffi::c_char,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyGetSet {
    pub name: *const ::core::ffi::c_char,
    pub getter_impl: HPyCFunction,
    pub setter_impl: HPyCFunction,
    pub getter_cpy_trampoline: cpy_getter,
    pub setter_cpy_trampoline: cpy_setter,
    pub doc: *const ::core::ffi::c_char,
    pub closure: *mut ::core::ffi::c_void,
}
pub const HPyDef_Kind_Slot: HPyDef_Kind = 1;
pub const HPyDef_Kind_Meth: HPyDef_Kind = 2;
pub const HPyDef_Kind_Member: HPyDef_Kind = 3;
pub const HPyDef_Kind_GetSet: HPyDef_Kind = 4;
pub type HPyDef_Kind = ::core::ffi::c_uint;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct HPyDef {
    pub kind: HPyDef_Kind,
    pub __bindgen_anon_1: HPyDef_Union,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union HPyDef_Union {
    pub slot: HPySlot,
    pub meth: HPyMeth,
    pub member: HPyMember,
    pub getset: HPyGetSet,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyCapsule_Destructor {
    pub cpy_trampoline: cpy_PyCapsule_Destructor,
    pub impl_: HPyFunc_Capsule_Destructor,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyCallFunction {
    pub cpy_trampoline: cpy_vectorcallfunc,
    pub impl_: HPyFunc_keywords,
}
pub const HPyType_BuiltinShape_Legacy: HPyType_BuiltinShape = -1;
pub const HPyType_BuiltinShape_Object: HPyType_BuiltinShape = 0;
pub const HPyType_BuiltinShape_Type: HPyType_BuiltinShape = 1;
pub const HPyType_BuiltinShape_Long: HPyType_BuiltinShape = 2;
pub const HPyType_BuiltinShape_Float: HPyType_BuiltinShape = 3;
pub const HPyType_BuiltinShape_Unicode: HPyType_BuiltinShape = 4;
pub const HPyType_BuiltinShape_Tuple: HPyType_BuiltinShape = 5;
pub const HPyType_BuiltinShape_List: HPyType_BuiltinShape = 6;
pub type HPyType_BuiltinShape = ::core::ffi::c_int;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyType_Vectorcall {
    pub cpy_trampoline: cpy_vectorcallfunc,
    pub impl_: HPyCallFunction,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyType_Spec {
    pub name: *const ::core::ffi::c_char,
    pub basicsize: ::core::ffi::c_int,
    pub itemsize: ::core::ffi::c_int,
    pub flags: ::core::ffi::c_ulong,
    pub builtin_shape: HPyType_BuiltinShape,
    pub legacy_slots: *mut ::core::ffi::c_void,
    pub defines: *mut *mut HPyDef,
    pub doc: *const ::core::ffi::c_char,
}
pub const HPyType_SpecParam_Base: HPyType_SpecParam_Kind = 1;
pub const HPyType_SpecParam_BasesTuple: HPyType_SpecParam_Kind = 2;
pub const HPyType_SpecParam_Metaclass: HPyType_SpecParam_Kind = 3;
pub type HPyType_SpecParam_Kind = ::core::ffi::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyType_SpecParam {
    pub kind: HPyType_SpecParam_Kind,
    pub object: HPy,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyModuleDef {
    pub doc: *const ::core::ffi::c_char,
    pub size: HPy_ssize_t,
    pub legacy_methods: *mut cpy_PyMethodDef,
    pub defines: *mut *mut HPyDef,
    pub globals: *mut *mut HPyGlobal,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct HPyContext {
    pub name: *const ::core::ffi::c_char,
    pub _private: *mut ::core::ffi::c_void,
    pub abi_version: ::core::ffi::c_int,
    pub h_None: HPy,
    pub h_True: HPy,
    pub h_False: HPy,
    pub h_NotImplemented: HPy,
    pub h_Ellipsis: HPy,
    pub h_BaseException: HPy,
    pub h_Exception: HPy,
    pub h_StopAsyncIteration: HPy,
    pub h_StopIteration: HPy,
    pub h_GeneratorExit: HPy,
    pub h_ArithmeticError: HPy,
    pub h_LookupError: HPy,
    pub h_AssertionError: HPy,
    pub h_AttributeError: HPy,
    pub h_BufferError: HPy,
    pub h_EOFError: HPy,
    pub h_FloatingPointError: HPy,
    pub h_OSError: HPy,
    pub h_ImportError: HPy,
    pub h_ModuleNotFoundError: HPy,
    pub h_IndexError: HPy,
    pub h_KeyError: HPy,
    pub h_KeyboardInterrupt: HPy,
    pub h_MemoryError: HPy,
    pub h_NameError: HPy,
    pub h_OverflowError: HPy,
    pub h_RuntimeError: HPy,
    pub h_RecursionError: HPy,
    pub h_NotImplementedError: HPy,
    pub h_SyntaxError: HPy,
    pub h_IndentationError: HPy,
    pub h_TabError: HPy,
    pub h_ReferenceError: HPy,
    pub h_SystemError: HPy,
    pub h_SystemExit: HPy,
    pub h_TypeError: HPy,
    pub h_UnboundLocalError: HPy,
    pub h_UnicodeError: HPy,
    pub h_UnicodeEncodeError: HPy,
    pub h_UnicodeDecodeError: HPy,
    pub h_UnicodeTranslateError: HPy,
    pub h_ValueError: HPy,
    pub h_ZeroDivisionError: HPy,
    pub h_BlockingIOError: HPy,
    pub h_BrokenPipeError: HPy,
    pub h_ChildProcessError: HPy,
    pub h_ConnectionError: HPy,
    pub h_ConnectionAbortedError: HPy,
    pub h_ConnectionRefusedError: HPy,
    pub h_ConnectionResetError: HPy,
    pub h_FileExistsError: HPy,
    pub h_FileNotFoundError: HPy,
    pub h_InterruptedError: HPy,
    pub h_IsADirectoryError: HPy,
    pub h_NotADirectoryError: HPy,
    pub h_PermissionError: HPy,
    pub h_ProcessLookupError: HPy,
    pub h_TimeoutError: HPy,
    pub h_Warning: HPy,
    pub h_UserWarning: HPy,
    pub h_DeprecationWarning: HPy,
    pub h_PendingDeprecationWarning: HPy,
    pub h_SyntaxWarning: HPy,
    pub h_RuntimeWarning: HPy,
    pub h_FutureWarning: HPy,
    pub h_ImportWarning: HPy,
    pub h_UnicodeWarning: HPy,
    pub h_BytesWarning: HPy,
    pub h_ResourceWarning: HPy,
    pub h_BaseObjectType: HPy,
    pub h_TypeType: HPy,
    pub h_BoolType: HPy,
    pub h_LongType: HPy,
    pub h_FloatType: HPy,
    pub h_UnicodeType: HPy,
    pub h_TupleType: HPy,
    pub h_ListType: HPy,
    pub ctx_Dup: ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> HPy>,
    pub ctx_Close: ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy)>,
    pub ctx_Long_FromInt32_t:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, value: i32) -> HPy>,
    pub ctx_Long_FromUInt32_t:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, value: u32) -> HPy>,
    pub ctx_Long_FromInt64_t:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, v: i64) -> HPy>,
    pub ctx_Long_FromUInt64_t:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, v: u64) -> HPy>,
    pub ctx_Long_FromSize_t:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, value: usize) -> HPy>,
    pub ctx_Long_FromSsize_t: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, value: HPy_ssize_t) -> HPy,
    >,
    pub ctx_Long_AsInt32_t:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> i32>,
    pub ctx_Long_AsUInt32_t:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> u32>,
    pub ctx_Long_AsUInt32_tMask:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> u32>,
    pub ctx_Long_AsInt64_t:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> i64>,
    pub ctx_Long_AsUInt64_t:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> u64>,
    pub ctx_Long_AsUInt64_tMask:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> u64>,
    pub ctx_Long_AsSize_t:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> usize>,
    pub ctx_Long_AsSsize_t:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> HPy_ssize_t>,
    pub ctx_Long_AsVoidPtr: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> *mut ::core::ffi::c_void,
    >,
    pub ctx_Long_AsDouble:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> f64>,
    pub ctx_Float_FromDouble:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, v: f64) -> HPy>,
    pub ctx_Float_AsDouble:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> f64>,
    pub ctx_Bool_FromBool:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, v: bool) -> HPy>,
    pub ctx_Length:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> HPy_ssize_t>,
    pub ctx_Number_Check: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_Add:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_Subtract:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_Multiply:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_MatrixMultiply:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_FloorDivide:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_TrueDivide:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_Remainder:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_Divmod:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_Power: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy, h3: HPy) -> HPy,
    >,
    pub ctx_Negative:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy) -> HPy>,
    pub ctx_Positive:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy) -> HPy>,
    pub ctx_Absolute:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy) -> HPy>,
    pub ctx_Invert:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy) -> HPy>,
    pub ctx_Lshift:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_Rshift:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_And:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_Xor:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_Or:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_Index:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy) -> HPy>,
    pub ctx_Long:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy) -> HPy>,
    pub ctx_Float:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy) -> HPy>,
    pub ctx_InPlaceAdd:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_InPlaceSubtract:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_InPlaceMultiply:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_InPlaceMatrixMultiply:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_InPlaceFloorDivide:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_InPlaceTrueDivide:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_InPlaceRemainder:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_InPlacePower: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy, h3: HPy) -> HPy,
    >,
    pub ctx_InPlaceLshift:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_InPlaceRshift:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_InPlaceAnd:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_InPlaceXor:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_InPlaceOr:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h1: HPy, h2: HPy) -> HPy>,
    pub ctx_Callable_Check: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_CallTupleDict: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, callable: HPy, args: HPy, kw: HPy) -> HPy,
    >,
    pub ctx_FatalError: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, message: *const ::core::ffi::c_char),
    >,
    pub ctx_Err_SetString: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            h_type: HPy,
            utf8_message: *const ::core::ffi::c_char,
        ),
    >,
    pub ctx_Err_SetObject: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h_type: HPy, h_value: HPy),
    >,
    pub ctx_Err_SetFromErrnoWithFilename: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            h_type: HPy,
            filename_fsencoded: *const ::core::ffi::c_char,
        ) -> HPy,
    >,
    pub ctx_Err_SetFromErrnoWithFilenameObjects: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h_type: HPy, filename1: HPy, filename2: HPy),
    >,
    pub ctx_Err_Occurred:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext) -> ::core::ffi::c_int>,
    pub ctx_Err_ExceptionMatches: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, exc: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_Err_NoMemory: ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext)>,
    pub ctx_Err_Clear: ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext)>,
    pub ctx_Err_NewException: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            utf8_name: *const ::core::ffi::c_char,
            base: HPy,
            dict: HPy,
        ) -> HPy,
    >,
    pub ctx_Err_NewExceptionWithDoc: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            utf8_name: *const ::core::ffi::c_char,
            utf8_doc: *const ::core::ffi::c_char,
            base: HPy,
            dict: HPy,
        ) -> HPy,
    >,
    pub ctx_Err_WarnEx: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            category: HPy,
            utf8_message: *const ::core::ffi::c_char,
            stack_level: HPy_ssize_t,
        ) -> ::core::ffi::c_int,
    >,
    pub ctx_Err_WriteUnraisable:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy)>,
    pub ctx_IsTrue: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_Type_FromSpec: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            spec: *mut HPyType_Spec,
            params: *mut HPyType_SpecParam,
        ) -> HPy,
    >,
    pub ctx_Type_GenericNew: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            type_: HPy,
            args: *const HPy,
            nargs: HPy_ssize_t,
            kw: HPy,
        ) -> HPy,
    >,
    pub ctx_GetAttr: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy, name: HPy) -> HPy,
    >,
    pub ctx_GetAttr_s: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            obj: HPy,
            utf8_name: *const ::core::ffi::c_char,
        ) -> HPy,
    >,
    pub ctx_HasAttr: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy, name: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_HasAttr_s: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            obj: HPy,
            utf8_name: *const ::core::ffi::c_char,
        ) -> ::core::ffi::c_int,
    >,
    pub ctx_SetAttr: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            obj: HPy,
            name: HPy,
            value: HPy,
        ) -> ::core::ffi::c_int,
    >,
    pub ctx_SetAttr_s: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            obj: HPy,
            utf8_name: *const ::core::ffi::c_char,
            value: HPy,
        ) -> ::core::ffi::c_int,
    >,
    pub ctx_GetItem: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy, key: HPy) -> HPy,
    >,
    pub ctx_GetItem_i: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy, idx: HPy_ssize_t) -> HPy,
    >,
    pub ctx_GetItem_s: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            obj: HPy,
            utf8_key: *const ::core::ffi::c_char,
        ) -> HPy,
    >,
    pub ctx_Contains: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, container: HPy, key: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_SetItem: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            obj: HPy,
            key: HPy,
            value: HPy,
        ) -> ::core::ffi::c_int,
    >,
    pub ctx_SetItem_i: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            obj: HPy,
            idx: HPy_ssize_t,
            value: HPy,
        ) -> ::core::ffi::c_int,
    >,
    pub ctx_SetItem_s: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            obj: HPy,
            utf8_key: *const ::core::ffi::c_char,
            value: HPy,
        ) -> ::core::ffi::c_int,
    >,
    pub ctx_Type:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy) -> HPy>,
    pub ctx_TypeCheck: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy, type_: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_Is: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy, other: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_AsStruct_Object: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> *mut ::core::ffi::c_void,
    >,
    pub ctx_AsStruct_Legacy: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> *mut ::core::ffi::c_void,
    >,
    pub ctx_New: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            h_type: HPy,
            data: *mut *mut ::core::ffi::c_void,
        ) -> HPy,
    >,
    pub ctx_Repr:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy) -> HPy>,
    pub ctx_Str:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy) -> HPy>,
    pub ctx_ASCII:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy) -> HPy>,
    pub ctx_Bytes:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy) -> HPy>,
    pub ctx_RichCompare: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, v: HPy, w: HPy, op: ::core::ffi::c_int) -> HPy,
    >,
    pub ctx_RichCompareBool: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            v: HPy,
            w: HPy,
            op: ::core::ffi::c_int,
        ) -> ::core::ffi::c_int,
    >,
    pub ctx_Hash:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy) -> HPy_hash_t>,
    pub ctx_Bytes_Check: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_Bytes_Size:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> HPy_ssize_t>,
    pub ctx_Bytes_GET_SIZE:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> HPy_ssize_t>,
    pub ctx_Bytes_AsString: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> *const ::core::ffi::c_char,
    >,
    pub ctx_Bytes_AS_STRING: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> *const ::core::ffi::c_char,
    >,
    pub ctx_Bytes_FromString: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, bytes: *const ::core::ffi::c_char) -> HPy,
    >,
    pub ctx_Bytes_FromStringAndSize: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            bytes: *const ::core::ffi::c_char,
            len: HPy_ssize_t,
        ) -> HPy,
    >,
    pub ctx_Unicode_FromString: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, utf8: *const ::core::ffi::c_char) -> HPy,
    >,
    pub ctx_Unicode_Check: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_Unicode_AsASCIIString:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> HPy>,
    pub ctx_Unicode_AsLatin1String:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> HPy>,
    pub ctx_Unicode_AsUTF8String:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> HPy>,
    pub ctx_Unicode_AsUTF8AndSize: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            h: HPy,
            size: *mut HPy_ssize_t,
        ) -> *const ::core::ffi::c_char,
    >,
    pub ctx_Unicode_FromWideChar: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, w: *const wchar_t, size: HPy_ssize_t) -> HPy,
    >,
    pub ctx_Unicode_DecodeFSDefault: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, v: *const ::core::ffi::c_char) -> HPy,
    >,
    pub ctx_Unicode_DecodeFSDefaultAndSize: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            v: *const ::core::ffi::c_char,
            size: HPy_ssize_t,
        ) -> HPy,
    >,
    pub ctx_Unicode_EncodeFSDefault:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> HPy>,
    pub ctx_Unicode_ReadChar: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy, index: HPy_ssize_t) -> HPy_UCS4,
    >,
    pub ctx_Unicode_DecodeASCII: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            ascii: *const ::core::ffi::c_char,
            size: HPy_ssize_t,
            errors: *const ::core::ffi::c_char,
        ) -> HPy,
    >,
    pub ctx_Unicode_DecodeLatin1: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            latin1: *const ::core::ffi::c_char,
            size: HPy_ssize_t,
            errors: *const ::core::ffi::c_char,
        ) -> HPy,
    >,
    pub ctx_List_Check: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_List_New:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, len: HPy_ssize_t) -> HPy>,
    pub ctx_List_Append: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h_list: HPy, h_item: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_Dict_Check: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_Dict_New: ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext) -> HPy>,
    pub ctx_Tuple_Check: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_Tuple_FromArray: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, items: *mut HPy, n: HPy_ssize_t) -> HPy,
    >,
    pub ctx_Import_ImportModule: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, utf8_name: *const ::core::ffi::c_char) -> HPy,
    >,
    pub ctx_FromPyObject: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, obj: *mut cpy_PyObject) -> HPy,
    >,
    pub ctx_AsPyObject: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> *mut cpy_PyObject,
    >,
    pub ctx_CallRealFunctionFromTrampoline: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            sig: HPyFunc_Signature,
            func: HPyCFunction,
            args: *mut ::core::ffi::c_void,
        ),
    >,
    pub ctx_ListBuilder_New: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, size: HPy_ssize_t) -> HPyListBuilder,
    >,
    pub ctx_ListBuilder_Set: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            builder: HPyListBuilder,
            index: HPy_ssize_t,
            h_item: HPy,
        ),
    >,
    pub ctx_ListBuilder_Build: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, builder: HPyListBuilder) -> HPy,
    >,
    pub ctx_ListBuilder_Cancel:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, builder: HPyListBuilder)>,
    pub ctx_TupleBuilder_New: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, size: HPy_ssize_t) -> HPyTupleBuilder,
    >,
    pub ctx_TupleBuilder_Set: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            builder: HPyTupleBuilder,
            index: HPy_ssize_t,
            h_item: HPy,
        ),
    >,
    pub ctx_TupleBuilder_Build: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, builder: HPyTupleBuilder) -> HPy,
    >,
    pub ctx_TupleBuilder_Cancel: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, builder: HPyTupleBuilder),
    >,
    pub ctx_Tracker_New: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, size: HPy_ssize_t) -> HPyTracker,
    >,
    pub ctx_Tracker_Add: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, ht: HPyTracker, h: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_Tracker_ForgetAll:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, ht: HPyTracker)>,
    pub ctx_Tracker_Close:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, ht: HPyTracker)>,
    pub ctx_Field_Store: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            target_object: HPy,
            target_field: *mut HPyField,
            h: HPy,
        ),
    >,
    pub ctx_Field_Load: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            source_object: HPy,
            source_field: HPyField,
        ) -> HPy,
    >,
    pub ctx_ReenterPythonExecution:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, state: HPyThreadState)>,
    pub ctx_LeavePythonExecution:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext) -> HPyThreadState>,
    pub ctx_Global_Store: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, global: *mut HPyGlobal, h: HPy),
    >,
    pub ctx_Global_Load: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, global: HPyGlobal) -> HPy,
    >,
    pub ctx_Dump: ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy)>,
    pub ctx_AsStruct_Type: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> *mut ::core::ffi::c_void,
    >,
    pub ctx_AsStruct_Long: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> *mut ::core::ffi::c_void,
    >,
    pub ctx_AsStruct_Float: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> *mut ::core::ffi::c_void,
    >,
    pub ctx_AsStruct_Unicode: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> *mut ::core::ffi::c_void,
    >,
    pub ctx_AsStruct_Tuple: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> *mut ::core::ffi::c_void,
    >,
    pub ctx_AsStruct_List: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> *mut ::core::ffi::c_void,
    >,
    pub ctx_Type_GetBuiltinShape: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, h_type: HPy) -> HPyType_BuiltinShape,
    >,
    pub ctx_DelItem: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, obj: HPy, key: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_DelItem_i: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            obj: HPy,
            idx: HPy_ssize_t,
        ) -> ::core::ffi::c_int,
    >,
    pub ctx_DelItem_s: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            obj: HPy,
            utf8_key: *const ::core::ffi::c_char,
        ) -> ::core::ffi::c_int,
    >,
    pub h_ComplexType: HPy,
    pub h_BytesType: HPy,
    pub h_MemoryViewType: HPy,
    pub h_CapsuleType: HPy,
    pub h_SliceType: HPy,
    pub h_Builtins: HPy,
    pub ctx_Capsule_New: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            pointer: *mut ::core::ffi::c_void,
            utf8_name: *const ::core::ffi::c_char,
            destructor: *mut HPyCapsule_Destructor,
        ) -> HPy,
    >,
    pub ctx_Capsule_Get: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            capsule: HPy,
            key: _HPyCapsule_key,
            utf8_name: *const ::core::ffi::c_char,
        ) -> *mut ::core::ffi::c_void,
    >,
    pub ctx_Capsule_IsValid: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            capsule: HPy,
            utf8_name: *const ::core::ffi::c_char,
        ) -> ::core::ffi::c_int,
    >,
    pub ctx_Capsule_Set: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            capsule: HPy,
            key: _HPyCapsule_key,
            value: *mut ::core::ffi::c_void,
        ) -> ::core::ffi::c_int,
    >,
    pub ctx_Compile_s: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            utf8_source: *const ::core::ffi::c_char,
            utf8_filename: *const ::core::ffi::c_char,
            kind: HPy_SourceKind,
        ) -> HPy,
    >,
    pub ctx_EvalCode: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, code: HPy, globals: HPy, locals: HPy) -> HPy,
    >,
    pub ctx_ContextVar_New: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            name: *const ::core::ffi::c_char,
            default_value: HPy,
        ) -> HPy,
    >,
    pub ctx_ContextVar_Get: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            context_var: HPy,
            default_value: HPy,
            result: *mut HPy,
        ) -> i32,
    >,
    pub ctx_ContextVar_Set: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, context_var: HPy, value: HPy) -> HPy,
    >,
    pub ctx_Type_GetName: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, type_: HPy) -> *const ::core::ffi::c_char,
    >,
    pub ctx_Type_IsSubtype: ::core::option::Option<
        unsafe extern "C" fn(ctx: *mut HPyContext, sub: HPy, type_: HPy) -> ::core::ffi::c_int,
    >,
    pub ctx_Unicode_FromEncodedObject: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            obj: HPy,
            encoding: *const ::core::ffi::c_char,
            errors: *const ::core::ffi::c_char,
        ) -> HPy,
    >,
    pub ctx_Unicode_Substring: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            str_: HPy,
            start: HPy_ssize_t,
            end: HPy_ssize_t,
        ) -> HPy,
    >,
    pub ctx_Dict_Keys:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> HPy>,
    pub ctx_Dict_Copy:
        ::core::option::Option<unsafe extern "C" fn(ctx: *mut HPyContext, h: HPy) -> HPy>,
    pub ctx_Slice_Unpack: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            slice: HPy,
            start: *mut HPy_ssize_t,
            stop: *mut HPy_ssize_t,
            step: *mut HPy_ssize_t,
        ) -> ::core::ffi::c_int,
    >,
    pub ctx_SetCallFunction: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            h: HPy,
            func: *mut HPyCallFunction,
        ) -> ::core::ffi::c_int,
    >,
    pub ctx_Call: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            callable: HPy,
            args: *const HPy,
            nargs: usize,
            kwnames: HPy,
        ) -> HPy,
    >,
    pub ctx_CallMethod: ::core::option::Option<
        unsafe extern "C" fn(
            ctx: *mut HPyContext,
            name: HPy,
            args: *const HPy,
            nargs: usize,
            kwnames: HPy,
        ) -> HPy,
    >,
}
