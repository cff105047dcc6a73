/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/ddi.h"
#include "test/lib/disk.h"
#include "test/lib/pair.h"
#include "test/lib/parts.h"

#define SIGNATURE                                                           \
	"{\"rootHash\":\"00112233445566778899aabbccddeeff\",\"signature\":" \
	"\"AQID\"}"

static struct ddi read_bytes(const void *data, size_t size, const char *architecture)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);
	struct error error = ERROR_INIT;
	struct ddi ddi;

	test_ok(ddi_read(source, architecture, &ddi, &error), &error);
	assert_int_equal(ddi.size, size);
	return ddi;
}

static struct ddi read_parts(const struct part *parts, size_t n, const char *architecture)
{
	_cleanup_(parts_image_done) struct parts_image image = parts_image_make(parts, n);
	struct ddi ddi = read_bytes(image.data, image.size, architecture);

	assert_int_equal(ddi.kind, DDI_GPT);
	assert_int_equal(ddi.gpt_error.code, 0);
	return ddi;
}

static void assert_kind(const void *data, size_t size, enum ddi_kind kind)
{
	struct ddi ddi = read_bytes(data, size, "x86-64");

	assert_int_equal(ddi.kind, kind);
	assert_int_equal(ddi.gpt_error.code, 0);
	assert_null(ddi.data.partition);
	assert_int_equal(ddi.data.source != NULL, kind == DDI_BARE);
	ddi_done(&ddi);
}

static const struct {
	enum filesystem filesystem;
	const char *name;
	size_t at, size;
	const char *magic;
} magics[] = {
	{FILESYSTEM_SQUASHFS, "squashfs", 0, 4, "hsqs"},
	{FILESYSTEM_EROFS, "erofs", 1024, 4, "\xe2\xe1\xf5\xe0"},
	{FILESYSTEM_EXT4, "ext4", 1080, 2, "\x53\xef"},
	{FILESYSTEM_BTRFS, "btrfs", 65600, 8, "_BHRfS_M"},
	{FILESYSTEM_XFS, "xfs", 0, 4, "XFSB"},
	{FILESYSTEM_F2FS, "f2fs", 1024, 4, "\x10\x20\xf5\xf2"},
	{FILESYSTEM_VFAT, "vfat", 54, 8, "FAT12   "},
	{FILESYSTEM_VFAT, "vfat", 54, 8, "FAT16   "},
	{FILESYSTEM_VFAT, "vfat", 82, 8, "FAT32   "},
	{FILESYSTEM_LUKS, "LUKS", 0, 6, "LUKS\xba\xbe"},
};

static enum filesystem probe(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);
	enum filesystem filesystem = FILESYSTEM_LUKS;
	struct error error = ERROR_INIT;

	test_ok(filesystem_probe(source, &filesystem, &error), &error);
	return filesystem;
}

static void test_filesystems(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		size_t size = magics[i].at + magics[i].size;
		uint8_t data[70000] = {0};

		assert_string_equal(filesystem_name(magics[i].filesystem),
				    magics[i].name);
		memcpy(data + magics[i].at, magics[i].magic, magics[i].size);
		assert_int_equal(probe(data, sizeof(data)), magics[i].filesystem);
		assert_int_equal(probe(data, size), magics[i].filesystem);
		assert_int_equal(probe(data, size - 1), FILESYSTEM_NONE);
		assert_kind(data, size, DDI_BARE);
		for (size_t k = 0; k < magics[i].size; k++) {
			data[magics[i].at + k] ^= 0x80;
			assert_int_equal(probe(data, size), FILESYSTEM_NONE);
			data[magics[i].at + k] ^= 0x80;
		}
	}
	assert_string_equal(filesystem_name(FILESYSTEM_NONE), "none");
	assert_int_equal(filesystem_find("xfs"), FILESYSTEM_XFS);
	assert_int_equal(filesystem_find("crypto_LUKS"), FILESYSTEM_LUKS);
	assert_int_equal(filesystem_find("LUKS"), FILESYSTEM_OTHER);
	assert_int_equal(filesystem_find("ext2"), FILESYSTEM_OTHER);
}

static void test_kinds(void **state)
{
	uint8_t data[8192] = {0};

	assert_kind(data, 0, DDI_UNKNOWN);
	assert_kind(data, 1, DDI_UNKNOWN);
	assert_kind(data, sizeof(data), DDI_UNKNOWN);
	data[510] = 0x55;
	assert_kind(data, sizeof(data), DDI_UNKNOWN);
	data[511] = 0xaa;
	assert_kind(data, sizeof(data), DDI_MBR);
	assert_kind(data, 512, DDI_MBR);
	assert_kind(data, 511, DDI_UNKNOWN);
	memcpy(data, "hsqs", 4);
	assert_kind(data, sizeof(data), DDI_BARE);
}

