/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One check: one row, one function. Everything that anybody prints about a check comes
 * from its row. Checks are pure: no I/O, no failure, no allocation of their own.
 */

#include "sysext-verify/model/subject.h"

struct report;

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

/*
 * What follows at boot. The first three answer "does it merge", the next two "does it
 * work".
 */
enum consequence {
	CONSEQUENCE_ABORTS_ALL, /* no extension at all is merged */
	CONSEQUENCE_IGNORED,    /* only this extension is left out */
	CONSEQUENCE_NOT_SEEN,   /* systemd never looks at it */
	CONSEQUENCE_BROKEN,     /* merged, but what it ships does not work */
	CONSEQUENCE_HARMS_BASE, /* merged, and the base stops working */
	CONSEQUENCE_RISK,
	CONSEQUENCE_INFO,
};

/* Facts without which a check says nothing and is counted as skipped. */
enum check_need {
	NEEDS_EXTENSION = 1 << 0,  /* not for a base alone */
	NEEDS_RAW = 1 << 1,        /* an image file, not a directory */
	NEEDS_TREE = 1 << 2,       /* the file system could be read */
	NEEDS_RELEASE = 1 << 3,    /* a release file was found */
	NEEDS_SIGNATURE = 1 << 4,  /* there is a signature that could be read */
	NEEDS_SUPERBLOCK = 1 << 5, /* there is a verity superblock that could be read */
	NEEDS_OS_RELEASE = 1 << 6, /* the base has one */
	NEEDS_GPT = 1 << 7,        /* the image has a usable GPT */
	NEEDS_SYSEXT = 1 << 8,     /* not a configuration extension */
	NEEDS_PARTS = 1 << 9, /* a usable GPT, or side cars that stand for its parts */
};

enum check_flag {
	CHECK_BASE = 1 << 0, /* about the base alone: runs once, not for each extension */

	/*
	 * Runs also, and alone, where the base is a UKI without initrd: there is no tree
	 * to compare anything with.
	 */
	CHECK_WITHOUT_INITRD = 1 << 1,

	/* About the waivers: waivers_apply() answers for it, when all else has run. */
	CHECK_REPORT = 1 << 2,

	/* About several extensions together: runs once, after each was judged alone. */
	CHECK_SET = 1 << 3,
};

struct check {
	const char *id;
	const char *title;  /* what is wrong, one line */
	const char *why;    /* what happens because of it, at boot */
	const char *fix;    /* what to do, imperative */
	const char *source; /* where the rule is written down */
	enum severity severity;
	enum consequence consequence;
	unsigned needs; /* enum check_need */
	unsigned flags; /* enum check_flag */
	void (*run)(const struct check *check, const struct subject *subject,
		    struct report *report); /* NULL with CHECK_REPORT */
};

/* One array a topic file; each ends with a row whose id is NULL. */
extern const struct check checks_base_layers[], checks_base[], checks_placement[],
	checks_release_file[], checks_release[], checks_image[], checks_filesystem[],
	checks_sidecar[], checks_verity[], checks_signature[], checks_layout[],
	checks_elf[], checks_hidden[], checks_units[], checks_waiver[], checks_set[];

/* All checks in the order in which they run. */
size_t check_count(void);
const struct check *check_at(size_t at);
const struct check *check_find(const char *id); /* NULL if there is none */

/*
 * Runs every check whose needs are met; the others are counted as skipped. Without an
 * extension, the checks of the base; with one, the others.
 */
void checks_run(const struct subject *subject, struct report *report);

const char *severity_name(enum severity severity); /* "error" */
bool severity_parse(const char *text, enum severity *ret);
const char *consequence_name(enum consequence consequence); /* "aborts-all" */
