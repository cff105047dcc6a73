/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All that the checks may look at: one extension, its base, and what the merge makes of
 * them.
 */

#include "sysext-verify/model/base.h"
#include "sysext-verify/model/extension.h"
#include "sysext-verify/model/hidden.h"
#include "sysext-verify/model/objects.h"
#include "sysext-verify/model/overlay.h"
#include "sysext-verify/model/set.h"
#include "sysext-verify/model/trust.h"
#include "sysext-verify/model/units.h"

struct subject {
	const struct base *base;           /* always there */
	const struct extension *extension; /* NULL while the base alone is judged */
	const struct trust *trust;         /* NULL where extension is NULL */
	const struct tree *merged; /* NULL if the extension's tree cannot be read */
	const struct objects
		*objects; /* needs of the extension's files; NULL with merged */
	const struct objects
		*base_objects; /* needs of base files whose provider is hidden */
	const struct hidden
		*hidden;           /* files of the base that are gone; NULL with merged */
	const struct units *units; /* NULL with merged */

	/* While several extensions are judged together; extension is NULL then. */
	const struct set *set;
};

/* Builds all but base and extension, which are given. Everything in @arena. */
int subject_build(struct arena *arena, const struct base *base,
		  const struct extension *extension, const struct base_certificate *given,
		  size_t n_given, struct subject **ret, struct error *error);
void subject_free(struct subject *subject);
DEFINE_CLEANUP(struct subject *, subject_free);
