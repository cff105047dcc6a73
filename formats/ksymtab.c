/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/ksymtab.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "formats/core/limits.h"
#include "formats/ksymtab-native.h"

bool ksymtab_is_name(const char *name)
{
	const char *at = name;

	while (isalnum((unsigned char)*at) || *at == '_' || *at == '.' || *at == '$')
		at++;
	return at > name && !*at;
}

static bool is_namespace(const char *text)
{
	while (isgraph((unsigned char)*text))
		text++;
	return !*text;
}

static bool is_zero(const struct ksymtab *table, uint64_t offset)
{
	for (size_t i = 0; i < table->field_size; i++)
		if (table->entries.data[offset + i] != 0)
			return false;
	return true;
}

const char *ksymtab_namespace(const struct ksymtab *table, uint64_t offset,
			      ksymtab_string string, void *context)
{
	const char *text = string(context, table, offset);

	if (!text)
		return is_zero(table, offset) ? "" : NULL;
	return is_namespace(text) ? text : NULL;
}

static struct span section_bytes(const struct elf_sections *sections, const char *name)
{
	const struct elf_section *section = elf_section_find(sections, name);

	return section ? section->bytes : (struct span){0};
}

struct ksymtab ksymtab_from_sections(const struct elf_sections *sections, bool gpl_only)
{
	const char *name = gpl_only ? "__ksymtab_gpl" : "__ksymtab";
	const struct elf_section *entries = elf_section_find(sections, name);

	return (struct ksymtab){
		.name = name,
		.section = entries,
		.entries = entries ? entries->bytes : (struct span){0},
		.checksums =
			section_bytes(sections, gpl_only ? "__kcrctab_gpl" : "__kcrctab"),
		.flags = gpl_only ? (struct span){0}
				  : section_bytes(sections, "__kflagstab"),
		.gpl_only = gpl_only,
		.big_endian = sections->big_endian,
		.field_size = KSYMTAB_RELATIVE,
		.at = entries ? entries->at : 0,
	};
}

static int check_sizes(const struct ksymtab *table, struct error *error)
{
	size_t n = ksymtab_n_entries(table);

	if (table->entries.size % (KSYMTAB_FIELDS * table->field_size) != 0)
		return error_bad(error, table->at,
				 "%s has %zu bytes, expected a multiple of %zu",
				 table->name, table->entries.size,
				 KSYMTAB_FIELDS * table->field_size);
	if (table->checksums.size > 0 && table->checksums.size != 4 * n)
		return error_bad(error, table->at,
				 "%s has %zu entries, but %zu bytes of checksums",
				 table->name, n, table->checksums.size);
	if (table->flags.size > 0 && table->flags.size != n)
		return error_bad(error, table->at,
				 "%s has %zu entries, but %zu bytes of flags",
				 table->name, n, table->flags.size);
	return 0;
}

/* Makes room for @n more, which the bytes of the table vouch for. */
static int grow(struct arena *arena, struct exported_symbols *symbols, size_t n,
		struct error *error)
{
	struct exported_symbol *more;

	if (n > LIMIT_KERNEL_SYMBOLS || symbols->n_symbols > LIMIT_KERNEL_SYMBOLS - n)
		return error_set(error, -E2BIG, "exports more than %" PRIu32 " symbols",
				 LIMIT_KERNEL_SYMBOLS);
	more = arena_array(arena, symbols->n_symbols + n, sizeof(*more));
	if (!more)
		return error_memory(error);
	if (symbols->n_symbols > 0)
		memcpy(more, symbols->symbols, symbols->n_symbols * sizeof(*more));
	symbols->symbols = more;
	return 0;
}

static uint32_t checksum_at(const struct ksymtab *table, size_t index)
{
	uint32_t value = 0;

	if (table->checksums.size == 0)
		return 0;
	for (size_t i = 0; i < 4; i++) {
		size_t at = 4 * index + (table->big_endian ? i : 3 - i);

		value = value << 8 | table->checksums.data[at];
	}
	return value;
}

