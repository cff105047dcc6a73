/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/verity.h"
#include "test/fuzz/fuzz.h"

/* The superblock, and then its tree over the same bytes as data. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	struct verity_superblock superblock = {0};
	struct verity_report report = {0};
	struct error error = ERROR_INIT;
	int r;

	r = verity_read_superblock(source, &superblock, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, false);
	if (r < 0)
		return 0;
	fuzz_touch_string(superblock.algorithm);
	fuzz_touch(superblock.salt, superblock.salt_size);
	r = verity_check(source, source, &superblock, 1, &report, &error);
	fuzz_check(r, &error);
	if (r < 0)
		return 0;
	fuzz_touch(report.root_hash, report.root_hash_size);
	fuzz_touch(report.bad_blocks, report.n_bad_blocks * sizeof(*report.bad_blocks));
	fuzz_touch(report.bad_hash_offsets,
		   report.n_bad_hashes * sizeof(*report.bad_hash_offsets));
	verity_report_done(&report);
	return 0;
}
