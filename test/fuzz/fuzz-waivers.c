/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <sys/mman.h>

#include "sysext-verify/report/waiver.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_close_ int fd = memfd_create("waivers", MFD_CLOEXEC);
	struct waivers waivers = {0};
	struct error error = ERROR_INIT;
	char path[32];
	int r;

	if (!arena || fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = waivers_read(arena, path, &waivers, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, r == 0 && waivers.n_faults > 0);
	for (size_t i = 0; r == 0 && i < waivers.n_waivers; i++) {
		const struct waiver *waiver = &waivers.waivers[i];

		fuzz_touch_string(waiver->path);
		fuzz_touch_string(waiver->base);
		fuzz_touch_string(waiver->expires);
		fuzz_touch_string(waiver->reason);
		if (!waiver->check || waiver->line == 0)
			abort();
	}
	for (size_t i = 0; r == 0 && i < waivers.n_faults; i++)
		fuzz_touch_string(waivers.faults[i].what);
	return 0;
}
