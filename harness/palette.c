#include "palette.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const palette_row_t plain = {"plain", "#666666", "#aaaaaa"};

static bool
row_parse(palette_row_t *row, const char *line)
{
	return sscanf(line, "%39s \"%7[#0-9a-f]\" \"%7[#0-9a-f]\"", row->name,
		   row->light, row->dark) == 3 &&
	       strlen(row->light) == 7 && strlen(row->dark) == 7;
}

static void
rows_read(palette_t *palette, FILE *stream)
{
	char line[256];
	bool inside = false;
	while (palette->n < PALETTE_MAX &&
	       fgets(line, sizeof(line), stream) != NULL) {
		if (strncmp(line, "$palette <<", 11) == 0)
			inside = true;
		else if (strncmp(line, "EOD", 3) == 0)
			inside = false;
		else if (inside && row_parse(&palette->rows[palette->n], line))
			palette->n++;
	}
}

/* The row of that name, or n. */
static size_t
row_find(const palette_t *palette, const char *name)
{
	size_t i = 0;
	while (i < palette->n && strcmp(palette->rows[i].name, name) != 0)
		i++;
	return i;
}

/* Arms without a row take the spare ones in turn. */
static void
rows_assign(palette_t *palette, const dataset_t *data)
{
	unsigned spares = 0;
	for (size_t a = 0; a < data->narms; a++) {
		size_t row = row_find(palette, data->arms[a].name);
		char spare[24];
		if (row == palette->n) {
			snprintf(spare, sizeof(spare), "spare%u", ++spares);
			row = row_find(palette, spare);
		}
		if (row == palette->n && spares > 1) {
			spares = 1;
			row = row_find(palette, "spare1");
		}
		palette->of_arm[a] = row;
	}
}

bool
palette_read(
    palette_t *palette, const char *path, const dataset_t *data, fault_t *fault)
{
	*palette = (palette_t){0};
	palette->of_arm = text_memory(data->narms, sizeof(*palette->of_arm));
	FILE *stream = fopen(path, "re");
	if (stream == NULL)
		return fault_set_errno(fault, "cannot read '%s'", path);
	rows_read(palette, stream);
	fclose(stream);
	rows_assign(palette, data);
	if (palette->n == 0)
		return fault_set(
		    fault, "'%s' has no rows in its $palette", path);
	return false;
}

void
palette_release(palette_t *palette)
{
	free(palette->of_arm);
	*palette = (palette_t){0};
}

const palette_row_t *
palette_of(const palette_t *palette, size_t arm)
{
	size_t row = palette->of_arm[arm];
	return row < palette->n ? &palette->rows[row] : &plain;
}
