/* chunkarray in a C program, without Python: loads the binary, fills an array, reads it back.
 *
 *     cc -std=c11 -I INCLUDE without_python.c -o without_python -ldl
 *     ./without_python BINARY
 *
 * INCLUDE is chunkarray.get_include(), BINARY is chunkarray._core.__file__.
 */
#include <chunkarray.h>

#include <stdio.h>

int main(int count, char **words)
{
    chunkarray_api ca;
    int32_t missing = count > 1 ? chunkarray_load(&ca, words[1]) : CHUNKARRAY_NO_LIBRARY;
    if (missing < 0) {
        fprintf(stderr, "%s\n", chunkarray_load_error(missing));
        return 1;
    }
    printf("functions: version %u.%u, %d missing\n", (unsigned)ca.major, (unsigned)ca.minor, (int)missing);

    chunkarray_handle squares = ca.array_new("F8", 1024, 0, 0);
    double first = 0;
    for (int i = 0; i < 100000; i++) {
        if (ca.array_push_f8(squares, (double)i * i) < 0)
            return 1;
    }
    void *before = ca.array_address(squares, 0);

    /* Ten million more by an appender: a store and a comparison each. */
    chunkarray_appender appender;
    int64_t status = chunkarray_appender_open_f8(&appender, &ca, squares);
    for (int i = 100000; status >= 0 && i < 10000000; i++)
        status = chunkarray_put_f8_unchecked(&appender, (double)i * i);
    chunkarray_appender_close(&appender);
    if (status < 0) {
        fprintf(stderr, "%s\n", ca.error_text((int32_t)status));
        return 1;
    }
    printf("elements: %lld in %lld chunks\n", (long long)ca.array_len(squares),
           (long long)ca.array_chunk_count(squares));
    printf("the first one moved: %s\n", before == ca.array_address(squares, 0) ? "no" : "yes");

    /* Checked, then by the header without a call. */
    double last;
    if (ca.array_at_f8(squares, -1, &last) < 0 || ca.array_at_f8(squares, 0, &first) < 0)
        return 1;
    const chunkarray_array *header = ca.array_header(squares);
    double sum = 0;
    for (int64_t i = 0, length = chunkarray_len(header); i < length; i++)
        sum += chunkarray_at_f8_unchecked(header, i);
    printf("first %g, last %g, sum %.17g\n", first, last, sum);

    /* What is wrong is told. */
    printf("one past the end: %s\n", ca.error_text(ca.array_at_f8(squares, ca.array_len(squares), &last)));
    printf("as 4-byte ints: %s\n", ca.error_text((int32_t)ca.array_push_s4(squares, 1)));
    ca.array_delete(squares);
    printf("when it is gone: %s\n", ca.error_text((int32_t)ca.array_len(squares)));
    return 0;
}
