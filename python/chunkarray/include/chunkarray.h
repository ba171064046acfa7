/* chunkarray.h: chunkarray for C11 and C++17, without Python or beside it.
 *
 * Written by `ci/abi --write` from ci/abi.h and from the table in the binary. Table version 1.0.
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
#define CHUNKARRAY_MAJOR 1
#define CHUNKARRAY_MINOR 0

/* ---- Errors ------------------------------------------------------------------------------------------------------ */
enum {
    CHUNKARRAY_BAD_HANDLE = -1,        /* not the handle of such an object, or the object is gone */
    CHUNKARRAY_WRONG_TYPE = -2,        /* the elements are of another type */
    CHUNKARRAY_INDEX = -3,             /* there is no such element */
    CHUNKARRAY_NO_MEMORY = -4,         /* the system refused the memory */
    CHUNKARRAY_FROZEN = -5,            /* the array is frozen */
    CHUNKARRAY_CLOSED = -6,            /* the object is closed */
    CHUNKARRAY_APPENDER_OPEN = -7,     /* an appender of the array is open, or not the one that is needed */
    CHUNKARRAY_BUSY = -8,              /* another thread is at work on the object */
    CHUNKARRAY_EMPTY = -9,             /* there is no element */
    CHUNKARRAY_BAD_ARGUMENT = -10,     /* an argument is out of range, or null */
    CHUNKARRAY_IN_TRANSACTION = -11,   /* a transaction is in the way, or there is none */
    CHUNKARRAY_IN_USE = -12,           /* somebody still uses the object or its memory */
    CHUNKARRAY_PANIC = -13,            /* a bug in chunkarray: the operation broke off */
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
    int64_t end;              /* position behind the newest element (load-acquire); elements in front of it are written */
    int64_t append_limit;     /* push_plain goes below this position: 0 while the lock is held or the array is shared */
    int64_t put_limit;        /* an appender's put_plain goes below this position: 0 while none is open */
    unsigned char *tail_bias; /* bias pointer of the chunk that the next element goes to */
    int64_t first;            /* position of the oldest element (load-acquire, before end) */
    int64_t cuts;             /* another number whenever a pointer to elements or an end that was kept may be out of date */
    int64_t front_len;        /* positions below this one lie in the front region */
    unsigned char *front;     /* its bias pointer */
    void *entries;            /* the chunks behind it, see below; null as long as there are none */
    int64_t element_size;     /* bytes of an element */
    int64_t shift;            /* log2 of the chunk size */
    int64_t growth;           /* 0: chunks double, 1: chunks of one size */
    int64_t state;            /* bits: 1 frozen, 2 closed, 4 shared, 8 exported, 16 an appender is open */
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

    /* What a negative result means, in English. Static text; null where there is no such status. */
    const char *(*error_text)(int32_t status);

    /* The name of a negative result, such as "INDEX". Static text; null where there is no such status. */
    const char *(*error_name)(int32_t status);

    /* The name of the id of an entry in an extension table, such as "HANDLE"; ids count from 1. Static text; null
     * where there is no such id. */
    const char *(*extension_name)(uint64_t id);

    /* A new array of a dtype, such as "F8": its handle, or null if the dtype is unknown, an option is out of range or
     * there is no memory. `chunk_size` is in elements, a power of two, 0 for the default (1024); `capacity` is how
     * many elements lie in one piece in front, 0 for none; `keep` is how many of the newest elements are kept at
     * least, 0 for all. The caller owns the array, and deletes it with array_delete. */
    chunkarray_handle (*array_new)(const char *dtype, uint64_t chunk_size, uint64_t capacity, uint64_t keep);

    /* Deletes an array that array_new made, after waiting for calls of other threads. Chunks that were retained keep
     * their memory. After it every use of the handle is BAD_HANDLE. Errors: BAD_HANDLE, BAD_ARGUMENT for an array of
     * Python's. */
    int32_t (*array_delete)(chunkarray_handle array);

    /* The array's header, for reads without a call: chunkarray_array in C. Borrowed: it is valid while the array
     * lives, and from now on the array gives no memory back before it goes. Null for a bad handle. */
    const chunkarray_array *(*array_header)(chunkarray_handle array);

    /* The array's extension table: chunkarray_extensions in C. Borrowed: it is valid while the array lives. It names
     * the header, see array_header. Null for a bad handle. */
    const chunkarray_extensions *(*extensions_of)(chunkarray_handle array);

    /* How many elements there are. Errors: BAD_HANDLE. */
    int64_t (*array_len)(chunkarray_handle array);

    /* How many elements were dropped at the front: the position of the oldest one. Errors: BAD_HANDLE. */
    int64_t (*array_first)(chunkarray_handle array);

    /* Bytes of an element. Errors: BAD_HANDLE. */
    int64_t (*array_element_size)(chunkarray_handle array);

    /* The name of the dtype, such as "F8". Borrowed: it is valid while the array lives. Null for a bad handle. */
    const char *(*array_dtype)(chunkarray_handle array);

    /* The address of an element, which stays as long as the array lives; a negative index counts from the end. Null
     * for a bad handle or where there is no such element. */
    void *(*array_address)(chunkarray_handle array, int64_t index);

    /* Shortens the array to `length` elements; one that is not longer stays as it is. The memory is kept for reuse.
     * Errors: BAD_HANDLE, FROZEN, IN_TRANSACTION, APPENDER_OPEN, BAD_ARGUMENT. */
    int32_t (*array_truncate)(chunkarray_handle array, uint64_t length);

    /* Removes all elements. The memory is kept for reuse. Errors: as array_truncate. */
    int32_t (*array_clear)(chunkarray_handle array);

    /* Removes all elements, and makes all marks invalid. Errors: as array_truncate. */
    int32_t (*array_reset)(chunkarray_handle array);

