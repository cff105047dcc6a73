/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/kernel.h"

#include <elf.h>
#include <lz4.h>
#include <lzma.h>
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#include "formats/core/cursor.h"
#include "test/lib/test.h"

#define BANNER                                                      \
	"Linux version %s (%s)\0Linux version " TEST_KERNEL_RELEASE \
	" (me@here) (gcc 12) #1 SMP\n"

#define CONFIG    "CONFIG_MODULES=y\n"

/* So many that both tables are long enough to be found without section headers. */
#define N_SYMBOLS 40

const struct exported_symbol *test_kernel_symbols(size_t *ret_n)
{
	static struct exported_symbol symbols[N_SYMBOLS];
	static char names[N_SYMBOLS][16];

	for (unsigned i = 0; i < N_SYMBOLS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "symbol_%02u", i);
		symbols[i] = (struct exported_symbol){
			.name = names[i],
			.namespace = i % 5 == 1   ? "SPACE"
				     : i % 7 == 3 ? "module:a,b"
						  : "",
			.checksum = 0x01020300 + i,
			.gpl_only = i % 2 == 1,
		};
	}
	*ret_n = N_SYMBOLS;
	return symbols;
}

/* One table, and where its next entry goes. */
struct table {
	const char *entries, *checksums;
	size_t n;
};

static bool has_addresses(unsigned flags)
{
	return flags & (TEST_KERNEL_ABSOLUTE | TEST_KERNEL_LOONGARCH);
}

static size_t field_size(unsigned flags)
{
	return has_addresses(flags) ? 8 : 4;
}

