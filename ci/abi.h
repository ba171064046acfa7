/* chunkarray.h: chunkarray for C11 and C++17, without Python or beside it.
 *
 * Written by `ci/abi --write` from ci/abi.h and from the table in the binary. Table version @MAJOR@.@MINOR@.
 *
 * Load the binary once; every function is then a member of `chunkarray_api`:
 *
 *     chunkarray_api ca;
 *     int32_t missing = chunkarray_load(&ca, "/path/to/_core.hpy0.so");
 *     if (missing < 0) { fprintf(stderr, "%s\n", chunkarray_load_error(missing)); return 1; }
 *     chunkarray_handle array = ca.array_new("F8", 1024, 0, 0);
 *     ca.array_push_f8(array, 1.5);
 *     ca.array_delete(array);
 *
 * `python -c "import chunkarray; print(chunkarray._core.__file__)"` tells the path. In an extension module that is
 * handed an object of chunkarray's, chunkarray_find_extension() below needs neither the path nor an import.
 *
 * Who owns what: a handle is a number. One from a `_new` function belongs to the caller, who ends it by `_delete`; one
 * of a Python object is good as long as that object. A handle that is no good (any more) is an error, never undefined
 * behaviour, so are indices past the end and elements of another type. That does not hold for functions whose names end
 * in `_unchecked`: they trust their caller.
 *
 * Results that are signed integers are >= 0, or an error: CHUNKARRAY_BAD_HANDLE and its neighbours.
 */
#ifndef CHUNKARRAY_H
#define CHUNKARRAY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifndef CHUNKARRAY_NO_DLOPEN
#include <dlfcn.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Versions ------------------------------------------------------------------------------------------------------
 * A program that was built with this header works with every binary whose table has the same major version. Where the
 * binary is older (a lower minor version), functions that it lacks are null.
 */
#define CHUNKARRAY_MAJOR @MAJOR@
#define CHUNKARRAY_MINOR @MINOR@

/* ---- Errors ------------------------------------------------------------------------------------------------------ */
enum {
@ERRORS@
    /* Of chunkarray_load() and chunkarray_bind(). */
    CHUNKARRAY_NO_LIBRARY = -101,     /* dlopen() refuses the file; dlerror() says why */
    CHUNKARRAY_NO_TABLE = -102,       /* there is no table of chunkarray's */
    CHUNKARRAY_OTHER_MAJOR = -103,    /* the table's major version is not CHUNKARRAY_MAJOR */
    CHUNKARRAY_OTHER_SIGNATURE = -104 /* a function takes or gives something else: the table is damaged */
};

/* ---- The table in the binary -------------------------------------------------------------------------------------- */
typedef struct {
    const char *name;
    const char *signature; /* such as "S8(P,F8)": the result, then the arguments; the digit counts bytes */
    const char *doc;
    void (*pointer)(void);
    uint32_t since; /* the minor version that it came with */
    uint32_t flags; /* 1: unchecked */
} chunkarray_function;

typedef struct {
    uint64_t magic;
    uint32_t major, minor;
    uint32_t header_size, entry_size; /* bytes; later versions may have more */
    uint32_t count, flags;
    const chunkarray_function *entries; /* `count` of them, `entry_size` bytes apart */
    const char *module;
} chunkarray_table;

#define CHUNKARRAY_TABLE_MAGIC UINT64_C(0x736e697754795048) /* "HPyTwins" */
#define CHUNKARRAY_TABLE_SYMBOL "HPyTwins__core"

/* ---- Arrays in memory ---------------------------------------------------------------------------------------------- */

/* An array, arena, log or key table. Never a pointer; 0 is none. */
typedef uint64_t chunkarray_handle;

/* What readers may look at: see chunkarray_at_f8_unchecked() and its neighbours, which know how. Only the thread whose
 * appender is open writes to it, by the put functions. */
typedef struct {
@ARRAY@
} chunkarray_array;

/* Bits of `state`. */
enum {
    CHUNKARRAY_STATE_FROZEN = 1,
    CHUNKARRAY_STATE_CLOSED = 2,
    CHUNKARRAY_STATE_SHARED = 4,
    CHUNKARRAY_STATE_EXPORTED = 8,
    CHUNKARRAY_STATE_APPENDER = 16
};

