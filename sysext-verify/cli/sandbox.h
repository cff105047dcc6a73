/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The fence around a program that is about to parse what an attacker may have written.
 *
 * Two fences of Linux, each as far as the kernel has it:
 *   Landlock (landlock(7)): of all files only the named ones can be opened, and only to
 *     be read; nothing can be executed or created, except in the named directories. Since
 *     ABI 4 no TCP, since ABI 6 no signal and no abstract socket out of the fence.
 *   seccomp (seccomp(2)): only the system calls that reading and reporting need. No
 *     socket, program, process, mount, trace, new file; no memory that can be written and
 *     run. What is refused gets EPERM, what the filter does not know ENOSYS, as from an
 *     older kernel: libraries then find their other way, or their caller says what
 * failed. That does not end the process: the fence holds all the same, and a message is
 *     better than a signal.
 *
 * The filter cannot see the flags of openat2(2), so without Landlock that call could
 * still create files: the state then says "partial".
 *
 * What is open already stays usable: standard output, and whatever the caller opened.
 * Libraries that open files later must have done so before. A build with the address
 * sanitizer additionally lets through what its search for leaks needs.
 */

#include <stddef.h>

#include "formats/core/error.h"

#ifdef __SANITIZE_ADDRESS__
#define SANDBOX_WITH_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_WITH_SANITIZER 1
#endif
#endif

struct sandbox_paths {
	/*
	 * Files that can be read; directories with all below. Those that are not there
	 * are left out: the reader says so.
	 */
	const char *const *readable;
	size_t n_readable;
	/*
	 * The same, with the files beside each that are named after it: "b.raw" stands
	 * for "b.verity" and "b.roothash.p7s" too.
	 */
	const char *const *readable_with_side_cars;
	size_t n_readable_with_side_cars;
	/* Directories in which files can be created, replaced and removed. */
	const char *const *writable_directories;
	size_t n_writable_directories;
};

struct sandbox {
	/* "full", "partial: " with what is missing, "off". */
	char state[160];
};

#define SANDBOX_OFF            \
	{                      \
		.state = "off" \
	}

/*
 * Fences the calling thread and all that it starts later; called while there is no other.
 * There is no way back. A kernel without one of the fences is no error. -ENOMEM; -errno
 * with words if a fence that is there cannot be built.
 */
int sandbox_enter(const struct sandbox_paths *paths, struct sandbox *ret,
		  struct error *error);

/*
 * The second fence alone. 0, or -EOPNOTSUPP where the kernel, or a fence around this
 * process, has no filters. @may_write: files can be created, which the first fence
 * bounds.
 */
int sandbox_filter_calls(bool may_write, struct error *error);
