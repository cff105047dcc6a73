/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fnmatch.h>
#include <string.h>

#include "formats/core/path.h"
#include "sysext-verify/model/unit-parts.h"

/*
 * What somebody reads of a base, beside units. Where its directories are does not matter:
 * links lead to many places. A name with a slash at its end is a directory, and stands
 * for all that is below it.
 */
static const char *const kept[] = {
	"*-release", /* os-release, initrd-release, and what links of them name */
	"modules.*", /* the indexes of kernel modules */
	"*.conf",    /* drop-ins, settings of systemd, sysusers.d, modprobe.d ... */
	"*.crt",     /* of verity.d, or what a link there leads to */
	"*.pem",
	"*.cer",
	"passwd",
	"group",
	"shadow",
	"gshadow",
	"verity.d/",
	"sysusers.d/",
	"tmpfiles.d/",
	"modprobe.d/",
	"extension-release.d/",
};

/* Whether one of @path's directories is @name, which ends with a slash. */
static bool is_below(const char *path, const char *name)
{
	size_t size = strlen(name);

	for (const char *at = path; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (strncmp(at, name, size) == 0)
			return true;
	}
	return false;
}

bool tree_keeps(const char *path)
{
	const char *name = path_name(path);

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (string_ends_with(kept[i], "/") ? is_below(path, kept[i])
						   : fnmatch(kept[i], name, 0) == 0)
			return true;
	return unit_name_is_valid(name);
}
