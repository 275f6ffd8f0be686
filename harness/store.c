#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "text.h"

/* ---------------------------------------------------------------- writer -- */

/* Makes every missing folder of the path. */
static bool
folder_make(const char *path, fault_t *fault)
{
	char *copy = text_copy(path);
	bool failed = false;
	for (char *end = copy + 1; !failed; end++) {
		char kept = *end;
		if (kept != '/' && kept != '\0')
			continue;
		*end = '\0';
		failed = mkdir(copy, 0777) != 0 && errno != EEXIST;
		*end = kept;
		if (kept == '\0')
			break;
	}
	free(copy);
	if (failed)
		return fault_set_errno(fault,
		    "cannot make the folder '%s' for results (choose another "
		    "with --out)",
		    path);
	return false;
}

/* What is written so far survives a crash of the machine. */
static void
folder_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

/* Letters, digits, dot, dash and underscore; everything else is a dash. */
static void
name_clean(char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	for (; *(name += strspn(name, good)) != '\0';)
		*name = '-';
}

/* Writes all bytes. Returns true on error, errno set. */
static bool
write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		bytes += n;
		size -= (size_t)n;
	}
	return false;
}

/* A line that was torn gets its newline. Returns true on error. */
static bool
samples_mend(int fd)
{
	char last = '\n';
	off_t size = lseek(fd, 0, SEEK_END);
	if (size > 0 && pread(fd, &last, 1, size - 1) < 1)
		return true;
	return last != '\n' && write_all(fd, "\n", 1);
}

/* Opens samples.jsonl and holds it against others until store_release(). */
static bool
samples_open(store_t *store, fault_t *fault)
{
	char *path = store_path(store, "samples.jsonl");
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	bool failed = fd < 0;
	store->samples_fd = fd;
	if (!failed && flock(fd, LOCK_EX | LOCK_NB) != 0 &&
	    errno == EWOULDBLOCK)
		failed = fault_set(fault,
		    "another ebb is adding samples to '%s': wait until it has "
		    "ended, or stop it",
		    store->dir);
	else if (failed || samples_mend(fd))
		failed = fault_set_errno(fault, "cannot open '%s'", path);
	folder_sync(store->dir);
	free(path);
	return failed;
}

static bool
raw_make(const store_t *store, fault_t *fault)
{
	char *raw = store_path(store, "raw");
	bool failed = folder_make(raw, fault);
	free(raw);
	return failed;
}

bool
store_create(store_t *store, const place_t *place, const char *parent,
    const char *utc, const char *name, fault_t *fault)
{
	*store = (store_t){.samples_fd = -1, .place = place};
	struct utsname host;
	if (uname(&host) != 0)
		strcpy(host.nodename, "host");
	char *leaf = text_format("%s-%s-%s", utc, host.nodename, name);
	name_clean(leaf);
	store->dir = text_format("%s/%s", parent, leaf);
	free(leaf);
	struct stat there;
	if (stat(store->dir, &there) == 0)
		return fault_set(fault,
		    "'%s' is there already: another run began in the same "
		    "second; start again, or give a --name",
		    store->dir);
	return raw_make(store, fault) || samples_open(store, fault);
}

void
store_discard(store_t *store)
{
	static const char *const files[] = {
	    "plan.json", "machine.json", "samples.jsonl", "raw"};
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char *path = store_path(store, files[i]);
		remove(path);
		free(path);
	}
	rmdir(store->dir);
	store_release(store);
}

bool
store_check(const char *dir, fault_t *fault)
{
	char *plan = text_format("%s/plan.json", dir);
	bool there = access(plan, R_OK) == 0;
	free(plan);
	return !there &&
	       fault_set(fault,
		   "'%s' holds no plan.json: it is not the folder of a run "
		   "(those are results/<utc>-<host>-<name>)",
		   dir);
}

bool
store_open(
    store_t *store, const place_t *place, const char *dir, fault_t *fault)
{
	*store =
	    (store_t){.samples_fd = -1, .place = place, .dir = text_copy(dir)};
	return store_check(dir, fault) || raw_make(store, fault) ||
	       samples_open(store, fault);
}

void
store_release(store_t *store)
{
	if (store->samples_fd >= 0)
		close(store->samples_fd);
	free(store->dir);
	*store = (store_t){.samples_fd = -1};
}

