/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/ksymtab-native.h"
#include "formats/module-native.h"

static const struct elf_section *section_at(const struct elf_sections *sections,
					    uint32_t index)
{
	return index > 0 && index < sections->n_sections ? &sections->sections[index]
							 : NULL;
}

/* One place that is filled in when the module is loaded. */
struct relocation {
	uint64_t offset, addend;
	size_t symbol;
};

static bool get_relocation(const struct module_reader *reader,
			   const struct elf_section *section, Elf_Data *data, int index,
			   struct relocation *ret)
{
	GElf_Rela with_addend;
	GElf_Rel without;
	const struct elf_section *target = section_at(reader->sections, section->info);

	if (section->type == SHT_RELA) {
		if (!gelf_getrela(data, index, &with_addend))
			return false;
		*ret = (struct relocation){.offset = with_addend.r_offset,
					   .addend = (uint64_t)with_addend.r_addend,
					   .symbol = GELF_R_SYM(with_addend.r_info)};
		return true;
	}
	if (!target || !gelf_getrel(data, index, &without))
		return false;
	*ret = (struct relocation){
		.offset = without.r_offset,
		.addend =
			elf_section_number(reader->sections, target, without.r_offset, 4),
		.symbol = GELF_R_SYM(without.r_info),
	};
	return true;
}

/* The exported name or namespace that a relocation points to; NULL if it is none. */
static const char *relocated_string(const struct module_reader *reader,
				    const struct relocation *relocation)
{
	GElf_Sym symbol;

	if (!reader->strings || relocation->symbol >= reader->n_symbols ||
	    !gelf_getsym(reader->symbols, (int)relocation->symbol, &symbol) ||
	    symbol.st_shndx != reader->strings->index)
		return NULL;
	return elf_section_string(reader->strings, symbol.st_value + relocation->addend);
}

static size_t n_relocations(const struct module_reader *reader,
			    const struct elf_section *section)
{
	bool wide = reader->sections->class_bits == 64;
	size_t size = section->type == SHT_RELA
			      ? (wide ? sizeof(Elf64_Rela) : sizeof(Elf32_Rela))
			      : (wide ? sizeof(Elf64_Rel) : sizeof(Elf32_Rel));

	return MIN(section->bytes.size / size, (size_t)INT32_MAX);
}

/*
 * Whether fields are offsets of 4 bytes or addresses: the places that are relocated tell.
 * riscv has two relocations for an offset, of which the one that subtracts points to the
 * table itself.
 */
static void take_relocations(struct module_reader *reader,
			     const struct elf_section *section, struct ksymtab *table)
{
	Elf_Data *data =
		elf_getdata(elf_getscn(reader->file->native, section->index), NULL);
	size_t n = data ? n_relocations(reader, section) : 0;
	struct relocation relocation;

	if (reader->sections->class_bits == 64)
		table->field_size = 8;
	for (size_t i = 0; i < n; i++)
		if (get_relocation(reader, section, data, (int)i, &relocation) &&
		    relocation.offset % 8 == 4)
			table->field_size = KSYMTAB_RELATIVE;
	for (size_t i = 0; i < n; i++) {
		const char *string;
		uint64_t field;

		if (!get_relocation(reader, section, data, (int)i, &relocation))
			continue;
		string = relocated_string(reader, &relocation);
		field = relocation.offset / table->field_size;
		if (string && relocation.offset % table->field_size == 0 &&
		    field < reader->n_fields)
			reader->fields[field] = string;
	}
}

static const char *module_string(void *context, const struct ksymtab *table,
				 uint64_t offset)
{
	const struct module_reader *reader = context;
	uint64_t field = offset / table->field_size;

	return field < reader->n_fields ? reader->fields[field] : NULL;
}

/* The relocations of a section, or NULL. */
static const struct elf_section *find_relocations(const struct module_reader *reader,
						  const struct elf_section *target)
{
	const struct elf_sections *sections = reader->sections;

	for (size_t i = 1; i < sections->n_sections; i++) {
		const struct elf_section *section = &sections->sections[i];

		if ((section->type == SHT_RELA || section->type == SHT_REL) &&
		    section->info == target->index && section->bytes.size > 0)
			return section;
	}
	return NULL;
}

