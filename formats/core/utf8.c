/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/utf8.h"

static uint32_t decode(const uint8_t *at, size_t size)
{
	uint32_t rune = size == 1 ? at[0] : at[0] & (0x7fu >> size);

	for (size_t i = 1; i < size; i++)
		rune = rune << 6 | (at[i] & 0x3f);
	return rune;
}

size_t utf8_sequence_size(const uint8_t *at, size_t left)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t rune;
	size_t size;

	if (left == 0)
		return 0;
	if (at[0] < 0x80)
		return 1;
	if (at[0] >= 0xc2 && at[0] <= 0xdf)
		size = 2;
	else if (at[0] >= 0xe0 && at[0] <= 0xef)
		size = 3;
	else if (at[0] >= 0xf0 && at[0] <= 0xf4)
		size = 4;
	else
		return 0;
	if (size > left)
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	rune = decode(at, size);
	if (rune < smallest[size] || rune > 0x10ffff ||
	    (rune >= 0xd800 && rune <= 0xdfff))
		return 0;
	return size;
}

bool utf8_is_control(const uint8_t *at, size_t size)
{
	uint32_t rune = decode(at, size);

	return (rune >= 0x80 && rune <= 0x9f) || (rune >= 0x202a && rune <= 0x202e) ||
	       (rune >= 0x2066 && rune <= 0x2069);
}

bool utf8_valid(const uint8_t *data, size_t size, size_t *ret_at)
{
	size_t at = 0;

	while (at < size) {
		size_t n = utf8_sequence_size(data + at, size - at);

		if (n == 0) {
			if (ret_at)
				*ret_at = at;
			return false;
		}
		at += n;
	}
	return true;
}
