/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Small squashfs images for tests, made by mksquashfs from a tar archive that is written
 * here: owners, device nodes and extended attributes need no root and no file system for
 * that.
 */

#include "formats/squashfs.h"
#include "test/lib/test.h"

/* One member of the archive. */
struct squash_member {
	char type; /* as tar has it: '0' file, '1' hard link, '2' link, '3' '4' devices,
		      '5', '6' */
	const char *path;
	unsigned mode, uid, gid;
	const char *target;  /* of a link of either kind */
	const void *content; /* NULL: zeros */
	size_t size;         /* bytes */
	unsigned major, minor;
	const char *xattr, *value; /* one user.* attribute, or NULL */
	unsigned mtime;            /* seconds since 1970 */
};

/*
 * What mksquashfs makes of them with these options (words separated by spaces): the bytes
 * from malloc(). Fails the test if mksquashfs does.
 */
uint8_t *squash_make(const struct squash_member *members, size_t n_members,
		     const char *options, size_t *ret_size);

/* The tree that most tests read, and its listing with contents (test_listing_visitor()).
 */
extern const struct squash_member squash_tree[];
extern const size_t squash_tree_size;
extern const char squash_tree_listing[];

/* squashfs_read() of a copy of the bytes. */
int squash_read(const void *data, size_t size, const struct entry_visitor *visitor,
		struct squashfs_info *ret, struct error *error);

/* Keeps the contents of one file: .path is looked for, .content found and to be released.
 */
struct squash_file {
	const char *path;
	struct source *content;
	struct error error; /* of squashfs_read() */
};
/* Returns what squashfs_read() said. */
int squash_open(const void *data, size_t size, struct squash_file *file);
void squash_close(struct squash_file *file);