bool ksymtab_has_offsets(const struct ksymtab *table, uint64_t file_size)
{
	size_t n = table->checksums.size / KSYMTAB_CHECKSUM;
	uint64_t at = table->at;

	/* Of so many checksums some would point elsewhere, whatever they are. */
	if (n < KSYMTAB_NO_CHANCE)
		return false;
	at += (uint64_t)(table->checksums.data - table->entries.data);
	for (size_t i = 0; i < n; i++, at += KSYMTAB_CHECKSUM)
		if (at + (uint64_t)(int64_t)(int32_t)checksum_at(table, i) >= file_size)
			return false;
	return true;
}

/* Many entries may point to the same string, so its copies are counted as well. */
static int check_strings(const struct ksymtab *table, uint64_t at, size_t size,
			 uint64_t *copied, struct error *error)
{
	*copied += size;
	if (size > LIMIT_KERNEL_SYMBOL)
		return error_set_at(error, -E2BIG, table->at + at,
				    "%s has a name of %zu bytes, at most %d are read",
				    table->name, size, LIMIT_KERNEL_SYMBOL);
	if (*copied > LIMIT_ELF_STRINGS)
		return error_set_at(error, -E2BIG, table->at + at,
				    "%s has more than %" PRIu64 " bytes of names",
				    table->name, LIMIT_ELF_STRINGS);
	return 0;
}

static int add_symbol(const struct ksymtab *table, size_t index, ksymtab_string string,
		      void *context, struct arena *arena, struct exported_symbol *symbol,
		      uint64_t *copied, struct error *error)
{
	uint64_t at = (uint64_t)index * KSYMTAB_FIELDS * table->field_size;
	const char *name = string(context, table, at + table->field_size);
	const char *namespace =
		ksymtab_namespace(table, at + 2 * table->field_size, string, context);
	int r;

	if (!name || !ksymtab_is_name(name))
		return error_bad(error, table->at + at,
				 "entry %zu of %s does not point to a name", index,
				 table->name);
	if (!namespace)
		return error_bad(error, table->at + at,
				 "entry %zu of %s does not point to a namespace", index,
				 table->name);
	r = check_strings(table, at, strlen(name) + strlen(namespace), copied, error);
	if (r < 0)
		return r;
	*symbol = (struct exported_symbol){
		.name = arena_strdup(arena, name),
		.namespace = *namespace ? arena_strdup(arena, namespace) : "",
		.checksum = checksum_at(table, index),
		.gpl_only = table->flags.size > 0
				    ? table->flags.data[index] & KSYMTAB_FLAG_GPL
				    : table->gpl_only,
	};
	return symbol->name && symbol->namespace ? 0 : error_memory(error);
}

int ksymtab_add(const struct ksymtab *table, ksymtab_string string, void *context,
		struct arena *arena, struct exported_symbols *symbols,
		struct error *error)
{
	size_t n = ksymtab_n_entries(table);
	uint64_t copied = 0;
	int r;

	r = check_sizes(table, error);
	if (r == 0)
		r = grow(arena, symbols, n, error);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_symbol(table, i, string, context, arena,
			       &symbols->symbols[symbols->n_symbols + i], &copied, error);
	if (r < 0)
		return r;
	symbols->n_symbols += n;
	symbols->has_checksums |= table->checksums.size > 0;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct exported_symbol *first = a, *second = b;

	return strcmp(first->name, second->name);
}

void ksymtab_finish(struct exported_symbols *symbols)
{
	if (symbols->n_symbols > 0)
		qsort(symbols->symbols, symbols->n_symbols, sizeof(*symbols->symbols),
		      compare_names);
}

const struct exported_symbol *
exported_symbols_find(const struct exported_symbols *symbols, const char *name)
{
	const struct exported_symbol key = {.name = name};

	if (symbols->n_symbols == 0)
		return NULL;
	return bsearch(&key, symbols->symbols, symbols->n_symbols,
		       sizeof(*symbols->symbols), compare_names);
}
