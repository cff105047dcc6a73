/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/pe.h"

#include <inttypes.h>
#include <stdlib.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"

#define DOS_SIZE              64 /* with e_lfanew in its last 4 bytes */
#define PE_SIZE               24 /* signature and COFF file header */
#define SECTION_SIZE          40
#define DIRECTORY_SIZE        8
#define CERTIFICATE_SIZE      8 /* the header of a WIN_CERTIFICATE */
#define CERTIFICATE_ALIGNMENT 8

#define MAGIC_PE32            0x10b
#define MAGIC_PE32_PLUS       0x20b

/* PE Format, "Optional Header": its size without data directories. */
#define OPTIONAL_PE32         96
#define OPTIONAL_PE32_PLUS    112

#define DIRECTORY_CERTIFICATE 4
#define MAX_DIRECTORIES       16

struct headers {
	uint64_t pe_at; /* offsets in the file */
	uint64_t optional_at, table_at;
	uint16_t n_sections, optional_size;
	uint32_t certificates_at, certificates_size; /* 0, 0 if there are none */
};

/* 1 with the offset of the PE header, 0 if this is no PE image. */
static int find_pe(const struct source *source, uint64_t *ret, struct error *error)
{
	uint8_t dos[DOS_SIZE], signature[4];
	struct cursor cursor = cursor_make(span_make(dos + DOS_SIZE - 4, 4));
	uint64_t at;
	int r;

	if (source_size(source) < sizeof(dos))
		return 0;
	r = source_read(source, 0, dos, sizeof(dos), error);
	if (r < 0)
		return r;
	at = cursor_le32(&cursor);
	if (memcmp(dos, "MZ", 2) != 0 || at < sizeof(dos) ||
	    at + sizeof(signature) > source_size(source))
		return 0;
	r = source_read(source, at, signature, sizeof(signature), error);
	if (r < 0)
		return r;
	*ret = at;
	return memcmp(signature, "PE\0\0", sizeof(signature)) == 0;
}

bool pe_probe(const struct source *source)
{
	uint64_t at;

	return find_pe(source, &at, NULL) > 0;
}

static int read_part(const struct source *source, uint64_t at, size_t size,
		     const char *name, uint8_t **ret, struct error *error)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	int r;

	if (at > source_size(source) || size > source_size(source) - at)
		return error_bad(error, at,
				 "%s has %zu bytes at %" PRIu64
				 ", but the file ends at %" PRIu64,
				 name, size, at, source_size(source));
	bytes = malloc(size ? size : 1);
	if (!bytes)
		return error_memory(error);
	r = source_read(source, at, bytes, size, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(bytes);
	return 0;
}

static int read_coff(const struct source *source, struct headers *headers, struct pe *pe,
		     struct error *error)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	struct cursor cursor;
	int r = read_part(source, headers->pe_at, PE_SIZE, "PE header", &bytes, error);

	if (r < 0)
		return r;
	cursor = cursor_make(span_make(bytes, PE_SIZE));
	cursor_skip(&cursor, 4);
	pe->machine = cursor_le16(&cursor);
	headers->n_sections = cursor_le16(&cursor);
	cursor_skip(&cursor, 12);
	headers->optional_size = cursor_le16(&cursor);
	headers->optional_at = headers->pe_at + PE_SIZE;
	headers->table_at = headers->optional_at + headers->optional_size;
	if (headers->n_sections == 0)
		return error_bad(error, headers->pe_at + 6,
				 "PE image has 0 sections, expected at least 1");
	if (headers->n_sections > LIMIT_PE_SECTIONS)
		return error_set_at(error, -E2BIG, headers->pe_at + 6,
				    "PE image has %u sections, at most %d are read",
				    headers->n_sections, LIMIT_PE_SECTIONS);
	return 0;
}

/* The directory of certificates has an offset in the file, unlike the others. */
static void read_directories(struct cursor *cursor, struct headers *headers,
			     struct pe *pe)
{
	uint32_t n = cursor_le32(cursor);

	if (n > MAX_DIRECTORIES || cursor_left(cursor) != (size_t)n * DIRECTORY_SIZE)
		pe->faults |= PE_FAULT_DIRECTORIES;
	if (n <= DIRECTORY_CERTIFICATE)
		return;
	cursor_skip(cursor, (size_t)DIRECTORY_CERTIFICATE * DIRECTORY_SIZE);
	headers->certificates_at = cursor_le32(cursor);
	headers->certificates_size = cursor_le32(cursor);
	if (!cursor_ok(cursor))
		headers->certificates_at = headers->certificates_size = 0;
	else
		pe->certificate_entry_at =
			headers->optional_at + cursor->at - DIRECTORY_SIZE;
	pe->certificates_size = headers->certificates_size;
}

