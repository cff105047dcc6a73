/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/core/path.h"
#include "formats/package.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/scratch.h"

/* A donor whose database has the status file up to the first NUL, and behind it the list.
 */
static struct directory *open_donor(const uint8_t *data, size_t size)
{
	static bool made;
	const uint8_t *nul = memchr(data, 0, size);
	size_t status_size = nul ? (size_t)(nul - data) : size;
	struct directory *donor = NULL;
	char path[128];

	(void)fuzz_scratch();
	for (const char *directory = "/var/lib/dpkg/info", *end = directory; !made;) {
		end = strchr(end + 1, '/');
		(void)snprintf(path, sizeof(path), "%s%.*s", fuzz_scratch(),
			       end ? (int)(end - directory) : (int)strlen(directory),
			       directory);
		if (mkdir(path, 0700) < 0)
			abort();
		made = !end;
	}
	fuzz_scratch_write("var/lib/dpkg/status", data, status_size);
	fuzz_scratch_write("var/lib/dpkg/info/a.list", nul ? nul + 1 : data,
			   nul ? size - status_size - 1 : 0);
	if (directory_open(fuzz_scratch(), &donor, NULL) < 0)
		abort();
	return donor;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(directory_freep) struct directory *donor =
		open_donor(size ? data : (const uint8_t *)"", size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct error error = ERROR_INIT, owner_error = ERROR_INIT;
	struct package *package = NULL;
	const char *owner = NULL;
	int r;

	if (!arena)
		abort();
	r = package_read(arena, donor, "a", &package, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, false);
	for (size_t i = 0; r == 0 && i < package->n_paths; i++) {
		fuzz_touch_string(package->paths[i]);
		if (*package->paths[i] == '/' || strstr(package->paths[i], "//") ||
		    (i > 0 && strcmp(package->paths[i - 1], package->paths[i]) > 0))
			abort();
	}
	if (r == 0) {
		fuzz_touch_string(package->name);
		fuzz_touch_string(package->version);
		fuzz_touch_string(package->architecture);
	}
	r = package_owner(arena, donor, "usr/bin/a", &owner, &owner_error);
	fuzz_check(r, &owner_error);
	fuzz_touch_string(r == 0 ? owner : NULL);
	return 0;
}
