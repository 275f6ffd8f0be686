/*
 * Functions of libc that hand out memory hand out ours, and free it again.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <wchar.h>

#include "ebb/ebb.h"
#include "tap.h"

static volatile size_t half = SIZE_MAX / 2;

static void
test_reallocarray(void)
{
	char *p = reallocarray(NULL, 10, 10);
	EXPECT(p != NULL && sallocx(p, 0) == 112);
	memset(p, 1, 112);
	p = reallocarray(p, 1000, 10);
	EXPECT(p != NULL && sallocx(p, 0) == 10240 && p[99] == 1);
	errno = 0;
	void *q = reallocarray(p, half, 3);
	EXPECT(q == NULL && errno == ENOMEM);
	free(q == NULL ? p : q);
}

static void
test_strdup_asprintf_getline(void)
{
	char *s = strdup("hello");
	EXPECT(sallocx(s, 0) == 8 && strcmp(s, "hello") == 0);
	s = realloc(s, 100);
	EXPECT(strcmp(s, "hello") == 0);
	free(s);
	s = strndup("hello", 3);
	EXPECT(strcmp(s, "hel") == 0);
	free(s);
	EXPECT(asprintf(&s, "%0*d", 5000, 7) == 5000);
	EXPECT(sallocx(s, 0) >= 5001 && s[4999] == '7');
	free(s);
	wchar_t *w = wcsdup(L"wide");
	EXPECT(w != NULL && sallocx(w, 0) >= 5 * sizeof(wchar_t));
	free(w);
	FILE *f = tmpfile();
	for (unsigned i = 0; i < 30000; i++)
		fputc('a' + (int)(i % 26), f);
	fputs("\nshort\n", f);
	rewind(f);
	char *line = malloc(1);
	size_t size = 1;
	EXPECT(getline(&line, &size, f) == 30001);
	EXPECT(sallocx(line, 0) >= size && line[29999] == 'a' + 29999 % 26);
	EXPECT(getline(&line, &size, f) == 6);
	free(line);
	fclose(f);
}

static void
test_open_memstream_and_dirs(void)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	for (unsigned i = 0; i < 100000; i++)
		fprintf(f, "%u ", i);
	fclose(f);
	EXPECT(size == 588890 && sallocx(text, 0) >= size);
	free(text);
	DIR *d = opendir("/proc/self");
	EXPECT(d != NULL && readdir(d) != NULL);
	closedir(d);
	char *path = realpath("/proc/self/exe", NULL);
	EXPECT(path != NULL && sallocx(path, 0) > 0);
	free(path);
	char *cwd = getcwd(NULL, 0);
	EXPECT(cwd != NULL);
	free(cwd);
}

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
keep(void *key)
{
	(void)key;
}

static void
test_qsort_tsearch_setlocale(void)
{
	static int values[20000];
	for (unsigned i = 0; i < COUNT(values); i++)
		values[i] = (int)(i * 7919 % COUNT(values));
	qsort(values, COUNT(values), sizeof(int), compare);
	EXPECT(values[0] == 0 && values[19999] == 19999);
	void *root = NULL;
	for (unsigned i = 0; i < 1000; i++)
		tsearch(&values[i * 7 % 1000], &root, compare);
	tdestroy(root, keep);
	EXPECT(setlocale(LC_ALL, "C") != NULL);
}

static void
test_dlsym_miss(void)
{
	EXPECT(dlsym(RTLD_DEFAULT, "ebb_no_such_function") == NULL);
	const char *why = dlerror();
	EXPECT(why != NULL && strstr(why, "ebb_no_such_function") != NULL);
	EXPECT(strstr(strerror(12345), "12345") != NULL);
	EXPECT(dlopen("/nonexistent/lib.so", RTLD_NOW) == NULL);
	EXPECT(dlerror() != NULL);
}

static void
test_many_environment_variables(void)
{
	char name[32];
	for (unsigned i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "EBB_TEST_%u", i);
		EXPECT(setenv(name, name, 1) == 0);
	}
	EXPECT(strcmp(getenv("EBB_TEST_499"), "EBB_TEST_499") == 0);
	for (unsigned i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "EBB_TEST_%u", i);
		EXPECT(unsetenv(name) == 0);
	}
}

int
main(void)
{
	RUN(test_reallocarray);
	RUN(test_strdup_asprintf_getline);
	RUN(test_open_memstream_and_dirs);
	RUN(test_qsort_tsearch_setlocale);
	RUN(test_dlsym_miss);
	RUN(test_many_environment_variables);
	return tap_done();
}
