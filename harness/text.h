/*
 * Text of the harness: formatted strings and lists of words (argument
 * vectors). Memory is the parent's own; when it is out, the process ends.
 */
#ifndef EBB_HARNESS_TEXT_H
#define EBB_HARNESS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A new string, never NULL; the caller frees it. */
char *
text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *text_copy(const char *string);

/* calloc that never returns NULL. */
void *text_memory(size_t count, size_t size);

/*
 * Sets *field to a new string, frees what was there. The new text may be
 * formatted from the old one.
 */
void text_assign(char **field, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A growing list of strings, NULL behind the last: usable as an argv. */
typedef struct words_s words_t;
struct words_s {
	char **v; /* NULL while empty */
	size_t n;
};

void words_add(words_t *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Adds copies of all of from. */
void words_append(words_t *words, const words_t *from);
/* Adds the parts of list between separators; empty parts are left out. */
void words_split(words_t *words, const char *list, char separator);
bool words_contain(const words_t *words, const char *word);
/* A new string of all words with the separator between; caller frees. */
char *words_join(const words_t *words, const char *separator);
/* Frees the words; the list is empty afterwards and may be used again. */
void words_release(words_t *words);

#endif
