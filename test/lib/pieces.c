/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/pieces.h"

#include <elf.h>

#include "formats/core/cursor.h"
#include "test/lib/test.h"

static void align(struct test_pieces *pieces, size_t alignment)
{
	static const uint8_t zeros[TEST_PIECES_HEADER];

	if (pieces->bytes.size == 0)
		strbuf_add(&pieces->bytes, zeros, TEST_PIECES_HEADER);
	while (pieces->bytes.size % alignment != 0)
		strbuf_add_char(&pieces->bytes, 0);
}

uint32_t test_pieces_add(struct test_pieces *pieces, const char *name, uint32_t type,
			 const void *data, size_t size, size_t alignment)
{
	assert_true(pieces->n_pieces < ARRAY_SIZE(pieces->pieces));
	align(pieces, alignment);
	pieces->pieces[pieces->n_pieces++] = (struct test_piece){
		.name = name, .at = pieces->bytes.size, .size = size, .type = type};
	if (data)
		strbuf_add(&pieces->bytes, data, size);
	else
		for (size_t i = 0; i < size; i++)
			strbuf_add_char(&pieces->bytes, 0);
	return (uint32_t)pieces->n_pieces;
}

struct test_piece *test_pieces_find(struct test_pieces *pieces, const char *name)
{
	for (size_t i = 0; i < pieces->n_pieces; i++)
		if (strcmp(pieces->pieces[i].name, name) == 0)
			return &pieces->pieces[i];
	fail_msg("there is no piece '%s'", name);
	return NULL;
}

size_t test_pieces_at(const struct test_pieces *pieces, const char *name)
{
	return test_pieces_find((struct test_pieces *)pieces, name)->at;
}

void test_pieces_write(struct test_pieces *pieces, size_t at, size_t size, uint64_t value)
{
	assert_true(at + size <= pieces->bytes.size);
	write_le((uint8_t *)pieces->bytes.data + at, size, value);
}

static void add_section(struct strbuf *table, const struct test_piece *piece, size_t name,
			uint64_t address)
{
	Elf64_Shdr header = {
		.sh_name = (Elf64_Word)name,
		.sh_type = piece->type,
		.sh_flags = SHF_ALLOC,
		.sh_addr = address ? address + piece->at : 0,
		.sh_offset = piece->at,
		.sh_size = piece->size,
		.sh_link = piece->link,
		.sh_info = piece->info,
		.sh_addralign = 1,
		.sh_entsize = piece->type == SHT_RELA     ? sizeof(Elf64_Rela)
			      : piece->type == SHT_REL    ? sizeof(Elf64_Rel)
			      : piece->type == SHT_SYMTAB ? sizeof(Elf64_Sym)
							  : 0,
	};

	strbuf_add(table, &header, sizeof(header));
}

void test_pieces_finish_elf(struct test_pieces *pieces, uint16_t type, uint64_t address)
{
	_cleanup_strbuf_ struct strbuf names = {0}, table = {0};
	Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			    EV_CURRENT},
		.e_type = type,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(header),
		.e_shentsize = sizeof(Elf64_Shdr),
	};
	struct test_piece empty = {.name = ""};
	size_t at = 1;

	strbuf_add_char(&names, 0);
	for (size_t i = 0; i < pieces->n_pieces; i++)
		strbuf_add(&names, pieces->pieces[i].name,
			   strlen(pieces->pieces[i].name) + 1);
	strbuf_add(&names, ".shstrtab", sizeof(".shstrtab"));
	header.e_shstrndx = (Elf64_Half)test_pieces_add(pieces, ".shstrtab", SHT_STRTAB,
							names.data, names.size, 1);
	add_section(&table, &empty, 0, 0);
	for (size_t i = 0; i < pieces->n_pieces; i++) {
		add_section(&table, &pieces->pieces[i], at, address);
		at += strlen(pieces->pieces[i].name) + 1;
	}
	align(pieces, 8);
	header.e_shoff = pieces->bytes.size;
	header.e_shnum = (Elf64_Half)(pieces->n_pieces + 1);
	strbuf_add(&pieces->bytes, table.data, table.size);
	assert_true(strbuf_ok(&pieces->bytes) && strbuf_ok(&names) && strbuf_ok(&table));
	memcpy(pieces->bytes.data, &header, sizeof(header));
}

void test_pieces_done(struct test_pieces *pieces)
{
	strbuf_done(&pieces->bytes);
	*pieces = (struct test_pieces){0};
}
