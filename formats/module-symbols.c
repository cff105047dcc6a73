/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "formats/core/limits.h"
#include "formats/module-native.h"

/* include/linux/module.h: struct modversion_info, a long and a name, together: */
#define VERSION_SIZE 64 /* bytes */

static const struct elf_section *find_type(const struct elf_sections *sections,
					   uint32_t type)
{
	for (size_t i = 1; i < sections->n_sections; i++)
		if (sections->sections[i].type == type &&
		    sections->sections[i].bytes.size > 0)
			return &sections->sections[i];
	return NULL;
}

static void find_symbols(struct module_reader *reader)
{
	const struct elf_section *section = find_type(reader->sections, SHT_SYMTAB);
	size_t size = reader->sections->class_bits == 64 ? sizeof(Elf64_Sym)
							 : sizeof(Elf32_Sym);

	reader->strings = elf_section_find(reader->sections, "__ksymtab_strings");
	if (!section)
		return;
	reader->names = section->link < reader->sections->n_sections
				? &reader->sections->sections[section->link]
				: NULL;
	reader->symbols =
		elf_getdata(elf_getscn(reader->file->native, section->index), NULL);
	reader->n_symbols = section->bytes.size / size;
	if (!reader->names || !reader->symbols)
		reader->n_symbols = 0;
}

/* A name with its checksum; names are borrowed from the file until they are copied. */
struct version {
	const char *name;
	uint32_t checksum;
};

struct versions {
	struct version *versions; /* sorted by name */
	size_t n_versions;
};

static int compare_versions(const void *a, const void *b)
{
	const struct version *first = a, *second = b;

	return strcmp(first->name, second->name);
}

/* kernel/module/version.c, modversion_ext_start(): checksums, and names with NULs. */
static int read_extended(struct module_reader *reader, struct versions *ret,
			 struct error *error)
{
	const struct elf_section *sums =
		elf_section_find(reader->sections, "__version_ext_crcs");
	const struct elf_section *names =
		elf_section_find(reader->sections, "__version_ext_names");
	uint64_t at = 0;

	for (size_t i = 0; i < ret->n_versions; i++) {
		const char *name = elf_section_string(names, at);

		if (!name)
			return error_bad(
				error, names->at + at,
				"__version_ext_names has fewer than the %zu "
				"names that __version_ext_crcs has checksums for",
				ret->n_versions);
		ret->versions[i].name = name;
		ret->versions[i].checksum = (uint32_t)elf_section_number(
			reader->sections, sums, 4 * (uint64_t)i, 4);
		at += strlen(name) + 1;
	}
	return 0;
}

static int read_plain(struct module_reader *reader, struct versions *ret,
		      struct error *error)
{
	const struct elf_section *section =
		elf_section_find(reader->sections, "__versions");
	size_t sum_size = reader->sections->class_bits / 8;

	for (size_t i = 0; i < ret->n_versions; i++) {
		uint64_t at = (uint64_t)VERSION_SIZE * i;
		const char *name = elf_section_string(section, at + sum_size);

		if (!name || strlen(name) >= VERSION_SIZE - sum_size)
			return error_bad(error, section->at + at,
					 "entry %zu of __versions has a name without end",
					 i);
		ret->versions[i].name = name;
		ret->versions[i].checksum = (uint32_t)elf_section_number(
			reader->sections, section, at, sum_size);
	}
	return 0;
}

static int read_versions(struct module_reader *reader, struct versions *ret,
			 struct error *error)
{
	const struct elf_section *plain =
		elf_section_find(reader->sections, "__versions");
	const struct elf_section *extended =
		elf_section_find(reader->sections, "__version_ext_crcs");
	int r;

	if (extended && !elf_section_find(reader->sections, "__version_ext_names"))
		return error_bad(error, extended->at,
				 "has a section __version_ext_crcs, but no "
				 "__version_ext_names");
	if (extended)
		ret->n_versions = extended->bytes.size / 4;
	else
		ret->n_versions = plain ? plain->bytes.size / VERSION_SIZE : 0;
	if (ret->n_versions > LIMIT_MODULE_RECORDS)
		return error_set(error, -E2BIG,
				 "has %zu checksums, at most %" PRIu32 " are read",
				 ret->n_versions, LIMIT_MODULE_RECORDS);
	ret->versions =
		arena_array(reader->arena, ret->n_versions + 1, sizeof(*ret->versions));
	if (!ret->versions)
		return error_memory(error);
	r = extended ? read_extended(reader, ret, error) : read_plain(reader, ret, error);
	if (r == 0 && ret->n_versions > 0)
		qsort(ret->versions, ret->n_versions, sizeof(*ret->versions),
		      compare_versions);
	return r;
}

