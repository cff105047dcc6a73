/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/path.h"
#include "formats/core/utf8.h"
#include "sysext-verify/model/extension.h"
#include "sysext-verify/model/systemd.h"

/* Where the initrd's own directories are searched: shared/discover-image.c. */
static const struct {
	const char *name;
	const char *directory;
	bool strict, of_stub;
	unsigned since, until; /* versions; 0: no limit */
} locations[N_LOCATIONS] = {
	[LOCATION_ESP] = {"esp", "/.extra/sysext", true, true, SYSTEMD_EXTRA_SYSEXT, 0},
	[LOCATION_ESP_GLOBAL] = {"esp-global", "/.extra/global_sysext", true, true,
				 SYSTEMD_GLOBAL_EXTENSIONS, 0},
	[LOCATION_INITRD] = {"initrd", "/var/lib/extensions", false, false, 0, 0},
	[LOCATION_ETC] = {"/etc/extensions", "/etc/extensions", false, false, 0, 0},
	[LOCATION_RUN] = {"/run/extensions", "/run/extensions", false, false, 0, 0},
	[LOCATION_LOCAL_LIB] = {"/usr/local/lib/extensions", "/usr/local/lib/extensions",
				false, false, 0, SYSTEMD_USR_EXTENSIONS},
	[LOCATION_LIB] = {"/usr/lib/extensions", "/usr/lib/extensions", false, false, 0,
			  SYSTEMD_USR_EXTENSIONS},
	[LOCATION_EXTRA] = {"/.extra/sysext", "/.extra/sysext", true, false,
			    SYSTEMD_EXTRA_SYSEXT, 0},
	[LOCATION_EXTRA_GLOBAL] = {"/.extra/global_sysext", "/.extra/global_sysext", true,
				   false, SYSTEMD_GLOBAL_EXTENSIONS, 0},
};

const char *location_name(enum location location)
{
	return locations[location].name;
}

const char *location_directory(enum location location)
{
	return locations[location].directory;
}

bool location_is_strict(enum location location)
{
	return locations[location].strict;
}

bool location_is_of_stub(enum location location)
{
	return locations[location].of_stub;
}

bool location_is_searched(enum location location, unsigned systemd_version)
{
	unsigned until = locations[location].until;

	return systemd_since(systemd_version, locations[location].since) &&
	       (until == 0 || (systemd_version > 0 && systemd_version <= until));
}

bool location_parse(const char *text, enum location *ret)
{
	for (size_t i = 0; i < N_LOCATIONS; i++) {
		if (strcmp(text, locations[i].name) == 0 ||
		    (!locations[i].of_stub &&
		     strcmp(text, locations[i].directory) == 0)) {
			*ret = (enum location)i;
			return true;
		}
	}
	return false;
}

bool extension_name_is_valid(const char *name)
{
	size_t size = strlen(name);

	if (size == 0 || size > 255 || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0 || string_starts_with(name, ".#") ||
	    strchr(name, '/'))
		return false;
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return utf8_valid((const uint8_t *)name, size, NULL);
}

/* The last version that strips suffixes; the first that is known not to. */
#define SYSTEMD_STRIPS     257
#define SYSTEMD_TAKES_NAME 262

/* raw_strip_suffixes(): those of a class are in the list since 255. */
static bool is_suffix_of(const char *suffix, unsigned systemd_version)
{
	return systemd_since(systemd_version, SYSTEMD_CLASS_SUFFIX) ||
	       (strcmp(suffix, ".sysext.raw") != 0 &&
		strcmp(suffix, ".confext.raw") != 0);
}

static size_t suffix_size(const char *name, size_t size, unsigned systemd_version)
{
	static const char *const suffixes[] = {".xz",         ".gz",          ".bz2",
					       ".sysext.raw", ".confext.raw", ".raw",
					       ".qcow2",      ".img",         ".bin"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t suffix = strlen(suffixes[i]);

		if (size > suffix && is_suffix_of(suffixes[i], systemd_version) &&
		    memcmp(name + size - suffix, suffixes[i], suffix) == 0)
			return suffix;
	}
	return 0;
}

static size_t stripped_size(const char *file_name, unsigned systemd_version)
{
	size_t size = strlen(file_name), suffix;

	while ((suffix = suffix_size(file_name, size, systemd_version)))
		size -= suffix;
	return size;
}

bool extension_release_name_differs(const char *file_name, const char *name)
{
	size_t size = stripped_size(file_name, SYSTEMD_STRIPS);

	return strlen(name) != size || memcmp(name, file_name, size) != 0;
}

char *extension_release_name(const char *file_name, const char *name,
			     unsigned systemd_version)
{
	if (systemd_version == 0 || systemd_version > SYSTEMD_STRIPS)
		return strdup(name);
	return strndup(file_name, stripped_size(file_name, systemd_version));
}

bool extension_release_name_is_known(unsigned systemd_version)
{
	return systemd_version > 0 && (systemd_version <= SYSTEMD_STRIPS ||
				       systemd_version >= SYSTEMD_TAKES_NAME);
}

char *extension_image_name(const char *file_name, enum extension_kind kind,
			   enum extension_class class, unsigned systemd_version)
{
	const char *suffix = class == EXTENSION_CONFEXT ? ".confext" : ".sysext";
	size_t size = strlen(file_name);
	char *name;

	if (kind == EXTENSION_RAW) {
		if (!string_ends_with(file_name, ".raw"))
			return NULL;
		size -= strlen(".raw");
	}
	name = strndup(file_name, size);
	if (name && systemd_since(systemd_version, SYSTEMD_CLASS_SUFFIX) &&
	    string_ends_with(name, suffix))
		name[size - strlen(suffix)] = 0;
	if (name && !extension_name_is_valid(name)) {
		free(name);
		return NULL;
	}
	return name;
}
