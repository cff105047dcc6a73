/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_version_char(char c)
{
	return is_digit(c) || is_alpha(c) || (c && strchr("~-^.", c));
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

/*
 * Both at a run of digits or one of them not: numbers compare by value, whatever their
 * length.
 */
static int compare_digits(const char **a, const char **b)
{
	size_t n_a, n_b;
	int r;

	/* No digits at all are less than a 0. */
	if (is_digit(**a) != is_digit(**b))
		return is_digit(**a) ? 1 : -1;
	while (**a == '0')
		(*a)++;
	while (**b == '0')
		(*b)++;
	n_a = strspn(*a, "0123456789");
	n_b = strspn(*b, "0123456789");
	if (n_a != n_b)
		return n_a < n_b ? -1 : 1;
	r = strncmp(*a, *b, n_a);
	*a += n_a;
	*b += n_b;
	return sign(r);
}

static int compare_letters(const char **a, const char **b)
{
	size_t n_a = 0, n_b = 0;
	int r;

	while (is_alpha((*a)[n_a]))
		n_a++;
	while (is_alpha((*b)[n_b]))
		n_b++;
	r = strncmp(*a, *b, n_a < n_b ? n_a : n_b);
	if (r == 0 && n_a != n_b)
		r = n_a < n_b ? -1 : 1;
	*a += n_a;
	*b += n_b;
	return sign(r);
}

/*
 * '~' sorts before the end, '-' before the rest of the separators, then '^', then '.':
 * each is looked at in this order. Returns true if *ret is the answer.
 */
static bool compare_separators(const char **a, const char **b, int *ret)
{
	if (**a == '~' || **b == '~') {
		*ret = (**a != '~') - (**b != '~');
		if (*ret != 0)
			return true;
		(*a)++;
		(*b)++;
	}
	if (!**a || !**b) {
		*ret = (**a != 0) - (**b != 0);
		return true;
	}
	for (const char *c = "-^."; *c; c++) {
		if (**a != *c && **b != *c)
			continue;
		*ret = (**a != *c) - (**b != *c);
		if (*ret != 0)
			return true;
		(*a)++;
		(*b)++;
	}
	return false;
}

int version_compare(const char *a, const char *b)
{
	for (;;) {
		int r;

		while (*a && !is_version_char(*a))
			a++;
		while (*b && !is_version_char(*b))
			b++;
		if (compare_separators(&a, &b, &r))
			return r;
		if (is_digit(*a) || is_digit(*b))
			r = compare_digits(&a, &b);
		else
			r = compare_letters(&a, &b);
		if (r != 0)
			return r;
	}
}
