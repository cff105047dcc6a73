/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The validator as a library: what sysext-verify does, and what sysext-build ends with.
 */

#include "sysext-verify/report/waiver.h"

struct verify_request {
	struct base_request base_request; /* used where base is NULL */
	const struct base *base;          /* an already read base, borrowed, or NULL */
	const char *const *extensions;
	size_t n_extensions;
	const char *const *certificates; /* files given with --cert */
	size_t n_certificates;
	enum location location;
	const char *waivers;  /* a file, or NULL */
	const char *today;    /* "2026-11-30", with waivers */
	const char *baseline; /* a file, or NULL */

	/*
	 * The path to judge and report an extension under: a build's unfinished file has
	 * none.
	 */
	const char *const *shown_paths; /* NULL, or one an extension (may be NULL) */
};

/* Owns all that a report points to. */
struct verification {
	struct arena *arena;
	struct base *own_base;
	struct extension **extensions;
	struct subject **subjects;
	size_t n_extensions;
	struct set *set; /* of several extensions, or NULL */
	const struct extension **culprits;
	struct base_certificate *certificates;
	size_t n_certificates;
	struct waivers waivers;
	struct report *report;
};

/*
 * Loads and opens what libraries would load and open later: for a program that then gives
 * up opening files.
 */
void verify_prepare(void);

/*
 * Reads everything, runs all checks, makes the verdict. An error means that the run
 * failed (exit status 2), never that an extension is bad.
 */
int verify(const struct verify_request *request, struct verification **ret,
	   struct error *error);
void verification_free(struct verification *verification);
DEFINE_CLEANUP(struct verification *, verification_free);
