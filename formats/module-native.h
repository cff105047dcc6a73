/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What module.c (what a module says of itself), module-symbols.c (what it needs) and
 * module-exports.c share.
 */

#include "formats/elf-section.h"
#include "formats/module.h"

struct module_reader {
	const struct elf_file *file;
	const struct elf_sections *sections;
	struct arena *arena;
	Elf_Data *symbols; /* of .symtab; NULL: none */
	size_t n_symbols;
	const struct elf_section *names;   /* of the symbols */
	const struct elf_section *strings; /* of the exported symbols */
	/* Of the table that is read: what its fields point to, by number of the field. */
	const char **fields;
	size_t n_fields;
};

/* Fills @exported and @needed. */
int module_read_symbols(const struct elf_file *file, const struct elf_sections *sections,
			struct arena *arena, struct module *module, struct error *error);

/* Fills @exported. */
int module_read_exported(struct module_reader *reader, struct module *module,
			 struct error *error);