char *
store_path(const store_t *store, const char *name)
{
	return text_format("%s/%s", store->dir, name);
}

/* The document as JSON text without a newline; the caller frees it. */
static char *
store_text(const store_t *store, const json_t *document, size_t flags)
{
	json_t *relative = store->place == NULL
			       ? json_deep_copy(document)
			       : place_relative(store->place, document);
	char *text = json_dumps(relative, flags | JSON_REAL_PRECISION(12));
	json_decref(relative);
	return text;
}

bool
store_document_write(
    store_t *store, const char *name, const json_t *document, fault_t *fault)
{
	char *path = store_path(store, name);
	char *temporary = text_format("%s.new", path);
	/* jansson makes nothing of text that is not UTF-8. */
	if (document == NULL) {
		free(temporary);
		fault_set(fault,
		    "cannot write '%s': a name or a text in it is not UTF-8",
		    path);
		free(path);
		return true;
	}
	char *text = store_text(store, document, JSON_INDENT(1));
	int fd =
	    open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	bool failed = text == NULL || fd < 0 ||
		      write_all(fd, text, strlen(text)) ||
		      write_all(fd, "\n", 1) || fsync(fd) != 0 ||
		      rename(temporary, path) != 0;
	if (failed) {
		fault_set_errno(fault, "cannot write '%s'", path);
		unlink(temporary);
	}
	if (fd >= 0)
		close(fd);
	folder_sync(store->dir);
	free(text);
	free(temporary);
	free(path);
	return failed;
}

bool
store_line_append(store_t *store, const json_t *line, fault_t *fault)
{
	char *text = store_text(store, line, JSON_COMPACT);
	if (text == NULL)
		return fault_set(fault, "a sample's line is not valid JSON");
	text_assign(&text, "%s\n", text);
	ssize_t size = (ssize_t)strlen(text);
	off_t before = lseek(store->samples_fd, 0, SEEK_END);
	ssize_t n = write(store->samples_fd, text, (size_t)size);
	bool failed = n != size || fsync(store->samples_fd) != 0;
	if (failed) {
		if (n >= 0 && n < size)
			errno = ENOSPC;
		fault_set_errno(
		    fault, "cannot append to '%s/samples.jsonl'", store->dir);
		/* What there is of the line goes; else a reader leaves it out
		 * as torn. */
		if (before < 0 || ftruncate(store->samples_fd, before) != 0)
			samples_mend(store->samples_fd);
	}
	free(text);
	return failed;
}

/* Hashes the file open as fd. Returns true on error, errno set. */
static bool
file_hash(int fd, char hex[SHA256_HEX])
{
	sha256_t sha;
	sha256_init(&sha);
	char *buffer = text_memory(1, 1 << 16);
	ssize_t n;
	while ((n = read(fd, buffer, 1 << 16)) > 0)
		sha256_update(&sha, buffer, (size_t)n);
	free(buffer);
	sha256_final(&sha, hex);
	return n < 0;
}