    /* Drops the `count` oldest elements, or all if there are fewer. How many were dropped. The others keep their
     * places, positions and addresses. Errors: BAD_HANDLE, FROZEN, IN_TRANSACTION, BAD_ARGUMENT. */
    int64_t (*array_drop_front)(chunkarray_handle array, uint64_t count);

    /* Makes place for `additional` more elements, or changes nothing. Errors: BAD_HANDLE, NO_MEMORY, FROZEN, CLOSED,
     * BAD_ARGUMENT. */
    int32_t (*array_reserve)(chunkarray_handle array, uint64_t additional);

    /* Remembers the array's end, for array_rewind: a mark above 0, valid until the array is cut below it or its
     * position is dropped. Errors: BAD_HANDLE, NO_MEMORY. */
    int64_t (*array_save)(chunkarray_handle array);

    /* Goes back to a mark: removes what was appended since. BAD_ARGUMENT if the mark is not valid. The mark stays
     * good. Errors: BAD_HANDLE, BAD_ARGUMENT, FROZEN, IN_TRANSACTION, APPENDER_OPEN. */
    int32_t (*array_rewind)(chunkarray_handle array, uint64_t mark);

    /* Begins a transaction of this thread, and gives its depth: others that append or shorten wait until it is over.
     * It waits for others' as well, so a caller that holds an interpreter's lock gives that up before, or uses
     * array_try_begin. Transactions nest. Errors: BAD_HANDLE, NO_MEMORY, FROZEN, CLOSED, APPENDER_OPEN. */
    int64_t (*array_begin)(chunkarray_handle array);

    /* As array_begin; BUSY, instead of waiting, if another thread is at work on the array. Errors: BAD_HANDLE, BUSY,
     * NO_MEMORY, FROZEN, CLOSED, APPENDER_OPEN. */
    int64_t (*array_try_begin)(chunkarray_handle array);

    /* Ends this thread's innermost transaction, which has that depth. Errors: BAD_HANDLE, IN_TRANSACTION if there is
     * no such one, IN_USE, APPENDER_OPEN. */
    int32_t (*array_commit)(chunkarray_handle array, uint64_t depth);

    /* Ends this thread's innermost transaction, which has that depth, and removes what was appended in it. Errors:
     * BAD_HANDLE, IN_TRANSACTION if there is no such one, IN_USE. */
    int32_t (*array_abort)(chunkarray_handle array, uint64_t depth);

    /* Whether somebody else would have to be waited for by whoever appends: 1 or 0. Errors: BAD_HANDLE. */
    int32_t (*array_is_busy)(chunkarray_handle array);

    /* Whether the array has come to where a waiter of Python's wants it, which a caller in Python is to tell: 1 at
     * most once, then 0. Waiters of an array whose header or extension table was given out look every 10 ms by
     * themselves. */
    int32_t (*array_take_due)(chunkarray_handle array);

    /* Opens the array's appender for this thread, which alone may append until appender_close, by appender_put_T.
     * Errors: BAD_HANDLE, APPENDER_OPEN if there is one already, NO_MEMORY, FROZEN, CLOSED. */
    int32_t (*appender_open)(chunkarray_handle array);

    /* Closes the appender that this thread opened. Errors: BAD_HANDLE, APPENDER_OPEN if this thread's appender is not
     * open. */
    int32_t (*appender_close)(chunkarray_handle array);

    /* Appends `count` elements that lie one behind the other at `from`: adjacent, all of them or none. The index of
     * the first one. Errors: BAD_HANDLE, BAD_ARGUMENT, NO_MEMORY, FROZEN, CLOSED, APPENDER_OPEN. */
    int64_t (*array_extend)(chunkarray_handle array, const void *from, uint64_t count);

    /* Copies `count` elements to `out`, one behind the other: element `start`, which counts from the end where it is
     * negative, and then every `step`-th, backwards if that is negative. Errors: BAD_HANDLE, INDEX if one of them does
     * not exist, BAD_ARGUMENT. */
    int32_t (*array_read)(chunkarray_handle array, int64_t start, int64_t step, uint64_t count, void *out);

    /* Overwrites `count` elements, chosen as by array_read, with those at `from`, which is not the array's own memory.
     * Errors: BAD_HANDLE, INDEX, BAD_ARGUMENT, FROZEN. */
    int32_t (*array_write)(chunkarray_handle array, int64_t start, int64_t step, uint64_t count, const void *from);

    /* Reverses the order of the elements. Errors: BAD_HANDLE, FROZEN, NO_MEMORY. */
    int32_t (*array_reverse)(chunkarray_handle array);

    /* Sorts the elements, stably, the smallest first and not-a-numbers last; `descending` other than 0: the largest
     * first. Errors: BAD_HANDLE, WRONG_TYPE for elements that have no order, FROZEN, NO_MEMORY. */
    int32_t (*array_sort)(chunkarray_handle array, int32_t descending);

    /* How many chunks hold elements. Errors: BAD_HANDLE. */
    int64_t (*array_chunk_count)(chunkarray_handle array);

    /* Where the elements of the array's `k`-th chunk lie, counted from 0: writes chunkarray_chunk (address, position
     * of the first element, number of elements) to `out`. Borrowed: the memory is valid while the array lives. Errors:
     * BAD_HANDLE, INDEX if there is no such chunk, BAD_ARGUMENT. */
    int32_t (*array_chunk)(chunkarray_handle array, uint64_t k, chunkarray_chunk *out);

    /* Keeps the memory of the array's `k`-th chunk, whatever becomes of the array, until chunk_release: the chunk's
     * handle, or null if there is no such chunk. The caller owns it. */
    chunkarray_handle (*chunk_retain)(chunkarray_handle array, uint64_t k);

    /* Where the elements of a chunk lie that was retained, as array_chunk tells: those that it had then. Errors:
     * BAD_HANDLE, BAD_ARGUMENT. */
    int32_t (*chunk_span)(chunkarray_handle chunk, chunkarray_chunk *out);

