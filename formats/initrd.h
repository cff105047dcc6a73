/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An initrd as the kernel unpacks it: members one after the other, each an uncompressed
 * or compressed cpio archive, NUL bytes anywhere between them. A cpio archive starts at a
 * multiple of 4 bytes, and so does whatever follows one. Entries are given in order; a
 * later one replaces an earlier one of the same path.
 *
 * Specification: init/initramfs.c of Linux, unpack_to_rootfs() and flush_buffer() (6.12;
 * 7.2 differs for headers with other digits than hexadecimal ones, which it refuses).
 */

#include "formats/compress.h"
#include "formats/cpio.h"
#include "formats/entry.h"

struct initrd_member {
	uint64_t offset;        /* of its first byte in the initrd */
	uint64_t size;          /* bytes in the initrd */
	uint64_t unpacked_size; /* bytes after decompression */
	uint64_t n_entries;
	enum compression compression;
	unsigned faults; /* enum cpio_fault */
};

enum initrd_fault {
	INITRD_FAULT_TRAILING_GARBAGE =
		1 << 0, /* bytes that are no member: the kernel reports and goes on */

	/*
	 * A file of the last member has a wrong checksum: the kernel, and this reader,
	 * take nothing behind that member.
	 */
	INITRD_FAULT_STOPPED = 1 << 1,
};

struct initrd {
	struct initrd_member *members; /* from malloc() */
	size_t n_members;
	unsigned faults;     /* enum initrd_fault */
	uint64_t garbage_at; /* offset of the first byte of the garbage */
	char garbage[160];   /* what is wrong there, in words */
};

/* Whether @source begins like an initrd: a cpio magic or a compression's. */
bool initrd_probe(const struct source *source);

/*
 * Gives every entry of every member to @visitor. -EBADMSG if not even the first member
 * can be read; -E2BIG over LIMIT_INITRD_UNPACKED or LIMIT_INITRD_MEMBERS, or if it
 * unpacks to more than LIMIT_UNPACK_RATIO times its bytes and LIMIT_UNPACK_SMALL; what
 * the visitor returned.
 */
int initrd_read(struct source *source, const struct entry_visitor *visitor,
		struct initrd *ret, struct error *error);
void initrd_done(struct initrd *initrd);
