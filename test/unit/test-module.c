/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/module.h"

#include <elf.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "test/lib/kernel.h"
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

/* A good module that is changed, then read. */
static struct test_pieces make_good(enum layout layout)
{
	struct test_pieces pieces = {0};

	make_module(&pieces, layout);
	return pieces;
}

static void check_bad(const struct strbuf *bytes, int code, uint64_t offset,
		      const char *words)
{
	_cleanup_source_ struct source *source = test_source(bytes->data, bytes->size);
	_cleanup_arena_ struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	struct module *module;

	assert_int_equal(module_read(arena, source, &module, &error), code);
	test_error(&error, code, offset, words);
}

static void check_faults(const struct strbuf *bytes, unsigned faults)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct module *module = read_good(arena, bytes);

	assert_int_equal(module->faults, faults);
}

static void test_no_module(void **state)
{
	_cleanup_strbuf_ struct strbuf text = {0};
	_cleanup_pieces_ struct test_pieces program = {0}, object = {0};

	check_bad(&text, -ENODATA, ERROR_NO_OFFSET, "holds no ELF file");
	strbuf_add_string(&text, "text");
	check_bad(&text, -ENODATA, ERROR_NO_OFFSET, "holds no ELF file");
	make_module(&program, PLAIN);
	test_pieces_finish_elf(&program, ET_DYN, 0);
	check_bad(&program.bytes, -ENODATA, ERROR_NO_OFFSET,
		  "is an ELF file, but no kernel module");
	make_module(&object, PLAIN);
	test_pieces_find(&object, ".modinfo")->name = ".other";
	test_pieces_finish_elf(&object, ET_REL, 0);
	check_bad(&object.bytes, -ENODATA, ERROR_NO_OFFSET,
		  "is an ELF file, but no kernel module");
}

static void test_compressed(void **state)
{
	_cleanup_pieces_ struct test_pieces pieces = make_good(PLAIN);
	_cleanup_strbuf_ struct strbuf packed = {0};
	_cleanup_arena_ struct arena *arena = arena_new();

	test_pieces_finish_elf(&pieces, ET_REL, 0);
	test_gzip(&packed, span_make(pieces.bytes.data, pieces.bytes.size));
	check_fields(read_good(arena, &packed));
	for (packed.size--; packed.size > 2; packed.size--)
		check_bad(&packed, -EBADMSG, packed.size, "gzip data ends in its middle");
}

static void test_cut(void **state)
{
	_cleanup_pieces_ struct test_pieces pieces = make_good(EXTENDED);
	struct strbuf cut;

	test_pieces_finish_elf(&pieces, ET_REL, 0);
	cut = pieces.bytes;
	for (cut.size--; cut.size > 0; cut.size--) {
		_cleanup_source_ struct source *source = test_source(cut.data, cut.size);
		_cleanup_arena_ struct arena *arena = arena_new();
		struct error error = ERROR_INIT;
		struct module *module;
		int r = module_read(arena, source, &module, &error);

		assert_int_equal(r, cut.size < SELFMAG ? -ENODATA : -EBADMSG);
		assert_true(r == -ENODATA || error.offset != ERROR_NO_OFFSET);
	}
}

static void test_fields_broken(void **state)
{
	static const char odd[] = "name=me\0no field\0=x\0open=";
	_cleanup_pieces_ struct test_pieces pieces = make_good(PLAIN);
	_cleanup_arena_ struct arena *arena = arena_new();
	struct module *module;

	memcpy(pieces.bytes.data + test_pieces_at(&pieces, ".modinfo"), odd,
	       sizeof(odd) - 1);
	test_pieces_find(&pieces, ".modinfo")->size = sizeof(odd) - 1;
	test_pieces_finish_elf(&pieces, ET_REL, 0);
	module = read_good(arena, &pieces.bytes);
	assert_int_equal(module->faults, MODULE_FAULT_FIELDS);
	assert_int_equal(module->n_fields, 1);
	assert_string_equal(module->name, "me");
	assert_null(module->vermagic);
	assert_int_equal(module->n_depends, 0);
}

static void test_many_fields(void **state)
{
	_cleanup_pieces_ struct test_pieces pieces = make_good(PLAIN);

	test_pieces_find(&pieces, ".modinfo")->name = ".other";
	test_pieces_add(&pieces, ".modinfo", SHT_PROGBITS, NULL, LIMIT_MODULE_RECORDS + 1,
			1);
	test_pieces_finish_elf(&pieces, ET_REL, 0);
	check_bad(&pieces.bytes, -E2BIG, ERROR_NO_OFFSET,
		  "has 250001 lines in .modinfo, at most 250000");
}