/* Elements of an array that lie one behind the other: see array_chunk. */
typedef struct {
    unsigned char *data; /* the first one */
    uint64_t start;      /* its position */
    uint64_t count;      /* elements */
} chunkarray_chunk;

/* What an object has in its extension table: see below. */
typedef struct {
    uint64_t id;
    const void *pointer;
} chunkarray_extension;

typedef struct {
    uint64_t magic;
    uint32_t major, minor;
    uint32_t count, entry_size; /* bytes; later versions may have more */
    const chunkarray_extension *entries;
} chunkarray_extensions;

#define CHUNKARRAY_EXTENSIONS_MAGIC UINT64_C(0x7478456b6e756843) /* "ChunkExt" */
#define CHUNKARRAY_EXTENSIONS_MAJOR 1

/* ---- Every function -------------------------------------------------------------------------------------------------
 * `python -m chunkarray abi --explain NAME` tells more of each.
 */
typedef struct {
    uint32_t major, minor; /* of the table that was loaded */

@MEMBERS@
} chunkarray_api;

/* Fills `api` from a table. Gives how many functions of this header the table lacks (their members are null; 0 for a
 * binary that is not older than the header), or an error. Members are found by name, so a table with more functions,
 * or longer entries, is as good. */
static inline int32_t chunkarray_bind(chunkarray_api *api, const chunkarray_table *table)
{
    static const struct {
        const char *name, *signature;
        size_t offset;
    } wanted[] = {
@WANTED@
    };
    const size_t count = sizeof wanted / sizeof *wanted;
    int32_t missing = 0;
    uint32_t next = 0; /* entries stand in about the same order on both sides */

    memset(api, 0, sizeof *api);
    if (!table || table->magic != CHUNKARRAY_TABLE_MAGIC)
        return CHUNKARRAY_NO_TABLE;
    api->major = table->major;
    api->minor = table->minor;
    if (table->major != CHUNKARRAY_MAJOR)
        return CHUNKARRAY_OTHER_MAJOR;
    if (table->entry_size < sizeof(chunkarray_function))
        return CHUNKARRAY_NO_TABLE;
    for (size_t k = 0; k < count; k++) {
        const chunkarray_function *found = NULL;
        for (uint32_t tried = 0; tried < table->count && !found; tried++, next++) {
            const char *entries = (const char *)table->entries;
            const chunkarray_function *entry;
            if (next >= table->count)
                next = 0;
            entry = (const chunkarray_function *)(const void *)(entries + (size_t)next * table->entry_size);
            if (strcmp(entry->name, wanted[k].name) == 0)
                found = entry;
        }
        if (!found)
            missing++;
        else if (strcmp(found->signature, wanted[k].signature) != 0)
            return CHUNKARRAY_OTHER_SIGNATURE;
        else
            memcpy((char *)api + wanted[k].offset, &found->pointer, sizeof found->pointer);
    }
    return missing;
}

#ifndef CHUNKARRAY_NO_DLOPEN
/* Loads the binary of chunkarray from `path`, which stays loaded, and fills `api`: see chunkarray_bind(). No Python is
 * needed, and none is started. (With a glibc before 2.34, link with -ldl.) */
static inline int32_t chunkarray_load(chunkarray_api *api, const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    memset(api, 0, sizeof *api);
    if (!library)
        return CHUNKARRAY_NO_LIBRARY;
    return chunkarray_bind(api, (const chunkarray_table *)dlsym(library, CHUNKARRAY_TABLE_SYMBOL));
}
#endif

/* What an error of chunkarray_load() or chunkarray_bind() means. */
static inline const char *chunkarray_load_error(int32_t error)
{
    switch (error) {
    case CHUNKARRAY_NO_LIBRARY: return "the library can't be loaded";
    case CHUNKARRAY_NO_TABLE: return "this is not chunkarray: there is no table of functions in it";
    case CHUNKARRAY_OTHER_MAJOR: return "the table of functions has another major version than chunkarray.h";
    case CHUNKARRAY_OTHER_SIGNATURE: return "a function has another signature than in chunkarray.h";
    default: return error < 0 ? "unknown error" : "no error";
    }
}

