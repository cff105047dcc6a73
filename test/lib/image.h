/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* PE images, written field by field apart from the code under test. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_PE_AT             64 /* the PE header */
#define IMAGE_OPTIONAL_AT       88
#define IMAGE_ALIGNMENT         512
#define IMAGE_FIRST_ADDRESS     0x1000 /* of the first section; each has its own page */

/* Offsets of fields in the PE header and the optional header, from its start. */
#define PE_N_SECTIONS           6
#define PE_OPTIONAL_SIZE        20
#define OPTIONAL_IMAGE_SIZE     56

/* Offsets of fields in a row of the section table. */
#define SECTION_VIRTUAL_SIZE    8
#define SECTION_VIRTUAL_ADDRESS 12
#define SECTION_RAW_SIZE        16
#define SECTION_RAW_AT          20

struct image_part {
	const char *name; /* at most 8 bytes count */
	const void *data;
	size_t size; /* 0: that of the text @data */
};

struct image {
	uint8_t *data; /* from malloc() */
	size_t size;
	bool plus; /* PE32+ */
};

/* Each part becomes a section of its size, in order, of which none is at fault. */
struct image image_make(const struct image_part *parts, size_t n_parts, bool plus);
void image_done(struct image *image);

/* Writes a number of 4 bytes, or of 2. */
void image_set(const struct image *image, size_t at, uint32_t value);
void image_set_short(const struct image *image, size_t at, uint16_t value);

/* The offset of a section's row, of the n-th from 0. */
size_t image_row(const struct image *image, size_t n);

/* The offset of the number of data directories; the directories follow it. */
size_t image_directories(const struct image *image);

/* Appends bytes and makes them the certificate table. */
void image_sign(struct image *image, const void *table, size_t size);
