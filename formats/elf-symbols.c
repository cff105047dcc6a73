/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/elf-native.h"

/* LSB 5.0, "Symbol Version Table": these two indexes are no versions. */
#define VERSION_INDEX_LAST_RESERVED 1
#define VERSION_INDEX               0x7fff
#define VERSION_HIDDEN              0x8000

/* Words in front of the filter of a DT_GNU_HASH table: buckets, first, filter, shift. */
#define GNU_HASH_HEADER             4

struct version {
	const char *library, *name; /* library is NULL for one of its own */
};

struct table {
	struct elf_file file;
	struct arena *arena;
	struct elfinfo *info;
	struct elf_strings strings;
	uint64_t symbols_at, strings_at, strings_size, versions_at; /* addresses */
	uint64_t hash_at, gnu_hash_at;
	size_t n_symbols;
	struct version *versions; /* by index */
	size_t n_versions;
};

static size_t symbol_size(const struct table *table)
{
	return table->info->class_bits == 64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
}

static void take_entry(struct table *table, const GElf_Dyn *entry)
{
	switch (entry->d_tag) {
	case DT_SYMTAB:
		table->symbols_at = entry->d_un.d_ptr;
		break;
	case DT_STRTAB:
		table->strings_at = entry->d_un.d_ptr;
		break;
	case DT_STRSZ:
		table->strings_size = entry->d_un.d_val;
		break;
	case DT_VERSYM:
		table->versions_at = entry->d_un.d_ptr;
		break;
	case DT_HASH:
		table->hash_at = entry->d_un.d_ptr;
		break;
	case DT_GNU_HASH:
		table->gnu_hash_at = entry->d_un.d_ptr;
		break;
	default:
		break;
	}
}

/* The last dynamic section counts, as in elfinfo_read(), which has checked its place. */
static void find_tables(struct table *table)
{
	struct span bytes = table->file.bytes;
	GElf_Phdr section = {.p_type = PT_NULL}, segment;
	GElf_Dyn entry;
	Elf_Data *data;

	for (size_t i = 0; i < table->file.n_segments; i++)
		if (gelf_getphdr(table->file.native, (int)i, &segment) &&
		    segment.p_type == PT_DYNAMIC)
			section = segment;
	if (section.p_type != PT_DYNAMIC || section.p_offset > bytes.size ||
	    section.p_filesz > bytes.size - section.p_offset)
		return;
	data = elf_file_chunk(
		&table->file,
		span_make(bytes.data + section.p_offset, (size_t)section.p_filesz),
		ELF_T_DYN);
	for (int i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL;
	     i++)
		take_entry(table, &entry);
}

/* Of the section that describes the same table: strip(1) keeps it, sstrip does not. */
static size_t count_by_section(const struct table *table)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(table->file.native, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) && header.sh_type == SHT_DYNSYM &&
		    header.sh_addr == table->symbols_at)
			return (size_t)header.sh_size / symbol_size(table);
	}
	return 0;
}

/* The 32-bit words at an address, in the byte order of this machine. */
static const uint32_t *words_at(const struct table *table, uint64_t address, size_t *ret)
{
	struct span span = elf_file_span_at(&table->file, address);
	Elf_Data *data;

	span.size -= span.size % sizeof(uint32_t);
	data = elf_file_chunk(&table->file, span, ELF_T_WORD);
	*ret = data ? data->d_size / sizeof(uint32_t) : 0;
	return data ? data->d_buf : NULL;
}

/* gABI, "Hash Table": the second word is the number of symbols. */
static size_t count_by_hash(const struct table *table)
{
	size_t n_words;
	const uint32_t *words;

	/* Two machines have words of 64 bits here; the other ways serve for them. */
	if (table->info->machine == EM_ALPHA ||
	    (table->info->machine == EM_S390 && table->info->class_bits == 64))
		return 0;
	words = words_at(table, table->hash_at, &n_words);
	return n_words >= 2 ? words[1] : 0;
}

