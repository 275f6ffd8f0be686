#include "csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

bool
csv_open(csv_t *csv, const char *path, const char *head, fault_t *fault)
{
	*csv = (csv_t){.stream = fopen(path, "we")};
	if (csv->stream == NULL)
		return fault_set_errno(fault, "cannot write '%s'", path);
	csv->path = text_copy(path);
	fprintf(csv->stream, "%s\n", head);
	return false;
}

static void
csv_separate(csv_t *csv)
{
	if (csv->begun)
		fputc(',', csv->stream);
	csv->begun = true;
}

void
csv_text(csv_t *csv, const char *text)
{
	csv_separate(csv);
	if (strpbrk(text, ",\"\r\n") == NULL) {
		fputs(text, csv->stream);
		return;
	}
	fputc('"', csv->stream);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', csv->stream);
		fputc(*text, csv->stream);
	}
	fputc('"', csv->stream);
}

void
csv_number(csv_t *csv, double value)
{
	csv_separate(csv);
	if (isfinite(value))
		fprintf(csv->stream, "%.9g", value);
}

void
csv_end(csv_t *csv)
{
	fputc('\n', csv->stream);
	csv->begun = false;
}

bool
csv_close(csv_t *csv, fault_t *fault)
{
	if (csv->stream == NULL)
		return false;
	bool failed = ferror(csv->stream) != 0;
	failed |= fclose(csv->stream) != 0;
	if (failed)
		fault_set_errno(fault, "cannot write '%s'", csv->path);
	free(csv->path);
	*csv = (csv_t){0};
	return failed;
}
