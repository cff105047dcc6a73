/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Resources that free themselves when their variable leaves its scope.
 *
 * A type `struct x` with `void x_free(struct x *)` gets its cleanup function by
 * DEFINE_CLEANUP(struct x *, x_free) and is declared as `_cleanup_(x_freep) struct x *x =
 * NULL;`. Destructors accept NULL. TAKE_PTR and TAKE_FD hand a resource to somebody else.
 */

#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function)    __attribute__((cleanup(function)))
#define _printf_(words, first) __attribute__((format(printf, words, first)))
#define _must_check_           __attribute__((warn_unused_result))
#define _unused_               __attribute__((unused))

#define DEFINE_CLEANUP(type, function)                 \
	static inline void function##p(type *variable) \
	{                                              \
		if (*variable)                         \
			function(*variable);           \
	}                                              \
	struct allow_semicolon_after_macro

static inline void cleanup_freep(void *variable)
{
	free(*(void **)variable);
}

static inline void cleanup_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

#define _cleanup_free_  _cleanup_(cleanup_freep)
#define _cleanup_close_ _cleanup_(cleanup_closep)

#define TAKE_PTR(pointer)                               \
	({                                              \
		__typeof__(pointer) _taken = (pointer); \
		(pointer) = NULL;                       \
		_taken;                                 \
	})

#define TAKE_FD(fd)                \
	({                         \
		int _taken = (fd); \
		(fd) = -1;         \
		_taken;            \
	})

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define MIN(a, b)         ((a) < (b) ? (a) : (b))
#define MAX(a, b)         ((a) > (b) ? (a) : (b))