    /* Lets go of a chunk that chunk_retain gave. After it every use of the handle is BAD_HANDLE. Errors: BAD_HANDLE. */
    int32_t (*chunk_release)(chunkarray_handle chunk);

    /* Appends an element, after waiting for others that append or shorten. Its index. Errors: BAD_HANDLE, WRONG_TYPE,
     * BAD_ARGUMENT (a truth value above 1), NO_MEMORY, FROZEN, CLOSED, APPENDER_OPEN. */
    int64_t (*array_push_u1)(chunkarray_handle array, uint8_t value);
    int64_t (*array_push_u2)(chunkarray_handle array, uint16_t value);
    int64_t (*array_push_u4)(chunkarray_handle array, uint32_t value);
    int64_t (*array_push_u8)(chunkarray_handle array, uint64_t value);
    int64_t (*array_push_s1)(chunkarray_handle array, int8_t value);
    int64_t (*array_push_s2)(chunkarray_handle array, int16_t value);
    int64_t (*array_push_s4)(chunkarray_handle array, int32_t value);
    int64_t (*array_push_s8)(chunkarray_handle array, int64_t value);
    int64_t (*array_push_f4)(chunkarray_handle array, float value);
    int64_t (*array_push_f8)(chunkarray_handle array, double value);

    /* Reads the element at an index, which counts from the end where it is negative, to `out`. Errors: BAD_HANDLE,
     * WRONG_TYPE, INDEX. */
    int32_t (*array_at_u1)(chunkarray_handle array, int64_t index, uint8_t *out);
    int32_t (*array_at_u2)(chunkarray_handle array, int64_t index, uint16_t *out);
    int32_t (*array_at_u4)(chunkarray_handle array, int64_t index, uint32_t *out);
    int32_t (*array_at_u8)(chunkarray_handle array, int64_t index, uint64_t *out);
    int32_t (*array_at_s1)(chunkarray_handle array, int64_t index, int8_t *out);
    int32_t (*array_at_s2)(chunkarray_handle array, int64_t index, int16_t *out);
    int32_t (*array_at_s4)(chunkarray_handle array, int64_t index, int32_t *out);
    int32_t (*array_at_s8)(chunkarray_handle array, int64_t index, int64_t *out);
    int32_t (*array_at_f4)(chunkarray_handle array, int64_t index, float *out);
    int32_t (*array_at_f8)(chunkarray_handle array, int64_t index, double *out);

    /* The element at an index from 0 to the length less 1 of an array of this type, which is not looked at. */
    uint8_t (*array_at_u1_unchecked)(const chunkarray_array *header, int64_t index);
    uint16_t (*array_at_u2_unchecked)(const chunkarray_array *header, int64_t index);
    uint32_t (*array_at_u4_unchecked)(const chunkarray_array *header, int64_t index);
    uint64_t (*array_at_u8_unchecked)(const chunkarray_array *header, int64_t index);
    int8_t (*array_at_s1_unchecked)(const chunkarray_array *header, int64_t index);
    int16_t (*array_at_s2_unchecked)(const chunkarray_array *header, int64_t index);
    int32_t (*array_at_s4_unchecked)(const chunkarray_array *header, int64_t index);
    int64_t (*array_at_s8_unchecked)(const chunkarray_array *header, int64_t index);
    float (*array_at_f4_unchecked)(const chunkarray_array *header, int64_t index);
    double (*array_at_f8_unchecked)(const chunkarray_array *header, int64_t index);

    /* Overwrites the element at an index, which counts from the end where it is negative. Errors: BAD_HANDLE,
     * WRONG_TYPE, INDEX, FROZEN, BAD_ARGUMENT (a truth value above 1). */
    int32_t (*array_set_u1)(chunkarray_handle array, int64_t index, uint8_t value);
    int32_t (*array_set_u2)(chunkarray_handle array, int64_t index, uint16_t value);
    int32_t (*array_set_u4)(chunkarray_handle array, int64_t index, uint32_t value);
    int32_t (*array_set_u8)(chunkarray_handle array, int64_t index, uint64_t value);
    int32_t (*array_set_s1)(chunkarray_handle array, int64_t index, int8_t value);
    int32_t (*array_set_s2)(chunkarray_handle array, int64_t index, int16_t value);
    int32_t (*array_set_s4)(chunkarray_handle array, int64_t index, int32_t value);
    int32_t (*array_set_s8)(chunkarray_handle array, int64_t index, int64_t value);
    int32_t (*array_set_f4)(chunkarray_handle array, int64_t index, float value);
    int32_t (*array_set_f8)(chunkarray_handle array, int64_t index, double value);

    /* Removes the last element and writes it to `out`. Errors: BAD_HANDLE, WRONG_TYPE, EMPTY, FROZEN, IN_TRANSACTION,
     * APPENDER_OPEN. */
    int32_t (*array_pop_u1)(chunkarray_handle array, uint8_t *out);
    int32_t (*array_pop_u2)(chunkarray_handle array, uint16_t *out);
    int32_t (*array_pop_u4)(chunkarray_handle array, uint32_t *out);
    int32_t (*array_pop_u8)(chunkarray_handle array, uint64_t *out);
    int32_t (*array_pop_s1)(chunkarray_handle array, int8_t *out);
    int32_t (*array_pop_s2)(chunkarray_handle array, int16_t *out);
    int32_t (*array_pop_s4)(chunkarray_handle array, int32_t *out);
    int32_t (*array_pop_s8)(chunkarray_handle array, int64_t *out);
    int32_t (*array_pop_f4)(chunkarray_handle array, float *out);
    int32_t (*array_pop_f8)(chunkarray_handle array, double *out);

