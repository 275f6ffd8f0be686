#include "compare.h"

#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compared.h"
#include "comparison.h"
#include "csv.h"
#include "key.h"
#include "progress.h"
#include "relative.h"
#include "table.h"

static const char doc[] =
    "Compare two runs: is the new one worse than the old one? Every cell and "
    "arm that both have, by work time and mean RSS with a verdict each, and by "
    "other metrics with an interval."
    "\vThe runs are of different times, so nothing is paired between them; "
    "within them it is: where both have glibc's allocator in the cell, the "
    "arm's ratio to it in each block is what is compared, and what the machine "
    "did to both is out. Runs of another machine, kernel, C library, compiler "
    "or setting are refused, and cells that did other work are left out; "
    "--force compares them all the same, and says so wherever the result "
    "stands.\n\n"
    "Examples:\n"
    "  ebb compare results/20261122T170000Z-host-old "
    "results/20261123T170000Z-host-new\n"
    "  ebb compare OLD NEW --arm decay --metric minflt --metric npurge\n"
    "  ebb compare OLD NEW --output differences.csv && echo no worse\n\n"
    "Exit code: 0 no worse, 1 a run cannot be read or the output not written, "
    "2 refused, 3 worse, 4 nothing could be decided.";

/* A full run takes so long to read. */
#define READ_S 2.5

/* The codes of --help. */
enum {
	EXIT_NO_WORSE,
	EXIT_UNREADABLE,
	EXIT_REFUSED,
	EXIT_WORSE,
	EXIT_UNDECIDED
};

static const struct argp_option options[] = {
    {"arm", 'a', "NAME", 0, "only this arm; may be repeated", 0},
    {"metric", 'm', "NAME", 0,
	"this metric too, without a verdict; may be repeated", 0},
    {"force", 'f', NULL, 0,
	"compare what is not comparable; the result says so", 0},
    {"output", 'o', "FILE", 0, "write every row of it as CSV", 0},
    {0},
};

typedef struct arguments_s arguments_t;
struct arguments_s {
	const char *run[COMPARISON_RUNS];
	size_t nruns;
	words_t arms, metrics;
	bool force;
	const char *output;
};

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	arguments_t *arguments = state->input;
	switch (key) {
	case 'a':
		words_add(&arguments->arms, "%s", argument);
		return 0;
	case 'm':
		words_add(&arguments->metrics, "%s", argument);
		return 0;
	case 'f':
		arguments->force = true;
		return 0;
	case 'o':
		arguments->output = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->nruns == COMPARISON_RUNS)
			argp_error(
			    state, "two runs; '%s' is one too many", argument);
		arguments->run[arguments->nruns++] = argument;
		return 0;
	case ARGP_KEY_END:
		if (arguments->nruns < COMPARISON_RUNS)
			argp_error(state, "which runs? Name two folders, the "
					  "old one first");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --------------------------------------------------------------- result -- */

/* What is printed and written: the comparison and why it was not refused. */
typedef struct result_s result_t;
struct result_s {
	comparison_t comparison;
	char *forced; /* "" or all differences that --force passed over */
};

static int
result_code(const comparison_t *comparison)
{
	if (comparison->count[VERDICT_WORSE] > 0 || comparison->failures > 0)
		return EXIT_WORSE;
	return comparison->count[VERDICT_UNDECIDED] == comparison->family
		   ? EXIT_UNDECIDED
		   : EXIT_NO_WORSE;
}

/* The run's own name. */
static const char *
run_name(const comparison_t *comparison, int k)
{
	const char *dir = comparison->run[k]->dir;
	const char *slash = strrchr(dir, '/');
	return slash == NULL ? dir : slash + 1;
}

