#include "arena_rows.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char head[] = "t_ns,arena,pactive,pdirty,npurge,nmadvise,purged\n";

static bool
row_add(arena_row_t *all, bool *seen, const char *line)
{
	unsigned arena;
	double active, dirty, npurge, nmadvise, purged;
	if (strchr(line, '\n') == NULL ||
	    sscanf(line, "%*u,%u,%lf,%lf,%lf,%lf,%lf", &arena, &active, &dirty,
		&npurge, &nmadvise, &purged) != 6 ||
	    arena >= SERIES_ARENAS)
		return false;
	arena_row_t *row = &all[arena];
	seen[arena] = true;
	row->arena = arena;
	row->pactive_most =
	    active > row->pactive_most ? active : row->pactive_most;
	row->pdirty_most = dirty > row->pdirty_most ? dirty : row->pdirty_most;
	row->pdirty_end = dirty;
	row->npurge = npurge;
	row->nmadvise = nmadvise;
	row->purged = purged;
	return true;
}

size_t
arena_rows_read(arena_row_t *rows, const char *path)
{
	arena_row_t all[SERIES_ARENAS] = {{0}};
	bool seen[SERIES_ARENAS] = {false};
	char line[256];
	size_t n = 0;
	FILE *stream = fopen(path, "re");
	if (stream == NULL)
		return 0;
	bool known = fgets(line, sizeof(line), stream) != NULL &&
		     strcmp(line, head) == 0;
	while (known && fgets(line, sizeof(line), stream) != NULL)
		if (!row_add(all, seen, line))
			break;
	fclose(stream);
	for (unsigned a = 0; a < SERIES_ARENAS; a++)
		if (seen[a])
			rows[n++] = all[a];
	return n;
}
