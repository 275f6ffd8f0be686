#include "complaint.h"

#include <stdlib.h>

void
complaints_add(complaints_t *complaints, complaint_t complaint)
{
	complaints->v = reallocarray(
	    complaints->v, complaints->n + 1, sizeof(*complaints->v));
	if (complaints->v == NULL)
		abort();
	complaints->v[complaints->n++] = complaint;
}

void
complaints_release(complaints_t *complaints)
{
	for (size_t i = 0; i < complaints->n; i++) {
		free(complaints->v[i].what);
		free(complaints->v[i].mend);
	}
	free(complaints->v);
	*complaints = (complaints_t){0};
}

size_t
complaints_count(const complaints_t *complaints, complaint_level_t level)
{
	size_t n = 0;
	for (size_t i = 0; i < complaints->n; i++)
		n += complaints->v[i].level == level;
	return n;
}

void
complaint_print(const complaint_t *complaint, FILE *stream)
{
	static const char *const words[COMPLAINT_LEVELS] = {
	    "ok", "note", "WRONG"};
	fprintf(stream, "  %-6s %-20s %s\n", words[complaint->level],
	    complaint->title, complaint->what);
	if (complaint->level == COMPLAINT_FINE)
		return;
	fprintf(stream, "  %-6s %-20s why:  %s\n", "", "", complaint->why);
	if (complaint->mend != NULL)
		fprintf(stream, "  %-6s %-20s mend: %s (%s)\n", "", "",
		    complaint->mend,
		    complaint->may ? "you may" : "needs root, or its owner");
}

void
complaints_verdict(const complaints_t *complaints, FILE *stream)
{
	size_t wrong = complaints_count(complaints, COMPLAINT_WRONG);
	size_t notes = complaints_count(complaints, COMPLAINT_NOTE);
	size_t may = 0;
	for (size_t i = 0; i < complaints->n; i++)
		may += complaints->v[i].level == COMPLAINT_WRONG &&
		       complaints->v[i].may;
	if (wrong == 0)
		fprintf(stream,
		    "verdict: fit for measuring; %zu thing%s to know\n", notes,
		    notes == 1 ? "" : "s");
	else
		fprintf(stream,
		    "verdict: %zu thing%s to mend before measuring (you may "
		    "mend %zu), %zu to know\n",
		    wrong, wrong == 1 ? "" : "s", may, notes);
}