/* ---- Objects of chunkarray's in an extension module -----------------------------------------------------------------
 * Each ChunkArray, Arena, Log and KeyTable has the attribute __chunkarray_c__: a capsule named CHUNKARRAY_CAPSULE over
 * a table of (id, pointer) pairs, which lives as long as the object. So a module that is handed an object finds all
 * that it needs, and imports nothing:
 *
 *     PyObject *capsule = PyObject_GetAttrString(object, "__chunkarray_c__");
 *     const chunkarray_extensions *extensions = PyCapsule_GetPointer(capsule, CHUNKARRAY_CAPSULE);
 *     const chunkarray_table *table = chunkarray_find_extension(extensions, CHUNKARRAY_EXTENSION_TABLE);
 */
#define CHUNKARRAY_CAPSULE "chunkarray.extensions"

enum {
@EXTENSIONS@
};

/* The pointer of an id; null where there is none, or the table is of another major version. */
static inline const void *chunkarray_find_extension(const chunkarray_extensions *extensions, uint64_t id)
{
    if (!extensions || extensions->magic != CHUNKARRAY_EXTENSIONS_MAGIC ||
        extensions->major != CHUNKARRAY_EXTENSIONS_MAJOR || extensions->entry_size < sizeof(chunkarray_extension))
        return NULL;
    for (uint32_t k = 0; k < extensions->count; k++) {
        const char *entries = (const char *)extensions->entries;
        const chunkarray_extension *entry =
            (const chunkarray_extension *)(const void *)(entries + (size_t)k * extensions->entry_size);
        if (entry->id == id)
            return entry->pointer;
    }
    return NULL;
}

/* The handle among an object's extensions, 0 where there is none. */
static inline chunkarray_handle chunkarray_find_handle(const chunkarray_extensions *extensions)
{
    return (chunkarray_handle)(uintptr_t)chunkarray_find_extension(extensions, CHUNKARRAY_EXTENSION_HANDLE);
}

/* ---- Reading without a call -----------------------------------------------------------------------------------------
 * `array` is ca.array_header(handle), which is valid until the array goes. Any thread may read at any time, also while
 * others append.
 */

/* How many elements there are. */
static inline int64_t chunkarray_len(const chunkarray_array *array)
{
    int64_t first = __atomic_load_n(&array->first, __ATOMIC_ACQUIRE);
    return __atomic_load_n(&array->end, __ATOMIC_ACQUIRE) - first;
}

/* Where the element at `position` (first + index) lies; `size` is array->element_size. Unchecked: the element exists. */
static inline unsigned char *chunkarray_pointer_unchecked(const chunkarray_array *array, int64_t position, size_t size)
{
    if (position < array->front_len)
        return __atomic_load_n(&array->front, __ATOMIC_RELAXED) + (size_t)position * size;
    uint64_t behind = (uint64_t)(position - array->front_len);
    uint64_t q = behind >> array->shift;
    if (array->growth == 0) {
        unsigned char *const *spine =
            (unsigned char *const *)__atomic_load_n(&array->entries, __ATOMIC_RELAXED);
        return __atomic_load_n(&spine[63 - __builtin_clzll(2 * q + 1)], __ATOMIC_RELAXED) + (size_t)position * size;
    }
    /* {mask, unused, chunks..}: may be replaced, so it is acquired, as is what it holds. */
    unsigned char *const *ring = (unsigned char *const *)__atomic_load_n(&array->entries, __ATOMIC_ACQUIRE);
    unsigned char *chunk = __atomic_load_n(&ring[2 + (q & (uintptr_t)ring[0])], __ATOMIC_ACQUIRE);
    return chunk + (size_t)(behind & ((UINT64_C(1) << array->shift) - 1)) * size;
}

/* ---- An appender: the fastest way to append -------------------------------------------------------------------------
 *
 *     chunkarray_appender appender;
 *     int32_t status = chunkarray_appender_open_f8(&appender, &ca, array);
 *     if (status < 0) ...
 *     for (...) if (chunkarray_put_f8_unchecked(&appender, x) < 0) ...
 *     chunkarray_appender_close(&appender);
 *
 * From open to close, in one thread, nobody else appends to the array (they get CHUNKARRAY_APPENDER_OPEN). Readers see
 * each element as soon as it was put.
 */
