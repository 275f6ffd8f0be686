/*
 * The probe: a small library preloaded behind the allocator that is measured.
 *
 * Its constructor writes one line of JSON to the descriptor EBB_PROBE_FD:
 * which program it is in, which file owns each entry point of malloc's family,
 * with its build-id, how that came into the program, the allocator's version
 * and options as mallctl reads them back, and where the statistics page
 * lies. Its destructor copies the final statistics page to
 * the descriptor EBB_STATS_FD. In between it does nothing, but that the process
 * ends when the one that launched it does. Without these variables it does
 * nothing at all.
 *
 * It never allocates: names are bound as weak references when it is loaded
 * (a failing dlsym would allocate its error text with the allocator under
 * test), the line is made in static memory.
 */
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "ebb/stats_page.h"

#define WEAK __attribute__((weak))

/* Every entry point that hands out or takes back memory. The names of the
 * operators are C++'s, as the Itanium ABI spells them on 64-bit machines. */
#define ENTRY_POINTS(X)                        \
	X(malloc)                              \
	X(calloc)                              \
	X(realloc)                             \
	X(free)                                \
	X(posix_memalign)                      \
	X(aligned_alloc)                       \
	X(memalign)                            \
	X(valloc)                              \
	X(pvalloc)                             \
	X(malloc_usable_size)                  \
	X(_Znwm)                               \
	X(_ZnwmRKSt9nothrow_t)                 \
	X(_ZnwmSt11align_val_t)                \
	X(_ZnwmSt11align_val_tRKSt9nothrow_t)  \
	X(_Znam)                               \
	X(_ZnamRKSt9nothrow_t)                 \
	X(_ZnamSt11align_val_t)                \
	X(_ZnamSt11align_val_tRKSt9nothrow_t)  \
	X(_ZdlPv)                              \
	X(_ZdlPvm)                             \
	X(_ZdlPvRKSt9nothrow_t)                \
	X(_ZdlPvSt11align_val_t)               \
	X(_ZdlPvmSt11align_val_t)              \
	X(_ZdlPvSt11align_val_tRKSt9nothrow_t) \
	X(_ZdaPv)                              \
	X(_ZdaPvm)                             \
	X(_ZdaPvRKSt9nothrow_t)                \
	X(_ZdaPvSt11align_val_t)               \
	X(_ZdaPvmSt11align_val_t)              \
	X(_ZdaPvSt11align_val_tRKSt9nothrow_t)

/* Only the addresses matter, so each is declared as data of its own name. */
#define X(name) extern const char probe_##name[] __asm__(#name) WEAK;
ENTRY_POINTS(X)
#undef X

extern int mallctl(const char *name, void *old, size_t *old_size, void *new,
    size_t new_size) WEAK;
extern const struct ebb_stats_page ebb_stats_page WEAK;

static const struct {
	const char *name;
	const void *address;
} entry_points[] = {
#define X(name) {#name, probe_##name},
    ENTRY_POINTS(X)
#undef X
};

/*
 * Values that mallctl may read back. The width of a value is found out by
 * asking; `text` says that eight bytes are a string and not a number.
 */
static const struct control_s {
	const char *name;
	bool text;
} controls[] = {
    {"config.debug"},
    {"config.fill"},
    {"config.malloc_conf", true},
    {"config.munmap"},
    {"config.prof"},
    {"config.stats"},
    {"config.tcache"},
    {"config.thp"},
    {"config.tls"},
    {"config.xmalloc"},
    {"opt.abort"},
    {"opt.abort_conf"},
    {"opt.background_thread"},
    {"opt.confirm_conf"},
    {"opt.decay_time"},
    {"opt.dirty_decay_ms"},
    {"opt.dss", true},
    {"opt.fill", true},
    {"opt.gc", true},
    {"opt.junk", true},
    {"opt.lg_chunk"},
    {"opt.lg_dirty_mult"},
    {"opt.lg_tcache_max"},
    {"opt.metadata_thp", true},
    {"opt.muzzy_decay_ms"},
    {"opt.narenas"},
    {"opt.percpu_arena", true},
    {"opt.purge", true},
    {"opt.purge_advice", true},
    {"opt.quarantine"},
    {"opt.redzone"},
    {"opt.retain"},
    {"opt.stats_print"},
    {"opt.tcache"},
    {"opt.tcache_max"},
    {"opt.thp", true},
    {"opt.utrace"},
    {"opt.xmalloc"},
    {"opt.zero"},
};

