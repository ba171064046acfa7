//! `HPyType_FromSpec`: an `HPyType_Spec` becomes the C API's `PyType_Spec`.

use std::ffi::{CStr, CString, c_int, c_uint, c_void};
use std::ptr::{self, null_mut};

use hpy_sys::*;

use super::call::call;
use super::info::{
    ClearSlot, DestroyFunction, FreeFunction, Inherited, TraverseFunction, TraverseSlot, TypeInfo,
    lookup_nearest, remember,
};
use super::instance::{alloc_of, is_type};
use super::shape::shape_offset;
use super::*;
use crate::capi::{
    self, PyGetSetDef, PyMemberDef, PyMethodDef, PyObject, PyTypeSlot, PyTypeSpec, capi,
};
use crate::dealloc;
use crate::door::{handle, pointer};
use crate::interpreter::{self, Kind};
use crate::slots;

const METH_KEYWORDS: c_int = 0x02;
const METH_NOARGS: c_int = 0x04;
const METH_O: c_int = 0x08;
const METH_FASTCALL: c_int = 0x80;
const READONLY: c_int = 1;

/// An exception is set.
struct Raised;

/// Sets an exception whose message is made at run time.
///
/// # Safety
/// As for [`raise`].
#[cold]
unsafe fn refuse(kind: HPy, message: String) -> Raised {
    // SAFETY: promised by the caller.
    unsafe { raise(kind, &CString::new(message).unwrap_or_default()) };
    Raised
}

/// `HPyType_FromSpec`.
pub(super) unsafe extern "C" fn type_from_spec(
    ctx: *mut HPyContext,
    spec: *mut HPyType_Spec,
    params: *mut HPyType_SpecParam,
) -> HPy {
    // SAFETY: the caller keeps HPy's rules: a spec whose definitions live as long as the type, and
    // parameters ended by a zero kind, or null.
    match unsafe { make_type(ctx, &*spec, params) } {
        Ok(kind) => handle(kind),
        Err(Raised) => HPY_NULL,
    }
}

/// The `HPyType_SpecParam`s, sorted.
struct Params {
    /// A new reference to a tuple, or null.
    bases: *mut PyObject,
    metaclass: *mut PyObject,
}

impl Drop for Params {
    fn drop(&mut self) {
        if !self.bases.is_null() {
            // SAFETY: made by `read_params` under the lock that is still held.
            unsafe { (capi().Py_DecRef)(self.bases) }
        }
    }
}

/// # Safety
/// As for `type_from_spec`.
unsafe fn read_params(
    ctx: *mut HPyContext,
    name: &CStr,
    params: *mut HPyType_SpecParam,
) -> Result<Params, Raised> {
    let mut result = Params {
        bases: null_mut(),
        metaclass: null_mut(),
    };
    let mut single = Vec::new();
    let api = capi();
    let mut param = params;
    // SAFETY: promised by the caller.
    unsafe {
        while !param.is_null() && (*param).kind != 0 {
            let object = (*param).object;
            match (*param).kind {
                HPyType_SpecParam_Base => single.push(pointer(object)),
                HPyType_SpecParam_BasesTuple if !result.bases.is_null() => {
                    return Err(refuse(
                        (*ctx).h_TypeError,
                        "HPyType_SpecParam_BasesTuple was given more than once".into(),
                    ));
                }
                HPyType_SpecParam_BasesTuple => {
                    (api.Py_IncRef)(pointer(object));
                    result.bases = pointer(object);
                }
                HPyType_SpecParam_Metaclass if !result.metaclass.is_null() => {
                    return Err(refuse(
                        (*ctx).h_ValueError,
                        "metaclass was specified multiple times".into(),
                    ));
                }
                HPyType_SpecParam_Metaclass => {
                    let is_class = is_type(ctx, object)
                        && (api.PyType_IsSubtype)(pointer(object), pointer((*ctx).h_TypeType)) != 0;
                    if !is_class {
                        return Err(refuse(
                            (*ctx).h_TypeError,
                            format!("the metaclass of {name:?} is not a subclass of 'type'"),
                        ));
                    }
                    result.metaclass = pointer(object);
                }
                kind => {
                    return Err(refuse(
                        (*ctx).h_TypeError,
                        format!("unknown HPyType_SpecParam kind {kind} for {name:?}"),
                    ));
                }
            }
            param = param.add(1);
        }
        if single.is_empty() {
            return Ok(result);
        }
        if !result.bases.is_null() {
            return Err(refuse(
                (*ctx).h_TypeError,
                "HPyType_SpecParam_Base and HPyType_SpecParam_BasesTuple exclude each other".into(),
            ));
        }
        result.bases = (api.PyTuple_New)(single.len() as isize);
        if result.bases.is_null() {
            return Err(Raised);
        }
        for (index, base) in single.into_iter().enumerate() {
            (api.Py_IncRef)(base);
            if (api.PyTuple_SetItem)(result.bases, index as isize, base) < 0 {
                return Err(Raised);
            }
        }
    }
    Ok(result)
}

