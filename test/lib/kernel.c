/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/kernel.h"

#include <elf.h>
#include <stdio.h>
#include <zlib.h>

#include "formats/core/cursor.h"
#include "test/lib/test.h"

#define BANNER                                                      \
	"Linux version %s (%s)\0Linux version " TEST_KERNEL_RELEASE \
	" (me@here) (gcc 12) #1 SMP\n"

const struct exported_symbol test_kernel_symbols[] = {
	{"alpha", "", 0x11111111, false},
	{"beta", "SPACE", 0x22222222, true},
	{"delta", "module:a,b", 0x33333333, true},
	{"zeta", "", 0x44444444, false},
};
const size_t test_kernel_n_symbols = ARRAY_SIZE(test_kernel_symbols);

/* One table, and where its next entry goes. */
struct table {
	const char *entries, *checksums;
	size_t n;
};

static size_t field_size(unsigned flags)
{
	return flags & TEST_KERNEL_ABSOLUTE ? 8 : 4;
}

/* Points the field at @at to @target, both offsets in the image. */
static void point(struct test_pieces *pieces, unsigned flags, size_t at, size_t target)
{
	uint64_t value = flags & TEST_KERNEL_ABSOLUTE ? TEST_KERNEL_ADDRESS + target
						      : (uint64_t)target - at;

	test_pieces_write(pieces, at, field_size(flags), value);
}

static void add_tables(struct test_pieces *pieces, unsigned flags, size_t n_plain,
		       size_t n_gpl)
{
	size_t entry_size = 3 * field_size(flags);

	test_pieces_add(pieces, "__ksymtab", SHT_PROGBITS, NULL, n_plain * entry_size, 8);
	if (n_gpl > 0)
		test_pieces_add(pieces, "__ksymtab_gpl", SHT_PROGBITS, NULL,
				n_gpl * entry_size, 4);
	if (flags & TEST_KERNEL_CHECKSUMS)
		test_pieces_add(pieces, "__kcrctab", SHT_PROGBITS, NULL, 4 * n_plain, 4);
	if (flags & TEST_KERNEL_CHECKSUMS && n_gpl > 0)
		test_pieces_add(pieces, "__kcrctab_gpl", SHT_PROGBITS, NULL, 4 * n_gpl,
				4);
	if (flags & TEST_KERNEL_FLAGS)
		test_pieces_add(pieces, "__kflagstab", SHT_PROGBITS, NULL, n_plain, 1);
}

static void add_symbols(struct test_pieces *pieces, unsigned flags)
{
	_cleanup_strbuf_ struct strbuf strings = {0};
	struct table tables[] = {{"__ksymtab", "__kcrctab", 0},
				 {"__ksymtab_gpl", "__kcrctab_gpl", 0}};
	size_t names[8], strings_at, n_gpl = 0;

	assert_true(test_kernel_n_symbols <= ARRAY_SIZE(names));
	for (size_t i = 0; i < test_kernel_n_symbols; i++) {
		const struct exported_symbol *symbol = &test_kernel_symbols[i];

		names[i] = strings.size;
		strbuf_add(&strings, symbol->name, strlen(symbol->name) + 1);
		strbuf_add(&strings, symbol->namespace, strlen(symbol->namespace) + 1);
		n_gpl += !(flags & TEST_KERNEL_FLAGS) && symbol->gpl_only;
	}
	add_tables(pieces, flags, test_kernel_n_symbols - n_gpl, n_gpl);
	test_pieces_add(pieces, "__ksymtab_strings", SHT_PROGBITS, strings.data,
			strings.size, 1);
	strings_at = test_pieces_at(pieces, "__ksymtab_strings");
	for (size_t i = 0; i < test_kernel_n_symbols; i++) {
		const struct exported_symbol *symbol = &test_kernel_symbols[i];
		struct table *table = &tables[n_gpl > 0 && symbol->gpl_only];
		size_t size = field_size(flags);
		size_t at = test_pieces_at(pieces, table->entries) + 3 * size * table->n;
		size_t name = strings_at + names[i];

		point(pieces, flags, at, TEST_PIECES_HEADER);
		point(pieces, flags, at + size, name);
		point(pieces, flags, at + 2 * size, name + strlen(symbol->name) + 1);
		if (flags & TEST_KERNEL_CHECKSUMS)
			test_pieces_write(pieces,
					  test_pieces_at(pieces, table->checksums) +
						  4 * table->n,
					  4, symbol->checksum);
		if (flags & TEST_KERNEL_FLAGS)
			test_pieces_write(
				pieces, test_pieces_at(pieces, "__kflagstab") + table->n,
				1, symbol->gpl_only);
		table->n++;
	}
}

