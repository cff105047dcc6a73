/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* --write-profile: the profile of a base as a file, with a signature beside it. */

#include "sysext-verify/model/base.h"

struct write_profile_request {
	struct base_request base;
	const char *output;
	bool force;                              /* replace what has its name */
	const char *key_path, *certificate_path; /* both or none */
};

/*
 * Writes OUTPUT and, with a key, OUTPUT.p7s. Each is there completely or not at all.
 * -EEXIST without @force if there is something already; what base_read(),
 * profile_write(), private_key_open() and sink_open() return.
 */
int write_profile(const struct write_profile_request *request, struct error *error);