/// The definitions of a spec, in the C API's terms.
#[derive(Default)]
struct Definitions {
    slots: Vec<PyTypeSlot>,
    methods: Vec<PyMethodDef>,
    members: Vec<PyMemberDef>,
    getsets: Vec<PyGetSetDef>,
    destroy: Option<DestroyFunction>,
    traverse: Option<TraverseFunction>,
    call: cpy_vectorcallfunc,
    has_call: bool,
    has_finalizer: bool,
    weaklist_offset: usize,
    /// The offset of an explicit member `__vectorcalloffset__`.
    call_offset: usize,
}

/// The definitions of a null-terminated list.
///
/// # Safety
/// `defines` is null or such a list, of definitions that live as long as the process.
pub(crate) unsafe fn definitions(
    defines: *mut *mut HPyDef,
) -> impl Iterator<Item = &'static HPyDef> {
    let mut next = defines;
    std::iter::from_fn(move || {
        if next.is_null() {
            return None;
        }
        // SAFETY: promised by the caller; null ends the list and the iteration.
        unsafe {
            let define = (*next).as_ref()?;
            next = next.add(1);
            Some(define)
        }
    })
}

/// A method's entry in the C API's table. `None` for a signature that methods cannot have.
pub(crate) fn method_def(method: &HPyMeth) -> Option<PyMethodDef> {
    let flags = match method.signature {
        HPyFunc_VARARGS => METH_FASTCALL,
        HPyFunc_KEYWORDS => METH_FASTCALL | METH_KEYWORDS,
        HPyFunc_NOARGS => METH_NOARGS,
        HPyFunc_O => METH_O,
        _ => return None,
    };
    Some(PyMethodDef {
        name: method.name,
        function: address(method.cpy_trampoline),
        flags,
        doc: method.doc,
    })
}

/// The end of a list of methods.
pub(crate) const NO_METHOD: PyMethodDef = PyMethodDef {
    name: ptr::null(),
    function: ptr::null(),
    flags: 0,
    doc: ptr::null(),
};

/// The address of a function of any signature, null for none.
fn address<F>(function: F) -> *const c_void {
    const { assert!(size_of::<F>() == size_of::<*const c_void>()) };
    // SAFETY: only called with optional function pointers, which are an address or null.
    unsafe { std::mem::transmute_copy(&function) }
}

/// The entries of a legacy table, up to the one that `is_end`.
///
/// # Safety
/// `first` is null or begins such a table.
pub(crate) unsafe fn legacy_table<T: Copy>(first: *const T, is_end: impl Fn(&T) -> bool) -> Vec<T> {
    let mut table = Vec::new();
    let mut entry = first;
    // SAFETY: promised by the caller.
    unsafe {
        while !entry.is_null() && !is_end(&*entry) {
            table.push(*entry);
            entry = entry.add(1);
        }
    }
    table
}

