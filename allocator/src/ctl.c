#include "ctl.h"

#include <errno.h>
#include <string.h>

#include "assert.h"
#include "ctl_stats.h"
#include "ctl_tree.h"
#include "malloc_io.h"

/* --------------------------------------------------------------- lookup -- */

/* The child that a component of a name stands for; its number in *ind. 0 or an
 * error. */
static int
ctl_child_by_name(const ctl_node_t *node, const char *part, size_t len,
    size_t *ind, const ctl_node_t **child)
{
	if (node->index != NULL) {
		const char *end;
		/* A sign is no digit. */
		if (*part < '0' || *part > '9')
			return ENOENT;
		uintmax_t n = malloc_strtoumax(part, &end, 10);
		if (end != part + len || n > SIZE_MAX)
			return ENOENT;
		*ind = (size_t)n;
		*child = node->children;
		return node->index(*ind);
	}
	for (unsigned i = 0; i < node->nchildren; i++) {
		const char *name = node->children[i].name;
		if (strlen(name) == len && memcmp(name, part, len) == 0) {
			*ind = i;
			*child = &node->children[i];
			return 0;
		}
	}
	return ENOENT;
}

static int
ctl_child_by_index(const ctl_node_t *node, size_t ind, const ctl_node_t **child)
{
	if (node->index != NULL) {
		*child = node->children;
		return node->index(ind);
	}
	if (ind >= node->nchildren)
		return ENOENT;
	*child = &node->children[ind];
	return 0;
}

/* Writes at most *depth components to mib, and how many to *depth. *leaf is
 * NULL if there was not room for the whole name. 0 or an error. */
static int
ctl_lookup(
    const char *name, size_t *mib, size_t *depth, const ctl_node_t **leaf)
{
	const ctl_node_t *node = &ctl_root;
	*leaf = NULL;
	for (size_t i = 0; i < *depth; i++) {
		size_t len = strcspn(name, ".");
		int err = ctl_child_by_name(node, name, len, &mib[i], &node);
		if (err != 0)
			return err;
		name += len;
		if (node->nchildren == 0) {
			if (*name != '\0')
				return ENOENT;
			*depth = i + 1;
			*leaf = node;
			return 0;
		}
		if (*name == '\0')
			return ENOENT;
		name++;
	}
	return 0;
}

static int
ctl_lookup_mib(const size_t *mib, size_t miblen, const ctl_node_t **leaf)
{
	const ctl_node_t *node = &ctl_root;
	for (size_t i = 0; i < miblen; i++) {
		if (node->nchildren == 0)
			return ENOENT;
		int err = ctl_child_by_index(node, mib[i], &node);
		if (err != 0)
			return err;
	}
	*leaf = node;
	return node->nchildren == 0 ? 0 : ENOENT;
}

/* ------------------------------------------------------------------ use -- */

size_t
ctl_type_size(ctl_type_t type)
{
	static const uint8_t sizes[] = {
	    [CTL_BOOL] = sizeof(bool),
	    [CTL_U32] = sizeof(uint32_t),
	    [CTL_UNSIGNED] = sizeof(unsigned),
	    [CTL_U64] = sizeof(uint64_t),
	    [CTL_SIZE] = sizeof(size_t),
	    [CTL_SSIZE] = sizeof(ssize_t),
	    [CTL_STRING] = sizeof(const char *),
	    [CTL_POINTER] = sizeof(const void *),
	    [CTL_ACTION] = 0,
	    [CTL_RAW] = 0,
	};
	return sizes[type];
}

int
ctl_copy_out(const ctl_call_t *call, const void *value, size_t size)
{
	if (call->oldp == NULL || call->oldlenp == NULL)
		return 0;
	size_t room = *call->oldlenp;
	*call->oldlenp = room < size ? room : size;
	memcpy(call->oldp, value, *call->oldlenp);
	return room == size ? 0 : EINVAL;
}

static int
ctl_get(const ctl_call_t *call)
{
	ctl_value_t value;
	int err = call->node->get(call, &value);
	if (err != 0)
		return err;
	return ctl_copy_out(call, &value, ctl_type_size(call->node->type));
}

static int
ctl_set(const ctl_call_t *call)
{
	ctl_value_t value;
	memcpy(&value, call->newp, call->newlen);
	return call->node->set(call, &value);
}

/* A new value is checked before anything happens. */
static int
ctl_use(const ctl_call_t *call)
{
	const ctl_node_t *node = call->node;
	bool reading = call->oldp != NULL || call->oldlenp != NULL;
	bool writing = call->newp != NULL || call->newlen != 0;
	if ((node->type == CTL_ACTION && reading) ||
	    (node->set == NULL && writing))
		return EPERM;
	if (node->run != NULL)
		return node->run(call);
	if (call->newp == NULL)
		return ctl_get(call);
	if (call->newlen != ctl_type_size(node->type))
		return EINVAL;
	int err = node->set_first ? ctl_set(call) : ctl_get(call);
	if (err != 0)
		return err;
	return node->set_first ? ctl_get(call) : ctl_set(call);
}

int
ctl_byname(
    const char *name, void *oldp, size_t *oldlenp, void *newp, size_t newlen)
{
	size_t mib[CTL_MAX_DEPTH];
	size_t depth = CTL_MAX_DEPTH;
	ctl_call_t call = {.mib = mib,
	    .oldp = oldp,
	    .oldlenp = oldlenp,
	    .newp = newp,
	    .newlen = newlen};
	int err = ctl_lookup(name, mib, &depth, &call.node);
	if (err != 0)
		return err;
	return call.node != NULL ? ctl_use(&call) : ENOENT;
}

int
ctl_read(const char *name, ctl_type_t *type, ctl_value_t *value)
{
	size_t mib[CTL_MAX_DEPTH];
	size_t depth = CTL_MAX_DEPTH;
	ctl_call_t call = {.mib = mib};
	int err = ctl_lookup(name, mib, &depth, &call.node);
	if (err != 0)
		return err;
	if (call.node == NULL)
		return ENOENT;
	if (call.node->get == NULL)
		return EPERM;
	*type = (ctl_type_t)call.node->type;
	return call.node->get(&call, value);
}

int
ctl_nametomib(const char *name, size_t *mibp, size_t *miblenp)
{
	const ctl_node_t *leaf;
	return ctl_lookup(name, mibp, miblenp, &leaf);
}

int
ctl_bymib(const size_t *mib, size_t miblen, void *oldp, size_t *oldlenp,
    void *newp, size_t newlen)
{
	ctl_call_t call = {.mib = mib,
	    .oldp = oldp,
	    .oldlenp = oldlenp,
	    .newp = newp,
	    .newlen = newlen};
	int err = ctl_lookup_mib(mib, miblen, &call.node);
	return err != 0 ? err : ctl_use(&call);
}

/* ----------------------------------------------------------- boot, fork -- */

bool
ctl_boot(void)
{
	return malloc_mutex_init(&ctl_mtx, "ctl", WITNESS_RANK_CTL);
}

void
ctl_prefork(void)
{
	malloc_mutex_prefork(&ctl_mtx);
}

void
ctl_postfork_parent(void)
{
	malloc_mutex_postfork_parent(&ctl_mtx);
}

void
ctl_postfork_child(void)
{
	malloc_mutex_postfork_child(&ctl_mtx);
}
