/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "formats/core/limits.h"
#include "formats/elf-native.h"

void elf_file_done(struct elf_file *file)
{
	(void)elf_end(file->native);
	free(file->owned);
	*file = (struct elf_file){0};
}

/* libelf does not say which bytes it minds. */
static int check_tables(const struct elf_file *file, struct error *error)
{
	const GElf_Ehdr *header = &file->header;
	uint64_t size = file->bytes.size;

	if (header->e_phoff > size ||
	    (uint64_t)header->e_phnum * header->e_phentsize > size - header->e_phoff)
		return error_bad(error, header->e_phoff,
				 "%u program headers of %u bytes at %" PRIu64
				 " reach over the end at %" PRIu64,
				 header->e_phnum, header->e_phentsize,
				 (uint64_t)header->e_phoff, size);
	return 0;
}

static int load(const struct source *source, struct elf_file *file, struct error *error)
{
	size_t size;
	int r;

	file->bytes = source_memory(source);
	if (file->bytes.data)
		return source_size(source) <= LIMIT_ELF_FILE
			       ? 0
			       : error_set(error, -E2BIG,
					   "has %" PRIu64 " bytes, at most %" PRIu64
					   " are read",
					   source_size(source), LIMIT_ELF_FILE);
	r = source_read_all(source, LIMIT_ELF_FILE, &file->owned, &size, error);
	file->bytes = span_make(file->owned, size);
	return r;
}

int elf_file_open(const struct source *source, struct elf_file *ret, struct error *error)
{
	_cleanup_(elf_file_done) struct elf_file file = {0};
	int r;

	(void)elf_version(EV_CURRENT);
	r = load(source, &file, error);
	if (r < 0)
		return r;
	if (!elf_probe(file.bytes))
		return error_bad(error, 0, "does not begin with 7f 'ELF'");
	/* Read-only use does not write to the memory, whatever the type says. */
	file.native = elf_memory((char *)file.bytes.data, file.bytes.size);
	if (!file.native || elf_kind(file.native) != ELF_K_ELF ||
	    !gelf_getehdr(file.native, &file.header))
		return error_bad(error, 0, "ELF header is broken: %s", elf_errmsg(-1));
	r = check_tables(&file, error);
	if (r < 0)
		return r;
	if (elf_getphdrnum(file.native, &file.n_segments) < 0)
		return error_bad(error, file.header.e_phoff,
				 "program headers are broken: %s", elf_errmsg(-1));
	*ret = file;
	file = (struct elf_file){0};
	return 0;
}

struct span elf_file_span_at(const struct elf_file *file, uint64_t address)
{
	for (size_t i = 0; i < file->n_segments; i++) {
		GElf_Phdr segment;
		uint64_t delta, left;

		if (!gelf_getphdr(file->native, (int)i, &segment) ||
		    segment.p_type != PT_LOAD || address < segment.p_vaddr ||
		    address - segment.p_vaddr >= segment.p_filesz)
			continue;
		delta = address - segment.p_vaddr;
		left = segment.p_filesz - delta;
		if (segment.p_offset > file->bytes.size ||
		    delta >= file->bytes.size - segment.p_offset)
			return (struct span){0};
		left = MIN(left, file->bytes.size - segment.p_offset - delta);
		return span_make(file->bytes.data + segment.p_offset + delta,
				 (size_t)left);
	}
	return (struct span){0};
}

Elf_Data *elf_file_chunk(const struct elf_file *file, struct span span, Elf_Type type)
{
	return span.size == 0
		       ? NULL
		       : elf_getdata_rawchunk(file->native, span.data - file->bytes.data,
					      span.size, type);
}

int elf_string_at(struct elf_strings *strings, uint64_t offset, const char **ret)
{
	struct span table = strings->table;
	const char *start;
	size_t size;

	*ret = NULL;
	if (offset >= table.size) {
		strings->outside = true;
		return 0;
	}
	start = (const char *)table.data + offset;
	size = strnlen(start, table.size - (size_t)offset);
	if (size == table.size - offset) {
		strings->outside = true;
		return 0;
	}
	strings->copied += size;
	if (strings->copied > LIMIT_ELF_STRINGS)
		return -E2BIG;
	*ret = arena_strndup(strings->arena, start, size);
	return *ret ? 0 : -ENOMEM;
}