static int read_optional(const struct source *source, struct headers *headers,
			 struct pe *pe, struct error *error)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	struct cursor cursor;
	uint16_t magic;
	size_t least;
	int r = read_part(source, headers->optional_at, headers->optional_size,
			  "optional header", &bytes, error);

	if (r < 0)
		return r;
	cursor = cursor_make(span_make(bytes, headers->optional_size));
	magic = cursor_le16(&cursor);
	if (cursor_ok(&cursor) && magic != MAGIC_PE32 && magic != MAGIC_PE32_PLUS)
		return error_bad(error, headers->optional_at,
				 "optional header has magic 0x%x, expected 0x%x or 0x%x",
				 magic, MAGIC_PE32, MAGIC_PE32_PLUS);
	pe->plus = magic == MAGIC_PE32_PLUS;
	least = pe->plus ? OPTIONAL_PE32_PLUS : OPTIONAL_PE32;
	if (headers->optional_size < least)
		return error_bad(error, headers->pe_at + 20,
				 "optional header has %u bytes, expected at least %zu",
				 headers->optional_size, least);
	cursor_skip(&cursor, 54);
	pe->size_of_image = cursor_le32(&cursor);
	pe->size_of_headers = cursor_le32(&cursor);
	pe->checksum_at = headers->optional_at + cursor.at;
	cursor_skip(&cursor, 4);
	pe->subsystem = cursor_le16(&cursor);
	cursor_skip(&cursor, least - 4 - cursor.at);
	read_directories(&cursor, headers, pe);
	return 0;
}

static void read_section(struct cursor *cursor, const struct source *source,
			 const struct pe *pe, struct pe_section *section)
{
	cursor_copy(cursor, section->name, 8);
	section->name[8] = '\0';
	section->virtual_size = cursor_le32(cursor);
	section->virtual_address = cursor_le32(cursor);
	section->raw_size = cursor_le32(cursor);
	section->raw_at = cursor_le32(cursor);
	cursor_skip(cursor, 12);
	section->characteristics = cursor_le32(cursor);
	section->size = MIN(section->raw_size, section->virtual_size);
	if (section->raw_size > 0 &&
	    (uint64_t)section->raw_at + section->raw_size > source_size(source))
		section->faults |= PE_SECTION_FAULT_CUT;
	if ((uint64_t)section->virtual_address + section->virtual_size >
	    pe->size_of_image)
		section->faults |= PE_SECTION_FAULT_OUTSIDE;
	if (section->virtual_size > section->raw_size)
		section->faults |= PE_SECTION_FAULT_SHORT;
}

/* Whether two ranges have a byte in common. */
static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a_size > 0 && b_size > 0 && a < b + b_size && b < a + a_size;
}

static void compare_sections(struct pe_section *before, struct pe_section *section)
{
	if (overlap(before->virtual_address, before->virtual_size,
		    section->virtual_address, section->virtual_size)) {
		before->faults |= PE_SECTION_FAULT_OVERLAP;
		section->faults |= PE_SECTION_FAULT_OVERLAP;
	}
	if (overlap(before->raw_at, before->raw_size, section->raw_at,
		    section->raw_size)) {
		before->faults |= PE_SECTION_FAULT_OVERLAP_FILE;
		section->faults |= PE_SECTION_FAULT_OVERLAP_FILE;
	}
	if (memcmp(before->name, section->name, sizeof(section->name)) == 0)
		section->faults |= PE_SECTION_FAULT_DUPLICATE;
	if (section->virtual_address < before->virtual_address)
		section->faults |= PE_SECTION_FAULT_UNSORTED;
}

static int read_sections(const struct source *source, const struct headers *headers,
			 struct pe *pe, struct error *error)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size = (size_t)headers->n_sections * SECTION_SIZE;
	struct cursor cursor;
	int r = read_part(source, headers->table_at, size, "section table", &bytes,
			  error);

	if (r < 0)
		return r;
	pe->sections = calloc(headers->n_sections, sizeof(*pe->sections));
	if (!pe->sections)
		return error_memory(error);
	pe->n_sections = headers->n_sections;
	cursor = cursor_make(span_make(bytes, size));
	for (size_t i = 0; i < pe->n_sections; i++) {
		read_section(&cursor, source, pe, &pe->sections[i]);
		for (size_t j = 0; j < i; j++)
			compare_sections(&pe->sections[j], &pe->sections[i]);
	}
	return 0;
}

static int split_certificates(const struct headers *headers, struct pe *pe,
			      struct error *error)
{
	size_t size = headers->certificates_size;
	struct cursor cursor = cursor_make(span_make(pe->certificate_table, size));

