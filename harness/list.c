#include "list.h"

#include <argp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "allocators.h"
#include "catalog.h"
#include "launch.h"
#include "place.h"
#include "profile.h"

static const char doc[] =
    "Show the arms, workloads and plans that `ebb run` has here.";

static void
print_arms(const arms_t *arms)
{
	puts("Arms (--arms):");
	for (size_t i = 0; i < arms->n; i++) {
		const arm_t *arm = &arms->v[i];
		char *typed = place_typed(arm->path ? arm->path : "");
		printf("  %-16s %-6s %s%s%s\n", arm->name,
		    arm_kind_name(arm->kind),
		    arm->path ? typed : "the C library's own",
		    arm->defaults[0] ? "  " : "", arm->defaults);
		free(typed);
	}
	for (size_t i = 0; i < arms->skipped.n; i++)
		printf("  %s\n", arms->skipped.v[i]);
}

static void
print_workloads(const catalog_t *catalog)
{
	puts("\nWorkloads and cases (--workloads):");
	for (size_t i = 0; i < catalog->n; i++) {
		const catalog_row_t *row = &catalog->v[i];
		char *arms = words_join(&row->arms, ", ");
		printf("  %s: %s\n     ", row->name, row->summary);
		for (size_t c = 0; c < row->ncases; c++)
			printf(" %s%s", row->cases[c].name,
			    row->cases[c].more ? "+" : "");
		printf("\n      tells apart %s; threads: %s\n", arms,
		    row->threads_max == 1 ? "1"
		    : row->threads_even   ? "even"
					  : "any");
		free(arms);
	}
	puts("  (+: beyond the default plan: in full, or by its name)");
}

static void
print_plans(void)
{
	puts("\nPlans (--plan):");
	for (const profile_t *p = profiles; p->name != NULL; p++)
		printf("  %-8s %s (at most %.0f s of measuring, %u blocks)\n",
		    p->name, p->summary, p->budget, p->blocks);
}

int
cmd_list(int argc, char **argv)
{
	static const struct argp argp = {.doc = doc};
	place_t place = {0};
	catalog_t catalog = {0};
	arms_t arms = {0};
	fault_t fault;
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	launch_signals_hold();
	bool failed = place_find(&place, NULL, &fault) ||
		      catalog_find(&catalog, &place, &fault) ||
		      arms_find(&arms, &place, true, &fault);
	launch_signals_release();
	if (failed) {
		fprintf(stderr, "ebb list: %s\n", fault.text);
	} else {
		print_arms(&arms);
		print_workloads(&catalog);
		print_plans();
	}
	arms_release(&arms);
	catalog_release(&catalog);
	place_release(&place);
	return failed ? 2 : 0;
}
