/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Base profiles: all that the checks need to know of a base, and none of its files'
 * contents. A distribution publishes one beside its signed initrd.
 *
 * Writing goes through the facts of a struct base that base_read() made with @symbols
 * set. Reading fills the same tree and the same layers, from which base_read() derives
 * the rest, so that there is one implementation of every rule. The format is described in
 * sysext-profile(5).
 */

#include "sysext-verify/model/base.h"

/*
 * The profile of @base, from malloc(): the same bytes for the same base. @writer is the
 * name and version of the program. The files of its layers are read again for their
 * digests: errors of source_open_file() and source_read(). -EINVAL if the base was read
 * from a profile itself. -E2BIG over LIMIT_PROFILE or LIMIT_PROFILE_VALUES.
 */
int profile_write(const struct base *base, const char *writer, uint8_t **ret,
		  size_t *ret_size, struct error *error);

/* What a profile says of itself, for lists; NULL or 0 for what it does not say. */
struct profile_identity {
	const char *name, *id, *version_id, *architecture, *kernel; /* in the arena */
	uint64_t systemd;
};

/* This alone. Errors as profile_read(). */
int profile_read_identity(struct arena *arena, struct source *source,
			  struct profile_identity *ret, struct error *error);

/*
 * Looks for the signature of the profile at @path, whose bytes are @profile: a detached
 * PKCS#7 in @path.p7s. With @certificate_path (or NULL) it must be there and be right:
 * -EBADMSG. Also errors of reading either file.
 */
int profile_check_signature(const char *path, struct span profile,
			    const char *certificate_path, enum profile_signature *ret,
			    struct error *error);

/*
 * Fills layers, tree, path and kind of @base, which is empty, from a file of which
 * profile_probe() says that it is a profile. -EBADMSG, -E2BIG; -EOPNOTSUPP for another
 * schema; -ENOMEM.
 */
int profile_read(struct arena *arena, struct source *source, const char *path,
		 struct base *base, struct error *error);

/* The same from the text that profile_unpack() gives. */
int profile_parse(struct arena *arena, struct span text, const char *path,
		  struct base *base, struct error *error);
