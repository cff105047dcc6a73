/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which bytes of an activated image systemd reads before it mounts it: it asks libblkid
 * what file system there is, and libblkid looks at the places where superblocks may
 * stand. A damaged block there gives an error, and the error ends the merge.
 *
 * Specification: the reads of blkid_do_safeprobe() of libblkid 2.38 and 2.41, as
 * strace(1) shows them; shared/dissect-image.c, probe_filesystem_full() (257). Since 258
 * systemd asks for fewer kinds of superblock.
 */

#include <stdint.h>

enum probed { PROBED_NO, PROBED_MAYBE, PROBED_YES };

/* Whether any of @size bytes at @offset of a device of @device_size bytes is read. */
enum probed probed_range(uint64_t device_size, uint64_t offset, uint64_t size);