typedef struct {
    const chunkarray_api *api;
    chunkarray_handle handle;
    chunkarray_array *array;
    int64_t end; /* where the next element goes: kept here, as a register is quicker than what was just stored */
} chunkarray_appender;

/* Inlined always, else the appender would be memory and not registers. */
#define CHUNKARRAY_QUICK static inline __attribute__((always_inline))

/* Closes it; from here on, others may append again. */
CHUNKARRAY_QUICK int32_t chunkarray_appender_close(chunkarray_appender *appender)
{
    appender->array = NULL;
    return (int32_t)appender->api->appender_close(appender->handle);
}

/* ---- Reads and puts of each type ------------------------------------------------------------------------------------
 * chunkarray_at_T_unchecked: the element at `index` from 0, which exists.
 * chunkarray_appender_open_T: opens the appender of an array with elements of that type: >= 0, or an error.
 * chunkarray_put_T_unchecked: appends by an appender of that type that this thread has opened, and not closed. Gives
 * something >= 0, or an error, in which case nothing was appended.
 */
#define CHUNKARRAY_INLINE(T, TYPE)                                                                                  \
    static inline TYPE chunkarray_at_##T##_unchecked(const chunkarray_array *array, int64_t index)                  \
    {                                                                                                               \
        int64_t position = __atomic_load_n(&array->first, __ATOMIC_ACQUIRE) + index;                                \
        TYPE value;                                                                                                 \
        __atomic_load((TYPE *)(void *)chunkarray_pointer_unchecked(array, position, sizeof(TYPE)), &value,          \
                      __ATOMIC_RELAXED);                                                                            \
        return value;                                                                                               \
    }                                                                                                               \
                                                                                                                    \
    CHUNKARRAY_QUICK int32_t chunkarray_appender_open_##T(chunkarray_appender *appender, const chunkarray_api *api, \
                                                     chunkarray_handle array)                                       \
    {                                                                                                               \
        TYPE ignored;                                                                                               \
        int32_t status = api->array_at_##T(array, 0, &ignored); /* is it an array of this type? */                  \
        appender->api = api;                                                                                        \
        appender->handle = array;                                                                                   \
        appender->array = NULL;                                                                                     \
        appender->end = 0;                                                                                          \
        if (status < 0 && status != CHUNKARRAY_INDEX)                                                               \
            return status;                                                                                          \
        status = api->appender_open(array);                                                                         \
        if (status >= 0) {                                                                                          \
            appender->array = (chunkarray_array *)(uintptr_t)api->array_header(array);                              \
            appender->end = __atomic_load_n(&appender->array->end, __ATOMIC_RELAXED);                               \
        }                                                                                                           \
        return status;                                                                                              \
    }                                                                                                               \
                                                                                                                    \
    CHUNKARRAY_QUICK int64_t chunkarray_put_##T##_unchecked(chunkarray_appender *appender, TYPE value)              \
    {                                                                                                               \
        chunkarray_array *array = appender->array;                                                                  \
        /* Who sees the limit sees all that was done before it was set. */                                          \
        int64_t limit = __atomic_load_n(&array->put_limit, __ATOMIC_ACQUIRE);                                       \
        int64_t end = appender->end;                                                                                \
        if (end >= limit || end != __atomic_load_n(&array->end, __ATOMIC_RELAXED)) {                                \
            int64_t index = appender->api->appender_put_##T(appender->handle, value);                               \
            appender->end = __atomic_load_n(&array->end, __ATOMIC_RELAXED);                                         \
            return index;                                                                                           \
        }                                                                                                           \
        __atomic_store((TYPE *)(void *)(__atomic_load_n(&array->tail_bias, __ATOMIC_RELAXED) +                      \
                                        (size_t)end * sizeof(TYPE)),                                                \
                       &value, __ATOMIC_RELAXED);                                                                   \
        __atomic_store_n(&array->end, end + 1, __ATOMIC_RELEASE);                                                   \
        appender->end = end + 1;                                                                                    \
        return end;                                                                                                 \
    }

@INLINES@
#undef CHUNKARRAY_INLINE
#undef CHUNKARRAY_QUICK

#ifdef __cplusplus
}
#endif
#endif
