/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/profile-embedded.h"

#include <string.h>
#include <sys/stat.h>

const struct embedded_profile *embedded_profile_find(const char *path)
{
	struct stat status;

	if (strchr(path, '/') || lstat(path, &status) == 0)
		return NULL;
	for (size_t i = 0; i < n_embedded_profiles; i++)
		if (strcmp(embedded_profiles[i].name, path) == 0)
			return &embedded_profiles[i];
	return NULL;
}
