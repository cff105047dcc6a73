/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/cursor.h"
#include "formats/erofs.h"
#include "test/fuzz/fuzz.h"

static int touch_range(void *context, uint64_t offset, uint64_t size)
{
	return 0;
}

static int touch_entry(void *context, const struct entry *entry, struct error *error)
{
	struct entry_visitor all = fuzz_visitor();
	struct error extents_error = ERROR_INIT, content_error = ERROR_INIT;

	if (entry->content) {
		fuzz_check(erofs_content_extents(entry->content, touch_range, NULL,
						 &extents_error),
			   &extents_error);
		fuzz_check(erofs_content_check(entry->content, &content_error),
			   &content_error);
	}
	return all.add(all.context, entry, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ uint8_t *copy = malloc(size + 1);
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct entry_visitor visitor = {.add = touch_entry};
	struct error error = ERROR_INIT, tables_error = ERROR_INIT;
	struct erofs_info info = {0};
	int r;

	if (!copy)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	/* No mutation would get past the check sum: the superblock says there is none. */
	if (size >= EROFS_SUPERBLOCK_AT + EROFS_SUPERBLOCK_SIZE)
		copy[EROFS_SUPERBLOCK_AT + 8] &= (uint8_t)~1;
	source = fuzz_source(copy, size);
	r = erofs_read(source, &visitor, &info, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, false);
	fuzz_check(erofs_table_extents(source, false, touch_range, NULL, &tables_error),
		   &tables_error);
	return 0;
}
