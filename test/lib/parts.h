/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Images of partitions with known types, put together by gpt_layout() and gpt_render().
 */

#include "formats/gpt.h"
#include "test/lib/test.h"

/*
 * One partition of an image: what it is, and 4096 bytes or more that start with the
 * content.
 */
struct part {
	enum partition_role role;
	const char *architecture; /* NULL for a generic one */
	const char *label;
	uint64_t attributes;
	const void *content;
	size_t size; /* bytes, a multiple of 4096; 0: one block of a squashfs */
};

struct parts_image {
	uint8_t *data;
	size_t size;
};

/* At most 8. */
struct parts_image parts_image_make(const struct part *parts, size_t n);
void parts_image_done(struct parts_image *image);
