/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A small ELF file made by hand, and the facts of elfinfo_read() as text. */

#include <elf.h>

#include "formats/core/strbuf.h"
#include "formats/elfinfo.h"
#include "test/lib/test.h"

#define TEST_ELF_ADDRESS      0x1000 /* of the file's first byte in memory */
#define TEST_ELF_STRINGS_SIZE 72

/* A library with one of everything that is read. */
struct test_elf {
	Elf64_Ehdr header;
	Elf64_Phdr segments[4];
	Elf64_Dyn dynamic[12];
	Elf64_Verneed need;
	Elf64_Vernaux needed[2];
	struct {
		Elf64_Verdef definition;
		Elf64_Verdaux name;
	} defined[2];
	char interpreter[8];
	char strings[TEST_ELF_STRINGS_SIZE]; /* see test_elf_string_at() */
};

struct test_elf test_elf_make(void);

/* The place of a string in the table of every such file. */
uint32_t test_elf_string_at(const char *string);

/* One line a fact, sorted by kind: "soname me.so.1\nneeded libc.so.6\ndefines ME_1\n". */
void test_elf_describe(const struct elfinfo *info, struct strbuf *text);
