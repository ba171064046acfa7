/* Each checked function gets bad input, and says so. Prints nothing if all is well. */
#include <chunkarray.h>

#include <stdio.h>

static int faults;

static void expect(const char *what, int64_t found, int64_t wanted)
{
    if (found != wanted) {
        printf("%s: %lld, not %lld\n", what, (long long)found, (long long)wanted);
        faults++;
    }
}

#define EXPECT(call, wanted) expect(#call, (int64_t)(call), wanted)

/* What there is of each type: in, out, bad indices, another type's functions. */
#define TYPE(T, TYPE, OTHER)                                                                                       \
    static void try_##T(const chunkarray_api *ca, const char *dtype)                                               \
    {                                                                                                              \
        chunkarray_handle array = ca->array_new(dtype, 2, 0, 0);                                                   \
        TYPE value = 0;                                                                                            \
        chunkarray_appender appender;                                                                              \
        for (int i = 0; i < 100; i++)                                                                              \
            EXPECT(ca->array_push_##T(array, (TYPE)i), i);                                                         \
        EXPECT(chunkarray_appender_open_##OTHER(&appender, ca, array), CHUNKARRAY_WRONG_TYPE);                     \
        EXPECT(chunkarray_appender_open_##T(&appender, ca, array), 0);                                             \
        EXPECT(ca->array_push_##T(array, 0), CHUNKARRAY_APPENDER_OPEN);                                            \
        for (int i = 100; i < 1000; i++)                                                                           \
            EXPECT(chunkarray_put_##T##_unchecked(&appender, (TYPE)(i % 100)) < 0, 0);                             \
        EXPECT(ca->array_len(array), 1000);                                                                        \
        EXPECT(chunkarray_appender_close(&appender), 0);                                                           \
        const chunkarray_array *header = ca->array_header(array);                                                  \
        for (int i = 0; i < 1000; i++) {                                                                           \
            EXPECT(chunkarray_at_##T##_unchecked(header, i), i % 100);                                             \
            EXPECT(ca->array_at_##T##_unchecked(header, i), i % 100);                                              \
            EXPECT(ca->array_at_##T(array, i - 1000, &value), 0);                                                  \
            EXPECT(value, i % 100);                                                                                \
        }                                                                                                          \
        EXPECT(ca->array_at_##T(array, 1000, &value), CHUNKARRAY_INDEX);                                           \
        EXPECT(ca->array_at_##T(array, -1001, &value), CHUNKARRAY_INDEX);                                          \
        EXPECT(ca->array_set_##T(array, 1000, 1), CHUNKARRAY_INDEX);                                               \
        EXPECT(ca->array_set_##T(array, -1, 42), 0);                                                               \
        EXPECT(ca->array_push_##OTHER(array, 1), CHUNKARRAY_WRONG_TYPE);                                           \
        EXPECT(ca->array_set_##OTHER(array, 0, 1), CHUNKARRAY_WRONG_TYPE);                                         \
        EXPECT(ca->array_pop_##T(array, &value), 0);                                                               \
        EXPECT(value, 42);                                                                                         \
        EXPECT(ca->array_delete(array), 0);                                                                        \
        EXPECT(ca->array_delete(array), CHUNKARRAY_BAD_HANDLE);                                                    \
        EXPECT(ca->array_push_##T(array, 1), CHUNKARRAY_BAD_HANDLE);                                               \
        EXPECT(ca->array_at_##T(array, 0, &value), CHUNKARRAY_BAD_HANDLE);                                         \
        EXPECT(chunkarray_appender_open_##T(&appender, ca, array), CHUNKARRAY_BAD_HANDLE);                         \
    }
TYPE(u1, uint8_t, s1)
TYPE(u2, uint16_t, f8)
TYPE(u4, uint32_t, u8)
TYPE(u8, uint64_t, u4)
TYPE(s1, int8_t, u1)
TYPE(s2, int16_t, u1)
TYPE(s4, int32_t, f4)
TYPE(s8, int64_t, f8)
TYPE(f4, float, s4)
TYPE(f8, double, s8)

/* Numbers that are no handles of arrays. */
static void try_handles(const chunkarray_api *ca)
{
    chunkarray_handle array = ca->array_new("F8", 0, 0, 0), other = ca->array_new("F8", 0, 0, 0);
    chunkarray_handle chunk;
    chunkarray_chunk found;
    ca->array_push_f8(array, 1.5);
    chunk = ca->chunk_retain(array, 0);
    const chunkarray_handle bad[] = {
        0, 1, 7, UINT64_MAX, array + 1, array + ((uint64_t)1 << 32), array ^ 0xf, chunk,
        (chunkarray_handle)(uintptr_t)ca->array_header(array), (chunkarray_handle)(uintptr_t)&array,
    };
    EXPECT(array != other, 1);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        double value = 0;
        if (bad[k] == other)
            continue;
        EXPECT(ca->array_len(bad[k]), CHUNKARRAY_BAD_HANDLE);
        EXPECT(ca->array_push_f8(bad[k], 1.0), CHUNKARRAY_BAD_HANDLE);
        EXPECT(ca->array_at_f8(bad[k], 0, &value), CHUNKARRAY_BAD_HANDLE);
        EXPECT(ca->array_extend(bad[k], &value, 1), CHUNKARRAY_BAD_HANDLE);
        EXPECT(ca->array_clear(bad[k]), CHUNKARRAY_BAD_HANDLE);
        EXPECT(ca->array_header(bad[k]) == NULL, 1);
        EXPECT(ca->array_dtype(bad[k]) == NULL, 1);
        EXPECT(ca->extensions_of(bad[k]) == NULL, 1);
        EXPECT(ca->array_delete(bad[k]), CHUNKARRAY_BAD_HANDLE);
    }
    EXPECT(ca->array_chunk(array, 1, &found), CHUNKARRAY_INDEX);
    EXPECT(ca->chunk_retain(array, 1), 0);
    EXPECT(ca->array_delete(array), 0);
    EXPECT(ca->chunk_span(chunk, &found), 0); /* the chunk has its memory still */
    EXPECT(2 * *(double *)(void *)found.data, 3);
    EXPECT(ca->chunk_release(chunk), 0);
    EXPECT(ca->chunk_release(chunk), CHUNKARRAY_BAD_HANDLE);
    EXPECT(ca->array_delete(other), 0);
}

/* Arguments that are out of range. */
static void try_arguments(const chunkarray_api *ca)
{
    double values[3] = {3, 1, 2}, into[3];
    chunkarray_handle array = ca->array_new("F8", 1024, 0, 0);
    EXPECT(ca->array_new(NULL, 0, 0, 0), 0);
    EXPECT(ca->array_new("F9", 0, 0, 0), 0);
    EXPECT(ca->array_new("F8", 3, 0, 0), 0);
    EXPECT(ca->array_new("F8", 0, UINT64_MAX, 0), 0);
    EXPECT(ca->array_extend(array, NULL, 3), CHUNKARRAY_BAD_ARGUMENT);
    EXPECT(ca->array_extend(array, values, UINT64_MAX), CHUNKARRAY_BAD_ARGUMENT);
    EXPECT(ca->array_extend(array, values, 3), 0);
    EXPECT(ca->array_read(array, 0, 1, 4, into), CHUNKARRAY_INDEX);
    EXPECT(ca->array_read(array, 2, -1, 3, into), 0);
    EXPECT(into[0] == 2 && into[1] == 1 && into[2] == 3, 1);
    EXPECT(ca->array_reserve(array, (uint64_t)1 << 60), CHUNKARRAY_NO_MEMORY);
    EXPECT(ca->array_len(array), 3);
    EXPECT(ca->array_rewind(array, 12345), CHUNKARRAY_BAD_ARGUMENT);
    EXPECT(ca->array_commit(array, 1), CHUNKARRAY_IN_TRANSACTION);
    EXPECT(ca->array_clear(array), 0);
    EXPECT(ca->array_pop_f8(array, values), CHUNKARRAY_EMPTY);
    EXPECT(ca->error_text(-1) != NULL && ca->error_text(0) == NULL && ca->error_text(-99) == NULL, 1);
    EXPECT(ca->array_delete(array), 0);
}

int main(int count, char **words)
{
    chunkarray_api ca;
    if (count < 2 || chunkarray_load(&ca, words[1]) != 0)
        return 1;
    try_u1(&ca, "U1");
    try_u2(&ca, "U2");
    try_u4(&ca, "U4");
    try_u8(&ca, "U8");
    try_s1(&ca, "S1");
    try_s2(&ca, "S2");
    try_s4(&ca, "S4");
    try_s8(&ca, "S8");
    try_f4(&ca, "F4");
    try_f8(&ca, "F8");
    try_handles(&ca);
    try_arguments(&ca);
    return faults != 0;
}
