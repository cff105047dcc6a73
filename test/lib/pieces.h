/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An ELF file with sections, or the same bytes without it, put together piece by piece.
 */

#include "formats/core/span.h"
#include "formats/core/strbuf.h"

#define TEST_PIECES_HEADER 64 /* bytes in front of the first piece */

struct test_piece {
	const char *name;
	size_t at, size;     /* bytes, in the file */
	uint32_t type;       /* SHT_PROGBITS, ... */
	uint32_t link, info; /* indices of sections */
};

struct test_pieces {
	struct strbuf bytes; /* test_pieces_done() frees it */
	struct test_piece pieces[24];
	size_t n_pieces;
};

/*
 * Adds bytes, or zeros where @data is NULL, at the next multiple of @alignment; returns
 * the index of the section.
 */
uint32_t test_pieces_add(struct test_pieces *pieces, const char *name, uint32_t type,
			 const void *data, size_t size, size_t alignment);

/* The offset of a piece; fails the test if there is none of this name. */
size_t test_pieces_at(const struct test_pieces *pieces, const char *name);
struct test_piece *test_pieces_find(struct test_pieces *pieces, const char *name);

/* Writes a number of @size little-endian bytes over what is there. */
void test_pieces_write(struct test_pieces *pieces, size_t at, size_t size,
		       uint64_t value);

/*
 * Makes it an ELF file of 64 bits for x86-64: the header in front, the table of sections
 * behind. Each section is in memory at its offset plus @address, or at 0 for ET_REL.
 */
void test_pieces_finish_elf(struct test_pieces *pieces, uint16_t type, uint64_t address);

void test_pieces_done(struct test_pieces *pieces);
