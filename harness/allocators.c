#include "allocators.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "binary.h"
#include "conf.h"

/* Between a variant's name and the mode that it is linked in; a name of the
 * user's own has none. */
#define MODE_MARK "@"

/* Allocators of the system that we know. A new one is a new line. */
static const struct peer_s {
	const char *name;
	const char *library;
	const char *package; /* Debian's name */
	bool standard;       /* measured without being asked for */
} peers[] = {
    {"tcmalloc", "libtcmalloc_minimal.so.4", "libtcmalloc-minimal4", true},
    {"jemalloc5", "libjemalloc.so.2", "libjemalloc2", false},
    {"mimalloc", "libmimalloc.so.2", "libmimalloc2.0", false},
    /* The proxy defines malloc, and loads libtbbmalloc.so.2 behind it. */
    {"tbbmalloc", "libtbbmalloc_proxy.so.2", "libtbbmalloc2", false},
};

static const char *const kind_names[ARM_KINDS] = {"glibc", "ebb", "peer"};

/*
 * Finds a library as the dynamic loader would, in the folders it searches.
 * Returns its absolute path, or NULL; the caller frees it.
 */
static char *
library_find(const char *name)
{
	void *self = dlopen(NULL, RTLD_LAZY);
	Dl_serinfo size, *info;
	char *found = NULL;
	if (self == NULL || dlinfo(self, RTLD_DI_SERINFOSIZE, &size) != 0)
		return NULL;
	info = text_memory(1, size.dls_size);
	info->dls_size = size.dls_size;
	info->dls_cnt = size.dls_cnt;
	if (dlinfo(self, RTLD_DI_SERINFO, info) == 0)
		for (unsigned i = 0; i < info->dls_cnt && !found; i++) {
			char *path = text_format(
			    "%s/%s", info->dls_serpath[i].dls_name, name);
			found = realpath(path, NULL);
			free(path);
		}
	free(info);
	dlclose(self);
	return found;
}

static arm_t *
arms_new(arms_t *arms, const char *name, arm_kind_t kind)
{
	arms->v = realloc(arms->v, (arms->n + 1) * sizeof(*arms->v));
	if (arms->v == NULL)
		abort();
	arm_t *arm = &arms->v[arms->n++];
	*arm = (arm_t){
	    .name = text_copy(name),
	    .kind = kind,
	    .variant = text_copy(""),
	    .conf = text_copy(""),
	    .defaults = text_copy(""),
	    .build_id = text_copy(""),
	    .control = text_copy(""),
	    .plant = text_copy(""),
	};
	return arm;
}

static void
arm_release(arm_t *arm)
{
	free(arm->name);
	free(arm->variant);
	free(arm->path);
	free(arm->conf);
	free(arm->defaults);
	free(arm->build_id);
	free(arm->control);
	free(arm->plant);
}

static void
arms_find_peers(arms_t *arms, bool all)
{
	for (size_t i = 0; i < sizeof(peers) / sizeof(*peers); i++) {
		const struct peer_s *peer = &peers[i];
		if (!peer->standard && !all)
			continue;
		char *path = library_find(peer->library);
		binary_t binary;
		fault_t fault;
		if (path == NULL) {
			words_add(&arms->skipped,
			    "%s: skipped (apt-get install %s)", peer->name,
			    peer->package);
		} else if (binary_read(&binary, path, &fault)) {
			words_add(
			    &arms->skipped, "%s: %s", peer->name, fault.text);
		} else {
			arm_t *arm = arms_new(arms, peer->name, ARM_PEER);
			arm->path = text_copy(path);
			text_assign(&arm->build_id, "%s", binary.build_id);
		}
		free(path);
	}
}

static void
arms_find_variant(arms_t *arms, const json_t *row)
{
	const char *name = json_string_value(json_object_get(row, "name"));
	const char *path = json_string_value(json_object_get(row, "path"));
	const char *defaults =
	    json_string_value(json_object_get(row, "defaults"));
	const char *objects =
	    json_string_value(json_object_get(row, "objects"));
	binary_t binary;
	fault_t fault;
	if (name == NULL || path == NULL)
		return;
	/* Builds with prefixed names interpose nothing. */
	if (objects != NULL && strncmp(objects, "prefix", 6) == 0)
		return;
	if (binary_read(&binary, path, &fault)) {
		words_add(
		    &arms->skipped, "%s: %s (make lib)", name, fault.text);
		return;
	}
	arm_t *arm = arms_new(arms, name, ARM_EBB);
	arm->path = text_copy(path);
	text_assign(&arm->defaults, "%s", defaults == NULL ? "" : defaults);
	text_assign(&arm->build_id, "%s", binary.build_id);
}