static const struct version *find_version(const struct versions *versions,
					  const char *name)
{
	const struct version key = {.name = name};

	if (versions->n_versions == 0)
		return NULL;
	return bsearch(&key, versions->versions, versions->n_versions, sizeof(key),
		       compare_versions);
}

/* Names are copies, whose sum the limit holds. */
struct needs {
	struct module *module;
	const struct versions *versions;
	uint64_t copied; /* bytes */
};

static int add_need(struct module_reader *reader, struct needs *needs, const char *name,
		    bool weak, struct error *error)
{
	const struct version *version = find_version(needs->versions, name);
	struct module *module = needs->module;
	struct needed_symbol *symbol = &module->needed[module->n_needed];

	needs->copied += strlen(name);
	if (strlen(name) > LIMIT_KERNEL_SYMBOL || needs->copied > LIMIT_ELF_STRINGS)
		return error_set(error, -E2BIG,
				 "needs a symbol of more than %d bytes, or symbols of "
				 "more than %" PRIu64 " bytes together",
				 LIMIT_KERNEL_SYMBOL, LIMIT_ELF_STRINGS);
	*symbol = (struct needed_symbol){
		.name = arena_strdup(reader->arena, name),
		.checksum = version ? version->checksum : 0,
		.has_checksum = version,
		.weak = weak,
	};
	if (!symbol->name)
		return error_memory(error);
	module->n_needed++;
	return 0;
}

/*
 * The name of a symbol that is not defined here, or NULL: kernel/module/main.c,
 * simplify_symbols(). The first symbol of each table is none.
 */
static const char *undefined_name(const struct module_reader *reader, size_t index,
				  bool *ret_weak)
{
	GElf_Sym symbol;
	const char *name;

	if (!gelf_getsym(reader->symbols, (int)MIN(index, (size_t)INT32_MAX), &symbol) ||
	    symbol.st_shndx != SHN_UNDEF)
		return NULL;
	name = elf_section_string(reader->names, symbol.st_name);
	*ret_weak = GELF_ST_BIND(symbol.st_info) == STB_WEAK;
	return name && *name ? name : NULL;
}

/* The local labels of a module for riscv64 make a million symbols, needed are a few. */
static size_t count_undefined(const struct module_reader *reader)
{
	size_t n = 0;
	bool weak;

	for (size_t i = 1; i < reader->n_symbols; i++)
		n += undefined_name(reader, i, &weak) != NULL;
	return n;
}

static int add_undefined(struct module_reader *reader, struct needs *needs,
			 struct error *error)
{
	int r = 0;

	for (size_t i = 1; r == 0 && i < reader->n_symbols; i++) {
		bool weak;
		const char *name = undefined_name(reader, i, &weak);

		if (name)
			r = add_need(reader, needs, name, weak, error);
	}
	return r;
}

/* kernel/module/version.c, check_modstruct_version() */
static int add_layout(struct module_reader *reader, struct needs *needs,
		      struct error *error)
{
	int r;

	if (!find_version(needs->versions, "module_layout"))
		return 0;
	r = add_need(reader, needs, "module_layout", false, error);
	if (r == 0)
		needs->module->needed[needs->module->n_needed - 1].layout = true;
	return r;
}

static int compare_needs(const void *a, const void *b)
{
	const struct needed_symbol *first = a, *second = b;

	return strcmp(first->name, second->name);
}

static int read_needed(struct module_reader *reader, struct module *module,
		       struct error *error)
{
	struct versions versions = {0};
	struct needs needs = {.module = module, .versions = &versions};
	size_t n = count_undefined(reader);
	int r;

	if (n > LIMIT_MODULE_RECORDS)
		return error_set(error, -E2BIG,
				 "needs %zu symbols, at most %" PRIu32 " are read", n,
				 LIMIT_MODULE_RECORDS);
	r = read_versions(reader, &versions, error);
	if (r < 0)
		return r;
	module->has_checksums = versions.n_versions > 0;
	/* One more for the layout. */
	module->needed = arena_array(reader->arena, n + 1, sizeof(*module->needed));
	if (!module->needed)
		return error_memory(error);
	r = add_undefined(reader, &needs, error);
	if (r == 0)
		r = add_layout(reader, &needs, error);
	if (r < 0)
		return r;
	qsort(module->needed, module->n_needed, sizeof(*module->needed), compare_needs);
	return 0;
}

int module_read_symbols(const struct elf_file *file, const struct elf_sections *sections,
			struct arena *arena, struct module *module, struct error *error)
{
	struct module_reader reader = {
		.file = file, .sections = sections, .arena = arena};
	int r;

	find_symbols(&reader);
	if (reader.n_symbols == 0)
		module->faults |= MODULE_FAULT_NO_SYMBOLS;
	r = module_read_exported(&reader, module, error);
	return r < 0 ? r : read_needed(&reader, module, error);
}
