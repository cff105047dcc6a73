/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/squashfs.h"
#include "test/fuzz/fuzz.h"

static int touch_range(void *context, uint64_t offset, uint64_t size)
{
	return 0;
}

static int touch_entry(void *context, const struct entry *entry, struct error *error)
{
	struct entry_visitor all = fuzz_visitor();
	struct error extents_error = ERROR_INIT;

	if (entry->content)
		fuzz_check(squashfs_content_extents(entry->content, touch_range, NULL,
						    &extents_error),
			   &extents_error);
	return all.add(all.context, entry, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	struct entry_visitor visitor = {.add = touch_entry};
	struct squashfs_info info = {0};
	struct error error = ERROR_INIT;
	int r;

	r = squashfs_read(source, &visitor, &info, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, false);
	if (r == 0)
		fuzz_touch_string(info.compressor);
	return 0;
}