static void test_no_symbols(void **state)
{
	_cleanup_pieces_ struct test_pieces pieces = make_good(PLAIN);
	_cleanup_arena_ struct arena *arena = arena_new();
	struct module *module;

	test_pieces_find(&pieces, ".symtab")->type = SHT_PROGBITS;
	test_pieces_find(&pieces, "__ksymtab_gpl")->name = ".other";
	test_pieces_finish_elf(&pieces, ET_REL, 0);
	module = read_good(arena, &pieces.bytes);
	assert_int_equal(module->faults, MODULE_FAULT_NO_SYMBOLS);
	assert_int_equal(module->exported.n_symbols, 0);
	/* Only the checksum of the layout is left. */
	assert_int_equal(module->n_needed, 1);
	assert_true(module->needed[0].layout);
}

/* The trailer of a signature of @claimed bytes, behind one of 4. */
static void sign(struct strbuf *bytes, uint8_t type, uint32_t claimed)
{
	uint8_t trailer[12] = {0, 0, type};

	write_le(trailer + 8, 4, __builtin_bswap32(claimed));
	strbuf_add(bytes, "DER!", 4);
	strbuf_add(bytes, trailer, sizeof(trailer));
	strbuf_add_string(bytes, "~Module signature appended~\n");
}

static void test_signature(void **state)
{
	_cleanup_pieces_ struct test_pieces pieces = make_good(PLAIN);
	_cleanup_arena_ struct arena *arena = arena_new();
	struct strbuf *bytes = &pieces.bytes;
	struct module *module;
	size_t plain;

	test_pieces_finish_elf(&pieces, ET_REL, 0);
	plain = bytes->size;
	sign(bytes, 2, 4);
	module = read_good(arena, bytes);
	assert_int_equal(module->faults, 0);
	assert_int_equal(module->signature.size, 4);
	assert_memory_equal(module->signature.data, "DER!", 4);
	bytes->size = plain;
	sign(bytes, 1, 4);
	check_faults(bytes, MODULE_FAULT_SIGNATURE);
	bytes->size = plain;
	sign(bytes, 2, 0);
	check_faults(bytes, MODULE_FAULT_SIGNATURE);
	bytes->size = plain;
	sign(bytes, 2, (uint32_t)plain + 5);
	check_faults(bytes, MODULE_FAULT_SIGNATURE);
	/* One byte less, and it is no signature at all. */
	bytes->size--;
	check_faults(bytes, 0);
}

static void test_exported_broken(void **state)
{
	_cleanup_pieces_ struct test_pieces unnamed = make_good(PLAIN),
					    sums = make_good(PLAIN),
					    flags = make_good(EXTENDED);
	size_t at = test_pieces_at(&unnamed, "__ksymtab_gpl");

	/* The relocation of the name is for another place. */
	test_pieces_write(&unnamed, test_pieces_at(&unnamed, ".rela") + 24, 8, 404);
	test_pieces_finish_elf(&unnamed, ET_REL, 0);
	check_bad(&unnamed.bytes, -EBADMSG, at,
		  "entry 0 of __ksymtab_gpl does not point to a name");
	test_pieces_find(&sums, "__kcrctab_gpl")->size = 3;
	test_pieces_finish_elf(&sums, ET_REL, 0);
	check_bad(&sums.bytes, -EBADMSG, at,
		  "__ksymtab_gpl has 1 entries, but 3 bytes of checksums");
	test_pieces_find(&flags, "__ksymtab")->size = 11;
	test_pieces_finish_elf(&flags, ET_REL, 0);
	check_bad(&flags.bytes, -EBADMSG, at,
		  "__ksymtab has 11 bytes, expected a multiple of 12");
}

