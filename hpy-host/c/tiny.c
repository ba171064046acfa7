/* A module as an author of HPy modules writes it, with HPy's macros and helpers and nothing of
   ours but PyInit_tiny: test_tiny.py compiles it against HPy's own headers. */
#include "hpy.h"
#include <string.h>

HPyDef_METH(nothing, "nothing", HPyFunc_NOARGS, .doc = "nothing(): None.")
static HPy nothing_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(twice, "twice", HPyFunc_O)
static HPy twice_impl(HPyContext *ctx, HPy self, HPy arg)
{
    (void)self;
    return HPy_Add(ctx, arg, arg);
}

/* HPyArg_Parse and HPyErr_Format are compiled into each module. */
HPyDef_METH(join, "join", HPyFunc_VARARGS)
static HPy join_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    long number;
    const char *text;
    double real = 0.5;
    (void)self;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "ls|d:join", &number, &text, &real))
        return HPy_NULL;
    if (number < 0)
        return HPyErr_Format(ctx, ctx->h_ValueError, "%ld is negative (%s)", number, text);
    return HPy_BuildValue(ctx, "(lsd)", number, text, real);
}

HPyDef_METH(named, "named", HPyFunc_KEYWORDS)
static HPy named_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    static const char *names[] = {"first", "second", NULL};
    HPy first, second = HPy_NULL, result;
    HPyTracker tracker;
    (void)self;
    if (!HPyArg_ParseKeywords(ctx, &tracker, args, nargs, kwnames, "O|O:named", names, &first,
                              &second))
        return HPy_NULL;
    if (HPy_IsNull(second))
        second = ctx->h_Ellipsis;
    result = HPyTuple_Pack(ctx, 2, second, first);
    HPyTracker_Close(ctx, tracker);
    return result;
}

static void capsule_freed_impl(const char *name, void *pointer, void *context);
HPyCapsule_DESTRUCTOR(capsule_freed)

static int capsules_freed;
static void capsule_freed_impl(const char *name, void *pointer, void *context)
{
    (void)context;
    if (strcmp(name, "tiny") == 0 && pointer == (void *)&capsules_freed)
        capsules_freed++;
}

HPyDef_METH(capsule, "capsule", HPyFunc_NOARGS)
static HPy capsule_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPyCapsule_New(ctx, &capsules_freed, "tiny", &capsule_freed);
}

HPyDef_METH(freed, "freed", HPyFunc_NOARGS)
static HPy freed_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPyLong_FromLong(ctx, capsules_freed);
}

/* A type. */
typedef struct {
    long value;
    HPyField held;
    float ratio;
} BoxObject;
HPyType_HELPERS(BoxObject)

static int boxes_destroyed;

HPyDef_SLOT(Box_new, HPy_tp_new)
static HPy Box_new_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    static const char *names[] = {"value", "held", NULL};
    BoxObject *box;
    long value;
    HPy held = HPy_NULL, result;
    HPyTracker tracker;
    if (!HPyArg_ParseKeywordsDict(ctx, &tracker, args, nargs, kw, "l|O:Box", names, &value, &held))
        return HPy_NULL;
    result = HPy_New(ctx, cls, &box);
    if (!HPy_IsNull(result)) {
        box->value = value;
        box->ratio = 0.25f;
        if (!HPy_IsNull(held))
            HPyField_Store(ctx, result, &box->held, held);
    }
    HPyTracker_Close(ctx, tracker);
    return result;
}

HPyDef_SLOT(Box_destroy, HPy_tp_destroy)
static void Box_destroy_impl(void *data)
{
    (void)data;
    boxes_destroyed++;
}

HPyDef_SLOT(Box_traverse, HPy_tp_traverse)
static int Box_traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((BoxObject *)data)->held);
    return 0;
}

HPyDef_SLOT(Box_repr, HPy_tp_repr)
static HPy Box_repr_impl(HPyContext *ctx, HPy self)
{
    return HPyUnicode_FromFormat(ctx, "<Box of %ld>", BoxObject_AsStruct(ctx, self)->value);
}

HPyDef_SLOT(Box_add, HPy_nb_add)
static HPy Box_add_impl(HPyContext *ctx, HPy a, HPy b)
{
    HPy kind = HPy_Type(ctx, a), number, result;
    if (!HPy_TypeCheck(ctx, b, kind)) {
        HPy_Close(ctx, kind);
        return HPy_Dup(ctx, ctx->h_NotImplemented);
    }
    number = HPyLong_FromLong(ctx, BoxObject_AsStruct(ctx, a)->value +
                                       BoxObject_AsStruct(ctx, b)->value);
    result = HPy_Call(ctx, kind, &number, 1, HPy_NULL);
    HPy_Close(ctx, number);
    HPy_Close(ctx, kind);
    return result;
}

HPyDef_SLOT(Box_compare, HPy_tp_richcompare)
static HPy Box_compare_impl(HPyContext *ctx, HPy a, HPy b, HPy_RichCmpOp op)
{
    HPy kind = HPy_Type(ctx, a);
    int same_type = HPy_TypeCheck(ctx, b, kind);
    HPy_Close(ctx, kind);
    if (!same_type)
        return HPy_Dup(ctx, ctx->h_NotImplemented);
    HPy_RETURN_RICHCOMPARE(ctx, BoxObject_AsStruct(ctx, a)->value,
                           BoxObject_AsStruct(ctx, b)->value, op);
}

