/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A directory for one test, with the root of a tree in it; what is beside must not be
 * reached.
 */

#include <sys/types.h>

struct scratch {
	char path[64]; /* has a file "secret" with the text "outside", and "root" */
	char root[80]; /* the root of the tree, empty at first */
	int fd;        /* of the root */
};

/* For cmocka_unit_test_setup_teardown(): *state is a struct scratch. */
int scratch_set_up(void **state);
int scratch_tear_down(void **state);

/* All below the root; they fail the test if they cannot. */
void scratch_file(const struct scratch *scratch, const char *path, const char *content,
		  mode_t mode);
void scratch_directory(const struct scratch *scratch, const char *path);
void scratch_link(const struct scratch *scratch, const char *path, const char *target);
