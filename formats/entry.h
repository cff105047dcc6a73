/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One file of any tree, as every reader describes it: an archive member, a file in an
 * image, a file in a directory, a file of a package.
 */

#include <stdbool.h>
#include <stdint.h>

#include "formats/core/digest.h"
#include "formats/core/source.h"

enum entry_type {
	ENTRY_FILE,
	ENTRY_DIRECTORY,
	ENTRY_SYMLINK,
	ENTRY_CHARACTER_DEVICE,
	ENTRY_BLOCK_DEVICE,
	ENTRY_FIFO,
	ENTRY_SOCKET,
};

struct entry_xattr {
	const char *name; /* with its namespace: "user.extension-release.strict" */
	struct span value;
};

struct entry {
	const char *path; /* see formats/core/path.h; "" is the root of the tree */
	enum entry_type type;
	uint32_t mode; /* permission, setuid, setgid and sticky bits: 07777 */
	uint32_t uid, gid;
	int64_t mtime;                       /* seconds since 1970 */
	uint32_t device_major, device_minor; /* of a device node */
	const char *target; /* of a symbolic link, as written; NULL otherwise */
	uint64_t size;      /* bytes of a file; 0 otherwise */
	uint64_t inode; /* the same for hard links to one file of a tree; 0: unknown */
	/*
	 * NULL, or else the name of the file that this is one more name of. The entry's
	 * mode, owner and time are then those of all its names, and so are its contents,
	 * if it has any: with a size of 0 the file keeps what it has.
	 */
	const char *link;
	struct entry_xattr *xattrs;
	size_t n_xattrs;

	/* The contents of a file, or NULL where nobody wanted them. */
	struct source *content;

	/* SHA-256 of the contents, where a reader that had all bytes in hand made it. */
	bool has_digest;
	uint8_t digest[DIGEST_SHA256_SIZE];
};

/*
 * Receives the entries of a tree in the order of the input. Everything that an entry
 * points to is borrowed and valid during the call only; content is kept with
 * source_ref().
 */
struct entry_visitor {
	/*
	 * Asked before a file is read from a stream: are its contents wanted? @head holds
	 * its first bytes (up to 64, fewer if the file is shorter). NULL means no.
	 * Readers with random access do not ask: their contents cost nothing until they
	 * are read.
	 */
	bool (*want)(void *context, const struct entry *entry, struct span head);

	/* 0 to go on; a negative errno ends the reader, which passes it on. */
	int (*add)(void *context, const struct entry *entry, struct error *error);

	void *context;

	/* Whether stream readers should digest each file. */
	bool digest;
};

/* "file", "directory", "symbolic link", ...: for messages. */
const char *entry_type_name(enum entry_type type);

/* From the S_IFMT bits of a mode as cpio, tar and stat(2) have them; false if unknown. */
bool entry_type_from_mode(uint32_t mode, enum entry_type *ret);
