/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/release.h"

#include <string.h>
#include <strings.h>

#include "sysext-verify/model/systemd.h"

/* What an extension without a scope is for (extension_release_validate(), 254 to 262). */
#define DEFAULT_SCOPE "system portable"
#define ANY           "_any"

static bool is_empty(const char *value)
{
	return !value || !*value;
}

void release_fill(struct release *release, enum extension_class class)
{
	const struct env_file *file = &release->file;
	bool sysext = class == EXTENSION_SYSEXT;

	release->id = env_file_get(file, "ID");
	release->id_like = env_file_get(file, "ID_LIKE");
	release->version_id = env_file_get(file, "VERSION_ID");
	release->architecture = env_file_get(file, "ARCHITECTURE");
	release->level = env_file_get(file, sysext ? "SYSEXT_LEVEL" : "CONFEXT_LEVEL");
	release->scope = env_file_get(file, sysext ? "SYSEXT_SCOPE" : "CONFEXT_SCOPE");
	release->reload_manager = env_file_get(file, "EXTENSION_RELOAD_MANAGER");
	release->restart_units = env_file_get(file, "EXTENSION_RESTART_UNITS");
	release->reload_or_restart_units =
		env_file_get(file, "EXTENSION_RELOAD_OR_RESTART_UNITS");
}

unsigned release_flags(unsigned systemd_version)
{
	return systemd_since(systemd_version, SYSTEMD_COMMENT_ENDS)
		       ? 0
		       : ENV_FILE_COMMENTS_GO_ON;
}

int release_parse(struct arena *arena, const char *path, struct span bytes,
		  enum extension_class class, unsigned systemd_version,
		  const struct release **ret, struct error *error)
{
	struct release *release = arena_alloc(arena, sizeof(*release));
	int r;

	if (!release)
		return error_memory(error);
	release->path = path;
	r = env_file_parse(arena, bytes, release_flags(systemd_version), &release->file,
			   error);
	if (r < 0)
		return r;
	release_fill(release, class);
	*ret = release;
	return 0;
}

static bool id_fits(const struct release *extension, const struct release_host *host)
{
	if (host->os_release->id && strcmp(extension->id, host->os_release->id) == 0)
		return true;
	return host->id_like && env_list_has(host->os_release->id_like, extension->id);
}

static enum release_answer compare_versions(const struct release *extension,
					    const struct release *base)
{
	if (is_empty(base->version_id) && is_empty(base->level))
		return RELEASE_ACCEPTED;
	if (!is_empty(base->level) && !is_empty(extension->level))
		return strcmp(base->level, extension->level) == 0 ? RELEASE_ACCEPTED
								  : RELEASE_LEVEL;
	if (is_empty(base->version_id))
		return RELEASE_ACCEPTED;
	if (is_empty(extension->version_id))
		return RELEASE_NO_VERSION_ID;
	return strcmp(base->version_id, extension->version_id) == 0 ? RELEASE_ACCEPTED
								    : RELEASE_VERSION_ID;
}

enum release_answer release_validate(const struct release *extension,
				     const struct release_host *host)
{
	const char *scope = extension->scope ? extension->scope : DEFAULT_SCOPE;

	if (extension->file.n_assignments == 0)
		return RELEASE_EMPTY;
	if (!env_list_has(scope, host->scope))
		return RELEASE_SCOPE;
	if (!is_empty(extension->architecture) &&
	    strcmp(extension->architecture, ANY) != 0 && host->architecture &&
	    strcmp(extension->architecture, host->architecture) != 0)
		return RELEASE_ARCHITECTURE;
	if (is_empty(extension->id))
		return RELEASE_NO_ID;
	if (strcmp(extension->id, ANY) == 0)
		return RELEASE_ACCEPTED;
	if (!id_fits(extension, host))
		return RELEASE_ID;
	return compare_versions(extension, host->os_release);
}

int release_boolean(const char *value)
{
	static const char *const yes[] = {"1", "yes", "y", "true", "t", "on"};
	static const char *const no[] = {"0", "no", "n", "false", "f", "off"};

	for (size_t i = 0; value && i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcasecmp(value, yes[i]) == 0)
			return 1;
		if (strcasecmp(value, no[i]) == 0)
			return 0;
	}
	return -1;
}