/* Fields are addresses, or the addend is where the address will be. */
static void test_other_relocations(void **state)
{
	_cleanup_pieces_ struct test_pieces wide = make_good(PLAIN),
					    in_place = make_good(PLAIN);
	_cleanup_arena_ struct arena *arena = arena_new();
	struct test_piece *rel = test_pieces_find(&in_place, ".rela");
	struct module *module;
	uint32_t table;

	table = test_pieces_add(&wide, "__ksymtab_gpl", SHT_PROGBITS, NULL, 24, 8);
	test_pieces_find(&wide, "__ksymtab_gpl")->name = ".other";
	test_pieces_find(&wide, ".rela")->info = table;
	add_relocation(&wide, ".rela", 1, 8, 0);
	add_relocation(&wide, ".rela", 2, 16, 9);
	test_pieces_finish_elf(&wide, ET_REL, 0);
	module = read_good(arena, &wide.bytes);
	assert_int_equal(module->exported.n_symbols, 1);
	assert_string_equal(module->exported.symbols[0].name, "exported");
	assert_string_equal(module->exported.symbols[0].namespace, "SPACE");

	for (size_t i = 0; i < 3; i++) {
		Elf64_Rel relocation = {.r_offset = 4 * i,
					.r_info = ELF64_R_INFO(4, R_X86_64_PC32)};

		memcpy(in_place.bytes.data + rel->at + i * sizeof(relocation),
		       &relocation, sizeof(relocation));
	}
	rel->type = SHT_REL;
	rel->size = 3 * sizeof(Elf64_Rel);
	test_pieces_write(&in_place, test_pieces_at(&in_place, "__ksymtab_gpl") + 8, 4,
			  9);
	test_pieces_finish_elf(&in_place, ET_REL, 0);
	module = read_good(arena, &in_place.bytes);
	assert_string_equal(module->exported.symbols[0].name, "exported");
	assert_string_equal(module->exported.symbols[0].namespace, "SPACE");
}

/* Before Linux 5.19: an absolute symbol, or a word elsewhere. */
static void test_relocated_checksum(void **state)
{
	for (int absolute = 0; absolute < 2; absolute++) {
		_cleanup_pieces_ struct test_pieces pieces = make_good(PLAIN);
		_cleanup_arena_ struct arena *arena = arena_new();
		const struct module *module;
		uint32_t word, sums = 0;

		word = test_pieces_add(&pieces, "word", SHT_PROGBITS, "\4\3\2\1", 4, 4);
		test_pieces_add(&pieces, ".relasums", SHT_RELA, NULL, sizeof(Elf64_Rela),
				8);
		while (strcmp(pieces.pieces[sums++].name, "__kcrctab_gpl") != 0)
			;
		test_pieces_find(&pieces, ".relasums")->info = sums;
		add_symbol(&pieces, 3, 14, STB_GLOBAL,
			   absolute ? SHN_ABS : (uint16_t)word,
			   absolute ? 0x01020304 : 0);
		add_relocation(&pieces, ".relasums", 0, 0, 0);
		test_pieces_write(&pieces, test_pieces_at(&pieces, ".relasums") + 8, 8,
				  ELF64_R_INFO(3, R_X86_64_32));
		test_pieces_finish_elf(&pieces, ET_REL, 0);
		module = read_good(arena, &pieces.bytes);
		assert_int_equal(module->exported.symbols[0].checksum, 0x01020304);
	}
}

static void test_versions_broken(void **state)
{
	_cleanup_pieces_ struct test_pieces plain = make_good(PLAIN),
					    names = make_good(EXTENDED),
					    half = make_good(EXTENDED);
	size_t at = test_pieces_at(&plain, "__versions");

	memset(plain.bytes.data + at + 64 + 8, 'x', 56);
	test_pieces_finish_elf(&plain, ET_REL, 0);
	check_bad(&plain.bytes, -EBADMSG, at + 64,
		  "entry 1 of __versions has a name without end");
	test_pieces_find(&names, "__version_ext_names")->size = 7;
	at = test_pieces_at(&names, "__version_ext_names") + 7;
	test_pieces_finish_elf(&names, ET_REL, 0);
	check_bad(&names.bytes, -EBADMSG, at,
		  "__version_ext_names has fewer than the 2 names");
	test_pieces_find(&half, "__version_ext_names")->name = ".other";
	at = test_pieces_at(&half, "__version_ext_crcs");
	test_pieces_finish_elf(&half, ET_REL, 0);
	check_bad(&half.bytes, -EBADMSG, at, "but no __version_ext_names");
}

/* Built without CONFIG_MODVERSIONS. */
static void test_no_versions(void **state)
{
	_cleanup_pieces_ struct test_pieces pieces = make_good(PLAIN);
	_cleanup_arena_ struct arena *arena = arena_new();
	struct module *module;

	test_pieces_find(&pieces, "__versions")->name = ".other";
	test_pieces_find(&pieces, "__kcrctab_gpl")->name = ".other";
	test_pieces_finish_elf(&pieces, ET_REL, 0);
	module = read_good(arena, &pieces.bytes);
	assert_false(module->has_checksums);
	assert_false(module->exported.has_checksums);
	assert_int_equal(module->n_needed, 2);
	assert_false(module->needed[1].has_checksum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_no_module),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_fields_broken),
		cmocka_unit_test(test_many_fields),
		cmocka_unit_test(test_no_symbols),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_exported_broken),
		cmocka_unit_test(test_other_relocations),
		cmocka_unit_test(test_relocated_checksum),
		cmocka_unit_test(test_versions_broken),
		cmocka_unit_test(test_no_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