static bool
arms_find_variants(arms_t *arms, const char *path, fault_t *fault)
{
	if (access(path, F_OK) != 0) {
		words_add(&arms->skipped,
		    "the variants of ebb are not built (make lib)");
		return false;
	}
	json_error_t error;
	json_t *document = json_load_file(path, 0, &error);
	const json_t *rows = json_object_get(document, "variants");
	size_t i;
	json_t *row;
	if (!json_is_array(rows)) {
		json_decref(document);
		return fault_set(fault,
		    "'%s' is damaged (%s); 'make lib' writes it anew", path,
		    document == NULL ? error.text : "no list 'variants'");
	}
	json_array_foreach(rows, i, row) arms_find_variant(arms, row);
	json_decref(document);
	return false;
}

/* A variant as it is in a program. */
static void
arms_find_program(arms_t *arms, const program_t *program)
{
	const arm_t *variant = arms_lookup(arms, program->variant);
	if (variant == NULL || program->mode == LINK_PRELOAD ||
	    program->order != 0)
		return;
	bool held = program->mode == LINK_STATIC;
	char *path = text_copy(held ? program->path : variant->path);
	char *id = text_copy(held ? program->build_id : variant->build_id);
	char *defaults = text_copy(variant->defaults);
	char *name = text_format("%s" MODE_MARK "%s", program->variant,
	    link_mode_name(program->mode));
	arm_t *arm = arms_new(arms, name, ARM_EBB);
	arm->link = program->mode;
	text_assign(&arm->variant, "%s", program->variant);
	free(arm->defaults);
	free(arm->build_id);
	arm->path = path;
	arm->defaults = defaults;
	arm->build_id = id;
	free(name);
}

static bool
arms_find_programs(arms_t *arms, const place_t *place, fault_t *fault)
{
	programs_t programs;
	bool failed = programs_find(&programs, place, fault);
	for (size_t i = 0; i < programs.n && !failed; i++)
		arms_find_program(arms, &programs.v[i]);
	programs_release(&programs);
	return failed;
}

bool
arms_find(arms_t *arms, const place_t *place, bool all_peers, fault_t *fault)
{
	*arms = (arms_t){0};
	arms_new(arms, "glibc", ARM_GLIBC);
	arms_find_peers(arms, all_peers);
	return arms_find_variants(arms, place->variants, fault) ||
	       arms_find_programs(arms, place, fault);
}

/* Splits "name=path[:conf]" into new strings. */
static bool
spec_split(const char *spec, char **name, char **path, const char **conf,
    fault_t *fault)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t length = strspn(spec, good);
	if (length == 0 || spec[length] != '=' || spec[length + 1] == '\0' ||
	    spec[length + 1] == ':')
		return fault_set(fault,
		    "--allocator '%s': the form is name=/path.so or "
		    "name=/path.so:key:value,... (a name has letters, digits, "
		    "'.', '_', '-')",
		    spec);
	const char *file = spec + length + 1;
	size_t end = strcspn(file, ":");
	*conf = file[end] == ':' ? file + end + 1 : "";
	*name = text_format("%.*s", (int)length, spec);
	*path = text_format("%.*s", (int)end, file);
	return false;
}

/* Replaces *path by the absolute one of an existing library. */
static bool
path_resolve(char **path, const char *name, fault_t *fault)
{
	bool plain = strchr(*path, '/') == NULL;
	char *found = plain ? library_find(*path) : realpath(*path, NULL);
	if (found == NULL && plain)
		found = realpath(*path, NULL);
	if (found == NULL && plain)
		return fault_set(fault,
		    "allocator %s: '%s' is in none of the system's library "
		    "folders; give its path, as in %s=/path/%s",
		    name, *path, name, *path);
	if (found == NULL)
		return fault_set_errno(fault,
		    "allocator %s: check its path: cannot open '%s'", name,
		    *path);
	free(*path);
	*path = found;
	return false;
}

