/*
 * Whether a text is one JSON value and nothing else (RFC 8259).
 */
#ifndef EBB_TEST_JSON_CHECK_H
#define EBB_TEST_JSON_CHECK_H

#include <stdbool.h>
#include <string.h>

static inline const char *json_value(const char *s);

static inline const char *
json_space(const char *s)
{
	return s + strspn(s, " \t\n\r");
}

/* Each of these returns what follows, or NULL if it is not one. */
static inline const char *
json_string(const char *s)
{
	if (*s++ != '"')
		return NULL;
	for (; *s != '"'; s++) {
		if ((unsigned char)*s < ' ')
			return NULL;
		if (*s != '\\')
			continue;
		s++;
		if (*s == 'u') {
			if (strspn(s + 1, "0123456789abcdefABCDEF") < 4)
				return NULL;
			s += 4;
		} else if (*s == '\0' || strchr("\"\\/bfnrt", *s) == NULL)
			return NULL;
	}
	return s + 1;
}

static inline const char *
json_number(const char *s)
{
	s += *s == '-';
	size_t n = strspn(s, "0123456789");
	if (n == 0 || (n > 1 && *s == '0'))
		return NULL;
	return s + n; /* fractions and exponents are not in use */
}

/* Members between brackets: of an object if close is '}'. */
static inline const char *
json_members(const char *s, char close)
{
	s = json_space(s + 1);
	if (*s == close)
		return s + 1;
	for (;;) {
		if (close == '}') {
			s = json_string(json_space(s));
			if (s == NULL || *(s = json_space(s)) != ':')
				return NULL;
			s++;
		}
		s = json_value(s);
		if (s == NULL)
			return NULL;
		s = json_space(s);
		if (*s == close)
			return s + 1;
		if (*s++ != ',')
			return NULL;
	}
}

static inline const char *
json_value(const char *s)
{
	static const char *const words[] = {"true", "false", "null"};
	s = json_space(s);
	if (*s == '{')
		return json_members(s, '}');
	if (*s == '[')
		return json_members(s, ']');
	if (*s == '"')
		return json_string(s);
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(s, words[i], strlen(words[i])) == 0)
			return s + strlen(words[i]);
	}
	return json_number(s);
}

static inline bool
json_valid(const char *s)
{
	const char *end = json_value(s);
	return end != NULL && *json_space(end) == '\0';
}

#endif /* EBB_TEST_JSON_CHECK_H */