static void test_data_hash_and_signature(void **state)
{
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 4096, 4096, 3, 32);
	uint8_t signature[4096] = SIGNATURE;
	const struct part parts[] = {
		{PARTITION_USR_VERITY_SIGNATURE, "x86-64", .content = signature,
		 .size = 4096},
		{PARTITION_USR, "x86-64", .content = pair.data, .size = pair.data_size},
		{PARTITION_USR_VERITY, "x86-64", .content = pair.hash,
		 .size = pair.hash_size},
	};
	struct verity_report report;
	struct error error = ERROR_INIT;
	struct ddi ddi;

	memcpy(pair.data, "hsqs", 4);
	ddi = read_parts(parts, 3, "x86-64");
	assert_int_equal(ddi.n_data, 1);
	assert_int_equal(ddi.n_hash, 1);
	assert_int_equal(ddi.n_signature, 1);
	assert_int_equal(ddi.n_generic, 0);
	assert_int_equal(ddi.signature.partition->number, 1);
	assert_int_equal(ddi.data.partition->number, 2);
	assert_int_equal(ddi.hash.partition->number, 3);
	assert_string_equal(ddi.data.type->name, "usr-x86-64");
	assert_string_equal(ddi.hash.type->name, "usr-x86-64-verity");
	assert_string_equal(ddi.signature.type->name, "usr-x86-64-verity-sig");
	assert_int_equal(ddi.filesystem, FILESYSTEM_SQUASHFS);
	assert_true(ddi.has_superblock);
	assert_int_equal(ddi.superblock.n_data_blocks, 3);
	assert_true(ddi.has_signature);
	assert_int_equal(ddi.verity_signature.pkcs7_size, 3);
	assert_int_equal(source_size(ddi.data.source), pair.data_size);
	test_ok(verity_check(ddi.data.source, ddi.hash.source, &ddi.superblock, 0,
			     &report, &error),
		&error);
	/* The magic number came after the tree was made. */
	assert_int_equal(report.n_bad_total, 1);
	assert_int_equal(report.bad_blocks[0], 0);
	assert_memory_equal(report.root_hash, pair.root, 32);
	verity_report_done(&report);
	ddi_done(&ddi);
	assert_null(ddi.data.source);
}

/* Which of the partitions holds the data: its number, or 0. */
static unsigned pick(const struct part *parts, size_t n, const char *architecture)
{
	struct ddi ddi = read_parts(parts, n, architecture);
	unsigned number = ddi.data.partition ? ddi.data.partition->number : 0;

	assert_int_equal(ddi.data.source != NULL, number != 0);
	ddi_done(&ddi);
	return number;
}

static void test_native_architecture_wins(void **state)
{
	const struct part parts[] = {
		{PARTITION_ROOT, "arm64", .label = "9"},
		{PARTITION_ROOT, "x86-64", .label = "1"},
		{PARTITION_ROOT, "riscv64", .label = "8"},
	};

	assert_int_equal(pick(parts, 3, "x86-64"), 2);
	assert_int_equal(pick(parts, 3, "arm64"), 1);
	assert_int_equal(pick(parts, 3, "riscv64"), 3);
	assert_int_equal(pick(parts, 3, NULL), 1);
	assert_int_equal(pick(parts, 1, "x86-64"), 1);
}

static void test_higher_label_wins(void **state)
{
	const struct part parts[] = {
		{PARTITION_USR, "x86-64", .label = "v_1.9"},
		{PARTITION_USR, "x86-64", .label = "v_1.10"},
		{PARTITION_USR, "x86-64", .label = "v_1.2"},
		{PARTITION_USR, "x86-64", .label = "v_1.10"},
	};
	struct ddi ddi = read_parts(parts, 4, "x86-64");

	assert_int_equal(ddi.n_data, 4);
	ddi_done(&ddi);
	assert_int_equal(pick(parts, 4, "x86-64"), 2);
	assert_int_equal(pick(parts + 2, 2, "x86-64"), 2);
	assert_int_equal(pick(parts, 1, "x86-64"), 1);
}

