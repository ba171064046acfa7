/* A plain read loop: what the machine's memory gives, on any number of threads.
 *
 * Each thread adds up its share of the 64-bit words of every array, eight streams of additions side by side, which
 * compilers make vectors of. The sum is handed back so that no read can be left out. */
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

enum { MOST = 64, WIDTH = 64 };

struct share {
    const uint64_t *const *arrays;
    size_t count, from, to;
    uint64_t sum;
};

static void *read_share(void *argument)
{
    struct share *share = argument;
    uint64_t lanes[WIDTH] = {0}, sum = 0;
    for (size_t a = 0; a < share->count; a++) {
        const uint64_t *words = share->arrays[a];
        size_t i = share->from;
        for (; i + WIDTH <= share->to; i += WIDTH)
            for (size_t k = 0; k < WIDTH; k++)
                lanes[k] += words[i + k];
        for (; i < share->to; i++)
            sum += words[i];
    }
    for (size_t k = 0; k < WIDTH; k++)
        sum += lanes[k];
    share->sum = sum;
    return NULL;
}

/* The sum of all words of `count` arrays of `words` each. */
uint64_t read_words(const uint64_t *const *arrays, size_t count, size_t words, size_t threads)
{
    struct share shares[MOST];
    pthread_t ids[MOST];
    if (threads > MOST)
        threads = MOST;
    for (size_t t = 0; t < threads; t++)
        shares[t] = (struct share){arrays, count, words * t / threads, words * (t + 1) / threads, 0};
    size_t started = 1;
    while (started < threads && pthread_create(&ids[started], NULL, read_share, &shares[started]) == 0)
        started++;
    read_share(&shares[0]);
    uint64_t sum = shares[0].sum;
    for (size_t t = 1; t < threads; t++) {
        if (t < started)
            pthread_join(ids[t], NULL);
        else
            read_share(&shares[t]);
        sum += shares[t].sum;
    }
    return sum;
}