json_t *
store_raw(store_t *store, const char *name, fault_t *fault)
{
	char *path = store_path(store, name);
	char hex[SHA256_HEX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool failed = fd < 0 || file_hash(fd, hex) || fsync(fd) != 0;
	if (failed)
		fault_set_errno(fault, "cannot read back '%s'", path);
	if (fd >= 0)
		close(fd);
	free(path);
	if (failed)
		return NULL;
	return json_pack("{s:s,s:s}", "file", name, "sha256", hex);
}

/* ---------------------------------------------------------------- reader -- */

/* Refuses what this ebb might misread. */
static bool
schema_is_later(const json_t *document, const char *path, fault_t *fault)
{
	json_int_t schema = sample_number(document, "schema");
	if (schema <= STORE_SCHEMA)
		return false;
	return fault_set(fault,
	    "'%s' was written by a later ebb (schema %d, this one knows %d): "
	    "read it with that one",
	    path, (int)schema, STORE_SCHEMA);
}

/* NULL without a fault when the file is not there. */
static json_t *
document_read(const char *dir, const char *name, fault_t *fault, bool *failed)
{
	char *path = text_format("%s/%s", dir, name);
	json_error_t error;
	json_t *document = NULL;
	if (access(path, F_OK) == 0) {
		document = json_load_file(path, 0, &error);
		*failed = document == NULL;
		if (*failed)
			fault_set(fault, "cannot read '%s': line %d: %s", path,
			    error.line, error.text);
		else
			*failed = schema_is_later(document, path, fault);
	}
	free(path);
	return document;
}

/* The JSON of a whole line, or NULL. */
static json_t *
line_parse(const char *text, size_t size)
{
	return text[size - 1] == '\n' ? json_loadb(text, size, 0, NULL) : NULL;
}

static bool
line_is_ours(const json_t *line)
{
	return sample_number(line, "schema") == STORE_SCHEMA &&
	       sample_text(line, "id")[0] != '\0';
}

static bool
samples_lines_read(
    samples_t *samples, FILE *stream, const char *path, fault_t *fault)
{
	bool failed = false;
	char *text = NULL;
	size_t room = 0;
	ssize_t size;
	json_t *where = json_object(); /* id -> index in lines */
	while (!failed && (size = getline(&text, &room, stream)) > 0) {
		if (size == 1 && text[0] == '\n')
			continue;
		json_t *line = line_parse(text, (size_t)size);
		failed = schema_is_later(line, path, fault);
		if (failed || !line_is_ours(line)) {
			samples->damaged++;
			json_decref(line);
			continue;
		}
		const char *id = sample_text(line, "id");
		json_t *index = json_object_get(where, id);
		if (index != NULL) {
			json_array_set_new(samples->lines,
			    (size_t)json_integer_value(index), line);
			continue;
		}
		json_object_set_new(where, id,
		    json_integer((json_int_t)json_array_size(samples->lines)));
		json_array_append_new(samples->lines, line);
	}
	json_decref(where);
	free(text);
	return failed;
}

bool
samples_read(samples_t *samples, const char *dir, fault_t *fault)
{
	bool failed = false;
	*samples = (samples_t){.lines = json_array()};
	samples->plan = document_read(dir, "plan.json", fault, &failed);
	if (!failed)
		samples->machine =
		    document_read(dir, "machine.json", fault, &failed);
	if (!failed)
		samples->stop = document_read(dir, "stop.json", fault, &failed);
	if (failed)
		return true;
	char *path = text_format("%s/samples.jsonl", dir);
	FILE *stream = fopen(path, "re");
	if (stream == NULL && errno != ENOENT)
		failed = fault_set_errno(fault, "cannot read '%s'", path);
	if (stream != NULL) {
		failed = samples_lines_read(samples, stream, path, fault);
		if (!failed && ferror(stream))
			failed =
			    fault_set_errno(fault, "cannot read '%s'", path);
		fclose(stream);
	}
	free(path);
	return failed;
}

void
samples_release(samples_t *samples)
{
	json_decref(samples->plan);
	json_decref(samples->machine);
	json_decref(samples->stop);
	json_decref(samples->lines);
	*samples = (samples_t){0};
}

bool
sample_intact(const char *dir, const json_t *line)
{
	const char *key;
	json_t *entry;
	json_object_foreach(json_object_get(line, "raw"), key, entry)
	{
		if (!json_is_object(entry))
			continue;
		char *path =
		    text_format("%s/%s", dir, sample_text(entry, "file"));
		char hex[SHA256_HEX] = "";
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		free(path);
		bool failed = fd < 0 || file_hash(fd, hex);
		if (fd >= 0)
			close(fd);
		if (failed || strcmp(hex, sample_text(entry, "sha256")) != 0)
			return false;
	}
	return true;
}

const char *
sample_text(const json_t *line, const char *key)
{
	const char *text = json_string_value(json_object_get(line, key));
	return text == NULL ? "" : text;
}

int64_t
sample_number(const json_t *line, const char *key)
{
	return json_integer_value(json_object_get(line, key));
}

bool
sample_ok(const json_t *line)
{
	return strcmp(sample_text(line, "status"), "ok") == 0;
}

bool
sample_metric(
    const json_t *line, const char *name, double *value, const char **reason)
{
	json_t *metric =
	    json_object_get(json_object_get(line, "metrics"), name);
	if (reason != NULL)
		*reason =
		    json_string_value(json_object_get(metric, "unsupported"));
	if (!json_is_number(metric))
		return false;
	*value = json_number_value(metric);
	return true;
}
