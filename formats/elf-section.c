/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/elf-section.h"

#include <inttypes.h>

#include "formats/core/limits.h"

static void take_bytes(struct elf_section *section, const GElf_Shdr *header,
		       struct span file)
{
	if (header->sh_type == SHT_NOBITS || header->sh_type == SHT_NULL)
		return;
	section->cut = header->sh_offset > file.size ||
		       header->sh_size > file.size - header->sh_offset;
	if (!section->cut)
		section->bytes =
			span_make(file.data + header->sh_offset, (size_t)header->sh_size);
}

static int read_section(const struct elf_file *file, size_t names, size_t index,
			struct elf_section *section, struct error *error)
{
	GElf_Shdr header;
	const char *name;

	if (!gelf_getshdr(elf_getscn(file->native, index), &header))
		return error_bad(error, file->header.e_shoff,
				 "section header %zu is broken: %s", index,
				 elf_errmsg(-1));
	name = elf_strptr(file->native, names, header.sh_name);
	*section = (struct elf_section){
		.name = name ? name : "",
		.index = index,
		.type = header.sh_type,
		.address = header.sh_addr,
		.at = header.sh_offset,
		.entry_size = header.sh_entsize,
		.link = header.sh_link,
		.info = header.sh_info,
	};
	take_bytes(section, &header, file->bytes);
	return 0;
}

/* libelf takes a table that is not there for none. */
static int check_table(const struct elf_file *file, struct error *error)
{
	const GElf_Ehdr *header = &file->header;
	uint64_t size = file->bytes.size;

	if (header->e_shoff > size ||
	    (uint64_t)header->e_shnum * header->e_shentsize > size - header->e_shoff)
		return error_bad(error, header->e_shoff,
				 "%u section headers of %u bytes at %" PRIu64
				 " reach over the end at %" PRIu64,
				 header->e_shnum, header->e_shentsize,
				 (uint64_t)header->e_shoff, size);
	return 0;
}

int elf_sections_read(const struct elf_file *file, struct arena *arena,
		      struct elf_sections *ret, struct error *error)
{
	struct elf_sections sections = {
		.big_endian = file->header.e_ident[EI_DATA] == ELFDATA2MSB,
		.class_bits = file->header.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32,
	};
	size_t names = 0;
	int r = check_table(file, error);

	if (r < 0)
		return r;
	if (elf_getshdrnum(file->native, &sections.n_sections) < 0 ||
	    (sections.n_sections > 0 && elf_getshdrstrndx(file->native, &names) < 0))
		return error_bad(error, file->header.e_shoff,
				 "section headers are broken: %s", elf_errmsg(-1));
	if (sections.n_sections > LIMIT_ELF_SECTIONS)
		return error_set(error, -E2BIG,
				 "has %zu sections, at most %" PRIu32 " are read",
				 sections.n_sections, LIMIT_ELF_SECTIONS);
	sections.sections =
		arena_array(arena, sections.n_sections + 1, sizeof(*sections.sections));
	if (!sections.sections)
		return error_memory(error);
	for (size_t i = 0; i < sections.n_sections; i++) {
		r = read_section(file, names, i, &sections.sections[i], error);
		if (r < 0)
			return r;
	}
	*ret = sections;
	return 0;
}

const struct elf_section *elf_section_find(const struct elf_sections *sections,
					   const char *name)
{
	for (size_t i = 1; i < sections->n_sections; i++) {
		const struct elf_section *section = &sections->sections[i];

		if (section->bytes.size > 0 && strcmp(section->name, name) == 0)
			return section;
	}
	return NULL;
}

const char *elf_section_string(const struct elf_section *section, uint64_t offset)
{
	const uint8_t *start;

	if (offset >= section->bytes.size)
		return NULL;
	start = section->bytes.data + offset;
	if (!memchr(start, 0, section->bytes.size - (size_t)offset))
		return NULL;
	return (const char *)start;
}

uint64_t elf_section_number(const struct elf_sections *sections,
			    const struct elf_section *section, uint64_t offset,
			    size_t size)
{
	uint64_t value = 0;

	if (offset > section->bytes.size || size > section->bytes.size - offset)
		return 0;
	for (size_t i = 0; i < size; i++) {
		size_t at = (size_t)offset + (sections->big_endian ? i : size - 1 - i);

		value = value << 8 | section->bytes.data[at];
	}
	return value;
}
