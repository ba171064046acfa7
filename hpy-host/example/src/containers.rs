//! Lists, dicts, tuples, slices, items, attributes, builders and trackers.

use hpy_sys::*;

use crate::define::{exactly, methods, none, or_null, text, truth, tuple};

/// An item operation's key, by the kind of function that takes it.
enum Key<'a> {
    Object(HPy),
    Index(isize),
    Name(&'a std::ffi::CStr),
}

/// Picks the function by the key: `by_name` asks for the `_s` one, an int for the `_i` one.
unsafe fn key<'a>(ctx: *mut HPyContext, key: HPy, how: HPy) -> Option<Key<'a>> {
    // SAFETY: the context and the handles are live.
    unsafe {
        match text(ctx, how)?.to_bytes() {
            b"object" => Some(Key::Object(key)),
            b"index" => {
                let index = HPyLong_AsSsize_t(ctx, key);
                (index != -1 || HPyErr_Occurred(ctx) == 0).then_some(Key::Index(index))
            }
            b"name" => text(ctx, key).map(Key::Name),
            _ => {
                HPyErr_SetString(ctx, (*ctx).h_ValueError, c"unknown kind of key".as_ptr());
                None
            }
        }
    }
}

methods! {
    LIST_OF: c"list_of", c"list_of(*items): by appending."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let list = HPyList_New(ctx, 0);
        if list.is_null() {
            return HPY_NULL;
        }
        for i in 0..count {
            if HPyList_Append(ctx, list, *arguments.add(i)) < 0 {
                HPy_Close(ctx, list);
                return HPY_NULL;
            }
        }
        list
    }
    APPEND: c"append", c"append(list, x)." = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([list, x]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        none(ctx, HPyList_Append(ctx, *list, *x))
    }
    TUPLE_OF: c"tuple_of", c"tuple_of(*items): from an array."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        HPyTuple_FromArray(ctx, arguments.cast_mut(), count as isize)
    }
    TUPLE_BUILT: c"tuple_built", c"tuple_built(*items): by a builder."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let builder = HPyTupleBuilder_New(ctx, count as isize);
        for i in (0..count).rev() {
            HPyTupleBuilder_Set(ctx, builder, i as isize, *arguments.add(i));
        }
        HPyTupleBuilder_Build(ctx, builder)
    }
    LIST_BUILT: c"list_built", c"list_built(*items): by a builder."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let builder = HPyListBuilder_New(ctx, count as isize);
        for i in (0..count).rev() {
            HPyListBuilder_Set(ctx, builder, i as isize, *arguments.add(i));
        }
        HPyListBuilder_Build(ctx, builder)
    }
    BUILD_CANCELLED: c"build_cancelled", c"build_cancelled(x): builders that are given up half-way."
        = HPyFunc_O(ctx, _this, x) {
        let list = HPyListBuilder_New(ctx, 3);
        HPyListBuilder_Set(ctx, list, 0, x);
        HPyListBuilder_Cancel(ctx, list);
        let tuple = HPyTupleBuilder_New(ctx, 3);
        HPyTupleBuilder_Set(ctx, tuple, 2, x);
        HPyTupleBuilder_Cancel(ctx, tuple);
        none(ctx, 0)
    }
    SQUARES: c"squares", c"squares(n): {i: i * i}, its handles kept by a tracker."
        = HPyFunc_O(ctx, _this, n) {
        let n = HPyLong_AsInt64_t(ctx, n);
        if n == -1 && HPyErr_Occurred(ctx) != 0 {
            return HPY_NULL;
        }
        let tracker = HPyTracker_New(ctx, 0);
        if tracker._i == 0 {
            return HPY_NULL;
        }
        let dict = HPyDict_New(ctx);
        let mut failed = dict.is_null();
        for i in 0..n {
            if failed {
                break;
            }
            let key = HPyLong_FromInt64_t(ctx, i);
            failed = key.is_null() || HPyTracker_Add(ctx, tracker, key) < 0;
            if failed {
                break;
            }
            let value = HPy_Multiply(ctx, key, key);
            failed = value.is_null()
                || HPyTracker_Add(ctx, tracker, value) < 0
                || HPy_SetItem(ctx, dict, key, value) < 0;
        }
        HPyTracker_Close(ctx, tracker);
        if failed && !dict.is_null() {
            HPy_Close(ctx, dict);
            return HPY_NULL;
        }
        dict
    }
    TRACK_AND_FORGET: c"track_and_forget", c"track_and_forget(x): tracks 20 handles, forgets them."
        = HPyFunc_O(ctx, _this, x) {
        let tracker = HPyTracker_New(ctx, 2);
        if tracker._i == 0 {
            return HPY_NULL;
        }
        let handles = [HPY_NULL; 20].map(|_| HPy_Dup(ctx, x));
        for h in handles {
            if HPyTracker_Add(ctx, tracker, h) < 0 {
                HPyTracker_Close(ctx, tracker);
                return HPY_NULL;
            }
        }
        HPyTracker_ForgetAll(ctx, tracker);
        for h in handles {
            HPy_Close(ctx, h);
        }
        HPyTracker_Close(ctx, tracker);
        none(ctx, 0)
    }
    DICT_OF: c"dict_of", c"dict_of(key, value): (the dict, its keys, a copy)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([key, value]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let dict = HPyDict_New(ctx);
        if dict.is_null() {
            return HPY_NULL;
        }
        if HPy_SetItem(ctx, dict, *key, *value) < 0 {
            HPy_Close(ctx, dict);
            return HPY_NULL;
        }
        tuple!(ctx, HPyDict_Keys(ctx, dict), HPyDict_Copy(ctx, dict), dict)
    }
    DICT_KEYS: c"dict_keys", c"dict_keys(d)." = HPyFunc_O(ctx, _this, x) {
        HPyDict_Keys(ctx, x)
    }
    DICT_COPY: c"dict_copy", c"dict_copy(d)." = HPyFunc_O(ctx, _this, x) {
        HPyDict_Copy(ctx, x)
    }
    UNPACK_SLICE: c"unpack_slice", c"unpack_slice(s): (start, stop, step)."
        = HPyFunc_O(ctx, _this, x) {
        let (mut start, mut stop, mut step) = (0, 0, 0);
        if HPySlice_Unpack(ctx, x, &mut start, &mut stop, &mut step) < 0 {
            return HPY_NULL;
        }
        tuple!(
            ctx,
            HPyLong_FromSsize_t(ctx, start),
            HPyLong_FromSsize_t(ctx, stop),
            HPyLong_FromSsize_t(ctx, step),
        )
    }
    LENGTH: c"length", c"length(x)." = HPyFunc_O(ctx, _this, x) {
        let length = HPy_Length(ctx, x);
        if length < 0 {
            return HPY_NULL;
        }
        HPyLong_FromSsize_t(ctx, length)
    }
    CONTAINS: c"contains", c"contains(x, key)." = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([x, key]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        truth(ctx, HPy_Contains(ctx, *x, *key))
    }
    GET_ITEM: c"get_item", c"get_item(x, key, how): how is 'object', 'index' or 'name'."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([x, k, how]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        match key(ctx, *k, *how) {
            Some(Key::Object(key)) => HPy_GetItem(ctx, *x, key),
            Some(Key::Index(index)) => HPy_GetItem_i(ctx, *x, index),
            Some(Key::Name(name)) => HPy_GetItem_s(ctx, *x, name.as_ptr()),
            None => HPY_NULL,
        }
    }
    SET_ITEM: c"set_item", c"set_item(x, key, how, value)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([x, k, how, value]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        none(ctx, match key(ctx, *k, *how) {
            Some(Key::Object(key)) => HPy_SetItem(ctx, *x, key, *value),
            Some(Key::Index(index)) => HPy_SetItem_i(ctx, *x, index, *value),
            Some(Key::Name(name)) => HPy_SetItem_s(ctx, *x, name.as_ptr(), *value),
            None => -1,
        })
    }
    DELETE_ITEM: c"delete_item", c"delete_item(x, key, how)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([x, k, how]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        none(ctx, match key(ctx, *k, *how) {
            Some(Key::Object(key)) => HPy_DelItem(ctx, *x, key),
            Some(Key::Index(index)) => HPy_DelItem_i(ctx, *x, index),
            Some(Key::Name(name)) => HPy_DelItem_s(ctx, *x, name.as_ptr()),
            None => -1,
        })
    }
    GET_ATTRIBUTE: c"get_attribute", c"get_attribute(x, name): by both functions; (one, other)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([x, name]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let Some(text) = text(ctx, *name) else { return HPY_NULL };
        let first = HPy_GetAttr(ctx, *x, *name);
        if first.is_null() {
            return HPY_NULL;
        }
        tuple!(ctx, first, HPy_GetAttr_s(ctx, *x, text.as_ptr()))
    }
    HAS_ATTRIBUTE: c"has_attribute", c"has_attribute(x, name): by both functions."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([x, name]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        let Some(text) = text(ctx, *name) else { return HPY_NULL };
        tuple!(ctx,
            truth(ctx, HPy_HasAttr(ctx, *x, *name)),
            truth(ctx, HPy_HasAttr_s(ctx, *x, text.as_ptr())),
        )
    }
    SET_ATTRIBUTE: c"set_attribute", c"set_attribute(x, name, value, by_text)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([x, name, value, by_text]) = exactly(ctx, arguments, count) else {
            return HPY_NULL;
        };
        let Some(text) = text(ctx, *name) else { return HPY_NULL };
        none(ctx, if HPy_IsTrue(ctx, *by_text) == 1 {
            HPy_SetAttr_s(ctx, *x, text.as_ptr(), *value)
        } else {
            HPy_SetAttr(ctx, *x, *name, *value)
        })
    }
    TYPE_OF: c"type_of", c"type_of(x): (its type, the type's name)." = HPyFunc_O(ctx, _this, x) {
        let kind = HPy_Type(ctx, x);
        if kind.is_null() {
            return HPY_NULL;
        }
        let name = HPyType_GetName(ctx, kind);
        if name.is_null() {
            HPy_Close(ctx, kind);
            return HPY_NULL;
        }
        tuple!(ctx, kind, HPyUnicode_FromString(ctx, name))
    }
    IS_INSTANCE: c"is_instance", c"is_instance(x, type): by HPy_TypeCheck."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([x, kind]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        truth(ctx, HPy_TypeCheck(ctx, *x, *kind))
    }
    IS_SUBTYPE: c"is_subtype", c"is_subtype(type, type)."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([sub, kind]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        truth(ctx, HPyType_IsSubtype(ctx, *sub, *kind))
    }
    IS: c"is_", c"is_(x, y): whether they are one object."
        = HPyFunc_VARARGS(ctx, _this, arguments, count) {
        let Some([x, y]) = exactly(ctx, arguments, count) else { return HPY_NULL };
        truth(ctx, HPy_Is(ctx, *x, *y))
    }
    PAIR: c"pair", c"pair(x=None): the object twice; what is None comes back as NULL does."
        = HPyFunc_O(ctx, _this, x) {
        let x = or_null(ctx, x);
        if x.is_null() {
            return HPyErr_SetString(ctx, (*ctx).h_ValueError, c"nothing to pair".as_ptr());
        }
        let mut both = [x, x];
        HPyTuple_FromArray(ctx, both.as_mut_ptr(), 2)
    }
}