/* The last chain ends with the last symbol: the lowest bit marks the end of a chain. */
static size_t count_by_gnu_hash(const struct table *table)
{
	size_t n_words, filter, buckets_at, chains_at, last = 0;
	const uint32_t *words = words_at(table, table->gnu_hash_at, &n_words);

	if (n_words < GNU_HASH_HEADER)
		return 0;
	filter = (size_t)words[2] * (table->info->class_bits / 32);
	buckets_at = GNU_HASH_HEADER + filter;
	if (buckets_at > n_words || words[0] > n_words - buckets_at)
		return 0;
	chains_at = buckets_at + words[0];
	for (size_t i = buckets_at; i < chains_at; i++)
		last = MAX(last, (size_t)words[i]);
	if (last < words[1])
		return 0;
	for (size_t at = chains_at + last - words[1]; at < n_words; at++, last++)
		if (words[at] & 1)
			return last + 1;
	return 0;
}

/*
 * Nothing in the dynamic section tells the number of symbols; that every linker puts the
 * strings right behind them is the last resort, also that of other readers.
 */
static size_t count_symbols(const struct table *table)
{
	size_t n = count_by_section(table);

	if (n == 0 && table->hash_at)
		n = count_by_hash(table);
	if (n == 0 && table->gnu_hash_at)
		n = count_by_gnu_hash(table);
	if (n == 0 && table->strings_at > table->symbols_at)
		n = (size_t)((table->strings_at - table->symbols_at) /
			     symbol_size(table));
	return n;
}

static void set_version(struct table *table, uint16_t index, const char *library,
			const char *name)
{
	if (index > VERSION_INDEX_LAST_RESERVED && index < table->n_versions)
		table->versions[index] =
			(struct version){.library = library, .name = name};
}

static int index_versions(struct table *table)
{
	const struct elfinfo *info = table->info;
	size_t highest = VERSION_INDEX_LAST_RESERVED;

	for (size_t i = 0; i < info->n_needed_versions; i++)
		highest = MAX(highest, (size_t)info->needed_versions[i].index);
	for (size_t i = 0; i < info->n_defined_versions; i++)
		highest = MAX(highest, (size_t)info->defined_indexes[i]);
	table->n_versions = highest + 1;
	table->versions =
		arena_array(table->arena, table->n_versions, sizeof(*table->versions));
	if (!table->versions)
		return -ENOMEM;
	for (size_t i = 0; i < info->n_needed_versions; i++)
		set_version(table, info->needed_versions[i].index,
			    info->needed_versions[i].library,
			    info->needed_versions[i].version);
	for (size_t i = 0; i < info->n_defined_versions; i++)
		set_version(table, info->defined_indexes[i], NULL,
			    info->defined_versions[i]);
	return 0;
}

