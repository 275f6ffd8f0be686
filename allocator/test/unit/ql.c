/*
 * ql.h: order of insertion, removal anywhere, and the ring's invariant.
 */
#include "unit.h"

#include "ql.h"

#define NELMS 5

typedef struct elm_s {
	char name;
	qr_t link;
} elm_t;

static void
elms_init(elm_t *elms)
{
	for (int i = 0; i < NELMS; i++) {
		elms[i].name = (char)('a' + i);
		qr_init(&elms[i].link);
	}
}

/* The list's names in both directions. */
static void
check_list(qr_t *list, const char *names)
{
	char forth[NELMS + 1], back[NELMS + 1];
	size_t n = strlen(names), i = 0;
	for (qr_t *l = list->next; l != list; l = l->next) {
		assert_true(i < n);
		forth[i++] = container_of(l, elm_t, link)->name;
		assert_ptr_equal(l->next->prev, l);
		assert_ptr_equal(l->prev->next, l);
	}
	assert_int_equal(i, n);
	for (qr_t *l = list->prev; l != list; l = l->prev)
		back[--i] = container_of(l, elm_t, link)->name;
	assert_int_equal(i, 0);
	assert_memory_equal(forth, names, n);
	assert_memory_equal(back, names, n);
	assert_int_equal(qr_empty(list), n == 0);
}

static void
test_ql_before_appends(void **state)
{
	elm_t elms[NELMS];
	qr_t list;
	(void)state;
	elms_init(elms);
	qr_init(&list);
	check_list(&list, "");
	for (int i = 0; i < NELMS; i++)
		qr_before_insert(&list, &elms[i].link);
	check_list(&list, "abcde");
}

static void
test_ql_after_prepends(void **state)
{
	elm_t elms[NELMS];
	qr_t list;
	(void)state;
	elms_init(elms);
	qr_init(&list);
	for (int i = 0; i < NELMS; i++)
		qr_after_insert(&list, &elms[i].link);
	check_list(&list, "edcba");
}

static void
test_ql_insert_between(void **state)
{
	elm_t elms[NELMS];
	qr_t list;
	(void)state;
	elms_init(elms);
	qr_init(&list);
	qr_before_insert(&list, &elms[0].link);
	qr_before_insert(&list, &elms[1].link);
	qr_before_insert(&elms[1].link, &elms[2].link);
	qr_after_insert(&elms[1].link, &elms[3].link);
	check_list(&list, "acbd");
}

static void
test_ql_remove_makes_alone(void **state)
{
	elm_t elms[NELMS];
	qr_t list;
	(void)state;
	elms_init(elms);
	qr_init(&list);
	for (int i = 0; i < NELMS; i++)
		qr_before_insert(&list, &elms[i].link);
	qr_remove(&elms[2].link);
	check_list(&list, "abde");
	assert_true(qr_empty(&elms[2].link));
	qr_remove(&elms[0].link);
	qr_remove(&elms[4].link);
	check_list(&list, "bd");
	/* One that is alone may be removed, and come back. */
	qr_remove(&elms[0].link);
	qr_before_insert(&list, &elms[0].link);
	check_list(&list, "bda");
	qr_remove(&elms[1].link);
	qr_remove(&elms[3].link);
	qr_remove(&elms[0].link);
	check_list(&list, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ql_before_appends),
	    cmocka_unit_test(test_ql_after_prepends),
	    cmocka_unit_test(test_ql_insert_between),
	    cmocka_unit_test(test_ql_remove_makes_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
