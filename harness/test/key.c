/*
 * key.c: what makes two runs incomparable is named, what is never the same
 * twice is not, and what an earlier ebb did not write down is no difference.
 */
#include "key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char machine[] =
    "{'schema':1,'host':'h','kernel':'6.1.0','architecture':'x86_64',"
    "'cpu_model':'Example','ncpu':2,'memory_bytes':25000000000,'load':0.1,"
    "'memory_available_bytes':20000000000,'thp':'madvise','governor':null,"
    "'clocksource':'tsc','overcommit':'0','cgroup_memory_max':null,"
    "'glibc':'2.36','compiler':'gcc 12','ebb_commit':'a','lscpu':{'lscpu':["
    "{'field':'BogoMIPS:','data':'5192.29'},"
    "{'field':'Model:','data':'17'},"
    "{'field':'Vulnerability Spectre v1:','data':'Mitigation; barriers'}]}}";

static const char plan[] =
    "{'schema':1,'seed':1,'workload_build_id':'7ca7418099e204cc',"
    "'mem_limit':6174977024,'arms':[{'name':'glibc','kind':'glibc',"
    "'build_id':'93ac61ec5a8e'}],'cells':[{'cell':'w.t1','args':['--n=5'],"
    "'conf':'','threads':1}]}";

static const char line[] =
    "{'schema':1,'id':'s1','cell':'w.t1','kind':'time','status':'ok',"
    "'record':{'seed':7,'checksum':'ab','params':{'seed':7,'n':5,"
    "'mem-limit':6174977024}}}";

/* JSON with ' for ", and one text of it replaced by another. */
static json_t *
json_of(const char *text, const char *from, const char *to)
{
	char *copy;
	const char *at = from == NULL ? NULL : strstr(text, from);
	if (at == NULL)
		copy = text_copy(text);
	else
		copy = text_format(
		    "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	for (char *c = copy; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	json_t *json = json_loads(copy, 0, NULL);
	assert_non_null(json);
	free(copy);
	return json;
}

/* A run; `from` is replaced in whichever of its parts has it. */
static samples_t
run_of(const char *from, const char *to)
{
	samples_t run = {.plan = json_of(plan, from, to),
	    .machine = json_of(machine, from, to),
	    .lines = json_array()};
	json_array_append_new(run.lines, json_of(line, from, to));
	return run;
}

/* What key_compare() says of a run in which that was replaced. */
static char *
differences(const char *from, const char *to)
{
	words_t words = {0};
	samples_t a = run_of(NULL, NULL);
	samples_t b = run_of(from, to);
	size_t n = key_compare(&a, &b, &words);
	assert_int_equal(n, words.n);
	char *all = words_join(&words, "; ");
	words_release(&words);
	samples_release(&a);
	samples_release(&b);
	return all;
}

static void
test_key_differences_in_words(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to, *words;
	} rows[] = {
	    {NULL, NULL, ""},
	    {"'6.1.0'", "'6.18.2'", "kernel 6.1.0 against 6.18.2"},
	    {"'ncpu':2", "'ncpu':4", "CPUs 2 against 4"},
	    {"'Example'", "'Other'", "CPU Example against Other"},
	    {"'17'", "'18'", "CPU model number 17 against 18"},
	    {"'governor':null", "'governor':'powersave'",
		"governor none against powersave"},
	    {"'thp':'madvise'", "'thp':'always'",
		"transparent huge pages madvise against always"},
	    {"'tsc'", "'hpet'", "clock source tsc against hpet"},
	    {"'overcommit':'0'", "'overcommit':'2'", "overcommit 0 against 2"},
	    {"'cgroup_memory_max':null", "'cgroup_memory_max':1000",
		"memory limit of the cgroup none against 1000"},
	    {"'2.36'", "'2.41'", "glibc 2.36 against 2.41"},
	    {"'gcc 12'", "'gcc 14'", "compiler gcc 12 against gcc 14"},
	    {"'x86_64'", "'aarch64'", "architecture x86_64 against aarch64"},
	    {"25000000000", "50000000000", "memory 23.3 GiB against 46.6 GiB"},
	    {"Mitigation; barriers", "Vulnerable",
		"Spectre v1: Mitigation; barriers against Vulnerable"},
	    {"93ac61ec5a8e", "0000000000aa",
		"build of glibc 93ac61ec5a8e against 0000000000aa"},
	    {"'seed':1,", "'seed':1,'pin':{'cpus':'cpus'},",
		"CPUs of samples none against cpus"},
	    /* Never the same twice. */
	    {"5192.29", "4800.00", ""},
	    {"'load':0.1", "'load':1.5", ""},
	    {"20000000000", "10000000000", ""},
	    {"'host':'h'", "'host':'i'", ""},
	    {"'ebb_commit':'a'", "'ebb_commit':'b'", ""},
	    {"25000000000", "24900000000", ""},
	    /* As an earlier ebb wrote it. */
	    {"'compiler':'gcc 12',", "", ""},
	    {"'ncpu':2,", "", ""},
	    {"'seed':1,", "'seed':1,'pin':{'cpus':'none'},", ""},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *words = differences(rows[i].from, rows[i].to);
		assert_string_equal(words, rows[i].words);
		free(words);
	}
}

static void
test_key_without_machine(void **state)
{
	(void)state;
	words_t words = {0};
	samples_t a = run_of(NULL, NULL);
	samples_t b = run_of(NULL, NULL);
	json_decref(b.machine);
	b.machine = NULL;
	assert_int_equal(key_compare(&a, &b, &words), 1);
	assert_non_null(strstr(words.v[0], "the second run's machine.json"));
	words_release(&words);
	samples_release(&a);
	samples_release(&b);
}

/* What key_work_compare() says of a run with two replacements. */
static char *
work(const char *from, const char *to, const char *build)
{
	samples_t a = run_of(NULL, NULL);
	samples_t b = run_of(from, to);
	json_object_set_new(b.plan, "workload_build_id", json_string(build));
	char *words = key_work_compare(&a, &b, "w.t1");
	samples_release(&a);
	samples_release(&b);
	return words == NULL ? text_copy("") : words;
}

static void
test_key_work(void **state)
{
	(void)state;
	static const char same[] = "7ca7418099e204cc";
	static const struct {
		const char *from, *to, *build, *words;
	} rows[] = {
	    {NULL, NULL, same, ""},
	    {"'--n=5'", "'--n=6'", same,
		"arguments [\"--n=5\"] against [\"--n=6\"]"},
	    {"'n':5,", "'n':3,", same, "n 5 against 3"},
	    {"'conf':''", "'conf':'a:1'", same, "options  against a:1"},
	    {"'mem-limit':6174977024", "'mem-limit':1", same, ""},
	    {"'checksum':'ab'", "'checksum':'cd'", same,
		"checksum of the operations ab against cd"},
	    /* Another program is the same work when a common seed proves it. */
	    {NULL, NULL, "another", ""},
	    {"'checksum':'ab'", "'checksum':'cd'", "another",
		"checksum of the operations ab against cd"},
	    {"'record':{'seed':7", "'record':{'seed':8", same, ""},
	    {"'record':{'seed':7", "'record':{'seed':8", "another",
		"workload program 7ca7418099e2 against another, and no samples "
		"of one seed that prove the operations to be the same (ebb run "
		"--seed)"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *words = work(rows[i].from, rows[i].to, rows[i].build);
		assert_string_equal(words, rows[i].words);
		free(words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_key_differences_in_words),
	    cmocka_unit_test(test_key_without_machine),
	    cmocka_unit_test(test_key_work),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
