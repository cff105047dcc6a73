/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/cpio-header.h"

#include <string.h>

static bool parse_number(const uint8_t *text, uint32_t *ret)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 8; i++) {
		uint8_t c = text[i];

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*ret = value;
	return true;
}

int cpio_header_parse(const uint8_t *text, uint64_t at, struct cpio_header *header,
		      struct error *error)
{
	uint32_t *const fields[] = {
		&header->inode,      &header->mode,         &header->uid,
		&header->gid,        &header->n_links,      &header->mtime,
		&header->size,       &header->device_major, &header->device_minor,
		&header->node_major, &header->node_minor,   &header->name_size,
		&header->checksum,
	};

	if (memcmp(text, "070707", 6) == 0)
		return error_bad(
			error, at,
			"cpio magic is 070707 (odc), must be 070701 (newc) or 070702");
	if (memcmp(text, "070701", 6) != 0 && memcmp(text, "070702", 6) != 0)
		return error_bad(
			error, at,
			"cpio magic is %02x%02x%02x%02x%02x%02x, must be the text 070701 or 070702",
			text[0], text[1], text[2], text[3], text[4], text[5]);
	header->has_checksum = text[5] == '2';
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!parse_number(text + 6 + 8 * i, fields[i]))
			return error_bad(
				error, at + 6 + 8 * i,
				"cpio header has '%.8s', must be 8 hexadecimal digits",
				(const char *)text + 6 + 8 * i);
	return 0;
}