/* "decay slower in oscillate.interleaved.t1 by 5.2 %", the worst first. */
static char *
worst_words(const comparison_t *comparison)
{
	const comparison_row_t *worst = NULL;
	for (size_t i = 0; i < comparison->nrows; i++) {
		const comparison_row_t *row = &comparison->rows[i];
		if (row->fails)
			return text_format(
			    "%s fails in %s", row->arm, row->cell);
		if (row->judged && row->verdict.kind == VERDICT_WORSE &&
		    (worst == NULL || fabs(log(row->ratio.estimate)) >
					  fabs(log(worst->ratio.estimate))))
			worst = row;
	}
	return text_format("%s %s in %s by %.1f %%", worst->arm,
	    verdict_word(VERDICT_WORSE, worst->metric.subject), worst->cell,
	    fabs(worst->ratio.estimate - 1) * 100);
}

static void
print_answer(const comparison_t *comparison)
{
	const size_t *count = comparison->count;
	int code = result_code(comparison);
	if (code == EXIT_WORSE) {
		char *worst = worst_words(comparison);
		printf("Worse: %s%s.", worst,
		    count[VERDICT_WORSE] + comparison->failures > 1
			? ", and more"
			: "");
		free(worst);
	} else {
		printf("%s.", code == EXIT_UNDECIDED
				  ? "Undecided: no comparison is decided"
				  : "No worse as far as it is decided");
	}
	printf(" Of %zu comparisons: %zu worse, %zu better, %zu equivalent, "
	       "%zu undecided",
	    comparison->family, count[VERDICT_WORSE], count[VERDICT_BETTER],
	    count[VERDICT_EQUIVALENT], count[VERDICT_UNDECIDED]);
	if (comparison->failures > 0)
		printf("; %zu arm%s newly failing", comparison->failures,
		    comparison->failures == 1 ? " is" : "s are");
	puts(".");
}

static void
print_how(const comparison_t *comparison)
{
	size_t relative = 0;
	size_t all = 0;
	for (size_t i = 0; i < comparison->nrows; i++) {
		relative +=
		    comparison->rows[i].judged && comparison->rows[i].relative;
		all += comparison->rows[i].judged;
	}
	printf("new %s\nold %s\n", run_name(comparison, COMPARISON_NEW),
	    run_name(comparison, COMPARISON_OLD));
	if (relative > 0)
		printf("%zu of the %zu compare ratios to glibc in the same "
		       "block, which the machine's drift between the runs is "
		       "not in.\n",
		    relative, all);
	if (relative < all)
		printf("%zu compare the values themselves: what the machine "
		       "did between the runs is in them.\n",
		    all - relative);
	printf("new/old is the Hodges-Lehmann estimate with the exact interval "
	       "of Mann and Whitney (at least %.0f %%); the %zu verdicts are "
	       "corrected together (Holm). Equivalent: within %.1f %% of 1.\n",
	    comparison->wish.rule.confidence * 100, comparison->family,
	    comparison->wish.rule.delta * 100);
}

/* --------------------------------------------------------------- tables -- */

static void
put_value(table_t *table, double value, unit_t unit, const char *why)
{
	char text[UNITS_MAX];
	if (isfinite(value))
		table_field(
		    table, TONE_PLAIN, "%s", unit_format(text, value, unit));
	else
		table_blank(table, why != NULL ? why : "no value");
}

static void
put_ratio(table_t *table, const comparison_row_t *row, double confidence)
{
	char text[3][UNITS_MAX];
	if (row->reason != NULL) {
		table_blank(table, row->reason);
		return;
	}
	table_field(table, TONE_PLAIN, "%s [%s, %s]",
	    ratio_format(text[0], row->ratio.estimate),
	    ratio_format(text[1], row->ratio.lo),
	    ratio_format(text[2], row->ratio.hi));
	char *note = NULL;
	if (row->ratio.confidence < confidence)
		note = text_format("the widest interval of %zu and %zu blocks "
				   "holds only %.0f %%",
		    row->n[COMPARISON_OLD], row->n[COMPARISON_NEW],
		    row->ratio.confidence * 100);
	else if (!row->relative)
		note = text_copy("of the values themselves, not relative to "
				 "glibc");
	if (note != NULL)
		table_note(table, note);
	free(note);
}

