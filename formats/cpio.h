/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One cpio archive in the "newc" (070701) or "crc" (070702) form, read as a stream.
 *
 * Specification: Documentation/driver-api/early-userspace/buffer-format.rst of Linux;
 * what init/initramfs.c does (6.12) where that is stricter or more lenient.
 */

#include "formats/compress.h"
#include "formats/entry.h"

enum cpio_fault {
	CPIO_FAULT_NO_TRAILER = 1 << 0, /* the archive ended without "TRAILER!!!" */
	CPIO_FAULT_CHECKSUM =
		1
		<< 1, /* a "crc" file whose sum is wrong: the kernel keeps it and stops */
	CPIO_FAULT_UNSAFE_NAME = 1 << 2, /* an entry with ".." in its name was left out */
};

struct cpio_result {
	unsigned faults; /* enum cpio_fault */
	uint64_t n_entries;
	uint64_t size; /* bytes of the stream up to the end of the trailer's record */
	char first_fault_path[256]; /* of the entry of the first fault */
};

/*
 * Reads one archive from @in up to its trailer, the end of the stream or, behind a
 * record, a byte that begins no other, as the kernel does. A name ends at its first NUL,
 * as it does for the kernel. Of a file with several names (one inode, contents mostly
 * with one name only) all but the first say in entry.link what the first is; a later name
 * of a device node comes with all that the first has. -EBADMSG with the offset in the
 * unpacked stream.
 */
int cpio_read(struct decompressor *in, const struct entry_visitor *visitor,
	      struct cpio_result *ret, struct error *error);
