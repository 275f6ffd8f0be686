#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *
text_vformat(const char *format, va_list args)
{
	char *string;
	if (vasprintf(&string, format, args) < 0)
		abort();
	return string;
}

char *
text_format(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *string = text_vformat(format, args);
	va_end(args);
	return string;
}

char *
text_copy(const char *string)
{
	return text_format("%s", string);
}

void *
text_memory(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);
	if (memory == NULL)
		abort();
	return memory;
}

void
text_assign(char **field, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *string = text_vformat(format, args);
	va_end(args);
	free(*field);
	*field = string;
}

static void
words_take(words_t *words, char *word)
{
	words->v = realloc(words->v, (words->n + 2) * sizeof(*words->v));
	if (words->v == NULL)
		abort();
	words->v[words->n++] = word;
	words->v[words->n] = NULL;
}

void
words_add(words_t *words, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *word = text_vformat(format, args);
	va_end(args);
	words_take(words, word);
}

void
words_append(words_t *words, const words_t *from)
{
	for (size_t i = 0; i < from->n; i++)
		words_take(words, text_copy(from->v[i]));
}

void
words_split(words_t *words, const char *list, char separator)
{
	while (*list != '\0') {
		const char *end = strchrnul(list, separator);
		if (end > list)
			words_add(words, "%.*s", (int)(end - list), list);
		list = *end == '\0' ? end : end + 1;
	}
}

bool
words_contain(const words_t *words, const char *word)
{
	for (size_t i = 0; i < words->n; i++)
		if (strcmp(words->v[i], word) == 0)
			return true;
	return false;
}

char *
words_join(const words_t *words, const char *separator)
{
	char *all = text_copy("");
	for (size_t i = 0; i < words->n; i++)
		text_assign(
		    &all, "%s%s%s", all, i ? separator : "", words->v[i]);
	return all;
}

void
words_release(words_t *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->v[i]);
	free(words->v);
	words->v = NULL;
	words->n = 0;
}
