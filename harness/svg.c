#include "svg.h"

#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "text.h"

/* Attributes that the page's style sheet sets, or that are defaults. */
static const char *const dropped[] = {
    " color=\"black\"",
    " color=\"#FFFFFF\"",
    " stroke-width=\"1.00\" stroke-linecap=\"butt\""
    " stroke-linejoin=\"miter\"",
    " font-family=\"Arial\"",
    "xlink:",
};

/* Colours of plots/common.gp that belong to the page, by their purpose. */
static const struct {
	unsigned rgb;
	const char *variable;
} page_colours[] = {
    {0x222222, "ink"},
    {0xdddddd, "grid"},
    {0xefefef, "band"},
    {0xc9c9c9, "area"},
};

/* Writes the variable of a colour. Returns false when it has none. */
static bool
put_colour(FILE *out, unsigned rgb, const palette_t *palette, size_t narms)
{
	for (size_t i = 0; i < sizeof(page_colours) / sizeof(*page_colours);
	     i++)
		if (page_colours[i].rgb == rgb) {
			fprintf(out, "var(--%s)", page_colours[i].variable);
			return true;
		}
	for (size_t a = 0; a < narms; a++)
		if (strtoul(palette_of(palette, a)->light + 1, NULL, 16) ==
		    rgb) {
			fprintf(out, "var(--arm%zu)", a);
			return true;
		}
	return false;
}

/* Replaces "rgb(1, 2, 3)" at text. Returns its length, 0 when it stays. */
static size_t
colour_replace(
    FILE *out, const char *text, const palette_t *palette, size_t narms)
{
	unsigned r, g, b;
	int length = 0;
	if (strncmp(text, "rgb(", 4) != 0 ||
	    sscanf(text, "rgb( %u , %u , %u )%n", &r, &g, &b, &length) != 3 ||
	    length == 0)
		return 0;
	return put_colour(out, r << 16 | g << 8 | b, palette, narms)
		   ? (size_t)length
		   : 0;
}

/* Replaces an id, or a reference to one, by one of this figure. */
static size_t
id_replace(FILE *out, const char *text, size_t number)
{
	static const char *const marks[] = {
	    "id=\"", "id='", "href='#", "href=\"#", "url(#"};
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		size_t n = strlen(marks[i]);
		if (strncmp(text, marks[i], n) != 0)
			continue;
		fprintf(out, "%sf%zu-", marks[i], number);
		return n;
	}
	return 0;
}

static size_t
dropped_length(const char *text)
{
	for (size_t i = 0; i < sizeof(dropped) / sizeof(*dropped); i++)
		if (strncmp(text, dropped[i], strlen(dropped[i])) == 0)
			return strlen(dropped[i]);
	/* A comment. */
	if (strncmp(text, "<!--", 4) == 0) {
		const char *end = strstr(text, "-->");
		return end != NULL ? (size_t)(end - text) + 3 : 0;
	}
	/* White space at the beginning of a line. */
	return text[0] == '\n' ? 1 + strspn(text + 1, " \t\n") : 0;
}

static void
body_write(FILE *out, const char *text, const palette_t *palette, size_t narms,
    size_t number)
{
	while (*text != '\0') {
		size_t n = dropped_length(text);
		if (n > 0 && text[0] == '\n')
			fputc('\n', out);
		if (n == 0)
			n = colour_replace(out, text, palette, narms);
		if (n == 0)
			n = id_replace(out, text, number);
		if (n == 0)
			fputc(text[n++], out);
		text += n;
	}
}

/* The file's text, or NULL. */
static char *
svg_read(const char *path)
{
	FILE *stream = fopen(path, "re");
	if (stream == NULL)
		return NULL;
	char *text = NULL;
	size_t room = 0;
	ssize_t size = getdelim(&text, &room, '\0', stream);
	fclose(stream);
	if (size >= 0)
		return text;
	free(text);
	return NULL;
}

/*
 * Where the drawing begins: behind title and description, and behind the
 * background. *open is true when the canvas' group was passed with it.
 */
static const char *
drawing_find(const char *text, bool *open)
{
	const char *at = strstr(text, "</desc>");
	if (at != NULL)
		text = at + strlen("</desc>");
	const char *defs = strstr(text, "<defs>");
	at = strstr(text, "<rect ");
	*open = at != NULL && defs != NULL && at < defs;
	return *open ? strchr(at, '>') + 1 : text;
}

bool
svg_inline(FILE *out, const char *path, const palette_t *palette, size_t narms,
    size_t number, const char *label, fault_t *fault)
{
	char *text = svg_read(path);
	if (text == NULL)
		return fault_set_errno(fault, "cannot read '%s'", path);
	int wide = 0;
	int high = 0;
	const char *box = strstr(text, "viewBox=\"");
	if (box == NULL ||
	    sscanf(box, "viewBox=\"0 0 %d %d\"", &wide, &high) != 2) {
		free(text);
		return fault_set(fault, "'%s' is not gnuplot's SVG", path);
	}
	bool open;
	const char *drawing = drawing_find(text, &open);
	fprintf(out,
	    "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
	    "role=\"img\" aria-label=\"",
	    wide, high, wide, high);
	html_text(out, label);
	fprintf(out, "\">%s\n", open ? "<g>" : "");
	body_write(out, drawing, palette, narms, number);
	free(text);
	return false;
}
