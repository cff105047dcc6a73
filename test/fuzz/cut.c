/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/fuzz/cut.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "formats/core/cleanup.h"
#include "test/fuzz/fuzz.h"

#define ANY SIZE_MAX

/* The first row that fits counts. */
static const struct end {
	const char *target, *name; /* globs */
	size_t head;               /* so many first bytes alone may be good */
	size_t tail;               /* so many last bytes may be missing; ANY: all */
	bool no_offset;            /* the errors name none */
	unsigned step;             /* not every byte, but each so manieth; 0: 1 */
	const char *reason;
} ends[] = {
	{"certificate", "*", .tail = 1, .reason = "the last line needs no newline"},
	{"compress", "good-plain", .tail = ANY, .reason = "bytes as they are"},
	/* A window of 64 MiB for each try. */
	{"compress", "good-xz*", .head = 8, .step = 7, .reason = "as below"},
	{"compress", "good-lzma", .head = 8, .step = 7, .reason = "as below"},
	{"compress", "*", .head = 8,
	 .reason = "less than a magic number is data as it is"},
	{"cpio", "*", .tail = 56, .reason = "zeros behind the trailer"},
	{"ddi", "*", .no_offset = true,
	 .reason = "what is missing is a fact of the model"},
	{"directory", "*", .tail = ANY, .reason = "lines that say what to make"},
	{"elf", "good-object", .tail = ANY, .reason = "only its header is read"},
	{"elf", "good-static", .tail = ANY, .reason = "only its headers are read"},
	{"elf", "*", .tail = 1500, .reason = "section headers are not needed to load it"},
	{"env-file", "*", .tail = ANY, .reason = "a text: any line may be the last"},
	{"erofs", "*", .step = 11, .reason = "blocks are needed to the last byte"},
	{"ini", "*", .tail = ANY, .no_offset = true, .reason = "errors name the line"},
	{"initrd", "good-many-*", .tail = ANY, .step = 997, .reason = "zeros at the end"},
	{"initrd", "good-*-members", .tail = ANY, .step = 3,
	 .reason = "any member may be the last"},
	{"initrd", "good-xz", .step = 7, .reason = "its check sum is at the end"},
	{"initrd", "good-lzma", .step = 7, .reason = "its mark is at the end"},
	{"initrd", "good-plain", .tail = 56, .reason = "zeros behind the trailer"},
	{"initrd", "good-crc", .tail = 56, .reason = "zeros behind the trailer"},
	{"kernel", "good-image-*", .tail = 700, .no_offset = true,
	 .reason = "nothing is searched for behind the last piece"},
	{"kernel", "*", .no_offset = true, .reason = "what is searched for is nowhere"},
	{"module", "good-signed", .tail = 64, .reason = "then it is an unsigned one"},
	{"module-index", "*", .tail = ANY, .reason = "a text: any line may be the last"},
	{"package", "*", .tail = ANY, .no_offset = true,
	 .reason = "errors name the line"},
	{"partition-type", "*", .no_offset = true, .reason = "an id of 36 letters"},
	{"private-key", "*", .tail = 1, .reason = "the last line needs no newline"},
	{"profile", "good-text", .tail = 1, .reason = "the last line needs no newline"},
	{"release", "*", .tail = ANY, .no_offset = true,
	 .reason = "any line may be the last"},
	{"tree", "good-replace-many", .tail = ANY, .step = 97, .reason = "as below"},
	{"tree", "*", .tail = ANY, .reason = "any record may be the last; see initrd"},
	{"unit", "*", .tail = ANY, .reason = "a text: any line may be the last"},
	{"verity-signature", "good-padded", .tail = 64, .reason = "zeros at the end"},
	{"verity-superblock", "*", .tail = 512, .reason = "the tree is another reader's"},
	{"waivers", "*", .tail = ANY, .reason = "a text: any line may be the last"},
};

static const struct end *find_end(const char *target, const char *name)
{
	static const struct end strict = {.reason = "it has a fixed end"};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (fnmatch(ends[i].target, target, 0) == 0 &&
		    fnmatch(ends[i].name, name, 0) == 0)
			return &ends[i];
	return &strict;
}

static bool cut_once(const struct end *end, const uint8_t *data, size_t size, size_t cut,
		     const char **ret_wrong)
{
	int code;

	(void)LLVMFuzzerTestOneInput(data, cut);
	if (!fuzz_take_answer(&code)) {
		*ret_wrong = "gets no answer";
	} else if (code == 0) {
		*ret_wrong = "is read as if nothing were missing";
		return cut < end->head || end->tail == ANY || size - cut <= end->tail;
	} else {
		*ret_wrong = "gets an error without offset";
		/* Too little to be recognised is no damage at any place. */
		return fuzz_answer_has_place() || end->no_offset || code == -ENODATA;
	}
	return false;
}

bool cut_everywhere(const char *target, const char *name, const uint8_t *data,
		    size_t size)
{
	const struct end *end = find_end(target, name);
	unsigned step = end->step ? end->step : 1;

	for (size_t cut = 0; cut < size; cut += step) {
		const char *wrong;

		if (cut_once(end, data, size, cut, &wrong))
			continue;
		fprintf(stderr, "%s/%s: cut at byte %zu of %zu, it %s (%s)\n", target,
			name, cut, size, wrong, end->reason);
		return false;
	}
	return true;
}
