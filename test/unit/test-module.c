/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/module.h"

#include <elf.h>

#include "formats/core/cursor.h"
#include "test/lib/pieces.h"
#include "test/lib/test.h"

#define _cleanup_source_ _cleanup_(source_unrefp)
#define _cleanup_arena_  _cleanup_(arena_freep)
#define _cleanup_pieces_ _cleanup_(test_pieces_done)

static const char info[] = "name=me\0\0\0alias=one\0depends=a,b-c\0alias=two\0"
			   "vermagic=6.12 SMP \0";
static const char strings[] = "\0exported\0SPACE\0other\0";
static const char symbol_names[] = "\0printk\0maybe\0own\0";

enum layout {
	PLAIN,    /* __ksymtab_gpl, __versions */
	EXTENDED, /* __kflagstab, __version_ext_* */
};

static void add_symbol(struct test_pieces *pieces, size_t index, uint32_t name,
		       unsigned char binding, uint16_t section, uint64_t value)
{
	Elf64_Sym symbol = {.st_name = name,
			    .st_info = ELF64_ST_INFO(binding, STT_NOTYPE),
			    .st_shndx = section,
			    .st_value = value};

	memcpy(pieces->bytes.data + test_pieces_at(pieces, ".symtab") +
		       index * sizeof(symbol),
	       &symbol, sizeof(symbol));
}

static void add_relocation(struct test_pieces *pieces, const char *section, size_t index,
			   uint64_t offset, uint64_t addend)
{
	Elf64_Rela relocation = {.r_offset = offset,
				 .r_info = ELF64_R_INFO(4, R_X86_64_PC32),
				 .r_addend = (Elf64_Sxword)addend};

	memcpy(pieces->bytes.data + test_pieces_at(pieces, section) +
		       index * sizeof(relocation),
	       &relocation, sizeof(relocation));
}

static void add_versions(struct test_pieces *pieces, enum layout layout)
{
	static const uint8_t sums[8] = {4, 3, 2, 1, 8, 7, 6, 5};
	static const char names[] = "printk\0module_layout";
	uint8_t entries[128] = {4, 3, 2, 1};

	if (layout == EXTENDED) {
		test_pieces_add(pieces, "__version_ext_crcs", SHT_PROGBITS, sums,
				sizeof(sums), 4);
		test_pieces_add(pieces, "__version_ext_names", SHT_PROGBITS, names,
				sizeof(names), 1);
		return;
	}
	memcpy(entries + 8, "printk", 6);
	memcpy(entries + 64, sums + 4, 4);
	memcpy(entries + 72, "module_layout", 13);
	test_pieces_add(pieces, "__versions", SHT_PROGBITS, entries, sizeof(entries), 8);
}

static void make_module(struct test_pieces *pieces, enum layout layout)
{
	static const uint8_t sum[4] = {0x78, 0x56, 0x34, 0x12}, gpl = 1;
	const char *table = layout == PLAIN ? "__ksymtab_gpl" : "__ksymtab";
	uint32_t table_index, strings_index, symbols_index, names_index;

	test_pieces_add(pieces, ".modinfo", SHT_PROGBITS, info, sizeof(info) - 1, 1);
	table_index = test_pieces_add(pieces, table, SHT_PROGBITS, NULL, 12, 4);
	test_pieces_add(pieces, layout == PLAIN ? "__kcrctab_gpl" : "__kcrctab",
			SHT_PROGBITS, sum, sizeof(sum), 4);
	if (layout == EXTENDED)
		test_pieces_add(pieces, "__kflagstab", SHT_PROGBITS, &gpl, 1, 1);
	strings_index = test_pieces_add(pieces, "__ksymtab_strings", SHT_PROGBITS,
					strings, sizeof(strings), 1);
	names_index = test_pieces_add(pieces, ".strtab", SHT_STRTAB, symbol_names,
				      sizeof(symbol_names), 1);
	symbols_index = test_pieces_add(pieces, ".symtab", SHT_SYMTAB, NULL,
					5 * sizeof(Elf64_Sym), 8);
	pieces->pieces[symbols_index - 1].link = names_index;
	test_pieces_add(pieces, ".rela", SHT_RELA, NULL, 3 * sizeof(Elf64_Rela), 8);
	test_pieces_find(pieces, ".rela")->link = symbols_index;
	test_pieces_find(pieces, ".rela")->info = table_index;
	add_symbol(pieces, 1, 1, STB_GLOBAL, SHN_UNDEF, 0);
	add_symbol(pieces, 2, 8, STB_WEAK, SHN_UNDEF, 0);
	add_symbol(pieces, 3, 14, STB_GLOBAL, (uint16_t)table_index, 0);
	add_symbol(pieces, 4, 0, STB_LOCAL, (uint16_t)strings_index, 1);
	add_relocation(pieces, ".rela", 0, 0, 0);
	add_relocation(pieces, ".rela", 1, 4, 0);
	add_relocation(pieces, ".rela", 2, 8, 9);
	add_versions(pieces, layout);
}

static struct module *read_good(struct arena *arena, const struct strbuf *bytes)
{
	_cleanup_source_ struct source *source = test_source(bytes->data, bytes->size);
	struct error error = ERROR_INIT;
	struct module *module = NULL;

	test_ok(module_read(arena, source, &module, &error), &error);
	return module;
}

static void check_fields(const struct module *module)
{
	size_t at = 0;

	assert_string_equal(module->architecture, "x86-64");
	assert_string_equal(module->name, "me");
	assert_string_equal(module->vermagic, "6.12 SMP ");
	assert_int_equal(module->n_depends, 2);
	assert_string_equal(module->depends[0], "a");
	assert_string_equal(module->depends[1], "b-c");
	assert_int_equal(module->n_fields, 5);
	assert_string_equal(module_next_field(module, "alias", &at), "one");
	assert_string_equal(module_next_field(module, "alias", &at), "two");
	assert_null(module_next_field(module, "alias", &at));
}

static void check_needed(const struct module *module)
{
	static const struct needed_symbol expected[] = {
		{"maybe", 0, false, true, false},
		{"module_layout", 0x05060708, true, false, true},
		{"printk", 0x01020304, true, false, false},
	};

	assert_int_equal(module->n_needed, ARRAY_SIZE(expected));
	assert_true(module->has_checksums);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct needed_symbol *symbol = &module->needed[i];

		assert_string_equal(symbol->name, expected[i].name);
		assert_int_equal(symbol->checksum, expected[i].checksum);
		assert_int_equal(symbol->has_checksum, expected[i].has_checksum);
		assert_int_equal(symbol->weak, expected[i].weak);
		assert_int_equal(symbol->layout, expected[i].layout);
	}
}

static void test_good(void **state)
{
	for (int layout = PLAIN; layout <= EXTENDED; layout++) {
		_cleanup_pieces_ struct test_pieces pieces = {0};
		_cleanup_arena_ struct arena *arena = arena_new();
		struct module *module;

		make_module(&pieces, (enum layout)layout);
		test_pieces_finish_elf(&pieces, ET_REL, 0);
		module = read_good(arena, &pieces.bytes);
		assert_int_equal(module->faults, 0);
		check_fields(module);
		check_needed(module);
		assert_int_equal(module->signature.size, 0);
		assert_int_equal(module->exported.n_symbols, 1);
		assert_string_equal(module->exported.symbols[0].name, "exported");
		assert_string_equal(module->exported.symbols[0].namespace, "SPACE");
		assert_int_equal(module->exported.symbols[0].checksum, 0x12345678);
		assert_true(module->exported.symbols[0].gpl_only);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
