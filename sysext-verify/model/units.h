/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The systemd units of an extension and what starts them in an initrd after the merge.
 *
 * Specification: systemd.unit(5); sysext/sysext.c, get_extension_release_metadata() (257,
 * 262). PID 1 has read its units before the merge; only a reload makes those of an
 * extension known, and only Upholds= of a unit that is reached later, or a unit restarted
 * by name, starts one.
 */

#include "sysext-verify/model/release.h"
#include "sysext-verify/model/tree.h"

/* In the order of how near to a start they are. */
enum unit_start {
	UNIT_START_NOTHING,         /* nothing names it */
	UNIT_START_TEMPLATE,        /* nothing names an instance of this template */
	UNIT_START_WANTS_ELSEWHERE, /* .wants/ of a unit that an initrd never reaches */
	UNIT_START_WANTS_ONLY, /* only .wants/ or .requires/: read too early to count */
	UNIT_START_NO_RELOAD,  /* .upholds/, but EXTENSION_RELOAD_MANAGER is not true */
	UNIT_START_UNREACHED,  /* upheld by a unit that an initrd never reaches */
	UNIT_START_EARLY,      /* upheld by a unit that may be up before the merge: nobody
				  knows */
	UNIT_START_OLD_SYSTEMD, /* only EXTENSION_RESTART_UNITS=, and the base is older
				   than 262 */
	UNIT_START_UPHELD,
	UNIT_START_RESTARTED,
	UNIT_START_TRIGGERED, /* by a socket, path or timer unit, or by another unit, that
				 is started */
};

struct unit_line {
	const char *section, *key, *value;
	unsigned line;
};

struct unit {
	const char *name;        /* "sshd.service" */
	const struct node *node; /* in the merged tree */
	struct unit_line *lines; /* continuation lines joined, comments dropped; drop-ins
				    after it */
	size_t n_lines;
	const char **names; /* its own and those of the links to it, NULL-terminated */
	enum unit_start start;
	const char *started_by; /* path or unit, for messages; NULL if nothing */
};

/*
 * The directories of units, highest priority first, as a tree has them; and systemd's
 * default PATH (basic/path-util.h, 257, 262). Both end with NULL.
 */
extern const char *const unit_directories[];
extern const char *const unit_program_directories[];

/* Whether something starts a unit in this state. */
bool unit_start_works(enum unit_start start);

struct unit_exec {
	const struct unit *unit;
	const char *key;     /* "ExecStart" */
	const char *program; /* absolute path, or a name to be searched in PATH */
	unsigned line;
	bool may_fail;               /* "-" in front */
	const struct node *provider; /* in the merged tree, or NULL */
};

struct units {
	struct unit *units; /* those that an extension provides, sorted by name */
	size_t n_units;
	struct unit_exec *execs; /* of those units */
	size_t n_execs;
	bool reload_manager; /* some release file asks for it */
	size_t n_started;    /* units that something starts */
};

/*
 * @merged is the merged tree; units of layers above 0 are looked at. @releases are the
 * release files of the extensions in the order of their layers. @systemd_version 0 means
 * unknown.
 */
int units_read(const struct tree *merged, const struct release *const *releases,
	       size_t n_releases, unsigned systemd_version, struct units *ret,
	       struct error *error);

/*
 * The lines of one unit file or drop-in as systemd's config parser reads them
 * (shared/conf-parser.c, config_parse()): sections, "key=value", comments, continuation
 * by a backslash.
 */
int unit_parse(struct arena *arena, struct span text, struct unit_line **ret,
	       size_t *ret_n, struct error *error);
