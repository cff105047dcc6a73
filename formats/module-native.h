/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What module.c (what a module says of itself) and module-symbols.c share. */

#include "formats/elf-section.h"
#include "formats/module.h"

/* Fills @exported and @needed. */
int module_read_symbols(const struct elf_file *file, const struct elf_sections *sections,
			struct arena *arena, struct module *module, struct error *error);
