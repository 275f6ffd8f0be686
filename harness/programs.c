#include "programs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "binary.h"
#include "store.h"
#include "text.h"

#define WORKLOAD "workload"
#define LIST "programs.json"

static const char *const mode_names[LINK_MODES] = {
    "preload", "linked", "static"};

const char *
link_mode_name(link_mode_t mode)
{
	return mode_names[mode];
}

link_mode_t
link_mode_parse(const char *name)
{
	int m = 0;
	while (m < LINK_MODES && strcmp(mode_names[m], name) != 0)
		m++;
	return (link_mode_t)m;
}

static void
program_release(program_t *program)
{
	free(program->file);
	free(program->path);
	free(program->build_id);
	free(program->variant);
}

static program_t *
programs_add(programs_t *programs, const char *file, const char *build_id)
{
	programs->v =
	    reallocarray(programs->v, programs->n + 1, sizeof(*programs->v));
	if (programs->v == NULL)
		abort();
	program_t *program = &programs->v[programs->n++];
	*program = (program_t){.file = text_copy(file),
	    .build_id = text_copy(build_id),
	    .variant = text_copy("")};
	return program;
}

/* True when every mode and variant that order 0 has exists in this one too. */
static bool
order_is_whole(const programs_t *programs, unsigned order)
{
	size_t first = 0;
	for (size_t i = 0; i < programs->n; i++) {
		const program_t *p = &programs->v[i];
		if (p->order != 0)
			continue;
		first++;
		if (programs_lookup(programs, p->mode, p->variant, order) ==
		    NULL)
			return false;
	}
	return first > 0;
}

bool
programs_from_json(programs_t *programs, const json_t *list, fault_t *fault)
{
	size_t i;
	json_t *row;
	*programs = (programs_t){0};
	json_array_foreach(list, i, row)
	{
		const char *file = sample_text(row, "file");
		link_mode_t mode = link_mode_parse(sample_text(row, "link"));
		if (file[0] == '\0' || mode == LINK_MODES ||
		    !json_is_integer(json_object_get(row, "link_order")))
			return fault_set(fault,
			    "program %zu has no 'file', 'link' or 'link_order'",
			    i + 1);
		program_t *program =
		    programs_add(programs, file, sample_text(row, "build_id"));
		program->mode = mode;
		text_assign(
		    &program->variant, "%s", sample_text(row, "variant"));
		program->order = (unsigned)sample_number(row, "link_order");
	}
	while (order_is_whole(programs, programs->orders))
		programs->orders++;
	return false;
}

json_t *
programs_to_json(const programs_t *programs)
{
	json_t *list = json_array();
	for (size_t i = 0; i < programs->n; i++) {
		const program_t *p = &programs->v[i];
		json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s,s:i,s:s}", "file", p->file, "link",
			link_mode_name(p->mode), "variant", p->variant,
			"link_order", (int)p->order, "build_id", p->build_id));
	}
	return list;
}

/*
 * The absolute path of a program, which must be the build that is expected
 * (NULL or "": any). remedy: what to do when it is not.
 */
static bool
program_locate(program_t *program, const place_t *place, const char *remedy,
    fault_t *fault)
{
	binary_t binary;
	free(program->path);
	program->path = text_format("%s/%s", place->dir, program->file);
	if (binary_read(&binary, program->path, fault))
		return true;
	if (program->build_id[0] != '\0' &&
	    strcmp(binary.build_id, program->build_id) != 0)
		return fault_set(fault,
		    "'%s' was rebuilt: its build-id is %s, expected is %s; %s",
		    program->path, binary.build_id, program->build_id, remedy);
	text_assign(&program->build_id, "%s", binary.build_id);
	return false;
}

static bool
all_locate(programs_t *programs, const place_t *place, const char *remedy,
    fault_t *fault)
{
	for (size_t i = 0; i < programs->n; i++)
		if (program_locate(&programs->v[i], place, remedy, fault))
			return true;
	return false;
}

bool
programs_find(programs_t *programs, const place_t *place, fault_t *fault)
{
	char *path = text_format("%s/" LIST, place->dir);
	bool failed = false;
	*programs = (programs_t){0};
	if (access(path, F_OK) == 0) {
		json_error_t error;
		fault_t why = {""};
		json_t *document = json_load_file(path, 0, &error);
		const json_t *list = json_object_get(document, "programs");
		if (!json_is_array(list))
			failed = fault_set(&why, "%s",
			    document == NULL ? error.text
					     : "no list 'programs'");
		else if (!(failed = programs_from_json(programs, list, &why)) &&
			 programs_lookup(programs, LINK_PRELOAD, "", 0) == NULL)
			failed = fault_set(&why, "'" WORKLOAD "' is not in it");
		if (failed)
			fault_set(fault,
			    "'%s' is damaged (%s); 'make workloads' writes it "
			    "anew",
			    path, why.text);
		json_decref(document);
	}
	free(path);
	if (!failed && programs->n == 0) {
		programs_add(programs, WORKLOAD, "");
		programs->orders = 1;
	}
	return failed || all_locate(programs, place,
			     "'make workloads' builds all of them", fault);
}

bool
programs_locate(programs_t *programs, const place_t *place,
    const char *workload_id, fault_t *fault)
{
	if (programs->n == 0) {
		programs_add(programs, WORKLOAD, workload_id);
		programs->orders = 1;
	}
	return all_locate(programs, place,
	    "that is the one of the samples taken so far: build that one "
	    "again, or begin a new run",
	    fault);
}

const program_t *
programs_lookup(const programs_t *programs, link_mode_t mode,
    const char *variant, unsigned order)
{
	for (size_t i = 0; i < programs->n; i++) {
		const program_t *p = &programs->v[i];
		if (p->mode == mode && p->order == order &&
		    strcmp(p->variant, variant) == 0)
			return p;
	}
	return NULL;
}

void
programs_keep(programs_t *programs, const bool *keep)
{
	size_t kept = 0;
	for (size_t i = 0; i < programs->n; i++) {
		if (keep[i])
			programs->v[kept++] = programs->v[i];
		else
			program_release(&programs->v[i]);
	}
	programs->n = kept;
}

void
programs_release(programs_t *programs)
{
	for (size_t i = 0; i < programs->n; i++)
		program_release(&programs->v[i]);
	free(programs->v);
	*programs = (programs_t){0};
}
