/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the checks found, and the verdict that follows from it. */

#include <stdio.h>

#include "sysext-verify/checks/check.h"

struct waiver;
struct waivers;

enum answer { ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN };

const char *answer_name(enum answer answer); /* "yes" */

struct finding {
	const struct check *check;
	const char *image;  /* the extension's path as the user wrote it; that of the
			       layer for the base */
	const char *path;   /* inside it, or "" */
	const char *detail; /* both values and both places */
	bool unknown; /* the check could not decide: detail says which fact is missing */
	const struct waiver *waiver; /* which accepts it, or NULL */
	bool known;                  /* the report given as baseline has it, too */
};

/* Whether it is to be dealt with: neither waived nor known. */
bool finding_is_live(const struct finding *finding);

struct verdict {
	enum answer merges, works;
	enum consequence
		consequence; /* where merges is no; CONSEQUENCE_INFO otherwise: "none" */
};

struct judged {
	const struct extension *extension;
	struct verdict verdict;
	bool *ran; /* for each check */
};

struct report {
	struct arena *arena;      /* borrowed */
	struct finding *findings; /* in the order in which they were found */
	size_t n_findings, n_allocated;
	size_t n_base_findings;          /* the first ones: of the base alone */
	size_t first_of_set, end_of_set; /* those of all extensions together */
	const struct subject *subject;   /* the one that is being judged */
	size_t first_of_subject;         /* its first finding */
	struct judged *judged;           /* one an extension, each for itself */
	size_t n_judged;
	struct verdict verdict; /* of all together */
	const struct base *base;
	const struct waivers *waivers; /* that were applied, or NULL */
	bool has_baseline;             /* known findings were marked */
	bool *ran;                     /* for each check: it was run at least once */
	bool *base_ran;                /* for each check: it was run on the base alone */
	bool failed;                   /* out of memory: the report is not complete */
};

int report_new(struct arena *arena, const struct base *base, size_t n_extensions,
	       struct report **ret, struct error *error);

/*
 * The checks' two answers. @path is inside the image, or "" for the image itself. Of the
 * base, the image is the layer that @path comes from, or else its first.
 */
void report_add(struct report *report, const struct check *check, const char *path,
		const char *format, ...) _printf_(4, 5);
void report_unknown(struct report *report, const struct check *check, const char *path,
		    const char *format, ...) _printf_(4, 5);

/* A finding about something that is no subject: @image is its path. */
void report_add_about(struct report *report, const struct check *check, const char *image,
		      const char *format, ...) _printf_(4, 5);

/* The same about a file in it. */
void report_add_in(struct report *report, const struct check *check, const char *image,
		   const char *path, const char *format, ...) _printf_(5, 6);

/* Called by checks_run() for each check that it runs, @at as in check_at(). */
void report_ran(struct report *report, size_t at);

/* The same for all checks whose id begins with @topic, which no subject runs. */
void report_mark_ran(struct report *report, const char *topic);

/* Called around the checks of one subject; the second one makes its verdict. */
void report_begin(struct report *report, const struct subject *subject);
void report_end(struct report *report, const struct subject *subject);

/* After the last subject: the verdict of all together. -ENOMEM if something was lost. */
int report_finish(struct report *report, struct error *error);

struct report_counts {
	size_t n_errors, n_warnings, n_notes, n_unknown; /* live findings */
	size_t n_waived, n_known;
	size_t n_clean;   /* checks that ran and said nothing */
	size_t n_skipped; /* checks whose needs were not met */
};
struct report_counts report_count(const struct report *report);

/* "no (aborts all)", "yes": the answer with its consequence, for people. */
const char *verdict_merges_text(const struct verdict *verdict);

/*
 * 0, 1 or 3 as sysext-verify(1) has them: 1 if a live finding reaches @fail_on, 3 if
 * @strict and something live is unknown, 0 otherwise.
 */
int report_exit_status(const struct report *report, enum severity fail_on, bool strict);

struct report_style {
	bool color;
	unsigned columns; /* of the terminal */
	enum severity fail_on;
	bool strict;
	const char *sandbox; /* "full", "partial: ...", "off" */
};

/* Renderers: errors are those of writing, found by the caller with ferror(). */
int report_text(const struct report *report, const struct report_style *style, FILE *out,
		struct error *error);
int report_json(const struct report *report, const struct report_style *style, FILE *out,
		struct error *error);
int report_sarif(const struct report *report, const struct report_style *style, FILE *out,
		 struct error *error);
int report_junit(const struct report *report, const struct report_style *style, FILE *out,
		 struct error *error);
