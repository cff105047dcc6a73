/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What libblkid takes an image for. systemd decides by its answer how an image is read,
 * so that it counts, and not what our own readers make of the same bytes.
 *
 * Specification: blkid_do_safeprobe() of libblkid; systemd's shared/dissect-image.c,
 * dissect_image() and probe_filesystem_full() (257), which ask for everything, and
 * probe_blkid_filter() (262), which asks for the file systems that systemd mounts, LUKS
 * and swap. Answers may change with the version of libblkid: recognize_version().
 *
 * The file is read through its descriptor; no device node, no cache and no configuration
 * of libblkid is opened.
 */

#include <stdbool.h>

#include "formats/core/source.h"

enum recognized {
	RECOGNIZED_NOT_ASKED, /* no file is behind the source */
	RECOGNIZED_NOTHING,
	/*
	 * Two kinds of superblock, or of partition table. Since 2.39 libblkid does not
	 * tell that from a failure of its own; systemd refuses the image for both.
	 */
	RECOGNIZED_AMBIGUOUS,
	RECOGNIZED_FOUND,
};

/* Whom libblkid is asked for: it does not see what it is not asked for. */
enum recognize_scope {
	RECOGNIZE_ALL,     /* all that it knows: 257 */
	RECOGNIZE_ALLOWED, /* what systemd mounts, crypto_LUKS, swap: 262 */
	N_RECOGNIZE_SCOPES,
};

struct recognition {
	enum recognized answer;
	char type[32];  /* "squashfs"; empty if no superblock was found */
	char usage[16]; /* "filesystem", "crypto", "raid", "other"; empty with type */
	char table[16]; /* "gpt", "dos"; empty if no partition table was found or sought
			 */
};

/*
 * The whole of an image: superblocks and partition tables, as dissect_image() asks.
 * @sector_size is the one of the GPT, or 512. -EIO, -ENOMEM; what is in the bytes is no
 * error.
 */
int recognize_image(const struct source *source, uint32_t sector_size,
		    enum recognize_scope scope, struct recognition *ret,
		    struct error *error);

/* A partition: superblocks only, as probe_filesystem_full() asks. The same errors. */
int recognize_filesystem(const struct source *source, enum recognize_scope scope,
			 struct recognition *ret, struct error *error);

const char *recognized_name(enum recognized answer); /* "ambiguous" */

/* The version of libblkid that answers: "2.38.1". */
const char *recognize_version(void);