/* Whether the dynamic linker lets other objects have anything to do with it. */
static bool is_visible(const GElf_Sym *symbol)
{
	unsigned char binding = GELF_ST_BIND(symbol->st_info);
	unsigned char visibility = GELF_ST_VISIBILITY(symbol->st_other);

	return (binding == STB_GLOBAL || binding == STB_WEAK ||
		binding == STB_GNU_UNIQUE) &&
	       (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

static int add_symbol(struct table *table, const GElf_Sym *native, uint16_t version)
{
	struct elf_symbols *symbols = table->info->symbols;
	struct elf_symbol symbol = {.hidden = version & VERSION_HIDDEN};
	size_t index = version & VERSION_INDEX;
	int r = elf_string_at(&table->strings, native->st_name, &symbol.name);

	if (r < 0 || !symbol.name || !*symbol.name)
		return r;
	if (index < table->n_versions) {
		symbol.version = table->versions[index].name;
		symbol.library = table->versions[index].library;
	}
	/* Linkers mark each version by a symbol of its name, to which nobody refers. */
	if (native->st_shndx == SHN_ABS && symbol.version &&
	    strcmp(symbol.name, symbol.version) == 0)
		return 0;
	if (native->st_shndx != SHN_UNDEF) {
		symbol.library = NULL;
		symbols->defined[symbols->n_defined++] = symbol;
		return 0;
	}
	symbol.hidden = false;
	symbol.weak = GELF_ST_BIND(native->st_info) == STB_WEAK;
	symbols->needed[symbols->n_needed++] = symbol;
	return 0;
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_symbols(const void *a, const void *b)
{
	const struct elf_symbol *one = a, *other = b;
	int r = compare_text(one->library, other->library);

	if (r == 0)
		r = compare_text(one->version, other->version);
	if (r == 0)
		r = strcmp(one->name, other->name);
	if (r == 0)
		r = one->hidden - other->hidden;
	return r == 0 ? one->weak - other->weak : r;
}

static void sort_symbols(struct elf_symbols *symbols)
{
	qsort(symbols->defined, symbols->n_defined, sizeof(*symbols->defined),
	      compare_symbols);
	qsort(symbols->needed, symbols->n_needed, sizeof(*symbols->needed),
	      compare_symbols);
}

static int read_table(struct table *table, Elf_Data *data, Elf_Data *versions)
{
	size_t n_versions = versions ? versions->d_size / sizeof(uint16_t) : 0;
	const uint16_t *version = n_versions > 0 ? versions->d_buf : NULL;
	int r = 0;

	for (size_t i = 1; r == 0 && i < table->n_symbols; i++) {
		GElf_Sym symbol;

		if (gelf_getsym(data, (int)i, &symbol) && is_visible(&symbol))
			r = add_symbol(table, &symbol, i < n_versions ? version[i] : 0);
	}
	sort_symbols(table->info->symbols);
	return r;
}

/* The table as far as its bytes are there; their number is only a claim. */
static int open_table(struct table *table, Elf_Data **ret, struct error *error)
{
	struct span span = elf_file_span_at(&table->file, table->symbols_at);
	size_t there = span.size / symbol_size(table);

	table->n_symbols = count_symbols(table);
	if (table->n_symbols > there) {
		table->info->faults |= ELF_FAULT_BAD_SYMBOLS;
		table->n_symbols = there;
	}
	if (table->n_symbols > LIMIT_ELF_RECORDS)
		return error_set(error, -E2BIG,
				 "has %zu symbols, at most %" PRIu32 " are read",
				 table->n_symbols, LIMIT_ELF_RECORDS);
	span.size = table->n_symbols * symbol_size(table);
	*ret = elf_file_chunk(&table->file, span, ELF_T_SYM);
	return 0;
}

static int allocate(struct table *table)
{
	struct elf_symbols *symbols = arena_alloc(table->arena, sizeof(*symbols));

	if (!symbols)
		return -ENOMEM;
	symbols->defined = arena_array(table->arena, table->n_symbols + 1,
				       sizeof(*symbols->defined));
	symbols->needed =
		arena_array(table->arena, table->n_symbols + 1, sizeof(*symbols->needed));
	if (!symbols->defined || !symbols->needed)
		return -ENOMEM;
	table->info->symbols = symbols;
	return 0;
}

static int read_symbols(struct table *table, struct error *error)
{
	Elf_Data *data = NULL, *versions = NULL;
	struct span span;
	int r;

	find_tables(table);
	table->strings = (struct elf_strings){
		.arena = table->arena,
		.table = elf_file_span_at(&table->file, table->strings_at)};
	table->strings.table.size =
		(size_t)MIN(table->strings.table.size, table->strings_size);
	if (table->symbols_at) {
		r = open_table(table, &data, error);
		if (r < 0)
			return r;
	}
	if (table->versions_at && data) {
		span = elf_file_span_at(&table->file, table->versions_at);
		span.size = MIN(span.size / sizeof(uint16_t), table->n_symbols) *
			    sizeof(uint16_t);
		versions = elf_file_chunk(&table->file, span, ELF_T_HALF);
	}
	if (allocate(table) < 0 || index_versions(table) < 0)
		return error_memory(error);
	r = data ? read_table(table, data, versions) : 0;
	if (table->strings.outside)
		table->info->faults |= ELF_FAULT_BAD_SYMBOLS;
	if (r == -E2BIG)
		return error_set(error, r,
				 "symbols have more than %" PRIu64 " bytes of names",
				 LIMIT_ELF_STRINGS);
	return r < 0 ? error_memory(error) : 0;
}

int elf_read_symbols(struct arena *arena, const struct source *source,
		     struct elfinfo *info, struct error *error)
{
	struct table table = {.arena = arena, .info = info};
	int r;

	r = elf_file_open(source, &table.file, error);
	if (r < 0)
		return r;
	r = read_symbols(&table, error);
	if (r < 0)
		info->symbols = NULL;
	elf_file_done(&table.file);
	return r;
}
