/* push and at from C, through chunkarray.h, beside a plain array that grows by realloc. Run by `python benches c`:
 *
 *     c BINARY COUNT ROUNDS
 *
 * prints the versions, then a line for each round: case, peer and nanoseconds for one element, tab-separated. Peers take
 * turns in each round, on memory that was touched before, by the clock of the thread's own time.
 */
#include <chunkarray.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static chunkarray_api ca;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Makes the compiler read the value, one by one, and do nothing with it. */
static inline void use(double value)
{
    __asm__ volatile("" : : "x"(value));
}

/* ---- The plain array ---- */
typedef struct {
    double *data;
    size_t length, capacity;
} plain;

static inline int plain_push(plain *array, double value)
{
    if (array->length == array->capacity) {
        size_t capacity = array->capacity ? 2 * array->capacity : 1024;
        double *data = realloc(array->data, capacity * sizeof *data);
        if (!data)
            return -1;
        array->data = data;
        array->capacity = capacity;
    }
    array->data[array->length++] = value;
    /* The array may be looked at after each push, as the others may. */
    __asm__ volatile("" : : "r"(array) : "memory");
    return 0;
}

/* What is measured, of one case. */
typedef struct {
    plain plain;
    chunkarray_handle array;
    const chunkarray_array *header;
    const int64_t *order; /* of reads */
    int64_t count;
} subject;

static int64_t failed;

#define TIMED(NAME, BEFORE, STATEMENT, AFTER)                                                                      \
    static double NAME(subject *s)                                                                                 \
    {                                                                                                              \
        int64_t wrong = 0; /* here, and not in memory that each turn would wait for */                             \
        BEFORE;                                                                                                    \
        double begin = now();                                                                                      \
        for (int64_t i = 0; i < s->count; i++) {                                                                   \
            STATEMENT;                                                                                             \
        }                                                                                                          \
        double taken = now() - begin;                                                                              \
        AFTER;                                                                                                     \
        failed += wrong;                                                                                           \
        return taken / (double)s->count;                                                                           \
    }

#define OPEN                                                                                                       \
    chunkarray_appender appender;                                                                                  \
    ca.array_clear(s->array);                                                                                      \
    wrong += chunkarray_appender_open_f8(&appender, &ca, s->array) < 0
#define CLOSE wrong += chunkarray_appender_close(&appender) < 0

TIMED(push_plain, s->plain.length = 0, wrong += plain_push(&s->plain, (double)i) < 0, )
TIMED(push_inline, OPEN, wrong += chunkarray_put_f8_unchecked(&appender, (double)i) < 0, CLOSE)
TIMED(push_put, OPEN, wrong += ca.appender_put_f8(s->array, (double)i) < 0, CLOSE)
TIMED(push_call, ca.array_clear(s->array), wrong += ca.array_push_f8(s->array, (double)i) < 0, )

TIMED(at_plain, , use(s->plain.data[s->order[i]]), )
TIMED(at_inline, , use(chunkarray_at_f8_unchecked(s->header, s->order[i])), )
TIMED(at_unchecked, , use(ca.array_at_f8_unchecked(s->header, s->order[i])), )
TIMED(at_call, double value = 0, wrong += ca.array_at_f8(s->array, s->order[i], &value) < 0; use(value), )

static const struct {
    const char *name;
    double (*push)(subject *), (*at)(subject *);
} peers[] = {
    {"plain array", push_plain, at_plain},
    {"inline", push_inline, at_inline},
    {"unchecked call", NULL, at_unchecked},
    {"call by the appender", push_put, NULL},
    {"checked call", push_call, at_call},
};

static void measure(const char *where, uint64_t capacity, int64_t count, int rounds, const int64_t *in_order,
                    const int64_t *at_random)
{
    subject s = {{NULL, 0, 0}, ca.array_new("F8", 1024, capacity, 0), NULL, in_order, count};
    s.header = ca.array_header(s.array);
    for (int round = -1; round < rounds; round++) {
        for (size_t k = 0; k < sizeof peers / sizeof *peers; k++) {
            for (int turn = 0; turn < 3; turn++) {
                static const char *const names[] = {"push", "at in sequence", "at random"};
                double (*timed)(subject *) = turn == 0 ? peers[k].push : peers[k].at;
                if (!timed)
                    continue;
                if (turn > 0 && k > 0 && ca.array_len(s.array) != count) {
                    push_inline(&s);
                }
                s.order = turn == 2 ? at_random : in_order;
                double ns = timed(&s);
                if (round >= 0)
                    printf("%s, %s\t%s\t%.4f\n", names[turn], where, peers[k].name, ns);
            }
        }
    }
    ca.array_delete(s.array);
    free(s.plain.data);
}

int main(int words, char **word)
{
    if (words < 4)
        return 2;
    int32_t missing = chunkarray_load(&ca, word[1]);
    if (missing != 0) {
        fprintf(stderr, "%s\n", missing < 0 ? chunkarray_load_error(missing) : "the binary is older than the header");
        return 1;
    }
    int64_t count = atoll(word[2]);
    int64_t *order = malloc(2 * (size_t)count * sizeof *order), *at_random = order + count;
    if (!order)
        return 1;
    uint64_t state = 1;
    for (int64_t i = 0; i < count; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        order[i] = i;
        at_random[i] = (int64_t)((state >> 33) % (uint64_t)count);
    }
    printf("header %d.%d, table %u.%u, compiler %s\n", CHUNKARRAY_MAJOR, CHUNKARRAY_MINOR, (unsigned)ca.major,
           (unsigned)ca.minor, __VERSION__);
    measure("one chunk", (uint64_t)count, count, atoi(word[3]), order, at_random);
    measure("several chunks", 0, count, atoi(word[3]), order, at_random);
    free(order);
    return failed != 0;
}