static struct {
	char text[16384];
	size_t used;
	int stats_fd; /* 0 = nobody wants the final page */
	pid_t pid;    /* whose page that is */
} line;

static void __attribute__((format(printf, 1, 2))) put(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	size_t room = sizeof(line.text) - line.used;
	int n = vsnprintf(line.text + line.used, room, format, args);
	va_end(args);
	if (n > 0)
		line.used += (size_t)n < room ? (size_t)n : room - 1;
}

static void
put_string(const char *string)
{
	put("\"");
	for (const char *c = string; *c != '\0'; c++)
		if (*c == '"' || *c == '\\')
			put("\\%c", *c);
		else if ((unsigned char)*c < ' ')
			put("\\u%04x", (unsigned)*c);
		else
			put("%c", *c);
	put("\"");
}

/* ------------------------------------------------------------ build-ids -- */

struct search_s {
	uintptr_t address;       /* in: something inside the object */
	const unsigned char *id; /* out: its build-id, or NULL */
	size_t size;
	int place; /* out: in the order of loading; 0 is the program */
};

static bool
object_holds(const struct dl_phdr_info *object, uintptr_t address)
{
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &object->dlpi_phdr[i];
		uintptr_t begin = object->dlpi_addr + p->p_vaddr;
		if (p->p_type == PT_LOAD && address >= begin &&
		    address - begin < p->p_memsz)
			return true;
	}
	return false;
}

static void
notes_search(const unsigned char *notes, size_t size, struct search_s *search)
{
	size_t at = 0;
	while (size - at >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)(notes + at);
		size_t name = at + sizeof(*note);
		size_t data = name + ((note->n_namesz + 3u) & ~3u);
		size_t next = data + ((note->n_descsz + 3u) & ~3u);
		if (next > size || next <= at)
			return;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
		    memcmp(notes + name, "GNU", 4) == 0) {
			search->id = notes + data;
			search->size = note->n_descsz;
			return;
		}
		at = next;
	}
}

static int
object_search(struct dl_phdr_info *object, size_t size, void *argument)
{
	struct search_s *search = argument;
	(void)size;
	if (!object_holds(object, search->address)) {
		search->place++;
		return 0;
	}
	for (int i = 0; i < object->dlpi_phnum && search->id == NULL; i++)
		if (object->dlpi_phdr[i].p_type == PT_NOTE)
			notes_search((const unsigned char *)object->dlpi_addr +
					 object->dlpi_phdr[i].p_vaddr,
			    object->dlpi_phdr[i].p_memsz, search);
	return 1;
}

/* -------------------------------------------------------------- the line -- */

static struct search_s
search_of(const void *address)
{
	struct search_s search = {.address = (uintptr_t)address};
	dl_iterate_phdr(object_search, &search);
	return search;
}

static void
put_build_id(const struct search_s *search)
{
	put("\"build_id\":\"");
	for (size_t b = 0; b < search->size && b < 64; b++)
		put("%02x", search->id[b]);
	put("\"");
}

static int
first_object(struct dl_phdr_info *object, size_t size, void *address)
{
	(void)size;
	for (int i = 0; i < object->dlpi_phnum; i++)
		if (object->dlpi_phdr[i].p_type == PT_LOAD) {
			*(uintptr_t *)address =
			    object->dlpi_addr + object->dlpi_phdr[i].p_vaddr;
			break;
		}
	return 1;
}

static void
put_program(void)
{
	uintptr_t address = 0;
	dl_iterate_phdr(first_object, &address);
	struct search_s search = search_of((const void *)address);
	put("\"program\":{");
	put_build_id(&search);
	put("},");
}

/* An address in an object's dynamic section, which the vDSO's is relative in.
 */
static const void *
dynamic_address(const struct link_map *map, ElfW(Sxword) tag)
{
	for (const ElfW(Dyn) *d = map->l_ld; d->d_tag != DT_NULL; d++)
		if (d->d_tag == tag)
			return (const void *)(d->d_un.d_ptr < map->l_addr
						  ? map->l_addr + d->d_un.d_ptr
						  : d->d_un.d_ptr);
	return NULL;
}

/* Where the object defines the name, or NULL: by its GNU hash table, as dlsym()
 * wants handles of dlopen(), which allocates. */