static void
put_verdict(table_t *table, const comparison_row_t *row)
{
	static const table_tone_t tones[VERDICT_KINDS] = {
	    [VERDICT_BETTER] = TONE_GOOD,
	    [VERDICT_WORSE] = TONE_BAD,
	    [VERDICT_EQUIVALENT] = TONE_QUIET,
	    [VERDICT_UNDECIDED] = TONE_QUIET};
	const verdict_t *v = &row->verdict;
	if (row->fails)
		table_field(table, TONE_FAILED, "FAILED");
	else if (!row->judged)
		table_blank(table, row->reason != NULL
				       ? row->reason
				       : "no verdict, as it is not primary");
	else if (v->blocks_more == 0)
		table_field(table, tones[v->kind], "%s",
		    verdict_word(v->kind, row->metric.subject));
	else
		table_field(table, tones[v->kind], "%s +%u%s",
		    verdict_word(v->kind, row->metric.subject), v->blocks_more,
		    v->blocks_more == VERDICT_BLOCKS_MAX ? "..." : "");
}

static bool
same_metric(const comparison_row_t *a, const comparison_row_t *b)
{
	if (a->metric.source == FROM_GBENCH && b->metric.source == FROM_GBENCH)
		return true;
	return strcmp(a->metric.name, b->metric.name) == 0;
}

/* The row's cell or benchmark. The caller frees it. */
static char *
row_name(const comparison_row_t *row)
{
	const char *title = row->metric.title;
	if (row->metric.source != FROM_GBENCH)
		return text_copy(row->cell);
	return text_format("%.*s", (int)compared_title(title), title);
}

/* One metric over all cells; all benchmarks of Google Benchmark are one. */
static void
print_table(const comparison_t *comparison, size_t first)
{
	const comparison_row_t *head = &comparison->rows[first];
	bool gbench = head->metric.source == FROM_GBENCH;
	table_t table;
	table_init(&table, "%s",
	    gbench ? "Google Benchmark: time of an iteration"
		   : head->metric.title);
	table_detail(&table, "%s",
	    head->metric.direction == NO_DIRECTION      ? "no direction"
	    : head->metric.direction == LOWER_IS_BETTER ? "lower is better"
							: "higher is better");
	table_column(&table, TABLE_LEFT, gbench ? "benchmark" : "cell");
	table_column(&table, TABLE_LEFT, "allocator");
	table_column(&table, TABLE_RIGHT, "old");
	table_column(&table, TABLE_RIGHT, "new");
	table_column(&table, TABLE_RIGHT, "new/old [%.0f %%]",
	    comparison->wish.rule.confidence * 100);
	table_column(&table, TABLE_LEFT, "verdict");
	for (size_t i = first; i < comparison->nrows; i++) {
		const comparison_row_t *row = &comparison->rows[i];
		if (!same_metric(row, head))
			continue;
		table_row(&table, TABLE_NO_ARM);
		char *name = row_name(row);
		table_field(&table, TONE_PLAIN, "%s", name);
		free(name);
		table_field(&table, TONE_PLAIN, "%s", row->arm);
		for (int k = 0; k < COMPARISON_RUNS; k++)
			put_value(&table, row->middle[k], row->metric.unit,
			    row->reason);
		put_ratio(&table, row, comparison->wish.rule.confidence);
		put_verdict(&table, row);
	}
	table_print(&table, stdout, isatty(STDOUT_FILENO) == 1);
	putchar('\n');
	table_release(&table);
}

static void
print_result(const result_t *result)
{
	const comparison_t *comparison = &result->comparison;
	print_answer(comparison);
	if (result->forced[0] != '\0')
		printf("FORCED although the runs are not comparable: %s\n",
		    result->forced);
	print_how(comparison);
	putchar('\n');
	for (size_t i = 0; i < comparison->nrows; i++) {
		bool first = true;
		for (size_t k = 0; k < i && first; k++)
			first = !same_metric(
			    &comparison->rows[k], &comparison->rows[i]);
		if (first)
			print_table(comparison, i);
	}
	for (size_t i = 0; i < comparison->left_out.n; i++)
		printf("Left out: %s\n", comparison->left_out.v[i]);
}

/* ------------------------------------------------------------------ csv -- */

