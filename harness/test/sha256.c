/* SHA-256 against the examples of FIPS 180-2 and of NIST's test suite. */
#include "sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
check(const char *text, size_t times, const char *expected)
{
	sha256_t sha;
	char hex[SHA256_HEX];
	sha256_init(&sha);
	for (size_t i = 0; i < times; i++)
		sha256_update(&sha, text, strlen(text));
	sha256_final(&sha, hex);
	assert_string_equal(hex, expected);
}

static void
test_sha256_vectors(void **state)
{
	(void)state;
	check("", 1,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	check("abc", 1,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	check("a", 1000000,
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* The pieces in which the data come do not matter. */
static void
test_sha256_pieces(void **state)
{
	(void)state;
	char data[300], whole[SHA256_HEX], pieces[SHA256_HEX];
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7);
	sha256_t sha;
	sha256_init(&sha);
	sha256_update(&sha, data, sizeof(data));
	sha256_final(&sha, whole);
	for (size_t cut = 0; cut <= sizeof(data); cut++) {
		sha256_init(&sha);
		sha256_update(&sha, data, cut);
		sha256_update(&sha, data + cut, sizeof(data) - cut);
		sha256_final(&sha, pieces);
		assert_string_equal(pieces, whole);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sha256_vectors),
	    cmocka_unit_test(test_sha256_pieces),
	};
	return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