/// Sorts a spec's definitions. `member_base` is what a member's offset counts from; `None` where
/// the type has no struct of its own.
///
/// # Safety
/// As for `type_from_spec`.
unsafe fn sort_definitions(
    ctx: *mut HPyContext,
    spec: &HPyType_Spec,
    member_base: Option<usize>,
) -> Result<Definitions, Raised> {
    let mut sorted = Definitions::default();
    // SAFETY: promised by the caller; a definition's kind tells which member of the union is set.
    unsafe {
        for define in definitions(spec.defines) {
            let any = &define.__bindgen_anon_1;
            match define.kind {
                HPyDef_Kind_Slot => sort_slot(ctx, &any.slot, &mut sorted)?,
                HPyDef_Kind_Meth => {
                    let Some(entry) = method_def(&any.meth) else {
                        let message = "Unsupported HPyMeth signature".into();
                        return Err(refuse((*ctx).h_ValueError, message));
                    };
                    sorted.methods.push(entry);
                }
                HPyDef_Kind_Member => sort_member(ctx, &any.member, member_base, &mut sorted)?,
                HPyDef_Kind_GetSet => sorted.getsets.push(PyGetSetDef {
                    name: any.getset.name,
                    get: address(any.getset.getter_cpy_trampoline),
                    set: address(any.getset.setter_cpy_trampoline),
                    doc: any.getset.doc,
                    closure: any.getset.closure,
                }),
                kind => {
                    let message = format!("unknown HPyDef kind {kind}");
                    return Err(refuse((*ctx).h_TypeError, message));
                }
            }
        }
    }
    // SAFETY: legacy tables end in an entry of zeros.
    unsafe {
        let legacy = spec.legacy_slots.cast::<PyTypeSlot>();
        for slot in legacy_table(legacy, |slot| slot.slot == 0) {
            match slot.slot {
                PY_TP_METHODS => sorted
                    .methods
                    .extend(legacy_table(slot.pfunc.cast(), |method: &PyMethodDef| {
                        method.name.is_null()
                    })),
                PY_TP_MEMBERS => sorted
                    .members
                    .extend(legacy_table(slot.pfunc.cast(), |member: &PyMemberDef| {
                        member.name.is_null()
                    })),
                PY_TP_GETSET => sorted
                    .getsets
                    .extend(legacy_table(slot.pfunc.cast(), |getset: &PyGetSetDef| {
                        getset.name.is_null()
                    })),
                PY_TP_DEALLOC if sorted.destroy.is_some() || sorted.traverse.is_some() => {
                    return Err(refuse(
                        (*ctx).h_TypeError,
                        "a legacy tp_dealloc excludes HPy_tp_traverse and HPy_tp_destroy".into(),
                    ));
                }
                _ => sorted.slots.push(slot),
            }
        }
    }
    Ok(sorted)
}

/// # Safety
/// As for `sort_definitions`.
unsafe fn sort_slot(
    ctx: *mut HPyContext,
    slot: &HPySlot,
    sorted: &mut Definitions,
) -> Result<(), Raised> {
    let number = match slot.slot {
        HPy_tp_destroy => {
            // SAFETY: the implementation of this slot has this signature.
            sorted.destroy =
                unsafe { std::mem::transmute::<HPyCFunction, HPyFunc_destroyfunc>(slot.impl_) };
            return Ok(());
        }
        HPy_tp_traverse => {
            // The slot itself gets the host's function, see `dealloc::traverse`.
            // SAFETY: the implementation of this slot has this signature, whose visitor is an
            // optional pointer on either side.
            sorted.traverse =
                unsafe { std::mem::transmute::<HPyCFunction, HPyFunc_traverseproc>(slot.impl_) };
            return Ok(());
        }
        HPy_tp_call => {
            sorted.has_call = true;
            // SAFETY: the trampoline of this slot is a vectorcall function.
            sorted.call = unsafe {
                std::mem::transmute::<cpy_PyCFunction, cpy_vectorcallfunc>(slot.cpy_trampoline)
            };
            return Ok(());
        }
        HPy_tp_finalize => {
            // PyPy 7.3.11 dies when it is to run one; GraalPy never runs one anyway.
            let interpreter = interpreter::get();
            if interpreter.kind == Kind::PyPy && interpreter.implementation_version < (7, 3, 19) {
                return Ok(());
            }
            sorted.has_finalizer = true;
            HPy_tp_finalize as c_int
        }
        HPy_mod_create | HPy_mod_exec => -1,
        number => slots::in_c(number).unwrap_or(if number <= HPy_tp_finalize {
            // HPy's numbers of all other slots are the C API's.
            number as c_int
        } else {
            -1
        }),
    };
    if number <= 0 || slot.cpy_trampoline.is_none() {
        // SAFETY: promised by the caller.
        return Err(unsafe {
            refuse(
                (*ctx).h_TypeError,
                format!("slot {} is not for types", slot.slot),
            )
        });
    }
    sorted.slots.push(PyTypeSlot {
        slot: number,
        pfunc: address(slot.cpy_trampoline).cast_mut(),
    });
    Ok(())
}

