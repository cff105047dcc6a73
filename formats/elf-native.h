/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What elfinfo.c (the dynamic section) and elf-path.c (paths in read-only data) share of
 * libelf.
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
