/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Good files of the corpus, cut at every byte. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Gives each beginning of a good file to the target: none may be good, and each answer
 * has to be a fault or an error that names an offset. What has no fixed end is in the
 * table of cut.c, with the reason. False, with words on standard error, if one is wrong.
 */
bool cut_everywhere(const char *target, const char *name, const uint8_t *data,
		    size_t size);
