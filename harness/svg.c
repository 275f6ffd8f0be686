#include "svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
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

/* ---------------------------------------------------------------- lines -- */

/* A point that lies so near to the line between its neighbours is left out. */
#define NEAR 0.12 /* pixels */
/* How many may be left out in a row. */
#define PENDING 64

typedef struct spot_s spot_t;
struct spot_s {
	double x, y;
};

/* A line that is being written: its last point, and those behind it. */
typedef struct line_s line_t;
struct line_s {
	FILE *out;
	spot_t last, pending[PENDING];
	size_t n;
	bool begun;
};

static double
distance(spot_t p, spot_t from, spot_t to)
{
	double dx = to.x - from.x;
	double dy = to.y - from.y;
	double length2 = dx * dx + dy * dy;
	double part =
	    length2 > 0 ? ((p.x - from.x) * dx + (p.y - from.y) * dy) / length2
			: 0;
	part = fmin(fmax(part, 0), 1);
	return hypot(p.x - from.x - part * dx, p.y - from.y - part * dy);
}

/* Tenths of a pixel, without a useless ".0". */
static void
put_coordinate(FILE *out, double value)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%.1f", value);
	if (text[n - 1] == '0')
		text[n - 2] = '\0';
	fputs(strcmp(text, "-0") == 0 ? "0" : text, out);
}

static void
put_point(line_t *line, spot_t p)
{
	if (line->begun)
		fputc(' ', line->out);
	put_coordinate(line->out, p.x);
	fputc(',', line->out);
	put_coordinate(line->out, p.y);
	line->last = p;
	line->begun = true;
}

static void
line_end(line_t *line)
{
	if (line->n > 0)
		put_point(line, line->pending[line->n - 1]);
	line->n = 0;
}

static void
line_add(line_t *line, spot_t p)
{
	if (!line->begun) {
		put_point(line, p);
		return;
	}
	bool straight = line->n < PENDING;
	for (size_t i = 0; straight && i < line->n; i++)
		straight = distance(line->pending[i], line->last, p) <= NEAR;
	if (!straight)
		line_end(line);
	line->pending[line->n++] = p;
}

/*
 * Writes the points of a path or polygon, text up to its quote, shorter. Knows
 * the moves and lines that gnuplot draws with. Returns false, and writes
 * nothing, for other paths.
 */
static bool
put_lines(FILE *out, const char *text, size_t size)
{
	line_t line = {.out = out};
	const char *end = text + size;
	if (strspn(text, "ML0123456789.,- \t\n") < size)
		return false;
	while ((text += strspn(text, "L, \t\n")) < end) {
		spot_t p;
		if (*text == 'M') {
			line_end(&line);
			fputc('M', out);
			line.begun = false;
			text++;
			continue;
		}
		char *behind;
		p.x = strtod(text, &behind);
		p.y = strtod(behind + strspn(behind, ","), &behind);
		text = behind;
		line_add(&line, p);
	}
	line_end(&line);
	return true;
}

/* Replaces the points behind " d='" or "points = '" at text. Returns the
 * length of what was replaced, 0 when it stays. */
static size_t
lines_replace(FILE *out, const char *text)
{
	static const struct {
		const char *mark, *shorter;
	} marks[] = {{" d='", " d='"}, {" points = '", " points='"}};
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		size_t n = strlen(marks[i].mark);
		if (strncmp(text, marks[i].mark, n) != 0)
			continue;
		size_t size = strcspn(text + n, "'");
		char *all;
		size_t room;
		FILE *lines = open_memstream(&all, &room);
		if (lines == NULL)
			abort();
		bool known = put_lines(lines, text + n, size);
		fclose(lines);
		if (known)
			fprintf(out, "%s%s", marks[i].shorter, all);
		free(all);
		return known ? n + size : 0;
	}
	return 0;
}

/* --------------------------------------------------------------- colours -- */

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
	/* The name that gnuplot gives each plot, as title and id. */
	if (strncmp(text, "<title>", 7) == 0) {
		const char *end = strstr(text, "</title>");
		return end != NULL ? (size_t)(end - text) + 8 : 0;
	}
	if (strncmp(text, " id=\"gnuplot_", 13) == 0)
		return 5 + strcspn(text + 5, "\"") + 1;
	/* A group of nothing. */
	if (strncmp(text, "<g ", 3) == 0) {
		const char *end = text + strcspn(text, ">") + 1;
		end += strspn(end, " \t\n");
		return strncmp(end, "</g>", 4) == 0 ? (size_t)(end - text) + 4
						    : 0;
	}
	/* White space at the beginning of a line. */
	return text[0] == '\n' ? 1 + strspn(text + 1, " \t\n") : 0;
}

/* ------------------------------------------------------------------ body -- */

static void
body_write(FILE *out, const char *text, const svg_page_t *page, size_t number)
{
	while (*text != '\0') {
		size_t n = dropped_length(text);
		if (n > 0 && text[0] == '\n')
			fputc('\n', out);
		if (n == 0)
			n = lines_replace(out, text);
		if (n == 0)
			n = colour_replace(
			    out, text, page->palette, page->narms);
		if (n == 0)
			n = id_replace(out, text, number);
		if (n == 0)
			fputc(text[n++], out);
		text += n;
	}
}

/*
 * Of a drawing's definitions, the markers: those that another figure of the
 * page has defined already are left out, and *number becomes that figure's.
 * Returns where the drawing goes on.
 */
static const char *
definitions_share(svg_page_t *page, const char *drawing, size_t *number)
{
	const char *begin = strstr(drawing, "<defs>");
	const char *end = begin != NULL ? strstr(begin, "</defs>") : NULL;
	if (end == NULL)
		return drawing;
	size_t size = (size_t)(end - begin);
	if (page->defs == NULL) {
		page->defs = text_format("%.*s", (int)size, begin);
		page->owner = *number;
	} else if (strlen(page->defs) == size &&
		   memcmp(page->defs, begin, size) == 0) {
		*number = page->owner;
		return end + strlen("</defs>");
	}
	return drawing;
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
svg_inline(FILE *out, const char *path, svg_page_t *page, size_t number,
    const char *label, fault_t *fault)
{
	char *text = file_read(path);
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
	drawing = definitions_share(page, drawing, &number);
	fprintf(out,
	    "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
	    "role=\"img\" aria-label=\"",
	    wide, high, wide, high);
	html_text(out, label);
	fprintf(out, "\">%s\n", open ? "<g>" : "");
	body_write(out, drawing, page, number);
	free(text);
	return false;
}

void
svg_page_release(svg_page_t *page)
{
	free(page->defs);
	*page = (svg_page_t){0};
}
