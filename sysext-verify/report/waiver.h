/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Waivers: findings that somebody has looked at and accepts, for a reason and for a time.
 * A waived finding stays in every report and in the verdict; it only does not fail.
 *
 * One waiver a line, of five fields with white space between them, the last to the end of
 * the line:
 *
 *   CHECK PATH BASE EXPIRES REASON
 *
 * CHECK is an id. PATH is a glob (fnmatch(3), "*" also matches "/") for the path inside
 * the image, BASE one for the base as the user gave it. EXPIRES is the last day on which
 * it counts, YYYY-MM-DD in UTC, or "never". Empty lines and lines that begin with "#" say
 * nothing.
 */

#include "sysext-verify/report/report.h"

struct waiver {
	unsigned line; /* from 1 */
	const struct check *check;
	const char *path, *base; /* globs */
	const char *expires;     /* "2027-01-31", or NULL: never */
	const char *reason;
	bool expired; /* on the day of waivers_apply() */
	bool used;
};

/* A line that is no waiver, and why. */
struct waiver_fault {
	unsigned line;
	const char *what;
};

struct waivers {
	const char *path; /* of the file, as the user wrote it */
	struct waiver *waivers;
	size_t n_waivers;
	struct waiver_fault *faults;
	size_t n_faults;
};

/*
 * Reads the file at @path into @arena. A line that is wrong is a fault in the result;
 * -E2BIG over LIMIT_WAIVERS, -EBADMSG for a NUL byte or invalid UTF-8, and the operating
 * system's word end the run.
 */
int waivers_read(struct arena *arena, const char *path, struct waivers *ret,
		 struct error *error);

/*
 * Marks what the waivers accept on @today ("2026-11-30"), and adds findings for those
 * that are malformed, expired, or accept nothing. Called once, when all subjects are
 * judged.
 */
void waivers_apply(struct waivers *waivers, const char *today, struct report *report);