/// # Safety
/// As for `sort_definitions`.
unsafe fn sort_member(
    ctx: *mut HPyContext,
    member: &HPyMember,
    base: Option<usize>,
    sorted: &mut Definitions,
) -> Result<(), Raised> {
    // SAFETY: promised by the caller.
    let (base, name) = unsafe {
        let Some(base) = base else {
            return Err(refuse(
                (*ctx).h_TypeError,
                "a type with basicsize 0 has no struct that members could be in".into(),
            ));
        };
        (base, CStr::from_ptr(member.name))
    };
    let offset = base as isize + member.offset;
    if name == c"__vectorcalloffset__" {
        // The host's own `tp_call` looks there; the interpreter's would want the word to be filled
        // before anything else happens to the instance.
        sorted.call_offset = offset as usize;
        return Ok(());
    }
    if name == c"__weaklistoffset__" {
        sorted.weaklist_offset = offset as usize;
    }
    sorted.members.push(PyMemberDef {
        name: member.name,
        // A field holds an object pointer under this host, so that object members are the C API's.
        kind: member.type_ as c_int,
        offset,
        flags: if member.readonly != 0 { READONLY } else { 0 },
        doc: member.doc,
    });
    Ok(())
}

/// A list that the interpreter keeps pointing into, for as long as the type lives: for good.
pub(crate) fn keep<T>(mut list: Vec<T>, end: T) -> *mut T {
    list.push(end);
    Box::leak(list.into_boxed_slice()).as_mut_ptr()
}