    /* Looks for the first element that equals a value: 1, and its index to `out` unless that is null, or 0. Errors:
     * BAD_HANDLE, WRONG_TYPE, NO_MEMORY. */
    int32_t (*array_find_u1)(chunkarray_handle array, uint8_t value, int64_t *out);
    int32_t (*array_find_u2)(chunkarray_handle array, uint16_t value, int64_t *out);
    int32_t (*array_find_u4)(chunkarray_handle array, uint32_t value, int64_t *out);
    int32_t (*array_find_u8)(chunkarray_handle array, uint64_t value, int64_t *out);
    int32_t (*array_find_s1)(chunkarray_handle array, int8_t value, int64_t *out);
    int32_t (*array_find_s2)(chunkarray_handle array, int16_t value, int64_t *out);
    int32_t (*array_find_s4)(chunkarray_handle array, int32_t value, int64_t *out);
    int32_t (*array_find_s8)(chunkarray_handle array, int64_t value, int64_t *out);
    int32_t (*array_find_f4)(chunkarray_handle array, float value, int64_t *out);
    int32_t (*array_find_f8)(chunkarray_handle array, double value, int64_t *out);

    /* How many elements equal a value. Errors: BAD_HANDLE, WRONG_TYPE, NO_MEMORY. */
    int64_t (*array_count_u1)(chunkarray_handle array, uint8_t value);
    int64_t (*array_count_u2)(chunkarray_handle array, uint16_t value);
    int64_t (*array_count_u4)(chunkarray_handle array, uint32_t value);
    int64_t (*array_count_u8)(chunkarray_handle array, uint64_t value);
    int64_t (*array_count_s1)(chunkarray_handle array, int8_t value);
    int64_t (*array_count_s2)(chunkarray_handle array, int16_t value);
    int64_t (*array_count_s4)(chunkarray_handle array, int32_t value);
    int64_t (*array_count_s8)(chunkarray_handle array, int64_t value);
    int64_t (*array_count_f4)(chunkarray_handle array, float value);
    int64_t (*array_count_f8)(chunkarray_handle array, double value);

    /* Appends an element by the appender that this thread opened. Its index. Programs in C have an inline appender
     * that is quicker. Errors: BAD_HANDLE, WRONG_TYPE, BAD_ARGUMENT (a truth value above 1), APPENDER_OPEN if this
     * thread's appender is not open, NO_MEMORY. */
    int64_t (*appender_put_u1)(chunkarray_handle array, uint8_t value);
    int64_t (*appender_put_u2)(chunkarray_handle array, uint16_t value);
    int64_t (*appender_put_u4)(chunkarray_handle array, uint32_t value);
    int64_t (*appender_put_u8)(chunkarray_handle array, uint64_t value);
    int64_t (*appender_put_s1)(chunkarray_handle array, int8_t value);
    int64_t (*appender_put_s2)(chunkarray_handle array, int16_t value);
    int64_t (*appender_put_s4)(chunkarray_handle array, int32_t value);
    int64_t (*appender_put_s8)(chunkarray_handle array, int64_t value);
    int64_t (*appender_put_f4)(chunkarray_handle array, float value);
    int64_t (*appender_put_f8)(chunkarray_handle array, double value);

    /* Adds to an element in one step, and writes what it was before to `out` unless that is null. A negative index
     * counts from the end. Errors: BAD_HANDLE, WRONG_TYPE, INDEX, FROZEN, BAD_ARGUMENT, and nothing changed, if the
     * sum is out of range. */
    int32_t (*array_fetch_add_u1)(chunkarray_handle array, int64_t index, uint8_t amount, uint8_t *out);
    int32_t (*array_fetch_add_u2)(chunkarray_handle array, int64_t index, uint16_t amount, uint16_t *out);
    int32_t (*array_fetch_add_u4)(chunkarray_handle array, int64_t index, uint32_t amount, uint32_t *out);
    int32_t (*array_fetch_add_u8)(chunkarray_handle array, int64_t index, uint64_t amount, uint64_t *out);
    int32_t (*array_fetch_add_s1)(chunkarray_handle array, int64_t index, int8_t amount, int8_t *out);
    int32_t (*array_fetch_add_s2)(chunkarray_handle array, int64_t index, int16_t amount, int16_t *out);
    int32_t (*array_fetch_add_s4)(chunkarray_handle array, int64_t index, int32_t amount, int32_t *out);
    int32_t (*array_fetch_add_s8)(chunkarray_handle array, int64_t index, int64_t amount, int64_t *out);

    /* Overwrites an element if it is `old`, in one step: 1 if it was, 0 if not. A negative index counts from the end.
     * Errors: BAD_HANDLE, WRONG_TYPE, INDEX, FROZEN. */
    int32_t (*array_compare_exchange_u1)(chunkarray_handle array, int64_t index, uint8_t old, uint8_t value);
    int32_t (*array_compare_exchange_u2)(chunkarray_handle array, int64_t index, uint16_t old, uint16_t value);
    int32_t (*array_compare_exchange_u4)(chunkarray_handle array, int64_t index, uint32_t old, uint32_t value);
    int32_t (*array_compare_exchange_u8)(chunkarray_handle array, int64_t index, uint64_t old, uint64_t value);
    int32_t (*array_compare_exchange_s1)(chunkarray_handle array, int64_t index, int8_t old, int8_t value);
    int32_t (*array_compare_exchange_s2)(chunkarray_handle array, int64_t index, int16_t old, int16_t value);
    int32_t (*array_compare_exchange_s4)(chunkarray_handle array, int64_t index, int32_t old, int32_t value);
    int32_t (*array_compare_exchange_s8)(chunkarray_handle array, int64_t index, int64_t old, int64_t value);

    /* A new arena: its handle, or null if a number is no power of two or there is no memory. `chunk_size` is in bytes,
     * `alignment` is what addresses of pieces are a multiple of; 0 for the defaults (65536, 8). The caller owns the
     * arena, and deletes it with arena_delete. */
    chunkarray_handle (*arena_new)(uint64_t chunk_size, uint64_t alignment);

