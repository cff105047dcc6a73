/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/limits.h"
#include "formats/elf-native.h"

/* Nobody gives a helper a longer one, and a shorter one is "/x". */
#define MIN_PATH_SIZE 4
#define MAX_PATH_SIZE 255

/* How often a byte may be in a segment: pages at the seams are in two. */
#define MAX_OVERLAP   4

static bool is_path_character(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != '%' && c != '*' && c != ':' && c != ';';
}

/* Calls @found for the string at @text, if all of it is a path. */
static int try_path(const uint8_t *text, size_t size,
		    int (*found)(void *context, const char *path), void *context)
{
	if (size < MIN_PATH_SIZE || size > MAX_PATH_SIZE || text[0] != '/')
		return 0;
	for (size_t i = 0; i < size; i++)
		if (!is_path_character(text[i]))
			return 0;
	return found(context, (const char *)text);
}

static int scan(struct span bytes, int (*found)(void *context, const char *path),
		void *context)
{
	const uint8_t *at = bytes.data, *end = bytes.data + bytes.size;
	int r;

	while (at < end) {
		const uint8_t *nul = memchr(at, 0, (size_t)(end - at));

		if (!nul)
			return 0;
		r = try_path(at, (size_t)(nul - at), found, context);
		if (r < 0)
			return r;
		at = nul + 1;
	}
	return 0;
}

int elf_find_paths(const struct source *source,
		   int (*found)(void *context, const char *path), void *context,
		   struct error *error)
{
	_cleanup_(elf_file_done) struct elf_file file = {0};
	uint64_t scanned = 0;
	int r;

	r = elf_file_open(source, &file, error);
	for (size_t i = 0; r == 0 && i < file.n_segments; i++) {
		GElf_Phdr segment;
		uint64_t size;

		if (!gelf_getphdr(file.native, (int)i, &segment) ||
		    segment.p_type != PT_LOAD || segment.p_flags & PF_W ||
		    segment.p_offset > file.bytes.size)
			continue;
		size = MIN(segment.p_filesz, file.bytes.size - segment.p_offset);
		/* No linker maps the same bytes again and again. */
		scanned += size;
		if (scanned / MAX_OVERLAP > file.bytes.size)
			return error_bad(error, segment.p_offset,
					 "segment %zu overlaps others", i);
		r = scan(span_make(file.bytes.data + segment.p_offset, (size_t)size),
			 found, context);
		if (r == -ENOMEM)
			return error_memory(error);
	}
	return r;
}