/// # Safety
/// As for `type_from_spec`.
unsafe fn make_type(
    ctx: *mut HPyContext,
    spec: &HPyType_Spec,
    params: *mut HPyType_SpecParam,
) -> Result<*mut PyObject, Raised> {
    // SAFETY: promised by the caller; the name is NUL-terminated.
    let name = unsafe { CStr::from_ptr(spec.name) };
    // SAFETY: promised by the caller.
    let params = unsafe { read_params(ctx, name, params)? };
    // SAFETY: promised by the caller.
    let refuse = |kind, message: String| unsafe { refuse(kind, message) };
    // SAFETY: the context is filled.
    let (type_error, value_error) = unsafe { ((*ctx).h_TypeError, (*ctx).h_ValueError) };

    let shape = spec.builtin_shape;
    if !(HPyType_BuiltinShape_Legacy..=HPyType_BuiltinShape_List).contains(&shape) {
        return Err(refuse(value_error, format!("invalid shape: {shape}")));
    }
    if !spec.legacy_slots.is_null() && shape != HPyType_BuiltinShape_Legacy {
        let message = "legacy_slots need builtin_shape HPyType_BuiltinShape_Legacy".into();
        return Err(refuse(type_error, message));
    }
    let head = shape_offset(shape);
    let mut size = 0;
    if spec.basicsize > 0 {
        // Their items lie where the data would.
        if matches!(
            shape,
            HPyType_BuiltinShape_Long | HPyType_BuiltinShape_Tuple
        ) {
            let message = "instances of int and tuple vary in size and cannot have a struct".into();
            return Err(refuse(type_error, message));
        }
        let Some(head) = head else {
            let message = format!(
                "{name:?} extends a built-in type and has a struct of its own, which only CPython \
                 can do, not {}",
                interpreter::get().name
            );
            return Err(refuse(type_error, message));
        };
        size = head + spec.basicsize as usize;
    }
    let member_base = if size > 0 { head } else { None };
    // SAFETY: promised by the caller.
    let mut sorted = unsafe { sort_definitions(ctx, spec, member_base)? };
    if spec.flags & TPFLAGS_HAVE_GC != 0 && sorted.traverse.is_none() {
        let message = "You must provide an HPy_tp_traverse slot if you specify HPy_TPFLAGS_HAVE_GC";
        return Err(refuse(value_error, message.into()));
    }
    if sorted.has_call {
        if sorted.call_offset != 0 {
            let message = "HPy_tp_call and a member __vectorcalloffset__ exclude each other";
            return Err(refuse(type_error, message.into()));
        }
        if spec.itemsize != 0 {
            let message = "Cannot use HPy call protocol with var objects";
            return Err(refuse(type_error, message.into()));
        }
        // One more word, for HPy_SetCallFunction. A type that inherits its struct has no known end.
        if size > 0 {
            sorted.call_offset = size.next_multiple_of(size_of::<usize>());
            size = sorted.call_offset + size_of::<usize>();
        }
    }
    let Ok(basicsize) = c_int::try_from(size) else {
        return Err(refuse(
            value_error,
            format!("instances of {size} bytes are too large"),
        ));
    };

    let own_dealloc = sorted.destroy.is_some() || sorted.traverse.is_some();
    let mut slots = std::mem::take(&mut sorted.slots);
    let mut add = |slot, pfunc: *const c_void| {
        slots.push(PyTypeSlot {
            slot,
            pfunc: pfunc.cast_mut(),
        })
    };
    if !spec.doc.is_null() {
        add(PY_TP_DOC, spec.doc.cast());
    }
    if sorted.has_call || sorted.call_offset != 0 {
        add(PY_TP_CALL, call as *const c_void);
    }
    if own_dealloc {
        add(PY_TP_DEALLOC, dealloc::dealloc as *const c_void);
    }
    if sorted.traverse.is_some() {
        add(PY_TP_TRAVERSE, dealloc::traverse as *const c_void);
        add(PY_TP_CLEAR, dealloc::clear as *const c_void);
    }
    if !sorted.methods.is_empty() {
        add(PY_TP_METHODS, keep(sorted.methods, NO_METHOD).cast());
    }
    if !sorted.members.is_empty() {
        let end = PyMemberDef {
            name: ptr::null(),
            kind: 0,
            offset: 0,
            flags: 0,
            doc: ptr::null(),
        };
        add(PY_TP_MEMBERS, keep(sorted.members, end).cast());
    }
    if !sorted.getsets.is_empty() {
        let end = PyGetSetDef {
            name: ptr::null(),
            get: ptr::null(),
            set: ptr::null(),
            doc: ptr::null(),
            closure: null_mut(),
        };
        add(PY_TP_GETSET, keep(sorted.getsets, end).cast());
    }
    slots.push(PyTypeSlot {
        slot: 0,
        pfunc: null_mut(),
    });
    let mut c_spec = PyTypeSpec {
        // Up to 3.10 the type keeps pointing at its name.
        name: name.to_owned().into_raw(),
        basicsize,
        itemsize: spec.itemsize,
        // The calls go through `tp_call`, see `sort_member`.
        flags: (spec.flags & !HPy_TPFLAGS_HAVE_VECTORCALL) as c_uint,
        slots: slots.as_mut_ptr(),
    };
    let by_metaclass = !params.metaclass.is_null() && capi().PyType_FromMetaclass.is_none();
    if by_metaclass {
        c_spec.flags |= HPy_TPFLAGS_BASETYPE as c_uint;
    }
    // SAFETY: the spec is complete, its tables live on; the caller holds the lock.
    unsafe {
        let kind = create(&mut c_spec, &params)?;
        let base_type: *mut PyObject = (capi().PyType_GetSlot)(kind, PY_TP_BASE).cast();
        let base = lookup_nearest(base_type);
        if shape == HPyType_BuiltinShape_Legacy
            && base.is_some_and(|base| base.shape != HPyType_BuiltinShape_Legacy)
        {
            (capi().Py_DecRef)(kind);
            let message = "A legacy type should not inherit its memory layout from a pure type";
            return Err(refuse(type_error, message.into()));
        }
        // The table keeps a reference of its own.
        (capi().Py_IncRef)(kind);
        remember(TypeInfo {
            object: kind,
            next: ptr::null(),
            base,
            shape,
            data_offset: match base {
                Some(base) if size == 0 => base.data_offset,
                _ => head.unwrap_or(interpreter::get().header_bytes),
            },
            destroy: sorted.destroy,
            traverse: sorted.traverse,
            own_dealloc,
            has_finalizer: sorted.has_finalizer || base.is_some_and(|base| base.has_finalizer),
            collected: (capi().PyType_GetFlags)(kind) & TPFLAGS_HAVE_GC != 0,
            weaklist_offset: match sorted.weaklist_offset {
                0 => base.map_or(0, |base| base.weaklist_offset),
                offset => offset,
            },
            inherited: base.map_or_else(|| inherited_from(base_type), |base| base.inherited),
            call: sorted.call,
            call_offset: sorted.call_offset,
            alloc: alloc_of(kind),
        });
        if by_metaclass {
            let derived = create_by_metaclass(name, kind, params.metaclass);
            (capi().Py_DecRef)(kind);
            return derived;
        }
        Ok(kind)
    }
}

/// Has the interpreter make the type.
///
/// # Safety
/// The C API is loaded, the lock held, the spec complete.
unsafe fn create(spec: &mut PyTypeSpec, params: &Params) -> Result<*mut PyObject, Raised> {
    let api = capi();
    // SAFETY: promised by the caller.
    unsafe {
        let kind = match api.PyType_FromMetaclass {
            Some(create) if !params.metaclass.is_null() => {
                create(params.metaclass, null_mut(), spec, params.bases)
            }
            _ => (api.PyType_FromSpecWithBases)(spec, params.bases),
        };
        if kind.is_null() {
            Err(Raised)
        } else {
            Ok(kind)
        }
    }
}