/* Before 5.19 the linker knew a checksum: as an absolute symbol, or as one to a word. */
static bool relocated_checksum(const struct module_reader *reader,
			       const struct relocation *relocation, uint32_t *ret)
{
	const struct elf_section *section;
	GElf_Sym symbol;

	if (relocation->symbol >= reader->n_symbols ||
	    !gelf_getsym(reader->symbols, (int)relocation->symbol, &symbol))
		return false;
	section = section_at(reader->sections, symbol.st_shndx);
	if (symbol.st_shndx == SHN_ABS)
		*ret = (uint32_t)(symbol.st_value + relocation->addend);
	else if (section)
		*ret = (uint32_t)elf_section_number(reader->sections, section,
						    symbol.st_value + relocation->addend,
						    KSYMTAB_CHECKSUM);
	return section || symbol.st_shndx == SHN_ABS;
}

static void write_checksum(const struct ksymtab *table, uint8_t *to, uint32_t value)
{
	for (size_t i = 0; i < KSYMTAB_CHECKSUM; i++) {
		to[table->big_endian ? KSYMTAB_CHECKSUM - 1 - i : i] = (uint8_t)value;
		value >>= 8;
	}
}

/* Fills in the checksums that are relocated; since 5.19 none are. */
static int relocate_checksums(struct module_reader *reader, bool gpl_only,
			      struct ksymtab *table, struct error *error)
{
	const struct elf_section *target = elf_section_find(
		reader->sections, gpl_only ? "__kcrctab_gpl" : "__kcrctab");
	const struct elf_section *section =
		target ? find_relocations(reader, target) : NULL;
	Elf_Data *data =
		section ? elf_getdata(elf_getscn(reader->file->native, section->index),
				      NULL)
			: NULL;
	size_t n = data ? n_relocations(reader, section) : 0;
	uint8_t *copy;

	if (!section)
		return 0;
	copy = arena_memdup(reader->arena, table->checksums.data, table->checksums.size);
	if (!copy)
		return error_memory(error);
	for (size_t i = 0; i < n; i++) {
		struct relocation relocation;
		uint32_t value;

		if (get_relocation(reader, section, data, (int)i, &relocation) &&
		    relocation.offset % KSYMTAB_CHECKSUM == 0 &&
		    relocation.offset < table->checksums.size &&
		    table->checksums.size - relocation.offset >= KSYMTAB_CHECKSUM &&
		    relocated_checksum(reader, &relocation, &value))
			write_checksum(table, copy + relocation.offset, value);
	}
	table->checksums = span_make(copy, table->checksums.size);
	return 0;
}

static int read_table(struct module_reader *reader, bool gpl_only,
		      struct exported_symbols *symbols, struct error *error)
{
	struct ksymtab table = ksymtab_from_sections(reader->sections, gpl_only);
	const struct elf_section *relocations;
	int r;

	if (!table.section)
		return 0;
	reader->n_fields = table.entries.size / KSYMTAB_RELATIVE;
	reader->fields =
		arena_array(reader->arena, reader->n_fields + 1, sizeof(*reader->fields));
	if (!reader->fields)
		return error_memory(error);
	relocations = find_relocations(reader, table.section);
	if (relocations)
		take_relocations(reader, relocations, &table);
	r = relocate_checksums(reader, gpl_only, &table, error);
	if (r < 0)
		return r;
	return ksymtab_add(&table, module_string, reader, reader->arena, symbols, error);
}

int module_read_exported(struct module_reader *reader, struct module *module,
			 struct error *error)
{
	int r = read_table(reader, false, &module->exported, error);

	if (r == 0)
		r = read_table(reader, true, &module->exported, error);
	if (r == 0)
		ksymtab_finish(&module->exported);
	return r;
}