static const char csv_head[] =
    "old_run,new_run,cell,arm,metric,unit,better,n_old,n_new,old,new,ratio,lo,"
    "hi,confidence,relative_to,p,p_holm,family,verdict,blocks_more,forced,"
    "reason";

static void
csv_row(csv_t *csv, const result_t *result, const comparison_row_t *row)
{
	const comparison_t *comparison = &result->comparison;
	for (int k = 0; k < COMPARISON_RUNS; k++)
		csv_text(csv, run_name(comparison, k));
	csv_text(csv, row->cell);
	csv_text(csv, row->arm);
	csv_text(csv, row->metric.name);
	csv_text(csv, unit_name(row->metric.unit));
	csv_text(csv, metric_direction_name(row->metric.direction));
	for (int k = 0; k < COMPARISON_RUNS; k++)
		csv_number(csv, (double)row->n[k]);
	for (int k = 0; k < COMPARISON_RUNS; k++)
		csv_number(csv, row->middle[k]);
	csv_number(csv, row->ratio.estimate);
	csv_number(csv, row->ratio.lo);
	csv_number(csv, row->ratio.hi);
	csv_number(csv, row->reason == NULL ? row->ratio.confidence : NAN);
	csv_text(csv, row->relative ? "glibc" : "");
	csv_number(csv, row->p);
	csv_number(csv, row->p_holm);
	csv_number(csv, row->judged ? (double)comparison->family : NAN);
	csv_text(csv, row->fails ? "failed"
		      : row->judged
			  ? verdict_word(row->verdict.kind, row->metric.subject)
			  : "");
	csv_number(csv, row->judged ? row->verdict.blocks_more : NAN);
	csv_text(csv, result->forced);
	csv_text(csv, row->reason != NULL ? row->reason : "");
	csv_end(csv);
}

static bool
result_write(const result_t *result, const char *path, fault_t *fault)
{
	csv_t csv;
	if (csv_open(&csv, path, csv_head, fault))
		return true;
	for (size_t i = 0; i < result->comparison.nrows; i++)
		csv_row(&csv, result, &result->comparison.rows[i]);
	return csv_close(&csv, fault);
}

/* ------------------------------------------------------------------ run -- */

/* Refuses runs with another key. Returns true when refused. */
static bool
refuse_key(const arguments_t *arguments, const words_t *differences)
{
	if (differences->n == 0 || arguments->force)
		return false;
	fprintf(stderr,
	    "ebb compare: refused: '%s' and '%s' are not comparable (old "
	    "against new):\n",
	    arguments->run[COMPARISON_OLD], arguments->run[COMPARISON_NEW]);
	for (size_t i = 0; i < differences->n; i++)
		fprintf(stderr, "  %s\n", differences->v[i]);
	fputs("Measure both on one machine as it is, or add --force: the "
	      "result then says so.\n",
	    stderr);
	return true;
}

/* The first of the metrics asked for that no row has, or NULL. */
static const char *
metric_missing(const arguments_t *arguments, const comparison_t *comparison)
{
	for (size_t i = 0; i < arguments->metrics.n; i++) {
		bool found = false;
		for (size_t r = 0; r < comparison->nrows && !found; r++)
			found = strcmp(comparison->rows[r].metric.name,
				    arguments->metrics.v[i]) == 0;
		if (!found)
			return arguments->metrics.v[i];
	}
	return NULL;
}

static bool
has_arm(const dataset_t *run, const char *name)
{
	for (size_t i = 0; i < run->narms; i++)
		if (strcmp(run->arms[i].name, name) == 0)
			return true;
	return false;
}

/* Refuses arms that one run does not have. Returns true when refused. */
static bool
refuse_arms(const arguments_t *arguments, const dataset_t *run)
{
	for (size_t i = 0; i < arguments->arms.n; i++)
		for (int k = 0; k < COMPARISON_RUNS; k++) {
			const char *name = arguments->arms.v[i];
			if (has_arm(&run[k], name))
				continue;
			fprintf(stderr,
			    "ebb compare: refused: --arm '%s': '%s' has no "
			    "such arm; it has:",
			    name, run[k].dir);
			for (size_t a = 0; a < run[k].narms; a++)
				fprintf(stderr, " %s", run[k].arms[a].name);
			fputc('\n', stderr);
			return true;
		}
	return false;
}

