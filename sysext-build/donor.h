/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The root file system that files are taken from: paths without links in them, chains of
 * links, and the packages that own a file.
 */

#include "formats/directory.h"
#include "formats/package.h"
#include "sysext-build/selection.h"

struct donor {
	const char *path; /* as the user wrote it */
	struct arena *arena;
	struct directory *directory;
	struct map *owners; /* path -> name of the package, or "" */
};

/* Errors of opening the directory, with its name in the words. */
int donor_open(struct arena *arena, const char *path, struct donor **ret,
	       struct error *error);
void donor_free(struct donor *donor);
DEFINE_CLEANUP(struct donor *, donor_free);

/*
 * @path (absolute or relative) with every link in its directories followed, but not one
 * in its last component; in the arena. -ENODATA if its directory is not there.
 */
int donor_canonical(struct donor *donor, const char *path, const char **ret,
		    struct error *error);

/* Whether @path leads to something. An error only where the donor cannot be read. */
int donor_has(struct donor *donor, const char *path, bool *ret, struct error *error);

/*
 * Selects the file at @path and, where it is a link, what it leads to. A link that leaves
 * /usr and /opt on its way (/etc/alternatives) is shipped as one that leads straight to
 * the end. Directories are selected with all they hold. -ENODATA if nothing is there.
 */
int donor_ship(struct donor *donor, struct selection *selection, const char *path,
	       enum origin origin, const char *reason, struct error *error);

/* The package that owns @path (without links in it), or NULL. */
int donor_owner(struct donor *donor, const char *path, const char **ret,
		struct error *error);