void test_kernel_pieces(struct test_pieces *pieces, unsigned flags)
{
	test_pieces_add(pieces, ".text", SHT_PROGBITS, NULL, 32, 16);
	test_pieces_add(pieces, ".rodata", SHT_PROGBITS, BANNER, sizeof(BANNER), 16);
	add_symbols(pieces, flags);
}

void test_kernel_vmlinux(struct test_pieces *pieces, unsigned flags)
{
	test_kernel_pieces(pieces, flags);
	test_pieces_finish_elf(pieces, ET_EXEC, TEST_KERNEL_ADDRESS);
}

void test_kernel_image(struct test_pieces *pieces, unsigned flags)
{
	test_kernel_pieces(pieces, flags);
	assert_true(strbuf_ok(&pieces->bytes));
	memcpy(pieces->bytes.data + 56, "ARM\x64", 4);
}

void test_gzip(struct strbuf *to, struct span bytes)
{
	z_stream stream = {0};
	uint8_t piece[4096];
	int r;

	/* 15 bits of window, 16 for the header of gzip; the lowest level is the fastest.
	 */
	assert_int_equal(
		deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
		Z_OK);
	stream.next_in = (uint8_t *)bytes.data;
	stream.avail_in = (uInt)bytes.size;
	do {
		stream.next_out = piece;
		stream.avail_out = sizeof(piece);
		r = deflate(&stream, Z_FINISH);
		strbuf_add(to, piece, sizeof(piece) - stream.avail_out);
	} while (r == Z_OK);
	assert_int_equal(r, Z_STREAM_END);
	(void)deflateEnd(&stream);
	assert_true(strbuf_ok(to));
}

static void write_at(struct strbuf *image, size_t at, size_t size, uint64_t value)
{
	write_le((uint8_t *)image->data + at, size, value);
}

void test_kernel_bzimage(struct strbuf *image, struct span payload, bool gzip)
{
	static const char release[] = TEST_KERNEL_RELEASE " (me@here) #1 SMP";
	uint8_t setup[1024] = {0};
	size_t payload_at = sizeof(setup) + 16;

	strbuf_add(image, setup, sizeof(setup));
	strbuf_add(image, setup, 16);
	if (gzip)
		test_gzip(image, payload);
	else
		strbuf_add(image, payload.data, payload.size);
	assert_true(strbuf_ok(image));
	write_at(image, 0x1f1, 1, 1); /* sectors behind the first */
	write_at(image, 0x1fe, 2, 0xaa55);
	memcpy(image->data + 0x202, "HdrS", 4);
	write_at(image, 0x206, 2, 0x20f);
	write_at(image, 0x20e, 2, 0x300 - 0x200);
	write_at(image, 0x236, 2, 1); /* for 64 bits */
	write_at(image, 0x248, 4, 16);
	write_at(image, 0x24c, 4, image->size - payload_at);
	memcpy(image->data + 0x300, release, sizeof(release));
}

void test_kernel_zboot(struct strbuf *image, struct span payload)
{
	uint8_t header[128] = {0};

	memcpy(header, "MZ\0\0zimg", 8);
	write_le(header + 8, 4, sizeof(header));
	memcpy(header + 24, "gzip", 4);
	write_le(header + 0x3c, 4, 64);
	memcpy(header + 64, "PE\0\0", 4);
	write_le(header + 68, 2, 0xaa64);
	strbuf_add(image, header, sizeof(header));
	test_gzip(image, payload);
	write_at(image, 12, 4, image->size - sizeof(header));
}
