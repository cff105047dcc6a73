/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Who the extension says it is: the rows of systemd's decision (shared/extension-util.c,
 * extension_release_validate(), 257 to 262) answered with the base's own values.
 */

#include <string.h>

#include "formats/core/path.h"
#include "sysext-build/stages.h"

static bool is_set(const char *value)
{
	return value && *value;
}

/*
 * A level that both sides have decides alone, so that an extension outlives the base's
 * version; a version that the manifest asks for has to be the one that decides.
 */
static void decide_version(const struct manifest *manifest, const struct release *release,
			   struct identity *identity)
{
	identity->version_id = manifest->version_id.value;
	identity->level = manifest->level.value;
	if (identity->version_id || identity->level || !release ||
	    (identity->id && strcmp(identity->id, "_any") == 0))
		return;
	if (is_set(release->level))
		identity->level = release->level;
	else if (is_set(release->version_id))
		identity->version_id = release->version_id;
}

int identity_decide(const struct manifest *manifest, const struct base *base,
		    struct identity *ret, struct error *error)
{
	const struct release *release = base->os_release;
	struct identity identity = {.name = manifest->name.value,
				    .id = manifest->id.value,
				    .scope = manifest->scope.value,
				    .architecture = manifest->architecture.value};

	if (!identity.id && release)
		identity.id = release->id;
	if (!is_set(identity.id))
		return error_set(
			error, -EINVAL,
			"cannot tell the distribution: base '%s' has no ID in its "
			"os-release, and manifest '%s' has no 'ID='",
			base->path, manifest->path);
	decide_version(manifest, release, &identity);
	if (!identity.architecture)
		identity.architecture = base->architecture;
	if (!identity.architecture)
		return error_set(error, -EINVAL,
				 "cannot tell the architecture: base '%s' has no systemd "
				 "program to read it from, and manifest '%s' has no "
				 "'Architecture='",
				 base->path, manifest->path);
	*ret = identity;
	return 0;
}

/*
 * basic/os-util.c, open_extension_release_at(): extension-release.IMAGE, or that of the
 * image's name up to the first '_' or '+' (path_extract_image_name()).
 */
int identity_check_output(const struct identity *identity, const char *output,
			  struct error *error)
{
	const char *file_name = path_name(output);
	_cleanup_free_ char *image =
		extension_image_name(file_name, EXTENSION_RAW, EXTENSION_SYSEXT, 0);

	if (!image)
		return error_set(
			error, -EINVAL,
			"--output is called '%s', which systemd does not look at; "
			"must be '%s.raw' or '%s.sysext.raw'",
			file_name, identity->name, identity->name);
	if (strcmp(image, identity->name) == 0)
		return 0;
	image[strcspn(image, "_+")] = 0;
	if (strcmp(image, identity->name) == 0)
		return 0;
	return error_set(
		error, -EINVAL,
		"--output is called '%s', so that systemd looks for "
		"extension-release.%s, but the extension's name is '%s'; must be "
		"'%s.raw' or '%s.sysext.raw'",
		file_name, image, identity->name, identity->name, identity->name);
}
