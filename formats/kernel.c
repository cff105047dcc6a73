/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/kernel.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "formats/elfinfo.h"
#include "formats/kernel-native.h"
#include "formats/unpack.h"

/* Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header" */
#define SETUP_HEADER_AT       0x1f1
#define SETUP_HEADER_SIZE     0x5f /* up to and with payload_length */
#define SETUP_SECTOR          512  /* bytes */
#define SETUP_DEFAULT_SECTORS 4    /* where setup_sects is 0 */
#define SETUP_BOOT_FLAG       0xaa55
#define SETUP_VERSION_PAYLOAD 0x0208
#define SETUP_VERSION_XLOAD   0x020c
#define SETUP_XLOAD_KERNEL_64 1

/* arch/x86/boot/compressed/Makefile, size_append: the unpacked size, not with gzip. */
#define PAYLOAD_SIZE_BYTES    4

/* The first bytes, which say what a file is. */
#define HEAD_SIZE             (SETUP_HEADER_AT + SETUP_HEADER_SIZE)

/* booting.rst of arm64, boot-image-header.rst of riscv: both have 64 bytes. */
#define IMAGE_HEADER_SIZE     64
#define IMAGE_MAGIC_AT        56

static const struct {
	const char *magic; /* at IMAGE_MAGIC_AT, 4 bytes */
	const char *architecture;
} flat_images[] = {
	{"ARM\x64", "arm64"},
	{"RSC\x05", "riscv64"},
	{"\xcd\x23\x82\x81", "loongarch64"},
};

const char *kernel_form_name(enum kernel_form form)
{
	static const char *const names[] = {
		[KERNEL_BZIMAGE] = "bzImage",
		[KERNEL_ZBOOT] = "EFI zboot image",
		[KERNEL_IMAGE] = "Image",
		[KERNEL_VMLINUX] = "vmlinux",
	};

	return names[form];
}

struct setup_header {
	uint32_t setup_size; /* bytes in front of the protected-mode code */
	uint16_t version;
	uint32_t release_at; /* bytes from the start of the file; 0: none */
	uint16_t xload_flags;
	uint32_t payload_at, payload_size; /* from the protected-mode code; bytes */
};

static bool is_bzimage(struct span head)
{
	struct cursor cursor = cursor_make(head);

	cursor_skip(&cursor, 0x1fe);
	if (cursor_le16(&cursor) != SETUP_BOOT_FLAG)
		return false;
	cursor_skip(&cursor, 0x202 - 0x200);
	return span_equal(cursor_take(&cursor, 4), span_string("HdrS"));
}

static struct setup_header parse_setup_header(struct span head)
{
	struct cursor cursor = cursor_make(head);
	struct setup_header header = {0};
	uint8_t sectors;

	cursor_skip(&cursor, SETUP_HEADER_AT);
	sectors = cursor_u8(&cursor);
	header.setup_size =
		SETUP_SECTOR * (1 + (sectors ? sectors : SETUP_DEFAULT_SECTORS));
	cursor_skip(&cursor, 0x206 - 0x1f2);
	header.version = cursor_le16(&cursor);
	cursor_skip(&cursor, 0x20e - 0x208);
	header.release_at = cursor_le16(&cursor);
	cursor_skip(&cursor, 0x236 - 0x210);
	header.xload_flags = cursor_le16(&cursor);
	cursor_skip(&cursor, 0x248 - 0x238);
	header.payload_at = cursor_le32(&cursor);
	header.payload_size = cursor_le32(&cursor);
	if (header.release_at > 0)
		header.release_at += SETUP_SECTOR;
	return header;
}

