/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives every file below the directories named on the command line to the fuzz target. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/core/limits.h"
#include "formats/core/source.h"
#include "test/fuzz/fuzz.h"

static unsigned n_replayed;

static int replay(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	_cleanup_free_ uint8_t *data = NULL;
	struct error error = ERROR_INIT;
	size_t size;

	if (type != FTW_F)
		return 0;
	if (source_open_file(path, &source, &error) < 0 ||
	    source_read_all(source, GIB, &data, &size, &error) < 0) {
		fprintf(stderr, "%s: %s\n", path, error.message);
		return 1;
	}
	(void)LLVMFuzzerTestOneInput(data, size);
	n_replayed++;
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (nftw(argv[i], replay, 16, FTW_PHYS) != 0) {
			fprintf(stderr, "cannot replay '%s'\n", argv[i]);
			return 1;
		}
	}
	if (n_replayed == 0) {
		fprintf(stderr, "the corpus is empty\n");
		return 1;
	}
	printf("%u inputs replayed\n", n_replayed);
	return 0;
}
