/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A directory for the targets whose readers take one. */

#include <stddef.h>

/* Made when it is first asked for; removed, with all in it, at the end. */
const char *fuzz_scratch(void);

/* Removes all that is in it. */
void fuzz_scratch_clear(void);

/* Writes a file below it, whose directory is there. */
void fuzz_scratch_write(const char *path, const void *data, size_t size);
