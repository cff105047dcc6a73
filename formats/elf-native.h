/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What elfinfo.c (the dynamic section), elf-symbols.c (its symbols) and elf-path.c (paths
 * in read-only data) share of libelf.
 */

#include <gelf.h>

#include "formats/elfinfo.h"

/* A whole ELF file in memory: libelf takes descriptors and memory only. */
struct elf_file {
	uint8_t *owned;    /* NULL where the source is in memory already */
	struct span bytes; /* of the file */
	Elf *native;
	GElf_Ehdr header;
	size_t n_segments;
};

/* -EBADMSG, -E2BIG, -ENOMEM, errors of the source. */
int elf_file_open(const struct source *source, struct elf_file *ret, struct error *error);
void elf_file_done(struct elf_file *file);

/* The bytes in the file for an address, up to the end of the segment's bytes; or none. */
struct span elf_file_span_at(const struct elf_file *file, uint64_t address);

/* libelf's view of a place, in the byte order of this machine; NULL if it is empty. */
Elf_Data *elf_file_chunk(const struct elf_file *file, struct span span, Elf_Type type);

struct elf_strings {
	struct arena *arena; /* of the copies */
	struct span table;   /* as far as it is there */
	uint64_t copied;     /* bytes of all copies */
	bool outside;        /* a string was asked for that is not all in the table */
};

/*
 * A copy of a string of the table; NULL if it is outside. Names may share bytes, so that
 * a small table could be copied for ever: -E2BIG over LIMIT_ELF_STRINGS. -ENOMEM.
 */
int elf_string_at(struct elf_strings *strings, uint64_t offset, const char **ret);