static void test_generic(void **state)
{
	const struct part parts[] = {
		{PARTITION_GENERIC, NULL, .label = "9"},
		{PARTITION_ROOT, "x86-64", .label = "1"},
		{PARTITION_GENERIC, NULL, .label = "8"},
	};
	struct ddi ddi = read_parts(parts, 1, "x86-64");

	assert_int_equal(ddi.n_generic, 1);
	assert_int_equal(ddi.data.partition->number, 1);
	assert_null(ddi.data.type);
	assert_int_equal(ddi.filesystem, FILESYSTEM_SQUASHFS);
	ddi_done(&ddi);
	assert_int_equal(pick(parts, 3, "x86-64"), 2);
	ddi = read_parts((const struct part[]){parts[0], parts[2]}, 2, "x86-64");
	assert_int_equal(ddi.n_generic, 2);
	assert_null(ddi.data.partition);
	ddi_done(&ddi);
}

static void test_no_auto_is_left_out(void **state)
{
	const struct part parts[] = {
		{PARTITION_ROOT, "x86-64", .label = "9",
		 .attributes = GPT_ATTRIBUTE_NO_AUTO},
		{PARTITION_ROOT, "x86-64", .label = "1",
		 .attributes = GPT_ATTRIBUTE_READ_ONLY},
		{PARTITION_GENERIC, NULL, .label = "1",
		 .attributes = GPT_ATTRIBUTE_NO_AUTO},
	};

	assert_int_equal(pick(parts, 2, "x86-64"), 2);
	assert_int_equal(pick(parts, 1, "x86-64"), 0);
	assert_int_equal(pick(parts + 2, 1, "x86-64"), 0);
}

/* The partition with sectors @first to @last of a disk where 34 to 97 are usable. */
static struct ddi read_placed(uint64_t first, uint64_t last)
{
	struct disk disk = disk_make(512, 128, 128);
	struct ddi ddi;

	disk_put_entry(&disk, 1, first, last);
	disk_seal(&disk);
	ddi = read_bytes(disk.data, disk.size, "x86-64");
	disk_done(&disk);
	return ddi;
}

static void test_places(void **state)
{
	struct ddi ddi = read_placed(34, 97);

	assert_int_equal(source_size(ddi.data.source), 64 * 512);
	assert_int_equal(ddi.filesystem, FILESYSTEM_NONE);
	ddi_done(&ddi);
	ddi = read_placed(34, 98);
	assert_null(ddi.data.partition);
	ddi_done(&ddi);
	ddi = read_placed(50, UINT64_MAX);
	assert_null(ddi.data.partition);
	ddi_done(&ddi);
	ddi = read_placed(50, 40);
	assert_non_null(ddi.data.partition);
	assert_null(ddi.data.source);
	test_error(&ddi.data.error, -EBADMSG, ERROR_NO_OFFSET,
		   "partition 1 starts after its end");
	ddi_done(&ddi);
}

static void test_broken_parts(void **state)
{
	uint8_t zeros[4096] = {0};
	const struct part parts[] = {
		{PARTITION_ROOT, "x86-64", .label = "data"},
		{PARTITION_ROOT_VERITY, "x86-64", .content = zeros, .size = 4096},
		{PARTITION_ROOT_VERITY_SIGNATURE, "x86-64", .content = zeros,
		 .size = 4096},
	};
	struct ddi ddi = read_parts(parts, 3, "x86-64");

	assert_false(ddi.has_superblock);
	test_error(&ddi.superblock_error, -EBADMSG, 0, "no verity superblock");
	assert_false(ddi.has_signature);
	test_error(&ddi.signature_error, -EBADMSG, 0, "not JSON");
	assert_int_equal(ddi.filesystem, FILESYSTEM_SQUASHFS);
	ddi_done(&ddi);
}

static void test_broken_table(void **state)
{
	struct disk disk = disk_good(512, 128);
	struct ddi ddi;

	disk_sector(&disk, 1)[40] ^= 1;
	disk_sector(&disk, disk.n_sectors - 1)[40] ^= 1;
	ddi = read_bytes(disk.data, disk.size, "x86-64");
	assert_int_equal(ddi.kind, DDI_GPT);
	test_error(&ddi.gpt_error, -EBADMSG, 512 + 16, "GPT header sum is");
	assert_null(ddi.data.partition);
	ddi_done(&ddi);
	disk_done(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filesystems),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_data_hash_and_signature),
		cmocka_unit_test(test_native_architecture_wins),
		cmocka_unit_test(test_higher_label_wins),
		cmocka_unit_test(test_generic),
		cmocka_unit_test(test_no_auto_is_left_out),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_broken_parts),
		cmocka_unit_test(test_broken_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