/* "6.12.9-amd64 (somebody@somewhere) #1 SMP ...": up to the first blank. */
static int read_header_release(struct kernel *kernel, const struct source *source,
			       const struct setup_header *header, struct error *error)
{
	char text[KERNEL_LONGEST_RELEASE + 1] = {0};
	uint64_t size = source_size(source);
	size_t n;
	int r;

	if (header->release_at == 0)
		return 0;
	if (header->release_at >= header->setup_size || header->release_at >= size)
		return error_bad(error, 0x20e,
				 "kernel_version points to %" PRIu32
				 ", expected less than %" PRIu32,
				 header->release_at, header->setup_size);
	r = source_read(source, header->release_at, text,
			(size_t)MIN(sizeof(text) - 1, size - header->release_at), error);
	if (r < 0)
		return r;
	n = strcspn(text, " ");
	if (n == 0 || text[n] != ' ')
		return error_bad(error, header->release_at,
				 "has no release of 1 to %d bytes where kernel_version "
				 "points to",
				 KERNEL_LONGEST_RELEASE - 1);
	kernel->header_release = strndup(text, n);
	return kernel->header_release ? 0 : error_memory(error);
}

static int open_payload(struct kernel *kernel, struct source *source, uint64_t at,
			uint64_t size, struct error *error)
{
	kernel->packed_at = at;
	return source_slice(source, at, size, &kernel->packed, error);
}

static int detect(const struct source *source, uint64_t at, enum compression *ret,
		  struct error *error)
{
	uint8_t head[8] = {0};
	size_t size = (size_t)MIN(sizeof(head), source_size(source) - at);
	int r = source_read(source, at, head, size, error);

	if (r < 0)
		return r;
	*ret = compression_detect(span_make(head, size));
	return 0;
}

static int open_bzimage(struct kernel *kernel, struct source *source, struct span head,
			struct error *error)
{
	struct setup_header header = parse_setup_header(head);
	uint64_t at = (uint64_t)header.setup_size + header.payload_at;
	uint32_t size = header.payload_size;
	int r;

	kernel->form = KERNEL_BZIMAGE;
	if (header.version < SETUP_VERSION_PAYLOAD)
		return error_set_at(error, -EOPNOTSUPP, 0x206,
				    "has boot protocol %u.%02u, 2.08 or later is read",
				    header.version >> 8, header.version & 0xff);
	kernel->architecture = header.version >= SETUP_VERSION_XLOAD &&
					       header.xload_flags & SETUP_XLOAD_KERNEL_64
				       ? "x86-64"
				       : "x86";
	r = read_header_release(kernel, source, &header, error);
	if (r < 0)
		return r;
	if (at >= source_size(source) || size > source_size(source) - at ||
	    size <= PAYLOAD_SIZE_BYTES)
		return error_bad(error, 0x248,
				 "payload of %" PRIu32 " bytes at %" PRIu64
				 " is not inside the %" PRIu64 " bytes of the file",
				 size, at, source_size(source));
	r = detect(source, at, &kernel->compression, error);
	if (r < 0)
		return r;
	if (kernel->compression != COMPRESSION_GZIP &&
	    kernel->compression != COMPRESSION_NONE)
		size -= PAYLOAD_SIZE_BYTES;
	return open_payload(kernel, source, at, size, error);
}

static bool is_zboot(struct span head)
{
	return span_starts_with(head, "MZ", 2) && head.size >= 8 &&
	       memcmp(head.data + 4, "zimg", 4) == 0;
}

/* The machine of the PE header, which both kinds of EFI program have. */
static const char *pe_machine(const struct source *source, uint32_t pe_at)
{
	static const struct {
		uint16_t machine;
		const char *name;
	} machines[] = {
		{0xaa64, "arm64"},
		{0x5064, "riscv64"},
		{0x6264, "loongarch64"},
	};
	uint8_t bytes[6];
	struct cursor cursor = cursor_make(span_make(bytes, sizeof(bytes)));
	uint16_t machine;

	if (source_read(source, pe_at, bytes, sizeof(bytes), NULL) < 0 ||
	    memcmp(bytes, "PE\0\0", 4) != 0)
		return NULL;
	cursor_skip(&cursor, 4);
	machine = cursor_le16(&cursor);
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return NULL;
}