	pe->certificates = calloc(LIMIT_PE_CERTIFICATES, sizeof(*pe->certificates));
	if (!pe->certificates)
		return error_memory(error);
	while (cursor_left(&cursor) > 0) {
		struct pe_certificate found = {.offset = headers->certificates_at +
							 cursor.at};
		size_t left = cursor_left(&cursor);
		uint32_t length = cursor_le32(&cursor);

		found.revision = cursor_le16(&cursor);
		found.type = cursor_le16(&cursor);
		if (!cursor_ok(&cursor) || length < CERTIFICATE_SIZE || length > left)
			return error_bad(error, found.offset,
					 "certificate has a length of %" PRIu32
					 ", must be between %d and the %zu bytes left",
					 length, CERTIFICATE_SIZE, left);
		if (pe->n_certificates == LIMIT_PE_CERTIFICATES)
			return error_set_at(error, -E2BIG, found.offset,
					    "has more than %d certificates",
					    LIMIT_PE_CERTIFICATES);
		found.data = cursor_take(&cursor, length - CERTIFICATE_SIZE);
		pe->certificates[pe->n_certificates++] = found;
		/* The padding of the last one is often left out. */
		cursor_skip(&cursor, MIN(cursor_left(&cursor),
					 (size_t)(-length % CERTIFICATE_ALIGNMENT)));
	}
	return 0;
}

static int read_certificates(const struct source *source, const struct headers *headers,
			     struct pe *pe, struct error *error)
{
	int r;

	if (headers->certificates_size == 0)
		return 0;
	if (headers->certificates_size > LIMIT_PE_CERT_TABLE)
		return error_set_at(error, -E2BIG, headers->certificates_at,
				    "certificate table has %" PRIu32
				    " bytes, at most %" PRIu64 " are read",
				    headers->certificates_size, LIMIT_PE_CERT_TABLE);
	r = read_part(source, headers->certificates_at, headers->certificates_size,
		      "certificate table", &pe->certificate_table, error);
	return r < 0 ? r : split_certificates(headers, pe, error);
}

static int read_all(const struct source *source, struct pe *pe, struct error *error)
{
	struct headers headers = {0};
	struct error why = ERROR_INIT;
	int r = find_pe(source, &headers.pe_at, error);

	if (r < 0)
		return r;
	if (r == 0)
		return error_set(error, -ENODATA, "is no PE image");
	r = read_coff(source, &headers, pe, error);
	if (r == 0)
		r = read_optional(source, &headers, pe, error);
	if (r == 0)
		r = read_sections(source, &headers, pe, error);
	if (r < 0)
		return r;
	pe->certificate_error = (struct error)ERROR_INIT;
	r = read_certificates(source, &headers, pe, &why);
	if (r < 0 && !error_is_input(r))
		return error_set_at(error, r, why.offset, "%s", why.message);
	if (r < 0) {
		pe->faults |= PE_FAULT_CERTIFICATES;
		pe->certificate_error = why;
	}
	return 0;
}

int pe_read(const struct source *source, struct pe *ret, struct error *error)
{
	struct pe pe = {0};
	int r = read_all(source, &pe, error);

	if (r < 0) {
		pe_done(&pe);
		return r;
	}
	*ret = pe;
	return 0;
}

void pe_done(struct pe *pe)
{
	free(pe->sections);
	free(pe->certificates);
	free(pe->certificate_table);
	*pe = (struct pe){0};
}

const char *pe_architecture(const struct pe *pe)
{
	/* PE Format, "Machine Types"; systemd's basic/architecture.h */
	static const struct {
		uint16_t machine;
		const char *name;
	} names[] = {
		{0x014c, "x86"},     {0x01c2, "arm"},     {0x01c4, "arm"},
		{0x5032, "riscv32"}, {0x5064, "riscv64"}, {0x6264, "loongarch64"},
		{0x8664, "x86-64"},  {0xaa64, "arm64"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].machine == pe->machine)
			return names[i].name;
	return NULL;
}

int pe_section_open(struct source *source, const struct pe_section *section,
		    struct source **ret, struct error *error)
{
	int r;

	if (section->faults & PE_SECTION_FAULT_CUT)
		return error_bad(error, section->raw_at,
				 "section '%s' has %" PRIu32 " bytes at %" PRIu32
				 ", but the file ends at %" PRIu64,
				 section->name, section->raw_size, section->raw_at,
				 source_size(source));
	r = source_slice(source, section->size ? section->raw_at : 0, section->size, ret,
			 error);
	return r < 0 ? error_wrap(error, r, "section '%s'", section->name) : 0;
}
