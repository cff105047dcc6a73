/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What every unit test includes: cmocka in the order it wants, and checks on struct
 * error.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */

#include "formats/core/error.h"
#include "formats/core/source.h"
#include "formats/entry.h"

/* A source over a copy of the bytes: an overread is then seen by the address sanitizer.
 */
struct source *test_source(const void *data, size_t size);

/*
 * The bytes of a file below the test directory, from malloc(); fails the test if
 * unreadable.
 */
uint8_t *test_read_file(const char *path, size_t *ret_size);

/*
 * Fails unless @error has this code, this offset (or ERROR_NO_OFFSET) and these words in
 * it.
 */
void test_error_at(const struct error *error, int code, uint64_t offset,
		   const char *words, const char *file, int line);
#define test_error(error, code, offset, words) \
	test_error_at(error, code, offset, words, __FILE__, __LINE__)

/* Fails with the error's words if @code is negative. */
void test_ok_at(int code, const struct error *error, const char *file, int line);
#define test_ok(code, error) test_ok_at(code, error, __FILE__, __LINE__)

/*
 * Collects a tree as text, one line an entry, to be compared with what is expected:
 * "d 755 0:0 usr", "f 644 0:0 usr/x 3 content", "l 777 0:0 usr/y -> x"; a further name of
 * a file ends with " = first".
 */
struct test_listing {
	char *text; /* from malloc() */
	size_t size;
	bool with_content;
};
struct entry_visitor test_listing_visitor(struct test_listing *listing);
void test_listing_done(struct test_listing *listing);
