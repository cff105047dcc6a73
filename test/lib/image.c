/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/image.h"

#include <stdlib.h>
#include <string.h>

#include "formats/core/cursor.h"
#include "test/lib/test.h"

#define MACHINE_X86_64 0x8664
#define MACHINE_X86    0x14c
#define EXECUTABLE     0x206 /* no symbols, no line numbers */
#define N_DIRECTORIES  16
#define PAGE_SIZE      0x1000
#define ROW_SIZE       40

static size_t align_up(size_t size, size_t alignment)
{
	return (size + alignment - 1) / alignment * alignment;
}

static size_t optional_size(bool plus)
{
	return (plus ? 112 : 96) + (size_t)N_DIRECTORIES * 8;
}

size_t image_row(const struct image *image, size_t n)
{
	return IMAGE_OPTIONAL_AT + optional_size(image->plus) + n * ROW_SIZE;
}

size_t image_directories(const struct image *image)
{
	return IMAGE_OPTIONAL_AT + (image->plus ? 108 : 92);
}

void image_set(const struct image *image, size_t at, uint32_t value)
{
	assert_true(at + 4 <= image->size);
	write_le(image->data + at, 4, value);
}

void image_set_short(const struct image *image, size_t at, uint16_t value)
{
	assert_true(at + 2 <= image->size);
	write_le(image->data + at, 2, value);
}

static size_t part_size(const struct image_part *part)
{
	return part->size ? part->size : strlen(part->data);
}

static void put_headers(const struct image *image, size_t n_parts)
{
	memcpy(image->data, "MZ", 2);
	image_set(image, 60, IMAGE_PE_AT);
	memcpy(image->data + IMAGE_PE_AT, "PE\0\0", 4);
	image_set_short(image, IMAGE_PE_AT + 4,
			image->plus ? MACHINE_X86_64 : MACHINE_X86);
	image_set_short(image, IMAGE_PE_AT + PE_N_SECTIONS, (uint16_t)n_parts);
	image_set_short(image, IMAGE_PE_AT + PE_OPTIONAL_SIZE,
			(uint16_t)optional_size(image->plus));
	image_set_short(image, IMAGE_PE_AT + 22, EXECUTABLE);
	image_set_short(image, IMAGE_OPTIONAL_AT, image->plus ? 0x20b : 0x10b);
	image_set(image, IMAGE_OPTIONAL_AT + 32, PAGE_SIZE);
	image_set(image, IMAGE_OPTIONAL_AT + 36, IMAGE_ALIGNMENT);
	image_set_short(image, IMAGE_OPTIONAL_AT + 68, 10);
	image_set(image, image_directories(image), N_DIRECTORIES);
}

struct image image_make(const struct image_part *parts, size_t n_parts, bool plus)
{
	struct image image = {.plus = plus};
	size_t at = align_up(image_row(&image, n_parts), IMAGE_ALIGNMENT);
	uint32_t address = IMAGE_FIRST_ADDRESS;

	image.size = at;
	for (size_t i = 0; i < n_parts; i++)
		image.size += align_up(part_size(&parts[i]), IMAGE_ALIGNMENT);
	image.data = calloc(1, image.size);
	assert_non_null(image.data);
	put_headers(&image, n_parts);
	for (size_t i = 0; i < n_parts; i++) {
		size_t row = image_row(&image, i), size = part_size(&parts[i]);
		size_t name_size = strlen(parts[i].name);

		memcpy(image.data + row, parts[i].name, MIN(name_size, 8));
		image_set(&image, row + SECTION_VIRTUAL_SIZE, (uint32_t)size);
		image_set(&image, row + SECTION_VIRTUAL_ADDRESS, address);
		image_set(&image, row + SECTION_RAW_SIZE,
			  (uint32_t)align_up(size, IMAGE_ALIGNMENT));
		image_set(&image, row + SECTION_RAW_AT, (uint32_t)at);
		memcpy(image.data + at, parts[i].data, size);
		at += align_up(size, IMAGE_ALIGNMENT);
		address += (uint32_t)align_up(size, PAGE_SIZE);
	}
	image_set(&image, IMAGE_OPTIONAL_AT + OPTIONAL_IMAGE_SIZE, address);
	return image;
}

void image_done(struct image *image)
{
	free(image->data);
	*image = (struct image){0};
}

void image_sign(struct image *image, const void *table, size_t size)
{
	size_t at = image->size;

	image->data = realloc(image->data, at + size);
	assert_non_null(image->data);
	memcpy(image->data + at, table, size);
	image->size = at + size;
	image_set(image, image_directories(image) + 4 + 4 * 8, (uint32_t)at);
	image_set(image, image_directories(image) + 4 + 4 * 8 + 4, (uint32_t)size);
}