    /* Deletes an arena that arena_new made, and all of its pieces, after waiting for calls of other threads. Errors:
     * BAD_HANDLE, BAD_ARGUMENT for an arena of Python's. */
    int32_t (*arena_delete)(chunkarray_handle arena);

    /* Copies `bytes` bytes to the top of the arena. Their address there; null for a bad handle or without memory.
     * Borrowed: valid until the arena is rewound below it, reset, closed or gone. */
    void *(*arena_push)(chunkarray_handle arena, const void *from, uint64_t bytes);

    /* So many bytes at the top of the arena that are zero. Their address, a multiple of `alignment`, which is a power
     * of two or 0 for the arena's own; null for a bad handle or without memory. Borrowed as arena_push's. */
    void *(*arena_zeroed)(chunkarray_handle arena, uint64_t bytes, uint64_t alignment);

    /* Remembers the top, for arena_rewind: a mark from 0 on. Errors: BAD_HANDLE, NO_MEMORY, CLOSED. */
    int64_t (*arena_save)(chunkarray_handle arena);

    /* Goes back to a mark, which stays good: memory above it is used again. Errors: BAD_HANDLE, BAD_ARGUMENT if the
     * mark is not valid, IN_USE if an array lives above it, CLOSED. */
    int32_t (*arena_rewind)(chunkarray_handle arena, uint64_t mark);

    /* Takes all pieces back; marks are then no longer valid. Errors: BAD_HANDLE, IN_USE if an array lives there,
     * CLOSED. */
    int32_t (*arena_reset)(chunkarray_handle arena);

    /* Bytes handed out, gaps between them included. Errors: BAD_HANDLE. */
    int64_t (*arena_used)(chunkarray_handle arena);

    /* Bytes that the chunks have place for. Errors: BAD_HANDLE. */
    int64_t (*arena_capacity)(chunkarray_handle arena);

    /* A new log: its handle, or null if a bound is too small or there is no memory. It keeps at most so many bytes (an
     * entry costs 9 more than its own) and so many entries, and drops the oldest; 0 for no bound. The caller owns the
     * log, and deletes it with log_delete. */
    chunkarray_handle (*log_new)(uint64_t max_bytes, uint64_t max_entries);

    /* Deletes a log that log_new made, after waiting for calls of other threads. Errors: BAD_HANDLE, BAD_ARGUMENT for
     * a log of Python's. */
    int32_t (*log_delete)(chunkarray_handle log);

    /* Appends an entry of `bytes` bytes, which Python reads as bytes. Its position, which counts from the first entry
     * that there ever was. Errors: BAD_HANDLE, BAD_ARGUMENT if it is larger than the log, NO_MEMORY, CLOSED. */
    int64_t (*log_append)(chunkarray_handle log, const void *from, uint64_t bytes);

    /* As log_append, for UTF-8 that Python reads as a str. Errors: BAD_HANDLE, BAD_ARGUMENT also if it is no UTF-8,
     * NO_MEMORY, CLOSED. */
    int64_t (*log_append_text)(chunkarray_handle log, const void *from, uint64_t bytes);

    /* How many entries there are. Errors: BAD_HANDLE. */
    int64_t (*log_len)(chunkarray_handle log);

    /* The position of the oldest entry. Errors: BAD_HANDLE. */
    int64_t (*log_first)(chunkarray_handle log);

    /* How many entries were dropped because of the bounds. Errors: BAD_HANDLE. */
    int64_t (*log_dropped)(chunkarray_handle log);

    /* Copies the entry at a position to `out`, which has room for `room` bytes, as far as it fits. How many bytes the
     * entry has. Errors: BAD_HANDLE, INDEX if there is no such entry, BAD_ARGUMENT if `out` is null and `room` is not
     * 0. */
    int64_t (*log_get)(chunkarray_handle log, uint64_t position, void *out, uint64_t room);

    /* Removes all entries. Errors: BAD_HANDLE. */
    int32_t (*log_clear)(chunkarray_handle log);

    /* How many keys there are. Errors: BAD_HANDLE. */
    int64_t (*table_len)(chunkarray_handle table);

    /* Bytes of a value. Errors: BAD_HANDLE. */
    int64_t (*table_element_size)(chunkarray_handle table);

    /* Copies the value of a key, which is `count` bytes of UTF-8 at `key`, to `out`: 1, or 0 if there is no such key.
     * `out` has room for a value. Errors: BAD_HANDLE, BAD_ARGUMENT. */
    int32_t (*table_get)(chunkarray_handle table, const void *key, uint64_t count, void *out);

    /* Sets the value of a key, which is `count` bytes of UTF-8 at `key`, to the one at `from`. Errors: BAD_HANDLE,
     * BAD_ARGUMENT also if the key is no UTF-8, NO_MEMORY. */
    int32_t (*table_set)(chunkarray_handle table, const void *key, uint64_t count, const void *from);

