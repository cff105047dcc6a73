/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "formats/kernel-native.h"

/* The tables of a kernel with section headers. */
struct linked {
	struct elf_sections sections;
	const struct elf_section *strings;
	uint64_t address; /* of the table that is read */
	uint64_t file_size;
	bool relative; /* fields are offsets from their own place */
};

static uint64_t field(const struct ksymtab *table, uint64_t offset)
{
	uint64_t value = 0;
	size_t size = table->field_size;

	if (offset > table->entries.size || size > table->entries.size - offset)
		return 0;
	for (size_t i = 0; i < size; i++) {
		size_t at = (size_t)offset + (table->big_endian ? i : size - 1 - i);

		value = value << 8 | table->entries.data[at];
	}
	return value;
}

static const char *linked_string(void *context, const struct ksymtab *table,
				 uint64_t offset)
{
	const struct linked *linked = context;
	uint64_t value = field(table, offset);

	if (linked->relative)
		value = linked->address + offset + (uint64_t)(int64_t)(int32_t)value;
	return elf_section_string(linked->strings, value - linked->strings->address);
}

/* Whether the first entry makes sense when it is read in this way. */
static bool fits(struct linked *linked, const struct ksymtab *table)
{
	const char *name;

	if (table->entries.size % (KSYMTAB_FIELDS * table->field_size) != 0)
		return false;
	name = linked_string(linked, table, table->field_size);
	return name && ksymtab_is_name(name) &&
	       ksymtab_namespace(table, 2 * table->field_size, linked_string, linked);
}

/* CONFIG_HAVE_ARCH_PREL32_RELOCATIONS or not: the sections do not say it. */
static int find_layout(struct linked *linked, struct ksymtab *table, struct error *error)
{
	linked->relative = true;
	table->field_size = KSYMTAB_RELATIVE;
	if (fits(linked, table))
		return 0;
	linked->relative = false;
	table->field_size = linked->sections.class_bits / 8;
	if (fits(linked, table))
		return 0;
	return error_set(error, -EOPNOTSUPP,
			 "has a section %s with entries of a form that is not read",
			 table->name);
}

int kernel_check_checksums(const struct ksymtab *table, uint64_t image_size,
			   struct error *error)
{
	if (!ksymtab_has_offsets(table, image_size))
		return 0;
	return error_set_at(error, -EOPNOTSUPP, table->at,
			    "has checksums of %s in the form of Linux before 5.19, which "
			    "is not read",
			    table->name);
}

static int read_table(struct linked *linked, bool gpl_only, struct arena *arena,
		      struct exported_symbols *symbols, struct error *error)
{
	struct ksymtab table = ksymtab_from_sections(&linked->sections, gpl_only);
	int r;

	if (!table.section)
		return 0;
	linked->address = table.section->address;
	r = find_layout(linked, &table, error);
	if (r == 0)
		r = kernel_check_checksums(&table, linked->file_size, error);
	if (r < 0)
		return r;
	return ksymtab_add(&table, linked_string, linked, arena, symbols, error);
}

/*
 * One table alone has all symbols of a kernel with flags. Without them it would be half a
 * kernel, whose other half is not known.
 */
static int check_tables(const struct linked *linked, struct error *error)
{
	const struct elf_sections *sections = &linked->sections;
	bool any = elf_section_find(sections, "__ksymtab") ||
		   elf_section_find(sections, "__ksymtab_gpl");

	if (!any || !linked->strings)
		return error_set(error, -ENODATA, "has no table of exported symbols");
	if (!elf_section_find(sections, "__ksymtab_gpl") &&
	    !elf_section_find(sections, "__kflagstab"))
		return error_set(error, -EOPNOTSUPP,
				 "has neither a section __ksymtab_gpl nor __kflagstab: "
				 "which symbols are for GPL modules only is not known");
	return 0;
}

static int read_linked(const struct elf_file *file, const char *architecture,
		       struct arena *arena, struct exported_symbols *ret,
		       struct error *error)
{
	struct exported_symbols symbols = {0};
	struct linked linked = {.file_size = file->bytes.size};
	int r;

	r = elf_sections_read(file, arena, &linked.sections, error);
	if (r < 0)
		return r;
	if (linked.sections.n_sections == 0)
		return kernel_read_flat_symbols(file->bytes, architecture, arena, ret,
						error);
	linked.strings = elf_section_find(&linked.sections, "__ksymtab_strings");
	r = check_tables(&linked, error);
	if (r == 0)
		r = read_table(&linked, false, arena, &symbols, error);
	if (r == 0)
		r = read_table(&linked, true, arena, &symbols, error);
	if (r < 0)
		return r;
	ksymtab_finish(&symbols);
	*ret = symbols;
	return 0;
}

int kernel_read_symbols(struct kernel *kernel, struct arena *arena,
			struct exported_symbols *ret, struct error *error)
{
	_cleanup_(elf_file_done) struct elf_file file = {0};
	struct span image;
	int r = kernel_image_bytes(kernel, &image, error);

	if (r < 0)
		return r;
	if (!elf_probe(image))
		return kernel_read_flat_symbols(image, kernel->architecture, arena, ret,
						error);
	r = elf_file_open(kernel->image, &file, error);
	return r < 0 ? r : read_linked(&file, kernel->architecture, arena, ret, error);
}