static const void *
object_symbol(const struct link_map *map, const char *name)
{
	const uint32_t *table = dynamic_address(map, DT_GNU_HASH);
	const ElfW(Sym) *symbols = dynamic_address(map, DT_SYMTAB);
	const char *strings = dynamic_address(map, DT_STRTAB);
	if (table == NULL || symbols == NULL || strings == NULL)
		return NULL;
	uint32_t nbuckets = table[0], first = table[1], hash = 5381;
	const uint32_t *buckets =
	    (const uint32_t *)((const ElfW(Addr) *)(table + 4) + table[2]);
	const uint32_t *chain = buckets + nbuckets;
	for (const char *c = name; *c != '\0'; c++)
		hash = hash * 33 + (unsigned char)*c;
	uint32_t i = nbuckets > 0 ? buckets[hash % nbuckets] : 0;
	for (; i >= first && i != 0; i++) {
		const ElfW(Sym) *symbol = &symbols[i];
		if ((chain[i - first] | 1) == (hash | 1) &&
		    symbol->st_shndx != SHN_UNDEF &&
		    strcmp(strings + symbol->st_name, name) == 0)
			return (const void *)(map->l_addr + symbol->st_value);
		if (chain[i - first] & 1)
			break;
	}
	return NULL;
}

/*
 * The function behind a name that is bound to address. In a program that is not
 * position-independent and takes a function's address, as Debian's python3
 * does, that is a stub in the program, whose symbol is undefined there; who is
 * called through it is the first object behind the program that defines the
 * name.
 */
static const void *
entry_address(const char *name, const void *address)
{
	Dl_info info;
	const ElfW(Sym) *symbol = NULL;
	struct link_map *map = NULL;
	const void *found = NULL;
	if (address == NULL ||
	    dladdr1(address, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0 ||
	    symbol == NULL || symbol->st_shndx != SHN_UNDEF ||
	    dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP) == 0)
		return address;
	while (found == NULL && (map = map->l_next) != NULL)
		found = object_symbol(map, name);
	return found != NULL ? found : address;
}

/*
 * How the owner of malloc came here. What is preloaded is loaded behind the
 * program and before what it needs, and we are the last that is preloaded.
 */
static void
put_link(void)
{
	int owner = search_of(entry_address("malloc", probe_malloc)).place;
	int own = search_of(&line).place;
	put("\"link\":\"%s\",", owner == 0    ? "static"
				: owner < own ? "preload"
					      : "linked");
}

static void
put_owners(void)
{
	const char *separator = "";
	put("\"owners\":{");
	for (size_t i = 0; i < sizeof(entry_points) / sizeof(*entry_points);
	     i++) {
		Dl_info info;
		const void *address = entry_address(
		    entry_points[i].name, entry_points[i].address);
		if (address == NULL || dladdr(address, &info) == 0)
			continue;
		struct search_s search = search_of(address);
		put("%s\"%s\":{\"file\":", separator, entry_points[i].name);
		put_string(info.dli_fname);
		put(",");
		put_build_id(&search);
		put("}");
		separator = ",";
	}
	put("}");
}

/* A value of 1, 4 or 8 bytes: whichever width the allocator accepts. */
static bool
put_control(const char *name, bool text, const char *key, const char *comma)
{
	union {
		bool flag;
		unsigned number;
		int64_t wide;
		const char *text;
	} value;
	static const size_t widths[] = {8, 4, 1};
	size_t width = 0;
	for (int i = 0; i < 3 && width == 0; i++) {
		size_t size = widths[i];
		if (mallctl(name, &value, &size, NULL, 0) == 0)
			width = size;
	}
	if (width == 0)
		return false;
	put("%s", comma);
	put_string(key);
	put(":");
	if (width == 1)
		put("%s", value.flag ? "true" : "false");
	else if (width == 4)
		put("%u", value.number);
	else if (!text)
		put("%lld", (long long)value.wide);
	else if (value.text == NULL)
		put("null");
	else
		put_string(value.text);
	return true;
}

/* All controls whose name begins with prefix, as members of one object. */
static void
put_controls(const char *prefix)
{
	const char *comma = "";
	size_t skip = strlen(prefix);
	for (size_t i = 0; i < sizeof(controls) / sizeof(*controls); i++)
		if (strncmp(controls[i].name, prefix, skip) == 0 &&
		    put_control(controls[i].name, controls[i].text,
			controls[i].name + skip, comma))
			comma = ",";
}

static bool
control_listed(const char *name)
{
	for (size_t i = 0; i < sizeof(controls) / sizeof(*controls); i++)
		if (strcmp(controls[i].name, name) == 0)
			return true;
	return false;
}