/// Before 3.12 a spec cannot name a metaclass, so there the metaclass is called, as a class
/// statement would, for a class of the same name that adds nothing to `base`.
///
/// # Safety
/// The C API is loaded, the lock held; `base` may be subclassed.
unsafe fn create_by_metaclass(
    name: &CStr,
    base: *mut PyObject,
    metaclass: *mut PyObject,
) -> Result<*mut PyObject, Raised> {
    let api = capi();
    let bytes = name.to_bytes();
    let dot = bytes.iter().rposition(|byte| *byte == b'.');
    let short = CString::new(&bytes[dot.map_or(0, |dot| dot + 1)..]).unwrap_or_default();
    let module = CString::new(&bytes[..dot.unwrap_or(0)]).unwrap_or_default();
    // SAFETY: promised by the caller. Each new reference goes into a list that gives it back.
    unsafe {
        let mut made = Vec::new();
        let mut keep = |object: *mut PyObject| {
            made.push(object);
            if object.is_null() {
                Err(Raised)
            } else {
                Ok(object)
            }
        };
        let result = (|| {
            let namespace = keep((api.PyDict_New)())?;
            let mut entry = |key: &CStr, value| {
                let key = keep((api.PyUnicode_FromString)(key.as_ptr()))?;
                let value = keep(value)?;
                match (api.PyDict_SetItem)(namespace, key, value) {
                    0 => Ok(()),
                    _ => Err(Raised),
                }
            };
            entry(c"__slots__", (api.PyTuple_New)(0))?;
            if dot.is_some() {
                entry(c"__module__", (api.PyUnicode_FromString)(module.as_ptr()))?;
            }
            let bases = keep((api.PyTuple_New)(1))?;
            let arguments = keep((api.PyTuple_New)(3))?;
            let short = (api.PyUnicode_FromString)(short.as_ptr());
            // `PyTuple_SetItem` takes the reference (null included), and wants to be the only one
            // who holds the tuple.
            (api.Py_IncRef)(base);
            let mut failed = (api.PyTuple_SetItem)(bases, 0, base);
            (api.Py_IncRef)(bases);
            (api.Py_IncRef)(namespace);
            failed |= (api.PyTuple_SetItem)(arguments, 0, short);
            failed |= (api.PyTuple_SetItem)(arguments, 1, bases);
            failed |= (api.PyTuple_SetItem)(arguments, 2, namespace);
            if failed != 0 || short.is_null() {
                return Err(Raised);
            }
            let kind = (api.PyObject_Call)(metaclass, arguments, null_mut());
            if kind.is_null() {
                Err(Raised)
            } else {
                Ok(kind)
            }
        })();
        for object in made.into_iter().filter(|object| !object.is_null()) {
            (api.Py_DecRef)(object);
        }
        result
    }
}

/// What a type of ours has to pass on to a built-in base (`list`, say).
///
/// # Safety
/// The C API is loaded, `base` is a live type that the host did not make.
unsafe fn inherited_from(base: *mut PyObject) -> Inherited {
    const NOTHING: Inherited = Inherited {
        dealloc: None,
        traverse: None,
        clear: None,
    };
    let interpreter = interpreter::get();
    let is_object = capi::symbol("PyBaseObject_Type").is_some_and(|object| object.cast() == base);
    // Up to 3.9 a static type's slots cannot be asked for. A class made in Python passes on by
    // itself, starting at the instance's own type, so that calling it from there would not end.
    // SAFETY: promised by the caller.
    let is_static = unsafe { (capi().PyType_GetFlags)(base) & TPFLAGS_HEAPTYPE == 0 };
    if interpreter.kind != Kind::CPython
        || interpreter.version < (3, 10, 0)
        || is_object
        || !is_static
    {
        return NOTHING;
    }
    // SAFETY: promised by the caller; the slots hold functions of these signatures or null.
    unsafe {
        let slot = |number| (capi().PyType_GetSlot)(base, number);
        Inherited {
            dealloc: std::mem::transmute::<*mut c_void, Option<FreeFunction>>(slot(PY_TP_DEALLOC)),
            traverse: std::mem::transmute::<*mut c_void, Option<TraverseSlot>>(slot(
                PY_TP_TRAVERSE,
            )),
            clear: std::mem::transmute::<*mut c_void, Option<ClearSlot>>(slot(PY_TP_CLEAR)),
        }
    }
}