/* Adds an arm of that name from a file that was found. */
static bool
arms_add_file(arms_t *arms, const char *name, const char *path,
    const char *conf, fault_t *fault)
{
	binary_t binary;
	fault_t why;
	if (binary_read(&binary, path, &why))
		return fault_set(fault,
		    "allocator %s: %s; it needs a shared library that defines "
		    "malloc",
		    name, why.text);
	if (strpbrk(path, ": ") != NULL)
		return fault_set(fault,
		    "allocator %s: '%s' cannot be preloaded, as its path has a "
		    "space or a colon; give a copy or a link elsewhere",
		    name, path);
	if (!binary.defines_malloc)
		return fault_set(fault,
		    "allocator %s: '%s' is a library, but it does not define "
		    "malloc: a run with it would measure glibc; give the path "
		    "of an allocator",
		    name, path);
	if (conf[0] != '\0' && !binary.defines_mallctl)
		return fault_set(fault,
		    "allocator %s: '%s' has no mallctl, so it cannot be proven "
		    "that the options '%s' take effect; leave them out",
		    name, path, conf);
	arm_t *arm =
	    arms_new(arms, name, binary.defines_stats ? ARM_EBB : ARM_PEER);
	arm->path = text_copy(path);
	text_assign(&arm->build_id, "%s", binary.build_id);
	return arm_configure(arm, conf, fault);
}

bool
arms_add(arms_t *arms, const char *spec, fault_t *fault)
{
	char *name = NULL, *path = NULL;
	const char *conf = "";
	bool failed = spec_split(spec, &name, &path, &conf, fault);
	if (!failed && arms_lookup(arms, name) != NULL)
		failed = fault_set(fault,
		    "--allocator '%s': there is an arm '%s' already (see 'ebb "
		    "list'); choose another name",
		    spec, name);
	failed = failed || path_resolve(&path, name, fault) ||
		 arms_add_file(arms, name, path, conf, fault);
	free(name);
	free(path);
	return failed;
}

arm_t *
arms_add_control(arms_t *arms, size_t from, const char *role, const char *plant)
{
	char *name = text_format("%s/%s", arms->v[from].name, role);
	arm_t *arm = arms_new(arms, name, arms->v[from].kind);
	const arm_t *of = &arms->v[from];
	arm->link = of->link;
	text_assign(&arm->variant, "%s", of->variant);
	arm->path = of->path == NULL ? NULL : text_copy(of->path);
	text_assign(&arm->conf, "%s", of->conf);
	text_assign(&arm->defaults, "%s", of->defaults);
	text_assign(&arm->build_id, "%s", of->build_id);
	text_assign(&arm->control, "%s", role);
	text_assign(&arm->plant, "%s", plant);
	free(name);
	return arm;
}

bool
arms_copy(arms_t *arms, const arm_t *from, const char *name, const char *conf,
    fault_t *fault)
{
	if (conf[0] != '\0' && from->kind == ARM_GLIBC)
		return fault_set(fault,
		    "allocator %s: glibc reads no options like '%s'; leave "
		    "them out",
		    name, conf);
	arm_t source = *from; /* the list may move */
	arm_t *arm = arms_new(arms, name, source.kind);
	arm->link = source.link;
	arm->path = source.path == NULL ? NULL : text_copy(source.path);
	text_assign(&arm->variant, "%s", source.variant);
	text_assign(&arm->conf, "%s", source.conf);
	text_assign(&arm->defaults, "%s", source.defaults);
	text_assign(&arm->build_id, "%s", source.build_id);
	return conf[0] != '\0' && arm_configure(arm, conf, fault);
}

bool
arms_locate(arms_t *arms, const place_t *place, fault_t *fault)
{
	for (size_t i = 0; i < arms->n; i++) {
		arm_t *arm = &arms->v[i];
		binary_t binary;
		if (arm->path == NULL)
			continue;
		char *found = place_resolve(place, arm->path);
		if (found == NULL)
			return fault_set(fault,
			    "allocator %s: '%s' is not there any more; build "
			    "or install it again",
			    arm->name, arm->path);
		free(arm->path);
		arm->path = found;
		if (binary_read(&binary, found, fault))
			return true;
		if (strcmp(binary.build_id, arm->build_id) != 0)
			return fault_set(fault,
			    "allocator %s: '%s' was rebuilt: its build-id is "
			    "%s, that of the samples taken so far is %s; build "
			    "that one again, or begin a new run",
			    arm->name, found, binary.build_id, arm->build_id);
	}
	return false;
}

bool
arm_is_found(const char *name)
{
	bool found = strcmp(name, kind_names[ARM_GLIBC]) == 0 ||
		     strstr(name, MODE_MARK) != NULL;
	for (size_t i = 0; i < sizeof(peers) / sizeof(*peers); i++)
		found |= strcmp(name, peers[i].name) == 0;
	return found;
}

arm_t *
arms_lookup(const arms_t *arms, const char *name)
{
	for (size_t i = 0; i < arms->n; i++)
		if (strcmp(arms->v[i].name, name) == 0)
			return &arms->v[i];
	return NULL;
}

