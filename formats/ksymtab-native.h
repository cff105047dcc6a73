/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the readers of kernels and of modules share about the tables of exported symbols.
 * They differ in how an entry names its strings: by an address in a kernel, by
 * relocations in a module.
 */

#include "formats/elf-section.h"
#include "formats/ksymtab.h"

/* include/linux/export-internal.h: struct kernel_symbol */
#define KSYMTAB_FIELDS     3
#define KSYMTAB_RELATIVE   4                    /* bytes of a field: offsets */
#define KSYMTAB_ENTRY_SIZE (KSYMTAB_FIELDS * 4) /* bytes, with offsets */
#define KSYMTAB_CHECKSUM   4                    /* bytes of a checksum */

/* include/linux/module_symbol.h: KSYM_FLAG_GPL_ONLY */
#define KSYMTAB_FLAG_GPL   1

/* Fewer entries of a table, or fewer checksums, may look like some by chance. */
#define KSYMTAB_NO_CHANCE  16

/* One table of entries and those that run parallel to it. */
struct ksymtab {
	const char *name;                  /* "__ksymtab_gpl" */
	const struct elf_section *section; /* of the entries; NULL: in no section */
	struct span entries;
	struct span checksums; /* 4 bytes each; empty: there are none */
	struct span flags;     /* 1 byte each; empty: @gpl_only counts */
	bool gpl_only, big_endian;
	size_t field_size; /* bytes: of a value, a name, a namespace */
	uint64_t at;       /* what errors are counted from */
};

/* The string that the field at @offset of the entries names, or NULL. */
typedef const char *(*ksymtab_string)(void *context, const struct ksymtab *table,
				      uint64_t offset);

/*
 * Adds the symbols of a table to @symbols, in @arena; the strings are copied. -EBADMSG if
 * the tables do not fit each other or a name is none; -E2BIG over LIMIT_KERNEL_SYMBOLS.
 */
int ksymtab_add(const struct ksymtab *table, ksymtab_string string, void *context,
		struct arena *arena, struct exported_symbols *symbols,
		struct error *error);

/*
 * The namespace of an entry, whose field is at @offset: "" also for a field of 0, as
 * kernel_symbol_namespace() of kernel/module/main.c takes it. NULL if it points to none.
 */
const char *ksymtab_namespace(const struct ksymtab *table, uint64_t offset,
			      ksymtab_string string, void *context);

/*
 * Whether the checksums of a kernel are no checksums but offsets to them, as with
 * CONFIG_MODULE_REL_CRCS before 5.19: all point into the @file_size bytes of its image.
 */
bool ksymtab_has_offsets(const struct ksymtab *table, uint64_t file_size);

/* Sorts by name; to be called once, behind the last ksymtab_add(). */
void ksymtab_finish(struct exported_symbols *symbols);

/* How many entries the spans say that there are. */
static inline size_t ksymtab_n_entries(const struct ksymtab *table)
{
	return table->entries.size / (KSYMTAB_FIELDS * table->field_size);
}

/*
 * Finds the table __ksymtab or __ksymtab_gpl and its parallel ones among the sections;
 * one that is not there is empty.
 */
struct ksymtab ksymtab_from_sections(const struct elf_sections *sections, bool gpl_only);

/* Whether a name can be a symbol's: letters, digits, '_', '.', '$'; not empty. */
bool ksymtab_is_name(const char *name);