/* zboot-header.S: the name of the compression, as the kernel's makefiles call it. */
static int zboot_compression(struct kernel *kernel, struct span name, struct error *error)
{
	static const struct {
		const char *name;
		enum compression compression;
	} names[] = {
		{"gzip", COMPRESSION_GZIP},   {"lz4", COMPRESSION_LZ4},
		{"lzma", COMPRESSION_LZMA},   {"lzo", COMPRESSION_LZO},
		{"xzkern", COMPRESSION_XZ},   {"zstd", COMPRESSION_ZSTD},
		{"zstd22", COMPRESSION_ZSTD}, {"bzip2", COMPRESSION_BZIP2},
	};
	char text[33] = {0};

	memcpy(text, name.data, MIN(name.size, sizeof(text) - 1));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(text, names[i].name) == 0) {
			kernel->compression = names[i].compression;
			return 0;
		}
	return error_set_at(error, -EOPNOTSUPP, 24,
			    "is compressed in a way that is not known, expected gzip, "
			    "lz4, lzma, lzo, xzkern, zstd or bzip2");
}

static int open_zboot(struct kernel *kernel, struct source *source, struct span head,
		      struct error *error)
{
	struct cursor cursor = cursor_make(head);
	uint32_t at, size, pe_at;
	struct span name;
	int r;

	kernel->form = KERNEL_ZBOOT;
	cursor_skip(&cursor, 8);
	at = cursor_le32(&cursor);
	size = cursor_le32(&cursor);
	cursor_skip(&cursor, 8);
	name = cursor_take(&cursor, 32);
	cursor_skip(&cursor, 0x3c - 56);
	pe_at = cursor_le32(&cursor);
	if (!cursor_ok(&cursor))
		return error_bad(error, head.size,
				 "EFI zboot header is cut, it has 64 bytes");
	kernel->architecture = pe_machine(source, pe_at);
	r = zboot_compression(kernel, name, error);
	if (r < 0)
		return r;
	if (at >= source_size(source) || size > source_size(source) - at || size == 0)
		return error_bad(error, 8,
				 "payload of %" PRIu32 " bytes at %" PRIu32
				 " is not inside the %" PRIu64 " bytes of the file",
				 size, at, source_size(source));
	return open_payload(kernel, source, at, size, error);
}

/* NULL if these bytes begin no Image. */
static const char *flat_architecture(struct span head)
{
	if (head.size < IMAGE_HEADER_SIZE)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(flat_images); i++)
		if (memcmp(head.data + IMAGE_MAGIC_AT, flat_images[i].magic, 4) == 0)
			return flat_images[i].architecture;
	return NULL;
}

/* Whether the bytes begin an image as it is in memory: an ELF file or a flat one. */
static bool take_unpacked_head(struct kernel *kernel, struct span head)
{
	struct elfinfo info = {0};
	struct cursor cursor = cursor_make(head);

	kernel->architecture = flat_architecture(head);
	kernel->form = KERNEL_IMAGE;
	if (kernel->architecture)
		return true;
	if (!elf_probe(head) || head.size < IMAGE_HEADER_SIZE)
		return false;
	kernel->form = KERNEL_VMLINUX;
	info.class_bits = head.data[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	info.big_endian = head.data[EI_DATA] == ELFDATA2MSB;
	cursor_skip(&cursor, 18);
	info.machine = cursor_le16(&cursor);
	if (info.big_endian)
		info.machine = __builtin_bswap16(info.machine);
	kernel->architecture = elf_architecture(&info);
	return true;
}

/* A whole file that is compressed: the first bytes inside say what it is. */
static int open_compressed(struct kernel *kernel, struct source *source,
			   struct error *error)
{
	_cleanup_(decompressor_freep) struct decompressor *decompressor = NULL;
	uint8_t head[IMAGE_HEADER_SIZE];
	size_t size;
	int r;

	r = decompressor_open(kernel->compression, source, 0, &decompressor, error);
	if (r == 0)
		r = decompressor_read(decompressor, head, sizeof(head), &size, error);
	if (r < 0)
		return r;
	if (!take_unpacked_head(kernel, span_make(head, size)))
		return error_set(error, -ENODATA, "holds no kernel image");
	return open_payload(kernel, source, 0, source_size(source), error);
}

/* Kernels whose images are known, but not read; NULL: it is none of them. */
static const char *foreign_form(const struct source *source)
{
	/* arch/arm/boot/compressed/head.S; arch/s390/boot/head.S, EP_STRING */
	static const struct {
		uint64_t at;
		const char *magic, *words;
	} forms[] = {
		{0x24, "\x18\x28\x6f\x01", "a zImage of arm"},
		{0x10008, "S390EP", "a bzImage of s390x"},
	};
	char magic[6];

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		size_t size = strlen(forms[i].magic);

		if (source_read(source, forms[i].at, magic, size, NULL) == 0 &&
		    memcmp(magic, forms[i].magic, size) == 0)
			return forms[i].words;
	}
	return NULL;
}