/* Refuses what has no rows. Returns true when refused. */
static bool
refuse_rows(const arguments_t *arguments, const comparison_t *comparison)
{
	const char *missing = metric_missing(arguments, comparison);
	if (comparison->nrows > 0 && missing == NULL)
		return false;
	if (comparison->nrows == 0)
		fputs("ebb compare: refused: the runs share no cell and arm "
		      "that did the same work\n",
		    stderr);
	else
		fprintf(stderr,
		    "ebb compare: no metric '%s' in these runs; "
		    "results/README.md and the column 'metric' of summary.csv "
		    "list them\n",
		    missing);
	for (size_t i = 0; i < comparison->left_out.n; i++)
		fprintf(stderr, "  %s\n", comparison->left_out.v[i]);
	return true;
}

static int
compare_datasets(const arguments_t *arguments, const dataset_t *run)
{
	words_t differences = {0};
	result_t result = {0};
	fault_t fault;
	comparison_wish_t wish = {&arguments->arms, &arguments->metrics,
	    arguments->force, verdict_rule_default};
	if (refuse_arms(arguments, run))
		return EXIT_REFUSED;
	key_compare(&run[COMPARISON_OLD].store, &run[COMPARISON_NEW].store,
	    &differences);
	if (refuse_key(arguments, &differences)) {
		words_release(&differences);
		return EXIT_REFUSED;
	}
	comparison_t *comparison = &result.comparison;
	comparison_init(
	    comparison, &run[COMPARISON_OLD], &run[COMPARISON_NEW], &wish);
	words_append(&differences, &comparison->forced);
	result.forced = words_join(&differences, "; ");
	int code = result_code(comparison);
	if (refuse_rows(arguments, comparison)) {
		code = EXIT_REFUSED;
	} else {
		print_result(&result);
		if (arguments->output != NULL &&
		    result_write(&result, arguments->output, &fault)) {
			fprintf(stderr, "ebb compare: %s\n", fault.text);
			code = EXIT_UNREADABLE;
		}
	}
	free(result.forced);
	comparison_release(comparison);
	words_release(&differences);
	return code;
}

/* Without the slashes at its end, so that its last part is its name. */
static char *
folder_name(const char *path)
{
	char *copy = text_copy(path);
	for (size_t n = strlen(copy); n > 1 && copy[n - 1] == '/';)
		copy[--n] = '\0';
	return copy;
}

/* Reads both runs, with progress. Returns true when one cannot be read. */
static bool
runs_read(const arguments_t *arguments, dataset_t *run)
{
	progress_t progress;
	fault_t fault;
	bool failed = false;
	progress_init(&progress, stderr, COMPARISON_RUNS * READ_S);
	for (int k = 0; k < COMPARISON_RUNS && !failed; k++) {
		char left[32];
		char *dir = folder_name(arguments->run[k]);
		progress_duration(progress_left(&progress), left, sizeof(left));
		progress_show(&progress, "reading %s, %s left", dir, left);
		failed = dataset_read(&run[k], dir, &fault) ||
			 dataset_is_empty(&run[k], &fault);
		progress_add(&progress, READ_S, READ_S);
		free(dir);
	}
	progress_clear(&progress);
	if (failed)
		fprintf(stderr, "ebb compare: %s\n", fault.text);
	return failed;
}

int
cmd_compare(int argc, char **argv)
{
	const struct argp argp = {.options = options,
	    .parser = parse,
	    .args_doc = "RUN1 RUN2",
	    .doc = doc};
	arguments_t arguments = {0};
	dataset_t run[COMPARISON_RUNS] = {0};
	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	int code = runs_read(&arguments, run)
		       ? EXIT_UNREADABLE
		       : compare_datasets(&arguments, run);
	for (int k = 0; k < COMPARISON_RUNS; k++)
		dataset_release(&run[k]);
	words_release(&arguments.arms);
	words_release(&arguments.metrics);
	return code;
}
