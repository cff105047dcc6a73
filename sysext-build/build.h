/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All stages in their order. */

#include <stdint.h>
#include <stdio.h>

#include "formats/core/error.h"
#include "sysext-verify/model/base.h"

struct build_request {
	const char *manifest_path;
	struct base_request base;
	const char *donor_path;
	const char *key_path, *certificate_path; /* NULL with a dry run */
	const char *output;                      /* NULL with a dry run */
	int64_t mtime;                           /* seconds since 1970, of every file */
	bool dry_run;
};

struct build_result {
	bool passed;         /* the checks passed, or it was a dry run */
	bool merges, works;  /* the checks say yes, not unknown; false for a dry run */
	uint64_t image_size; /* bytes; 0 for a dry run */
	size_t n_files;
};

/*
 * Builds, verifies and names the image, or prints to @listing what a build would ship.
 * Findings go to
 * @findings. An error means that nothing was written.
 */
int build(const struct build_request *request, FILE *listing, FILE *findings,
	  struct build_result *ret, struct error *error);
