/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Order of versions as the UAPI group's Version Format Specification defines it; systemd
 * sorts extension images with the same rule (strverscmp_improved in basic/string-util.c,
 * 252 to 262).
 */

/* Less than, equal to or greater than 0, as strcmp(). */
int version_compare(const char *a, const char *b);