arm_t *
arms_linked(const arms_t *arms, const arm_t *arm, link_mode_t mode)
{
	if (arm->kind == ARM_GLIBC || arm->link == mode)
		return arms_lookup(arms, arm->name);
	if (arm->link != LINK_PRELOAD)
		return NULL;
	char *name =
	    text_format("%s" MODE_MARK "%s", arm->name, link_mode_name(mode));
	arm_t *linked = arms_lookup(arms, name);
	free(name);
	return linked;
}

const char *
arm_preload(const arm_t *arm)
{
	return arm->link == LINK_PRELOAD ? arm->path : NULL;
}

void
arms_move(arms_t *arms, size_t from, size_t to)
{
	arm_t swap = arms->v[to];
	arms->v[to] = arms->v[from];
	arms->v[from] = swap;
}

void
arms_truncate(arms_t *arms, size_t n)
{
	while (arms->n > n)
		arm_release(&arms->v[--arms->n]);
}

bool
arm_configure(arm_t *arm, const char *conf, fault_t *fault)
{
	fault_t why;
	if (conf_check(conf, &why))
		return fault_set(
		    fault, "allocator %s: %s", arm->name, why.text);
	char *merged = conf_merge(arm->conf, conf);
	free(arm->conf);
	arm->conf = merged;
	return false;
}

void
arms_release(arms_t *arms)
{
	arms_truncate(arms, 0);
	free(arms->v);
	words_release(&arms->skipped);
	*arms = (arms_t){0};
}

const char *
arm_kind_name(arm_kind_t kind)
{
	return kind_names[kind];
}

json_t *
arm_to_json(const arm_t *arm)
{
	json_t *json =
	    json_pack("{s:s,s:s?,s:s,s:s,s:s,s:s}", "name", arm->name, "path",
		arm->path, "conf", arm->conf, "defaults", arm->defaults, "kind",
		arm_kind_name(arm->kind), "build_id", arm->build_id);
	if (arm->link != LINK_PRELOAD) {
		json_object_set_new(
		    json, "link", json_string(link_mode_name(arm->link)));
		json_object_set_new(json, "variant", json_string(arm->variant));
	}
	if (arm->control[0] != '\0') {
		json_object_set_new(json, "control", json_string(arm->control));
		json_object_set_new(json, "plant", json_string(arm->plant));
	}
	return json;
}

/* Takes over what only the arms of controls have. */
static void
arm_control_from_json(arm_t *arm, const json_t *row)
{
	const char *control =
	    json_string_value(json_object_get(row, "control"));
	const char *plant = json_string_value(json_object_get(row, "plant"));
	text_assign(&arm->control, "%s", control == NULL ? "" : control);
	text_assign(&arm->plant, "%s", plant == NULL ? "" : plant);
}

bool
arms_from_json(arms_t *arms, const json_t *list, fault_t *fault)
{
	size_t i;
	json_t *row;
	*arms = (arms_t){0};
	json_array_foreach(list, i, row)
	{
		const char *text[5];
		static const char *const keys[5] = {
		    "name", "kind", "conf", "defaults", "build_id"};
		for (int k = 0; k < 5; k++) {
			text[k] =
			    json_string_value(json_object_get(row, keys[k]));
			if (text[k] == NULL)
				return fault_set(fault,
				    "the plan's arm %zu has no '%s'", i + 1,
				    keys[k]);
		}
		const char *path =
		    json_string_value(json_object_get(row, "path"));
		const char *link =
		    json_string_value(json_object_get(row, "link"));
		const char *variant =
		    json_string_value(json_object_get(row, "variant"));
		arm_t *arm = arms_new(arms, text[0], ARM_PEER);
		for (int k = 0; k < ARM_KINDS; k++)
			if (strcmp(text[1], kind_names[k]) == 0)
				arm->kind = (arm_kind_t)k;
		/* No mode: of an ebb that knew but one. */
		arm->link = link == NULL ? LINK_PRELOAD : link_mode_parse(link);
		if (arm->link == LINK_MODES)
			return fault_set(fault,
			    "the plan's arm '%s' is linked in a way that this "
			    "ebb does not know: '%s'",
			    arm->name, link);
		text_assign(
		    &arm->variant, "%s", variant == NULL ? "" : variant);
		arm->path = path == NULL ? NULL : text_copy(path);
		text_assign(&arm->conf, "%s", text[2]);
		text_assign(&arm->defaults, "%s", text[3]);
		text_assign(&arm->build_id, "%s", text[4]);
		arm_control_from_json(arm, row);
	}
	return false;
}
