/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/list-bases.h"

#include <inttypes.h>

#include "sysext-verify/model/profile-embedded.h"
#include "sysext-verify/model/profile.h"

static int list(const struct embedded_profile *profile, FILE *out, struct error *error)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(source_unrefp) struct source *source =
		source_borrow_memory(profile->data, profile->size);
	struct profile_identity identity = {0};
	const char *name, *version;
	int r;

	if (!arena || !source)
		return error_memory(error);
	r = profile_read_identity(arena, source, &identity, error);
	if (r < 0)
		return error_wrap(error, r, "'%s'", profile->name);
	/* dracut's own os-release has no PRETTY_NAME. */
	name = identity.name ? identity.name : identity.id;
	version = identity.name ? NULL : identity.version_id;
	fprintf(out, "%-24s %s%s%s; systemd %" PRIu64 ", kernel %s, %s\n", profile->name,
		name ? name : "-", version ? " " : "", version ? version : "",
		identity.systemd, identity.kernel ? identity.kernel : "-",
		identity.architecture ? identity.architecture : "-");
	return 0;
}

int list_bases(FILE *out, struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_embedded_profiles; i++)
		r = list(&embedded_profiles[i], out, error);
	return r;
}
