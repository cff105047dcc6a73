/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "sysext-verify/model/release.h"
#include "test/fuzz/fuzz.h"

static struct release read_release(struct arena *arena, const char *text, size_t size,
				   enum extension_class class)
{
	struct release release = {0};
	struct error error = ERROR_INIT;

	if (env_file_parse(arena, span_make(text, size), 0, &release.file, &error) < 0)
		abort();
	release_fill(&release, class);
	fuzz_touch_string(release.id);
	fuzz_touch_string(release.version_id);
	fuzz_touch_string(release.level);
	fuzz_touch_string(release.scope);
	fuzz_touch_string(release.architecture);
	(void)release_boolean(release.reload_manager);
	return release;
}

/* The extension's release file; the base's is one that most fit. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char base_text[] = "ID=debian\nID_LIKE='a b'\nVERSION_ID=13\n";
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct span bytes = source_memory(source);
	struct release base, extension;
	enum release_answer answer;

	if (!arena)
		abort();
	base = read_release(arena, base_text, strlen(base_text), EXTENSION_SYSEXT);
	for (int class = EXTENSION_SYSEXT; class <= EXTENSION_CONFEXT; class ++) {
		const struct release_host host = {.os_release = &base,
						  .architecture = "x86-64",
						  .scope = "initrd",
						  .id_like = true};

		extension = read_release(arena, (const char *)bytes.data, bytes.size,
					 (enum extension_class) class);
		answer = release_validate(&extension, &host);
		if (class == EXTENSION_SYSEXT)
			fuzz_answer(answer == RELEASE_ACCEPTED ? 0 : -EBADMSG, false);
	}
	return 0;
}
