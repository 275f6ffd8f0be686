#include "binary.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Our own header, set by the linker: what kind of machine this is. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* The file's bytes; every access below is checked against the size. */
typedef struct image_s image_t;
struct image_s {
	const unsigned char *bytes;
	size_t size;
};

/* The n bytes at offset, or NULL when they are not all in the file. */
static const void *
image_at(const image_t *image, uint64_t offset, uint64_t n)
{
	if (offset > image->size || n > image->size - offset)
		return NULL;
	return image->bytes + offset;
}

static const ElfW(Ehdr) * image_header(const image_t *image)
{
	const ElfW(Ehdr) *header = image_at(image, 0, sizeof(*header));
	if (header == NULL || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return NULL;
	return header;
}

/* Looks for the build-id in a note section or segment. */
static void
notes_read(binary_t *binary, const unsigned char *notes, size_t size)
{
	size_t at = 0;
	while (size - at >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		memcpy(&note, notes + at, sizeof(note));
		size_t name = at + sizeof(note);
		size_t data = name + ((note.n_namesz + 3u) & ~3u);
		size_t next = data + ((note.n_descsz + 3u) & ~3u);
		if (next > size || next <= at)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    memcmp(notes + name, "GNU", 4) == 0 &&
		    note.n_descsz * 2 < sizeof(binary->build_id)) {
			for (size_t i = 0; i < note.n_descsz; i++)
				sprintf(binary->build_id + 2 * i, "%02x",
				    notes[data + i]);
			return;
		}
		at = next;
	}
}

/* By the names that the Itanium ABI gives to new, new[], delete, delete[]. */
static bool
is_operator(const char *name)
{
	static const char *const begins[] = {"_Znw", "_Zna", "_Zdl", "_Zda"};
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (strncmp(name, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/* Notes the symbols we care about among the defined dynamic ones. */
static void
symbols_read(binary_t *binary, const image_t *image, const ElfW(Shdr) * symbols,
    const ElfW(Shdr) * strings)
{
	const struct {
		const char *name;
		bool *found;
	} wanted[] = {
	    {"malloc", &binary->defines_malloc},
	    {"mallctl", &binary->defines_mallctl},
	    {"ebb_stats_page", &binary->defines_stats},
	};
	const ElfW(Sym) *sym =
	    image_at(image, symbols->sh_offset, symbols->sh_size);
	const char *names =
	    image_at(image, strings->sh_offset, strings->sh_size);
	if (sym == NULL || names == NULL || strings->sh_size == 0 ||
	    names[strings->sh_size - 1] != '\0')
		return;
	for (size_t n = symbols->sh_size / sizeof(*sym); n > 0; n--, sym++) {
		if (sym->st_name >= strings->sh_size)
			continue;
		if (sym->st_shndx == SHN_UNDEF) {
			binary->wants_operators |=
			    is_operator(names + sym->st_name);
			continue;
		}
		for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
			if (strcmp(names + sym->st_name, wanted[i].name) == 0)
				*wanted[i].found = true;
	}
}

static void
sections_read(binary_t *binary, const image_t *image, const ElfW(Ehdr) * header)
{
	const ElfW(Shdr) *section = image_at(image, header->e_shoff,
	    (uint64_t)header->e_shnum * sizeof(*section));
	if (section == NULL)
		return;
	for (unsigned i = 0; i < header->e_shnum; i++) {
		const ElfW(Shdr) *s = &section[i];
		const void *data = image_at(image, s->sh_offset, s->sh_size);
		if (s->sh_type == SHT_NOTE && data != NULL &&
		    binary->build_id[0] == '\0')
			notes_read(binary, data, s->sh_size);
		if (s->sh_type == SHT_DYNSYM && s->sh_link < header->e_shnum)
			symbols_read(binary, image, s, &section[s->sh_link]);
	}
}

static bool
image_read(
    binary_t *binary, const image_t *image, const char *path, fault_t *fault)
{
	const ElfW(Ehdr) *header = image_header(image);
	if (header == NULL)
		return fault_set(fault, "'%s' is not an ELF file", path);
	const ElfW(Ehdr) *own = &__ehdr_start;
	if (header->e_machine != own->e_machine ||
	    header->e_ident[EI_CLASS] != own->e_ident[EI_CLASS])
		return fault_set(
		    fault, "'%s' is built for another kind of machine", path);
	if (header->e_type != ET_DYN)
		return fault_set(fault, "'%s' is not a shared library", path);
	sections_read(binary, image, header);
	return false;
}

bool
binary_read(binary_t *binary, const char *path, fault_t *fault)
{
	*binary = (binary_t){0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	if (fd < 0)
		return fault_set_errno(fault, "cannot open '%s'", path);
	bool failed = fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
		      status.st_size == 0;
	void *bytes = failed ? MAP_FAILED
			     : mmap(NULL, (size_t)status.st_size, PROT_READ,
				   MAP_PRIVATE, fd, 0);
	close(fd);
	if (bytes == MAP_FAILED)
		return fault_set(
		    fault, "'%s' is not a file with content", path);
	image_t image = {bytes, (size_t)status.st_size};
	failed = image_read(binary, &image, path, fault);
	munmap(bytes, image.size);
	return failed;
}
