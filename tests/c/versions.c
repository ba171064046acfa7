/* What a program does that was built with this header, where the binary is another: the table in the binary is copied,
 * changed, and read. Prints a line for each change. */
#include <chunkarray.h>

#include <stdio.h>
#include <stdlib.h>

static const chunkarray_table *real;

/* A copy of the table whose entries lie `entry_size` bytes apart and in the other order, with `more` new ones among
 * them. Never freed. */
static chunkarray_table *copied(size_t entry_size, uint32_t more)
{
    chunkarray_table *table = malloc(sizeof *table);
    char *entries = calloc(real->count + more, entry_size);
    if (!table || !entries)
        exit(1);
    *table = *real;
    table->entry_size = (uint32_t)entry_size;
    table->count = real->count + more;
    for (uint32_t k = 0; k < table->count; k++) {
        static const chunkarray_function later = {"array_of_the_future", "V(P)", "()\nWhat is to come.", NULL, 7, 0};
        const char *from = (const char *)real->entries + (size_t)(real->count - 1 - k) * real->entry_size;
        memset(entries + k * entry_size, 0xee, entry_size);
        memcpy(entries + k * entry_size, k < real->count ? (const void *)from : (const void *)&later,
               sizeof(chunkarray_function));
    }
    table->entries = (const chunkarray_function *)(const void *)entries;
    return table;
}

static void bind(const char *what, const chunkarray_table *table)
{
    chunkarray_api ca;
    int32_t missing = chunkarray_bind(&ca, table);
    printf("%s: %d", what, (int)missing);
    if (missing < 0) {
        printf(" %s\n", chunkarray_load_error(missing));
        return;
    }
    printf(", version %u.%u", (unsigned)ca.major, (unsigned)ca.minor);
    if (ca.array_new && ca.array_push_f8 && ca.array_at_f8 && ca.array_delete) {
        chunkarray_handle array = ca.array_new("F8", 0, 0, 0);
        double value = 0;
        ca.array_push_f8(array, 1.5);
        ca.array_at_f8(array, 0, &value);
        ca.array_delete(array);
        printf(", works: %g", value);
    }
    printf("\n");
}

int main(int count, char **words)
{
    chunkarray_api ca;
    void *library = count > 1 ? dlopen(words[1], RTLD_NOW) : NULL;
    chunkarray_table *table;

    printf("no file: %d\n", (int)chunkarray_load(&ca, "/there/is/no/such.so"));
    printf("another library: %d\n", (int)chunkarray_load(&ca, "libm.so.6"));
    real = library ? (const chunkarray_table *)dlsym(library, CHUNKARRAY_TABLE_SYMBOL) : NULL;
    if (!real)
        return 1;
    bind("as it is", real);

    table = copied(real->entry_size, 3);
    table->minor = real->minor + 1;
    bind("three functions more", table);

    table = copied(real->entry_size + 24, 3);
    table->minor = real->minor + 1;
    table->header_size += 16;
    bind("longer entries", table);

    table = copied(real->entry_size, 0);
    table->count -= 1; /* what was the first one */
    bind("one function less", table);

    table = copied(real->entry_size, 0);
    table->major = real->major + 1;
    bind("a newer major version", table);

    table = copied(real->entry_size, 0);
    table->major = 0;
    bind("an older major version", table);

    table = copied(real->entry_size, 0);
    ((chunkarray_function *)(uintptr_t)table->entries)[5].signature = "V(P,P,P,P,P)";
    bind("another signature", table);

    table = copied(real->entry_size, 0);
    table->magic++;
    bind("no magic", table);

    table = copied(real->entry_size, 0);
    table->entry_size = 8;
    bind("short entries", table);

    bind("no table", NULL);
    return 0;
}
