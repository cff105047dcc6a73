/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Directories for a test's files, and programs whose word counts as well as ours. */

#include <stdbool.h>
#include <stddef.h>

#include "formats/core/cleanup.h"

/* A new directory for temporary files; test_directory_free() removes it. */
char *test_directory_new(void);
void test_directory_free(char *directory);
DEFINE_CLEANUP(char *, test_directory_free);

/* Writes a file below it, with its parents; returns its path, the caller's to free(). */
char *test_directory_write(const char *directory, const char *path, const void *data,
			   size_t size);

/*
 * Runs the program and gives what it writes to its standard output, from malloc(), or
 * NULL if it is not installed: then the caller's test skips. With @ret_status its
 * standard error is added and any exit status is good; without it the test fails unless
 * that is 0.
 */
char *test_run(const char *const *arguments, int *ret_status);
