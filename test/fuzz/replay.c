/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Gives every file below the directories named on the command line to the fuzz target,
 * and compares its answer with the file's name: good-*, bad-* or unsupported-*. With
 * --cut=TARGET it gives every beginning of the good files; see cut.h.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "formats/core/source.h"
#include "test/fuzz/cut.h"
#include "test/fuzz/fuzz.h"

static unsigned n_replayed, n_wrong;
static const char *cut_target; /* only its good files, cut at every byte */

/* The code that the name of a file promises. */
static const struct promise {
	const char *prefix;
	const char *words;
} promises[] = {
	{"good-", "read without a fault"},
	{"bad-", "an error or a fault"},
	{"unsupported-", "answered with -EOPNOTSUPP"},
};

static bool is_kept(const struct promise *promise, int code)
{
	switch (*promise->prefix) {
	case 'g':
		return code == 0;
	case 'u':
		return code == -EOPNOTSUPP;
	default:
		return code < 0 && code != -EOPNOTSUPP;
	}
}

/* A corpus whose files promise nothing would be a test that cannot fail. */
static bool check_promise(const char *path, const char *name)
{
	const struct promise *promise = NULL;
	int code;

	for (size_t i = 0; i < ARRAY_SIZE(promises); i++)
		if (string_starts_with(name, promises[i].prefix))
			promise = &promises[i];
	if (!fuzz_take_answer(&code)) {
		fprintf(stderr, "%s: the target gave no answer\n", path);
		return false;
	}
	if (!promise) {
		fprintf(stderr,
			"%s: the name says neither good-, bad- nor unsupported-; the answer "
			"is %s\n",
			path, code < 0 ? strerrorname_np(-code) : "0");
		return false;
	}
	if (!is_kept(promise, code)) {
		fprintf(stderr, "%s: expected to be %s, the answer is %s\n", path,
			promise->words, code < 0 ? strerrorname_np(-code) : "0");
		return false;
	}
	return true;
}

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
	if (cut_target && !string_starts_with(path + ftw->base, promises[0].prefix))
		return 0;
	n_replayed++;
	if (cut_target) {
		n_wrong += !cut_everywhere(cut_target, path + ftw->base, data, size);
		return 0;
	}
	(void)LLVMFuzzerTestOneInput(data, size);
	n_wrong += !check_promise(path, path + ftw->base);
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (string_starts_with(argv[i], "--cut=")) {
			cut_target = argv[i] + strlen("--cut=");
			continue;
		}
		if (nftw(argv[i], replay, 16, FTW_PHYS) != 0) {
			fprintf(stderr, "cannot replay '%s'\n", argv[i]);
			return 1;
		}
	}
	if (n_replayed == 0) {
		fprintf(stderr, "the corpus is empty\n");
		return 1;
	}
	if (n_wrong > 0) {
		fprintf(stderr, "%u of %u files are wrong\n", n_wrong, n_replayed);
		return 1;
	}
	printf("%u inputs replayed\n", n_replayed);
	return 0;
}
