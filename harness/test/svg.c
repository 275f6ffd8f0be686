/* svg.c: gnuplot's drawings inside a page. */
#include "svg.h"

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define HEAD                                                                \
	"<?xml version=\"1.0\"?>\n<svg \n width=\"480\" height=\"300\"\n"   \
	" viewBox=\"0 0 480 300\"\n xmlns=\"urn:x\"\n>\n<title>T</title>\n" \
	"<desc>D</desc>\n<g id=\"gnuplot_canvas\">\n"                       \
	"<rect x=\"0\" y=\"0\" width=\"480\" height=\"300\" "               \
	"fill=\"#ffffff\"/>\n<defs>\n\t<path id='gpPt0' d='M0,0'/>\n</defs>\n"
#define INLINED                                                      \
	"<svg viewBox=\"0 0 480 300\" width=\"480\" height=\"300\" " \
	"role=\"img\" aria-label=\"a &quot;b&quot;\"><g>\n"

typedef struct page_s page_t;
struct page_s {
	char *dir, *path;
	size_t row;
	palette_t palette;
	svg_page_t svg;
};

static int
setup(void **state)
{
	page_t *page = text_memory(1, sizeof(*page));
	page->dir = fixture_folder();
	page->path = text_format("%s/x.svg", page->dir);
	page->palette = (palette_t){.n = 1, .of_arm = &page->row};
	page->palette.rows[0] = (palette_row_t){"decay", "#1148d6", "#4a86ff"};
	page->svg = (svg_page_t){.palette = &page->palette, .narms = 1};
	*state = page;
	return 0;
}

static int
teardown(void **state)
{
	page_t *page = *state;
	svg_page_release(&page->svg);
	fixture_remove(page->dir);
	free(page->path);
	free(page);
	return 0;
}

/* The drawing as figure `number` of the page; NULL: it is none. */
static char *
inlined(page_t *page, const char *drawing, size_t number)
{
	char *text;
	size_t size;
	fault_t fault;
	FILE *stream = fopen(page->path, "we");
	assert_non_null(stream);
	fputs(drawing, stream);
	fclose(stream);
	stream = open_memstream(&text, &size);
	bool failed = svg_inline(
	    stream, page->path, &page->svg, number, "a \"b\"", &fault);
	fclose(stream);
	if (!failed)
		return text;
	assert_int_equal(size, 0);
	free(text);
	return NULL;
}

static void
test_svg_becomes_part_of_a_page(void **state)
{
	char *text = inlined(*state,
	    HEAD "<!-- remark -->\n"
		 "<use xlink:href='#gpPt0' color='rgb( 17,  72, 214)'/>\n"
		 "<g fill=\"rgb(34,34,34)\" font-family=\"Arial\" "
		 "stroke='rgb(1, 2, 3)'>x</g>\n</g>\n</svg>\n",
	    7);
	assert_string_equal(text,
	    INLINED "\n<defs>\n<path id='f7-gpPt0' d='M0,0'/>\n</defs>\n\n"
		    "<use href='#f7-gpPt0' color='var(--arm0)'/>\n"
		    "<g fill=\"var(--ink)\" stroke='rgb(1, 2, 3)'>x</g>\n"
		    "</g>\n</svg>\n");
	free(text);
	assert_null(inlined(*state, "no drawing", 7));
}

static void
test_svg_markers_are_defined_once(void **state)
{
	char *first = inlined(*state, HEAD "</g>\n</svg>\n", 3);
	char *second = inlined(
	    *state, HEAD "<use xlink:href='#gpPt0'/>\n</g>\n</svg>\n", 4);
	assert_non_null(strstr(first, "id='f3-gpPt0'"));
	assert_null(strstr(second, "id="));
	assert_non_null(strstr(second, "<use href='#f3-gpPt0'/>"));
	free(first);
	free(second);
}

static void
test_svg_drops_empty_groups_and_names(void **state)
{
	char *text = inlined(*state,
	    HEAD
	    "<g id=\"gnuplot_plot_2\" ><title>gnuplot_plot_2</title>\n"
	    "<g fill=\"none\">\n\t</g>\n<text>1</text></g>\n</g>\n</svg>\n",
	    1);
	assert_non_null(strstr(text, "<g >\n\n<text>1</text></g>"));
	assert_null(strstr(text, "gnuplot_plot"));
	assert_null(strstr(text, "none"));
	free(text);
}

static void
test_svg_lines_lose_what_nobody_sees(void **state)
{
	static const struct {
		const char *drawn, *kept;
	} cases[] = {
	    /* Tenths of a pixel. */
	    {"d='M1.26,2.00 L3.44,5.06 '", "d='M1.3,2 3.4,5.1'"},
	    /* Points of a straight line, level or not. */
	    {"d='M0.00,5.00 L1.00,5.00 L2.00,5.00\n\t\tL3.00,9.00 '",
		"d='M0,5 2,5 3,9'"},
	    {"d='M0.00,0.00 L1.00,1.00 L2.00,2.00 '", "d='M0,0 2,2'"},
	    /* There and back again is not a straight line. */
	    {"d='M0.00,0.00 L5.00,0.00 L1.00,0.00 '", "d='M0,0 5,0 1,0'"},
	    /* A slow bend is not lost bit by bit. */
	    {"d='M0.00,0.00 L10.00,0.10 L20.00,0.40 L30.00,0.90 L40.00,1.60 '",
		"d='M0,0 20,0.4 40,1.6'"},
	    /* Each piece by itself. */
	    {"d='M0.00,0.00 L1.00,0.00 M2.00,0.00 L3.00,0.00 '",
		"d='M0,0 1,0M2,0 3,0'"},
	    {"points = '1.00,1.00 2.00,1.00 3.00,1.00 3.00,4.00'",
		"points='1,1 3,1 3,4'"},
	    /* Other paths stay as they are. */
	    {"d='M0,-1.33 L-1.33,0.67 z'", "d='M0,-1.33 L-1.33,0.67 z'"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *drawing = text_format(
		    "%s<path %s/>\n</g>\n</svg>\n", HEAD, cases[i].drawn);
		char *kept = text_format("<path %s/>", cases[i].kept);
		char *text = inlined(*state, drawing, 1);
		if (strstr(text, kept) == NULL)
			fail_msg("'%s' in:\n%s", kept, text);
		free(text);
		free(kept);
		free(drawing);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_svg_becomes_part_of_a_page),
	    TEST(test_svg_markers_are_defined_once),
	    TEST(test_svg_drops_empty_groups_and_names),
	    TEST(test_svg_lines_lose_what_nobody_sees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
