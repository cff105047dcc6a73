/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The package database of a donor root: which files a package put there.
 *
 * Specification: deb-conffiles(5), dpkg(1) "FILES": /var/lib/dpkg/status and
 * /var/lib/dpkg/info/NAME[:ARCH].list.
 */

#include "formats/core/arena.h"
#include "formats/directory.h"

struct package {
	const char *name; /* without the architecture */
	const char *version;
	const char *architecture;
	const char **paths; /* of its files and directories, as path.h has them, sorted */
	size_t n_paths;
};

/*
 * -ENODATA if @name ("openssh-server" or "libc6:amd64") is not installed, with the
 * nearest installed names in the words, or if the donor has no dpkg database; -EBADMSG
 * with the line for a status file that cannot be parsed.
 */
int package_read(struct arena *arena, const struct directory *donor, const char *name,
		 struct package **ret, struct error *error);

/*
 * The installed package that owns @path, or NULL name: for messages ("from package
 * libwrap0").
 */
int package_owner(struct arena *arena, const struct directory *donor, const char *path,
		  const char **ret, struct error *error);
