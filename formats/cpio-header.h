/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The header of one entry, which cpio.c reads; nobody else includes this. */

#include "formats/core/error.h"

#define CPIO_HEADER_SIZE 110 /* bytes: magic and 13 numbers of 8 hexadecimal digits */

struct cpio_header {
	uint32_t inode, mode, uid, gid, n_links, mtime, size, device_major, device_minor;
	uint32_t node_major, node_minor, name_size, checksum;
	bool has_checksum;
};

/*
 * @text has CPIO_HEADER_SIZE bytes, at offset @at of the archive. -EBADMSG with the
 * offset of what is wrong.
 */
int cpio_header_parse(const uint8_t *text, uint64_t at, struct cpio_header *header,
		      struct error *error);
