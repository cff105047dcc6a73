/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The sections of an ELF file by name, and the strings and numbers in them: what the
 * readers of kernels and of modules share.
 */

#include "formats/core/arena.h"
#include "formats/elf-native.h"

struct elf_section {
	const char *name; /* "" for none */
	size_t index;     /* in the table of sections */
	uint32_t type;    /* SHT_PROGBITS, ... */
	uint64_t address;
	uint64_t at; /* of its bytes in the file */
	uint64_t entry_size;
	uint32_t link, info;
	struct span bytes; /* empty for SHT_NOBITS, and for one that is not all there */
	bool cut;          /* it reaches over the end of the file */
};

/* Borrows the memory of the file. */
struct elf_sections {
	struct elf_section *sections; /* by index; 0 is the empty one */
	size_t n_sections;
	bool big_endian;
	uint8_t class_bits; /* 32 or 64 */
};

/* In @arena. -E2BIG over LIMIT_ELF_SECTIONS; -EBADMSG if the table is broken. */
int elf_sections_read(const struct elf_file *file, struct arena *arena,
		      struct elf_sections *ret, struct error *error);

/* The first of this name that has bytes; NULL. */
const struct elf_section *elf_section_find(const struct elf_sections *sections,
					   const char *name);

/* The string at @offset, borrowed; NULL if it does not end inside the section. */
const char *elf_section_string(const struct elf_section *section, uint64_t offset);

/* A number of @size bytes, 4 or 8, in the file's byte order; 0 behind the end. */
uint64_t elf_section_number(const struct elf_sections *sections,
			    const struct elf_section *section, uint64_t offset,
			    size_t size);
