/* An extension module that is handed arrays of chunkarray's, and never imports chunkarray.
 *
 *     cc -std=c11 -shared -fPIC -I INCLUDE -I PYTHON_INCLUDE handed.c -o handed.so
 *
 * INCLUDE is chunkarray.get_include(), PYTHON_INCLUDE is sysconfig.get_path("include"). It runs on CPython and PyPy.
 *
 *     >>> handed.total(ChunkArray("F8", [1.5, 2.5]))
 *     4.0
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define CHUNKARRAY_NO_DLOPEN
#include <chunkarray.h>
#include <stdatomic.h>

/* The functions, once the first object has come along. */
static _Atomic(chunkarray_api *) functions;

static const chunkarray_api *api_of(const chunkarray_extensions *extensions)
{
    chunkarray_api *api = atomic_load(&functions), *none = NULL;
    if (api)
        return api;
    if (!(api = PyMem_RawMalloc(sizeof *api)))
        return (const chunkarray_api *)PyErr_NoMemory();
    int32_t missing = chunkarray_bind(
        api, (const chunkarray_table *)chunkarray_find_extension(extensions, CHUNKARRAY_EXTENSION_TABLE));
    if (missing == 0 && atomic_compare_exchange_strong(&functions, &none, api))
        return api;
    PyMem_RawFree(api);
    if (none)
        return none; /* another thread was quicker */
    PyErr_SetString(PyExc_ImportError, missing < 0 ? chunkarray_load_error(missing) : "chunkarray is too old");
    return NULL;
}

/* The extension table of an object, which lives as long as the object. Null, with an exception set, if it has none. */
static const chunkarray_extensions *extensions_of(PyObject *object)
{
    PyObject *capsule = PyObject_GetAttrString(object, "__chunkarray_c__");
    if (!capsule) {
        if (PyErr_ExceptionMatches(PyExc_AttributeError))
            PyErr_Format(PyExc_TypeError, "an object of chunkarray's is required, not %s", Py_TYPE(object)->tp_name);
        return NULL;
    }
    const chunkarray_extensions *extensions =
        (const chunkarray_extensions *)PyCapsule_GetPointer(capsule, CHUNKARRAY_CAPSULE);
    Py_DECREF(capsule);
    return extensions;
}

/* total(array, /): the sum of an array of floats, read from its memory without a call for each. */
static PyObject *total(PyObject *module, PyObject *object)
{
    (void)module;
    const chunkarray_extensions *extensions = extensions_of(object);
    if (!extensions)
        return NULL;
    const char *dtype = (const char *)chunkarray_find_extension(extensions, CHUNKARRAY_EXTENSION_DTYPE);
    const chunkarray_array *array =
        (const chunkarray_array *)chunkarray_find_extension(extensions, CHUNKARRAY_EXTENSION_HEADER);
    if (!array || !dtype || strcmp(dtype, "F8") != 0)
        return PyErr_Format(PyExc_TypeError, "an array of F8 is required, not of %s", dtype ? dtype : "nothing");
    double sum = 0;
    /* Nobody can shorten the array while this holds the interpreter's lock; without it, chunk_retain() would be wanted. */
    for (int64_t i = 0, length = chunkarray_len(array); i < length; i++)
        sum += chunkarray_at_f8_unchecked(array, i);
    return PyFloat_FromDouble(sum);
}

/* fill(array, count, /): appends 0.0, 1.0, .. while other Python threads run. */
static PyObject *fill(PyObject *module, PyObject *arguments)
{
    PyObject *object;
    long long count;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OL:fill", &object, &count))
        return NULL;
    const chunkarray_extensions *extensions = extensions_of(object);
    const chunkarray_api *ca = extensions ? api_of(extensions) : NULL;
    if (!ca)
        return NULL;
    chunkarray_handle array = chunkarray_find_handle(extensions);
    int64_t status = 0;
    Py_BEGIN_ALLOW_THREADS
    for (long long i = 0; i < count && status >= 0; i++)
        status = ca->array_push_f8(array, (double)i);
    Py_END_ALLOW_THREADS
    if (status < 0)
        return PyErr_Format(PyExc_RuntimeError, "chunkarray: %s", ca->error_text((int32_t)status));
    Py_RETURN_NONE;
}

/* ids(object, /): which ids its extension table has. */
static PyObject *ids(PyObject *module, PyObject *object)
{
    (void)module;
    const chunkarray_extensions *extensions = extensions_of(object);
    PyObject *list = extensions ? PyList_New(0) : NULL;
    for (uint64_t id = 1; list && id < 64; id++) {
        if (!chunkarray_find_extension(extensions, id))
            continue;
        PyObject *number = PyLong_FromUnsignedLongLong(id);
        if (!number || PyList_Append(list, number) < 0)
            Py_CLEAR(list);
        Py_XDECREF(number);
    }
    return list;
}

static PyMethodDef methods[] = {
    {"total", total, METH_O, "total(array, /): the sum of an array of F8."},
    {"fill", fill, METH_VARARGS, "fill(array, count, /): appends 0.0, 1.0, .. to an array of F8."},
    {"ids", ids, METH_O, "ids(object, /): which ids the extension table of an object of chunkarray's has."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "handed", "Works on arrays of chunkarray's, which it never imports.", 0, methods, slots,
    NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_handed(void)
{
    return PyModuleDef_Init(&definition);
}