HPyDef_SLOT(Box_length, HPy_sq_length)
static HPy_ssize_t Box_length_impl(HPyContext *ctx, HPy self)
{
    return BoxObject_AsStruct(ctx, self)->value;
}

HPyDef_SLOT(Box_item, HPy_sq_item)
static HPy Box_item_impl(HPyContext *ctx, HPy self, HPy_ssize_t index)
{
    if (index < 0 || index >= BoxObject_AsStruct(ctx, self)->value)
        return HPyErr_SetString(ctx, ctx->h_IndexError, "no such item");
    return HPyLong_FromSsize_t(ctx, index * 10);
}

HPyDef_SLOT(Box_call, HPy_tp_call)
static HPy Box_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    (void)args;
    return HPy_BuildValue(ctx, "(lni)", BoxObject_AsStruct(ctx, self)->value, (HPy_ssize_t)nargs,
                          HPy_IsNull(kwnames) ? 0 : (int)HPy_Length(ctx, kwnames));
}

static char the_bytes[4] = {1, 2, 3, 4};
static HPy_ssize_t the_shape[1] = {4}, the_strides[1] = {1};

HPyDef_SLOT(Box_getbuffer, HPy_bf_getbuffer)
static int Box_getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view, int flags)
{
    (void)flags;
    memset(view, 0, sizeof(*view));
    view->buf = the_bytes;
    view->obj = HPy_Dup(ctx, self);
    view->len = 4;
    view->itemsize = 1;
    view->readonly = 1;
    view->ndim = 1;
    view->format = (char *)"B";
    view->shape = the_shape;
    view->strides = the_strides;
    return 0;
}

HPyDef_MEMBER(Box_value, "value", HPyMember_LONG, offsetof(BoxObject, value))
HPyDef_MEMBER(Box_ratio, "ratio", HPyMember_FLOAT, offsetof(BoxObject, ratio), .readonly = 1)

HPyDef_GETSET(Box_held, "held", .doc = "What the box holds.")
static HPy Box_held_get(HPyContext *ctx, HPy self, void *closure)
{
    BoxObject *box = BoxObject_AsStruct(ctx, self);
    (void)closure;
    if (HPyField_IsNull(box->held))
        return HPyErr_SetString(ctx, ctx->h_AttributeError, "an empty box");
    return HPyField_Load(ctx, self, box->held);
}
static int Box_held_set(HPyContext *ctx, HPy self, HPy value, void *closure)
{
    (void)closure;
    HPyField_Store(ctx, self, &BoxObject_AsStruct(ctx, self)->held, value);
    return 0;
}

HPyDef_METH(Box_grow, "grow", HPyFunc_O)
static HPy Box_grow_impl(HPyContext *ctx, HPy self, HPy by)
{
    long number = HPyLong_AsLong(ctx, by);
    if (number == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    BoxObject_AsStruct(ctx, self)->value += number;
    return HPy_Dup(ctx, self);
}

static HPyDef *Box_defines[] = {
    &Box_new,    &Box_destroy, &Box_traverse, &Box_repr,      &Box_add,
    &Box_length, &Box_item,    &Box_call,     &Box_getbuffer, &Box_compare,
    &Box_value,  &Box_ratio,   &Box_held,     &Box_grow,      NULL,
};

static HPyType_Spec Box_spec = {
    .name = "tiny.Box",
    .basicsize = sizeof(BoxObject),
    .builtin_shape = SHAPE(BoxObject),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .defines = Box_defines,
    .doc = "Box(value, held=...)",
};

HPyDef_METH(destroyed, "destroyed", HPyFunc_NOARGS)
static HPy destroyed_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPyLong_FromLong(ctx, boxes_destroyed);
}

static HPyGlobal kept;

HPyDef_METH(keep, "keep", HPyFunc_O)
static HPy keep_impl(HPyContext *ctx, HPy self, HPy x)
{
    HPy before;
    (void)self;
    before = HPyGlobal_Load(ctx, kept);
    HPyGlobal_Store(ctx, &kept, x);
    return before;
}

HPyDef_SLOT(tiny_exec, HPy_mod_exec)
static int tiny_exec_impl(HPyContext *ctx, HPy module)
{
    HPyGlobal_Store(ctx, &kept, ctx->h_None);
    return HPyHelpers_AddType(ctx, module, "Box", &Box_spec, NULL) ? 0 : -1;
}

static HPyDef *tiny_defines[] = {
    &tiny_exec, &nothing, &twice, &join, &named, &capsule, &freed, &destroyed, &keep, NULL,
};

static HPyGlobal *tiny_globals[] = {&kept, NULL};

static HPyModuleDef tiny = {
    .doc = "A module in C.",
    .defines = tiny_defines,
    .globals = tiny_globals,
};

HPy_MODINIT(tiny, tiny)

/* What loads it where there is no HPy. */
cpy_PyObject *hpy_host_init_module(const char *, HPyModuleDef *, void (*)(HPyContext *));
HPy_EXPORTED_SYMBOL cpy_PyObject *PyInit_tiny(void)
{
    return hpy_host_init_module("tiny", HPyInit_tiny(), HPyInitGlobalContext_tiny);
}
