//! `Members`: one member of each kind, filled by `tp_init`.

use std::ffi::{CStr, c_char, c_int, c_long, c_ulong};
use std::mem::offset_of;
use std::ptr;

use hpy_sys::*;

use crate::define::{Static, definitions, member, slots, traverse};

/// The instance data.
#[repr(C)]
struct Members {
    short: i16,
    int: c_int,
    long: c_long,
    float: f32,
    double: f64,
    string: *const c_char,
    object: HPyField,
    object_ex: HPyField,
    character: c_char,
    byte: i8,
    ubyte: u8,
    ushort: u16,
    uint: u32,
    ulong: c_ulong,
    string_in_place: [u8; 8],
    boolean: u8,
    longlong: i64,
    ulonglong: u64,
    ssize: isize,
    none: HPyField,
}

slots! {
    NEW = HPy_tp_new, HPyFunc_NEWFUNC(ctx, kind, arguments, count, keywords) {
        HPyType_GenericNew(ctx, kind, arguments, count, keywords)
    }
    INIT = HPy_tp_init, HPyFunc_INITPROC(ctx, this, arguments, count, keywords) {
        let members = &mut *_HPy_AsStruct_Object(ctx, this).cast::<Members>();
        members.short = -1;
        members.int = -2;
        members.long = -3;
        members.float = 0.5;
        members.double = 0.25;
        members.string = c"static text".as_ptr();
        members.character = b'c' as c_char;
        members.byte = -4;
        members.ubyte = u8::MAX;
        members.ushort = u16::MAX;
        members.uint = u32::MAX;
        members.ulong = c_ulong::MAX;
        members.string_in_place = *b"in here\0";
        members.boolean = 1;
        members.longlong = i64::MIN;
        members.ulonglong = u64::MAX;
        members.ssize = isize::MAX;
        if count > 0 {
            HPyField_Store(ctx, this, &raw mut members.object, *arguments);
        }
        if !keywords.is_null() {
            let value = HPy_GetItem_s(ctx, keywords, c"object_ex".as_ptr());
            if value.is_null() {
                return -1;
            }
            HPyField_Store(ctx, this, &raw mut members.object_ex, value);
            HPy_Close(ctx, value);
        }
        0
    }
}

traverse! { TRAVERSE = Members [object, object_ex]; }

/// All members: the name, the kind, the field.
macro_rules! all_members {
    ($($static:ident $name:literal $kind:ident $field:ident $readonly:literal;)*) => {
        $(static $static: Static<HPyDef> =
            member($name, $kind, offset_of!(Members, $field), $readonly);)*

        definitions! { DEFINES = [NEW, INIT, TRAVERSE, $($static),*]; }
    };
}

all_members! {
    SHORT c"short" HPyMember_SHORT short false;
    INT c"int" HPyMember_INT int false;
    LONG c"long" HPyMember_LONG long false;
    FLOAT c"float" HPyMember_FLOAT float false;
    DOUBLE c"double" HPyMember_DOUBLE double false;
    STRING c"string" HPyMember_STRING string true;
    OBJECT c"object" HPyMember_OBJECT object false;
    OBJECT_EX c"object_ex" HPyMember_OBJECT_EX object_ex false;
    CHAR c"char" HPyMember_CHAR character false;
    BYTE c"byte" HPyMember_BYTE byte false;
    UBYTE c"ubyte" HPyMember_UBYTE ubyte false;
    USHORT c"ushort" HPyMember_USHORT ushort false;
    UINT c"uint" HPyMember_UINT uint false;
    ULONG c"ulong" HPyMember_ULONG ulong false;
    STRING_IN_PLACE c"string_in_place" HPyMember_STRING_INPLACE string_in_place true;
    BOOL c"bool" HPyMember_BOOL boolean false;
    LONGLONG c"longlong" HPyMember_LONGLONG longlong false;
    ULONGLONG c"ulonglong" HPyMember_ULONGLONG ulonglong false;
    SSIZE c"ssize" HPyMember_HPYSSIZET ssize false;
    READ_ONLY c"read_only" HPyMember_INT int true;
    NONE c"none" HPyMember_NONE none true;
}

/// Makes the type and adds it to the module.
pub unsafe fn add(ctx: *mut HPyContext, module: HPy) -> c_int {
    const NAME: &CStr = c"example.Members";
    let mut spec = HPyType_Spec {
        name: NAME.as_ptr(),
        basicsize: size_of::<Members>() as c_int,
        itemsize: 0,
        flags: HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
        builtin_shape: HPyType_BuiltinShape_Object,
        legacy_slots: ptr::null_mut(),
        defines: DEFINES.get().cast(),
        doc: c"Members(object=None, *, object_ex): one member of each kind.".as_ptr(),
    };
    // SAFETY: the context and the module are live; the definitions are static.
    unsafe {
        let made = HPyHelpers_AddType(ctx, module, c"Members".as_ptr(), &mut spec, ptr::null_mut());
        made - 1
    }
}
