/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What systemd does differently since which version. Seen in the sources of 252, 254, 257
 * and 262 and in runs of these, or, where it says so, in NEWS alone.
 */

#include <stdbool.h>

/* The last one that searches /usr/lib/extensions and /usr/local/lib/extensions; 253 was
 * not looked at, and counts as newer. */
#define SYSTEMD_USR_EXTENSIONS    252

/* /.extra/sysext is searched; before, nothing that a boot loader brings is seen. */
#define SYSTEMD_EXTRA_SYSEXT      254

/* A release file may be called after what stands before '_' or '+' in the name. */
#define SYSTEMD_BASE_NAME         254

/* A comment ends with its line, also behind a backslash. */
#define SYSTEMD_COMMENT_ENDS      254

/* An os-release inside an image is found by the dissection, which leaves it out. */
#define SYSTEMD_LEAVES_OUT_OS     254

/* An image with a release file of either class is taken for an extension. */
#define SYSTEMD_TWO_CLASSES       254

/*
 * 254 takes the release file of either class for the image's own; 257 does not. Nobody
 * looked at the two between.
 */
#define SYSTEMD_TELLS_CLASSES     257

/* .sysext and .confext are no part of the name (NEWS of 255; 254 does not know them). */
#define SYSTEMD_CLASS_SUFFIX      255

/* NAME.v/ is a directory of versions (NEWS of 256); before, a directory as any other. */
#define SYSTEMD_VERSIONS          256

/* ID_LIKE of the base counts (in 257.13, although NEWS of 258 announces it). */
#define SYSTEMD_ID_LIKE           257

/* /loader/extensions is read by systemd-stub, its contents by systemd-sysext. */
#define SYSTEMD_GLOBAL_EXTENSIONS 258

/* In an initrd a unit of its own merges. */
#define SYSTEMD_INITRD_UNIT       258

/* A partition with the label "_empty" is none (NEWS of 258). */
#define SYSTEMD_EMPTY_LABEL       258

/* Since @since; a version that is not known, 0, counts as new. */
static inline bool systemd_since(unsigned version, unsigned since)
{
	return version == 0 || version >= since;
}