static int identify(struct kernel *kernel, struct source *source, struct error *error)
{
	uint8_t bytes[HEAD_SIZE];
	struct span head =
		span_make(bytes, (size_t)MIN(sizeof(bytes), source_size(source)));
	const char *foreign;
	int r = source_read(source, 0, bytes, head.size, error);

	if (r < 0)
		return r;
	if (is_bzimage(head))
		return open_bzimage(kernel, source, head, error);
	if (is_zboot(head))
		return open_zboot(kernel, source, head, error);
	if (take_unpacked_head(kernel, head))
		return open_payload(kernel, source, 0, source_size(source), error);
	kernel->compression = compression_detect(head);
	if (kernel->compression != COMPRESSION_NONE)
		return open_compressed(kernel, source, error);
	foreign = foreign_form(source);
	if (foreign)
		return error_set(error, -EOPNOTSUPP, "is %s, which is not read", foreign);
	return error_set(error, -ENODATA, "is no kernel image");
}

int kernel_open(struct source *source, struct kernel **ret, struct error *error)
{
	_cleanup_(kernel_freep) struct kernel *kernel = calloc(1, sizeof(*kernel));
	int r;

	if (!kernel)
		return error_memory(error);
	kernel->broken = (struct error)ERROR_INIT;
	r = identify(kernel, source, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(kernel);
	return 0;
}

void kernel_free(struct kernel *kernel)
{
	if (!kernel)
		return;
	source_unref(kernel->packed);
	source_unref(kernel->image);
	free(kernel->header_release);
	free(kernel->banner_release);
	free(kernel);
}

/* A payload may be anything; what is unpacked from a whole file was looked at before. */
static int check_image(const struct kernel *kernel, struct error *error)
{
	struct span image = source_memory(kernel->image);

	if (kernel->form == KERNEL_BZIMAGE && !elf_probe(image))
		return error_bad(error, 0, "payload is no ELF file, expected a vmlinux");
	if (kernel->form == KERNEL_ZBOOT && !flat_architecture(image))
		return error_bad(error, 0,
				 "payload is no Image of arm64, riscv64 or "
				 "loongarch64");
	return 0;
}

static int unpack(struct kernel *kernel, struct error *error)
{
	int r = unpack_whole(kernel->compression, kernel->packed, LIMIT_KERNEL_UNPACKED,
			     &kernel->image, error);

	if (r == 0)
		r = check_image(kernel, error);
	if (r == 0)
		return 0;
	source_unref(kernel->image);
	kernel->image = NULL;
	error_shift(error, kernel->packed_at);
	return r;
}

int kernel_unpack(struct kernel *kernel, struct error *error)
{
	/* What failed once is not tried again, by each who asks. */
	if (kernel->broken.code == 0 && !kernel->image)
		(void)unpack(kernel, &kernel->broken);
	if (kernel->broken.code == 0)
		return 0;
	return error_set_at(error, kernel->broken.code, kernel->broken.offset, "%s",
			    kernel->broken.message);
}

int kernel_image_bytes(struct kernel *kernel, struct span *ret, struct error *error)
{
	int r = kernel_unpack(kernel, error);

	if (r < 0)
		return r;
	*ret = source_memory(kernel->image);
	return 0;
}