/* Keys of MALLOC_CONF that the table does not have, as numbers or flags. */
static void
put_asked_for(void)
{
	const char *conf = getenv("MALLOC_CONF");
	while (conf != NULL && *conf != '\0') {
		char name[64];
		size_t key = strcspn(conf, ":,");
		int n =
		    snprintf(name, sizeof(name), "opt.%.*s", (int)key, conf);
		if (n > 0 && (size_t)n < sizeof(name) && !control_listed(name))
			put_control(name, false, name + strlen("opt."), ",");
		conf += strcspn(conf, ",");
		conf += *conf == ',';
	}
}

static void
put_line(void)
{
	put("{\"schema\":1,\"pid\":%ld,", (long)getpid());
	put_program();
	put_link();
	put_owners();
	if (mallctl != NULL) {
		const char *version = NULL;
		size_t size = sizeof(version);
		put(",\"version\":");
		if (mallctl("version", &version, &size, NULL, 0) == 0 &&
		    version != NULL)
			put_string(version);
		else
			put("null");
		put(",\"opt\":{");
		put_controls("opt.");
		put_asked_for();
		put("},\"config\":{");
		put_controls("config.");
		put("}");
		if (!put_control("config.variant", true, "variant", ","))
			put(",\"variant\":null");
	} else {
		put(",\"version\":null,\"opt\":{},\"config\":{}"
		    ",\"variant\":null");
	}
	if (&ebb_stats_page != NULL)
		put(",\"stats_page\":{\"address\":\"0x%llx\",\"size\":%u}}\n",
		    (unsigned long long)(uintptr_t)&ebb_stats_page,
		    (unsigned)sizeof(ebb_stats_page));
	else
		put(",\"stats_page\":null}\n");
}

/* The descriptor that a variable names, or 0. The programs that the measured
 * one starts have the variables, but not the descriptors. */
static int
descriptor_named(const char *variable)
{
	const char *value = getenv(variable);
	int fd = value == NULL ? 0 : atoi(value);
	return fcntl(fd, F_GETFD) < 0 ? 0 : fd;
}

static void
write_all(int fd, const void *bytes, size_t size)
{
	const char *from = bytes;
	while (size > 0) {
		ssize_t n = write(fd, from, size);
		if (n <= 0)
			return;
		from += n;
		size -= (size_t)n;
	}
}

static void __attribute__((constructor)) probe_begin(void)
{
	int fd = descriptor_named("EBB_PROBE_FD");
	if (fd <= 0)
		return;
	line.stats_fd = descriptor_named("EBB_STATS_FD");
	line.pid = getpid();
	if (line.stats_fd > 0)
		fcntl(line.stats_fd, F_SETFD, FD_CLOEXEC);
	/* Who measures may be killed: nothing stays behind and takes CPU from
	 * the run that completes it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	put_line();
	write_all(fd, line.text, line.used);
	close(fd);
}

/* A number of mallctl's, or 0. */
static uint64_t
control_number(const char *name)
{
	uint64_t wide = 0;
	uint32_t narrow = 0;
	size_t size = sizeof(wide);
	if (mallctl(name, &wide, &size, NULL, 0) == 0)
		return wide;
	size = sizeof(narrow);
	return mallctl(name, &narrow, &size, NULL, 0) == 0 ? narrow : 0;
}

/*
 * Behind the page, how often each of its classes was asked for: caches count
 * that anyway, but add it up only when they are asked, which a process is not
 * while it works.
 */
static void
write_requests(int fd)
{
	uint64_t requests[EBB_STATS_PAGE_BINS] = {0};
	uint64_t epoch = 1;
	size_t size = sizeof(epoch);
	if (mallctl == NULL ||
	    mallctl("epoch", &epoch, &size, &epoch, sizeof(epoch)) != 0)
		return;
	unsigned all = (unsigned)control_number("arenas.narenas");
	unsigned nbins = (unsigned)control_number("arenas.nbins");
	for (unsigned b = 0; b < EBB_STATS_PAGE_BINS; b++) {
		char name[64];
		snprintf(name, sizeof(name), "stats.arenas.%u.%s.%u.nrequests",
		    all, b < nbins ? "bins" : "lruns",
		    b < nbins ? b : b - nbins);
		requests[b] = control_number(name);
	}
	write_all(fd, requests, sizeof(requests));
}

static void __attribute__((destructor)) probe_end(void)
{
	/* A copy of the process that ends is not the process. */
	if (line.stats_fd <= 0 || &ebb_stats_page == NULL ||
	    line.pid != getpid())
		return;
	write_all(line.stats_fd, &ebb_stats_page, sizeof(ebb_stats_page));
	write_requests(line.stats_fd);
}