    /* What went wrong last on this thread, as `ValueError: the words`, and forgets it. Writes the text with a 0 at its
     * end to `out`, which has `room` bytes, and gives the bytes of the text; 0 where nothing went wrong. Where it
     * doesn't fit, nothing is written and nothing forgotten. A function of this table that failed gave back -13, NaN,
     * 0 or null: these may be results too, and this tells them apart. */
    int64_t (*twins_error)(void *out, uint64_t room);
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
        {"error_text", "P(S4)", offsetof(chunkarray_api, error_text)},
        {"error_name", "P(S4)", offsetof(chunkarray_api, error_name)},
        {"extension_name", "P(U8)", offsetof(chunkarray_api, extension_name)},
        {"array_new", "P(P,U8,U8,U8)", offsetof(chunkarray_api, array_new)},
        {"array_delete", "S4(P)", offsetof(chunkarray_api, array_delete)},
        {"array_header", "P(P)", offsetof(chunkarray_api, array_header)},
        {"extensions_of", "P(P)", offsetof(chunkarray_api, extensions_of)},
        {"array_len", "S8(P)", offsetof(chunkarray_api, array_len)},
        {"array_first", "S8(P)", offsetof(chunkarray_api, array_first)},
        {"array_element_size", "S8(P)", offsetof(chunkarray_api, array_element_size)},
        {"array_dtype", "P(P)", offsetof(chunkarray_api, array_dtype)},
        {"array_address", "P(P,S8)", offsetof(chunkarray_api, array_address)},
        {"array_truncate", "S4(P,U8)", offsetof(chunkarray_api, array_truncate)},
        {"array_clear", "S4(P)", offsetof(chunkarray_api, array_clear)},
        {"array_reset", "S4(P)", offsetof(chunkarray_api, array_reset)},
        {"array_drop_front", "S8(P,U8)", offsetof(chunkarray_api, array_drop_front)},
        {"array_reserve", "S4(P,U8)", offsetof(chunkarray_api, array_reserve)},
        {"array_save", "S8(P)", offsetof(chunkarray_api, array_save)},
        {"array_rewind", "S4(P,U8)", offsetof(chunkarray_api, array_rewind)},
        {"array_begin", "S8(P)", offsetof(chunkarray_api, array_begin)},
        {"array_try_begin", "S8(P)", offsetof(chunkarray_api, array_try_begin)},
        {"array_commit", "S4(P,U8)", offsetof(chunkarray_api, array_commit)},
        {"array_abort", "S4(P,U8)", offsetof(chunkarray_api, array_abort)},
        {"array_is_busy", "S4(P)", offsetof(chunkarray_api, array_is_busy)},
        {"array_take_due", "S4(P)", offsetof(chunkarray_api, array_take_due)},
        {"appender_open", "S4(P)", offsetof(chunkarray_api, appender_open)},
        {"appender_close", "S4(P)", offsetof(chunkarray_api, appender_close)},
        {"array_extend", "S8(P,P,U8)", offsetof(chunkarray_api, array_extend)},
        {"array_read", "S4(P,S8,S8,U8,P)", offsetof(chunkarray_api, array_read)},
        {"array_write", "S4(P,S8,S8,U8,P)", offsetof(chunkarray_api, array_write)},
        {"array_reverse", "S4(P)", offsetof(chunkarray_api, array_reverse)},
        {"array_sort", "S4(P,S4)", offsetof(chunkarray_api, array_sort)},
        {"array_chunk_count", "S8(P)", offsetof(chunkarray_api, array_chunk_count)},
        {"array_chunk", "S4(P,U8,P)", offsetof(chunkarray_api, array_chunk)},
        {"chunk_retain", "P(P,U8)", offsetof(chunkarray_api, chunk_retain)},
        {"chunk_span", "S4(P,P)", offsetof(chunkarray_api, chunk_span)},
        {"chunk_release", "S4(P)", offsetof(chunkarray_api, chunk_release)},
        {"array_push_u1", "S8(P,U1)", offsetof(chunkarray_api, array_push_u1)},
        {"array_push_u2", "S8(P,U2)", offsetof(chunkarray_api, array_push_u2)},
        {"array_push_u4", "S8(P,U4)", offsetof(chunkarray_api, array_push_u4)},
        {"array_push_u8", "S8(P,U8)", offsetof(chunkarray_api, array_push_u8)},
        {"array_push_s1", "S8(P,S1)", offsetof(chunkarray_api, array_push_s1)},
        {"array_push_s2", "S8(P,S2)", offsetof(chunkarray_api, array_push_s2)},
        {"array_push_s4", "S8(P,S4)", offsetof(chunkarray_api, array_push_s4)},
        {"array_push_s8", "S8(P,S8)", offsetof(chunkarray_api, array_push_s8)},
        {"array_push_f4", "S8(P,F4)", offsetof(chunkarray_api, array_push_f4)},
        {"array_push_f8", "S8(P,F8)", offsetof(chunkarray_api, array_push_f8)},
        {"array_at_u1", "S4(P,S8,P)", offsetof(chunkarray_api, array_at_u1)},
        {"array_at_u2", "S4(P,S8,P)", offsetof(chunkarray_api, array_at_u2)},
        {"array_at_u4", "S4(P,S8,P)", offsetof(chunkarray_api, array_at_u4)},
        {"array_at_u8", "S4(P,S8,P)", offsetof(chunkarray_api, array_at_u8)},
        {"array_at_s1", "S4(P,S8,P)", offsetof(chunkarray_api, array_at_s1)},
        {"array_at_s2", "S4(P,S8,P)", offsetof(chunkarray_api, array_at_s2)},
        {"array_at_s4", "S4(P,S8,P)", offsetof(chunkarray_api, array_at_s4)},
        {"array_at_s8", "S4(P,S8,P)", offsetof(chunkarray_api, array_at_s8)},
        {"array_at_f4", "S4(P,S8,P)", offsetof(chunkarray_api, array_at_f4)},
        {"array_at_f8", "S4(P,S8,P)", offsetof(chunkarray_api, array_at_f8)},
        {"array_at_u1_unchecked", "U1(P,S8)", offsetof(chunkarray_api, array_at_u1_unchecked)},
        {"array_at_u2_unchecked", "U2(P,S8)", offsetof(chunkarray_api, array_at_u2_unchecked)},
        {"array_at_u4_unchecked", "U4(P,S8)", offsetof(chunkarray_api, array_at_u4_unchecked)},
        {"array_at_u8_unchecked", "U8(P,S8)", offsetof(chunkarray_api, array_at_u8_unchecked)},
        {"array_at_s1_unchecked", "S1(P,S8)", offsetof(chunkarray_api, array_at_s1_unchecked)},
        {"array_at_s2_unchecked", "S2(P,S8)", offsetof(chunkarray_api, array_at_s2_unchecked)},
        {"array_at_s4_unchecked", "S4(P,S8)", offsetof(chunkarray_api, array_at_s4_unchecked)},
        {"array_at_s8_unchecked", "S8(P,S8)", offsetof(chunkarray_api, array_at_s8_unchecked)},
        {"array_at_f4_unchecked", "F4(P,S8)", offsetof(chunkarray_api, array_at_f4_unchecked)},
        {"array_at_f8_unchecked", "F8(P,S8)", offsetof(chunkarray_api, array_at_f8_unchecked)},
        {"array_set_u1", "S4(P,S8,U1)", offsetof(chunkarray_api, array_set_u1)},
        {"array_set_u2", "S4(P,S8,U2)", offsetof(chunkarray_api, array_set_u2)},
        {"array_set_u4", "S4(P,S8,U4)", offsetof(chunkarray_api, array_set_u4)},
        {"array_set_u8", "S4(P,S8,U8)", offsetof(chunkarray_api, array_set_u8)},
        {"array_set_s1", "S4(P,S8,S1)", offsetof(chunkarray_api, array_set_s1)},
        {"array_set_s2", "S4(P,S8,S2)", offsetof(chunkarray_api, array_set_s2)},
        {"array_set_s4", "S4(P,S8,S4)", offsetof(chunkarray_api, array_set_s4)},
        {"array_set_s8", "S4(P,S8,S8)", offsetof(chunkarray_api, array_set_s8)},
        {"array_set_f4", "S4(P,S8,F4)", offsetof(chunkarray_api, array_set_f4)},
        {"array_set_f8", "S4(P,S8,F8)", offsetof(chunkarray_api, array_set_f8)},
        {"array_pop_u1", "S4(P,P)", offsetof(chunkarray_api, array_pop_u1)},
        {"array_pop_u2", "S4(P,P)", offsetof(chunkarray_api, array_pop_u2)},
        {"array_pop_u4", "S4(P,P)", offsetof(chunkarray_api, array_pop_u4)},
        {"array_pop_u8", "S4(P,P)", offsetof(chunkarray_api, array_pop_u8)},
        {"array_pop_s1", "S4(P,P)", offsetof(chunkarray_api, array_pop_s1)},
        {"array_pop_s2", "S4(P,P)", offsetof(chunkarray_api, array_pop_s2)},
        {"array_pop_s4", "S4(P,P)", offsetof(chunkarray_api, array_pop_s4)},
        {"array_pop_s8", "S4(P,P)", offsetof(chunkarray_api, array_pop_s8)},
        {"array_pop_f4", "S4(P,P)", offsetof(chunkarray_api, array_pop_f4)},
        {"array_pop_f8", "S4(P,P)", offsetof(chunkarray_api, array_pop_f8)},
        {"array_find_u1", "S4(P,U1,P)", offsetof(chunkarray_api, array_find_u1)},
        {"array_find_u2", "S4(P,U2,P)", offsetof(chunkarray_api, array_find_u2)},
        {"array_find_u4", "S4(P,U4,P)", offsetof(chunkarray_api, array_find_u4)},
        {"array_find_u8", "S4(P,U8,P)", offsetof(chunkarray_api, array_find_u8)},
        {"array_find_s1", "S4(P,S1,P)", offsetof(chunkarray_api, array_find_s1)},
        {"array_find_s2", "S4(P,S2,P)", offsetof(chunkarray_api, array_find_s2)},
        {"array_find_s4", "S4(P,S4,P)", offsetof(chunkarray_api, array_find_s4)},
        {"array_find_s8", "S4(P,S8,P)", offsetof(chunkarray_api, array_find_s8)},
        {"array_find_f4", "S4(P,F4,P)", offsetof(chunkarray_api, array_find_f4)},
        {"array_find_f8", "S4(P,F8,P)", offsetof(chunkarray_api, array_find_f8)},
        {"array_count_u1", "S8(P,U1)", offsetof(chunkarray_api, array_count_u1)},
        {"array_count_u2", "S8(P,U2)", offsetof(chunkarray_api, array_count_u2)},
        {"array_count_u4", "S8(P,U4)", offsetof(chunkarray_api, array_count_u4)},
        {"array_count_u8", "S8(P,U8)", offsetof(chunkarray_api, array_count_u8)},
        {"array_count_s1", "S8(P,S1)", offsetof(chunkarray_api, array_count_s1)},
        {"array_count_s2", "S8(P,S2)", offsetof(chunkarray_api, array_count_s2)},
        {"array_count_s4", "S8(P,S4)", offsetof(chunkarray_api, array_count_s4)},
        {"array_count_s8", "S8(P,S8)", offsetof(chunkarray_api, array_count_s8)},
        {"array_count_f4", "S8(P,F4)", offsetof(chunkarray_api, array_count_f4)},
        {"array_count_f8", "S8(P,F8)", offsetof(chunkarray_api, array_count_f8)},
        {"appender_put_u1", "S8(P,U1)", offsetof(chunkarray_api, appender_put_u1)},
        {"appender_put_u2", "S8(P,U2)", offsetof(chunkarray_api, appender_put_u2)},
        {"appender_put_u4", "S8(P,U4)", offsetof(chunkarray_api, appender_put_u4)},
        {"appender_put_u8", "S8(P,U8)", offsetof(chunkarray_api, appender_put_u8)},
        {"appender_put_s1", "S8(P,S1)", offsetof(chunkarray_api, appender_put_s1)},
        {"appender_put_s2", "S8(P,S2)", offsetof(chunkarray_api, appender_put_s2)},
        {"appender_put_s4", "S8(P,S4)", offsetof(chunkarray_api, appender_put_s4)},
        {"appender_put_s8", "S8(P,S8)", offsetof(chunkarray_api, appender_put_s8)},
        {"appender_put_f4", "S8(P,F4)", offsetof(chunkarray_api, appender_put_f4)},
        {"appender_put_f8", "S8(P,F8)", offsetof(chunkarray_api, appender_put_f8)},
        {"array_fetch_add_u1", "S4(P,S8,U1,P)", offsetof(chunkarray_api, array_fetch_add_u1)},
        {"array_fetch_add_u2", "S4(P,S8,U2,P)", offsetof(chunkarray_api, array_fetch_add_u2)},
        {"array_fetch_add_u4", "S4(P,S8,U4,P)", offsetof(chunkarray_api, array_fetch_add_u4)},
        {"array_fetch_add_u8", "S4(P,S8,U8,P)", offsetof(chunkarray_api, array_fetch_add_u8)},
        {"array_fetch_add_s1", "S4(P,S8,S1,P)", offsetof(chunkarray_api, array_fetch_add_s1)},
        {"array_fetch_add_s2", "S4(P,S8,S2,P)", offsetof(chunkarray_api, array_fetch_add_s2)},
        {"array_fetch_add_s4", "S4(P,S8,S4,P)", offsetof(chunkarray_api, array_fetch_add_s4)},
        {"array_fetch_add_s8", "S4(P,S8,S8,P)", offsetof(chunkarray_api, array_fetch_add_s8)},
        {"array_compare_exchange_u1", "S4(P,S8,U1,U1)", offsetof(chunkarray_api, array_compare_exchange_u1)},
        {"array_compare_exchange_u2", "S4(P,S8,U2,U2)", offsetof(chunkarray_api, array_compare_exchange_u2)},
        {"array_compare_exchange_u4", "S4(P,S8,U4,U4)", offsetof(chunkarray_api, array_compare_exchange_u4)},
        {"array_compare_exchange_u8", "S4(P,S8,U8,U8)", offsetof(chunkarray_api, array_compare_exchange_u8)},
        {"array_compare_exchange_s1", "S4(P,S8,S1,S1)", offsetof(chunkarray_api, array_compare_exchange_s1)},
        {"array_compare_exchange_s2", "S4(P,S8,S2,S2)", offsetof(chunkarray_api, array_compare_exchange_s2)},
        {"array_compare_exchange_s4", "S4(P,S8,S4,S4)", offsetof(chunkarray_api, array_compare_exchange_s4)},
        {"array_compare_exchange_s8", "S4(P,S8,S8,S8)", offsetof(chunkarray_api, array_compare_exchange_s8)},
        {"arena_new", "P(U8,U8)", offsetof(chunkarray_api, arena_new)},
        {"arena_delete", "S4(P)", offsetof(chunkarray_api, arena_delete)},
        {"arena_push", "P(P,P,U8)", offsetof(chunkarray_api, arena_push)},
        {"arena_zeroed", "P(P,U8,U8)", offsetof(chunkarray_api, arena_zeroed)},
        {"arena_save", "S8(P)", offsetof(chunkarray_api, arena_save)},
        {"arena_rewind", "S4(P,U8)", offsetof(chunkarray_api, arena_rewind)},
        {"arena_reset", "S4(P)", offsetof(chunkarray_api, arena_reset)},
        {"arena_used", "S8(P)", offsetof(chunkarray_api, arena_used)},
        {"arena_capacity", "S8(P)", offsetof(chunkarray_api, arena_capacity)},
        {"log_new", "P(U8,U8)", offsetof(chunkarray_api, log_new)},
        {"log_delete", "S4(P)", offsetof(chunkarray_api, log_delete)},
        {"log_append", "S8(P,P,U8)", offsetof(chunkarray_api, log_append)},
        {"log_append_text", "S8(P,P,U8)", offsetof(chunkarray_api, log_append_text)},
        {"log_len", "S8(P)", offsetof(chunkarray_api, log_len)},
        {"log_first", "S8(P)", offsetof(chunkarray_api, log_first)},
        {"log_dropped", "S8(P)", offsetof(chunkarray_api, log_dropped)},
        {"log_get", "S8(P,U8,P,U8)", offsetof(chunkarray_api, log_get)},
        {"log_clear", "S4(P)", offsetof(chunkarray_api, log_clear)},
        {"table_len", "S8(P)", offsetof(chunkarray_api, table_len)},
        {"table_element_size", "S8(P)", offsetof(chunkarray_api, table_element_size)},
        {"table_get", "S4(P,P,U8,P)", offsetof(chunkarray_api, table_get)},
        {"table_set", "S4(P,P,U8,P)", offsetof(chunkarray_api, table_set)},
        {"twins_error", "S8(P,U8)", offsetof(chunkarray_api, twins_error)},
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
    CHUNKARRAY_EXTENSION_TABLE = 1,
    CHUNKARRAY_EXTENSION_HANDLE = 2,
    CHUNKARRAY_EXTENSION_DTYPE = 3,
    CHUNKARRAY_EXTENSION_HEADER = 4,
    CHUNKARRAY_EXTENSION_PUSH = 5,
    CHUNKARRAY_EXTENSION_AT = 6,
    CHUNKARRAY_EXTENSION_SET = 7
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

CHUNKARRAY_INLINE(s1, int8_t)
CHUNKARRAY_INLINE(s2, int16_t)
CHUNKARRAY_INLINE(s4, int32_t)
CHUNKARRAY_INLINE(s8, int64_t)
CHUNKARRAY_INLINE(u1, uint8_t)
CHUNKARRAY_INLINE(u2, uint16_t)
CHUNKARRAY_INLINE(u4, uint32_t)
CHUNKARRAY_INLINE(u8, uint64_t)
CHUNKARRAY_INLINE(f4, float)
CHUNKARRAY_INLINE(f8, double)
#undef CHUNKARRAY_INLINE
#undef CHUNKARRAY_QUICK

#ifdef __cplusplus
}
#endif
#endif