/* Points the field at @at to @target, both offsets in the image. */
static void point(struct test_pieces *pieces, unsigned flags, size_t at, size_t target)
{
	uint64_t address =
		flags & TEST_KERNEL_LOONGARCH ? 0x9000000000200000 : TEST_KERNEL_ADDRESS;
	uint64_t value = has_addresses(flags) ? address + target : (uint64_t)target - at;

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

/* What the loop over the symbols needs. */
struct adding {
	struct test_pieces *pieces;
	unsigned flags;
	struct table plain, gpl;
	size_t strings_at;
};

static void add_symbol(struct adding *adding, const struct exported_symbol *symbol,
		       size_t name)
{
	struct test_pieces *pieces = adding->pieces;
	bool gpl = symbol->gpl_only && !(adding->flags & TEST_KERNEL_FLAGS);
	struct table *table = gpl ? &adding->gpl : &adding->plain;
	size_t size = field_size(adding->flags);
	size_t at = test_pieces_at(pieces, table->entries) + 3 * size * table->n;

	name += adding->strings_at;
	point(pieces, adding->flags, at, TEST_PIECES_HEADER);
	point(pieces, adding->flags, at + size, name);
	point(pieces, adding->flags, at + 2 * size, name + strlen(symbol->name) + 1);
	if (adding->flags & TEST_KERNEL_CHECKSUMS)
		test_pieces_write(pieces,
				  test_pieces_at(pieces, table->checksums) + 4 * table->n,
				  4, symbol->checksum);
	if (adding->flags & TEST_KERNEL_FLAGS)
		test_pieces_write(pieces,
				  test_pieces_at(pieces, "__kflagstab") + table->n, 1,
				  symbol->gpl_only);
	table->n++;
}

static void add_symbols(struct test_pieces *pieces, unsigned flags)
{
	_cleanup_strbuf_ struct strbuf strings = {0};
	struct adding adding = {
		.pieces = pieces,
		.flags = flags,
		.plain = {"__ksymtab", "__kcrctab", 0},
		.gpl = {"__ksymtab_gpl", "__kcrctab_gpl", 0},
	};
	size_t names[N_SYMBOLS], n_gpl = 0, n;
	const struct exported_symbol *symbols = test_kernel_symbols(&n);

	for (size_t i = 0; i < n; i++) {
		names[i] = strings.size;
		strbuf_add(&strings, symbols[i].name, strlen(symbols[i].name) + 1);
		strbuf_add(&strings, symbols[i].namespace,
			   strlen(symbols[i].namespace) + 1);
		n_gpl += !(flags & TEST_KERNEL_FLAGS) && symbols[i].gpl_only;
	}
	add_tables(pieces, flags, n - n_gpl, n_gpl);
	test_pieces_add(pieces, "__ksymtab_strings", SHT_PROGBITS, strings.data,
			strings.size, 1);
	adding.strings_at = test_pieces_at(pieces, "__ksymtab_strings");
	for (size_t i = 0; i < n; i++)
		add_symbol(&adding, &symbols[i], names[i]);
}

static void add_config(struct test_pieces *pieces)
{
	_cleanup_strbuf_ struct strbuf packed = {0};

	strbuf_add_string(&packed, "IKCFG_ST");
	test_gzip(&packed, span_string(CONFIG));
	strbuf_add_string(&packed, "IKCFG_ED");
	test_pieces_add(pieces, ".config", SHT_PROGBITS, packed.data, packed.size, 1);
}

void test_kernel_certificates(struct test_pieces *pieces, const size_t *sizes, size_t n,
			      size_t gap, bool modules)
{
	static const char text[] = ".builtin_trusted_keys";
	_cleanup_strbuf_ struct strbuf list = {0};
	uint64_t word;

	for (size_t i = 0; i < n; i++) {
		strbuf_add_char(&list, 0x30);
		strbuf_add_char(&list, (char)0x82);
		strbuf_add_char(&list, (char)((sizes[i] - 4) >> 8));
		strbuf_add_char(&list, (char)(sizes[i] - 4));
		for (size_t k = 4; k < sizes[i]; k++)
			strbuf_add_char(&list, (char)k);
	}
	word = list.size;
	for (size_t end = list.size + gap; list.size < end || list.size % 8 != 0;)
		strbuf_add_char(&list, 0);
	strbuf_add(&list, &word, sizeof(word));
	word = modules ? sizes[0] : 0;
	strbuf_add(&list, &word, sizeof(word));
	test_pieces_add(pieces, ".keyring", SHT_PROGBITS, text, sizeof(text), 1);
	test_pieces_add(pieces, ".init.data", SHT_PROGBITS, list.data, list.size, 8);
}

void test_kernel_pieces(struct test_pieces *pieces, unsigned flags)
{
	test_pieces_add(pieces, ".text", SHT_PROGBITS, NULL, 32, 16);
	test_pieces_add(pieces, ".rodata", SHT_PROGBITS, BANNER, sizeof(BANNER), 16);
	add_symbols(pieces, flags);
	if (flags & TEST_KERNEL_CONFIG)
		add_config(pieces);
}

void test_kernel_vmlinux(struct test_pieces *pieces, unsigned flags)
{
	test_kernel_pieces(pieces, flags);
	test_pieces_finish_elf(pieces, ET_EXEC, TEST_KERNEL_ADDRESS);
}

void test_kernel_image(struct test_pieces *pieces, unsigned flags)
{
	const char *magic = flags & TEST_KERNEL_LOONGARCH  ? "\xcd\x23\x82\x81"
			    : flags & TEST_KERNEL_ABSOLUTE ? "RSC\x05"
							   : "ARM\x64";

	test_kernel_pieces(pieces, flags);
	assert_true(strbuf_ok(&pieces->bytes));
	memcpy(pieces->bytes.data + 56, magic, 4);
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

static void add_xz(struct strbuf *to, struct span bytes)
{
	size_t room = lzma_stream_buffer_bound(bytes.size), size = 0;
	_cleanup_free_ uint8_t *packed = malloc(room);

	assert_non_null(packed);
	assert_int_equal(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, bytes.data,
						 bytes.size, packed, &size, room),
			 LZMA_OK);
	strbuf_add(to, packed, size);
}

static void add_zstd(struct strbuf *to, struct span bytes)
{
	size_t room = ZSTD_compressBound(bytes.size), size;
	_cleanup_free_ uint8_t *packed = malloc(room);

	assert_non_null(packed);
	size = ZSTD_compress(packed, room, bytes.data, bytes.size, 1);
	assert_false(ZSTD_isError(size));
	strbuf_add(to, packed, size);
}

/* lz4 -l: a mark, and one block with its size in front */
static void add_lz4(struct strbuf *to, struct span bytes)
{
	int room = LZ4_compressBound((int)bytes.size), size;
	_cleanup_free_ char *packed = malloc((size_t)room);
	uint8_t head[8] = {0x02, 0x21, 0x4c, 0x18};

	assert_non_null(packed);
	size = LZ4_compress_default((const char *)bytes.data, packed, (int)bytes.size,
				    room);
	assert_true(size > 0);
	write_le(head + 4, 4, (uint64_t)size);
	strbuf_add(to, head, sizeof(head));
	strbuf_add(to, packed, (size_t)size);
}

/* arch/x86/boot/compressed/Makefile: all but gzip have the unpacked size behind them. */
static void add_packed(struct strbuf *to, struct span bytes, enum compression compression)
{
	uint8_t size[4];

	write_le(size, sizeof(size), bytes.size);
	if (compression == COMPRESSION_GZIP)
		test_gzip(to, bytes);
	else if (compression == COMPRESSION_XZ)
		add_xz(to, bytes);
	else if (compression == COMPRESSION_ZSTD)
		add_zstd(to, bytes);
	else if (compression == COMPRESSION_LZ4)
		add_lz4(to, bytes);
	else
		strbuf_add(to, bytes.data, bytes.size);
	if (compression != COMPRESSION_NONE && compression != COMPRESSION_GZIP)
		strbuf_add(to, size, sizeof(size));
}

static void write_at(struct strbuf *image, size_t at, size_t size, uint64_t value)
{
	write_le((uint8_t *)image->data + at, size, value);
}

void test_kernel_bzimage(struct strbuf *image, struct span payload,
			 enum compression compression)
{
	static const char release[] = TEST_KERNEL_RELEASE " (me@here) #1 SMP";
	uint8_t setup[1024] = {0};
	size_t payload_at = sizeof(setup) + 16;

	strbuf_add(image, setup, sizeof(setup));
	strbuf_add(image, setup, 16);
	add_packed(image, payload, compression);
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
