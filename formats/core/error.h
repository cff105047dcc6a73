/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The one way in which a function here says why it failed.
 *
 * A struct error is a value: it sits on the caller's stack, owns nothing and needs no
 * release. Every function that can fail returns 0 or a negative errno and takes a
 * `struct error *` as its last parameter, which may be NULL when the words do not matter.
 *
 *   -EBADMSG     the bytes break the format
 *   -EOPNOTSUPP  legal, but a feature that is not read here
 *   -E2BIG       over a limit of limits.h
 *   -ENODATA     the thing asked for is not there
 *   other        the operating system's word, or -ENOMEM
 *
 * A message says what was found and what was expected, with both numbers; lower case, no
 * full stop, verb first where there is one, names in single quotes. It does not say
 * where: each caller that knows more puts its place in front with error_wrap().
 */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "formats/core/cleanup.h"

/* The offset of an error that no byte of the input is to blame for. */
#define ERROR_NO_OFFSET UINT64_MAX

struct error {
	int code;          /* negative errno, 0 if nothing was set */
	uint64_t offset;   /* bytes from the start of the input, or ERROR_NO_OFFSET */
	char message[496]; /* NUL-terminated; cut with "..." when it would be longer */
};

#define ERROR_INIT                                   \
	{                                            \
		.code = 0, .offset = ERROR_NO_OFFSET \
	}

/*
 * Sets @error to @code and the words; returns @code, so that `return error_set(...)`
 * works.
 */
int error_set(struct error *error, int code, const char *format, ...) _printf_(3, 4);

/* The same with -EBADMSG and the offset, in bytes, of the first byte to blame. */
int error_bad(struct error *error, uint64_t offset, const char *format, ...)
	_printf_(3, 4);

/* The same with @code and the offset. */
int error_set_at(struct error *error, int code, uint64_t offset, const char *format, ...)
	_printf_(4, 5);

/* -ENOMEM with its words. */
int error_memory(struct error *error);

/*
 * Puts "context: " before the message. Returns error->code, or @code where @error is
 * NULL. The offset stays: a reader of a slice adds its own start with error_shift().
 */
int error_wrap(struct error *error, int code, const char *format, ...) _printf_(3, 4);

/* Adds @delta bytes to the offset, if there is one: from a slice's terms to its parent's.
 */
void error_shift(struct error *error, uint64_t delta);

/* Whether @code blames the input (a finding) and not the run (exit 2). */
bool error_is_input(int code);
