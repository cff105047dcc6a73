/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "formats/core/cursor.h"
#include "formats/core/utf8.h"
#include "formats/gpt-disk.h"
#include "formats/gpt.h"

#define SECTOR_SIZE    512u
#define N_ENTRIES      128u
#define ENTRIES_SIZE   (N_ENTRIES * GPT_ENTRY_SIZE)
#define ENTRIES_SECTOR 2u
#define FIRST_USABLE   (ENTRIES_SECTOR + ENTRIES_SIZE / SECTOR_SIZE)
#define ALIGNMENT      4096u
/* The backup: entries, then the header in the last sector. */
#define TAIL_SIZE      (ENTRIES_SIZE + SECTOR_SIZE)

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

static uint64_t end_of(const struct gpt_plan_partition *partitions, size_t n)
{
	uint64_t end = round_up(FIRST_USABLE * SECTOR_SIZE, ALIGNMENT);

	for (size_t i = 0; i < n; i++)
		end = MAX(end, partitions[i].offset + partitions[i].size);
	return end;
}

/* A whole number of 4096-byte blocks, so that any sector size divides the image. */
static uint64_t image_size(const struct gpt_plan_partition *partitions, size_t n)
{
	return round_up(end_of(partitions, n) + TAIL_SIZE, ALIGNMENT);
}

uint64_t gpt_layout(struct gpt_plan_partition *partitions, size_t n_partitions)
{
	uint64_t at = round_up(FIRST_USABLE * SECTOR_SIZE, ALIGNMENT);

	for (size_t i = 0; i < n_partitions; i++) {
		partitions[i].offset = at;
		at = round_up(at + partitions[i].size, ALIGNMENT);
	}
	return image_size(partitions, n_partitions);
}

static void write_uuid(uint8_t *to, const struct uuid *uuid)
{
	struct uuid swapped = *uuid;

	gpt_uuid_swap(&swapped);
	memcpy(to, swapped.bytes, sizeof(swapped.bytes));
}

static int write_label(uint8_t *to, const char *label, struct error *error)
{
	const uint8_t *at = (const uint8_t *)label;
	size_t left = strlen(label), n = 0;

	while (left > 0) {
		size_t size = utf8_sequence_size(at, left);
		uint32_t rune = at[0];

		if (size == 0 || size == 4 || n == 36)
			return error_set(
				error, -EINVAL,
				"label '%s' is longer than 36 UTF-16 units or no text",
				label);
		if (size == 2)
			rune = (uint32_t)(at[0] & 0x1f) << 6 | (at[1] & 0x3f);
		if (size == 3)
			rune = (uint32_t)(at[0] & 0x0f) << 12 |
			       (uint32_t)(at[1] & 0x3f) << 6 | (at[2] & 0x3f);
		write_le(to + 2 * n++, 2, rune);
		at += size;
		left -= size;
	}
	return 0;
}

static int write_entries(uint8_t *entries, const struct gpt_plan_partition *partitions,
			 size_t n_partitions, struct error *error)
{
	for (size_t i = 0; i < n_partitions; i++) {
		const struct gpt_plan_partition *partition = &partitions[i];
		uint8_t *entry = entries + i * GPT_ENTRY_SIZE;
		int r;

		write_uuid(entry, &partition->type);
		write_uuid(entry + 16, &partition->uuid);
		write_le(entry + 32, 8, partition->offset / SECTOR_SIZE);
		write_le(entry + 40, 8,
			 (partition->offset + partition->size) / SECTOR_SIZE - 1);
		write_le(entry + 48, 8, partition->attributes);
		r = write_label(entry + 56, partition->label, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static void write_header(uint8_t *header, const struct uuid *disk_uuid,
			 const uint8_t *entries, uint64_t n_sectors, bool backup)
{
	uint64_t last = n_sectors - 1;

	memcpy(header, GPT_SIGNATURE, 8);
	write_le(header + 8, 4, GPT_REVISION);
	write_le(header + 12, 4, GPT_HEADER_SIZE);
	write_le(header + 24, 8, backup ? last : 1);
	write_le(header + 32, 8, backup ? 1 : last);
	write_le(header + 40, 8, FIRST_USABLE);
	write_le(header + 48, 8, n_sectors - TAIL_SIZE / SECTOR_SIZE - 1);
	write_uuid(header + 56, disk_uuid);
	write_le(header + 72, 8,
		 backup ? n_sectors - TAIL_SIZE / SECTOR_SIZE : ENTRIES_SECTOR);
	write_le(header + 80, 4, N_ENTRIES);
	write_le(header + 84, 4, GPT_ENTRY_SIZE);
	write_le(header + 88, 4, crc32(0, entries, ENTRIES_SIZE));
	write_le(header + 16, 4, crc32(0, header, GPT_HEADER_SIZE));
}

/* UEFI 2.10, table 5-4: one entry of type 0xee over the whole disk. */
static void write_mbr(uint8_t *mbr, uint64_t n_sectors)
{
	uint8_t *entry = mbr + 446;

	entry[2] = 2; /* CHS 0/0/2, where sector 1 is */
	entry[4] = 0xee;
	memset(entry + 5, 0xff, 3);
	write_le(entry + 8, 4, 1);
	write_le(entry + 12, 4, MIN(n_sectors - 1, (uint64_t)UINT32_MAX));
	mbr[510] = 0x55;
	mbr[511] = 0xaa;
}

int gpt_render(const struct uuid *disk_uuid, const struct gpt_plan_partition *partitions,
	       size_t n_partitions, uint8_t **ret_head, size_t *ret_head_size,
	       uint8_t **ret_tail, size_t *ret_tail_size, struct error *error)
{
	uint64_t size = image_size(partitions, n_partitions);
	uint64_t n_sectors = size / SECTOR_SIZE;
	size_t head_size = FIRST_USABLE * SECTOR_SIZE;
	size_t tail_size = (size_t)(size - end_of(partitions, n_partitions));
	_cleanup_free_ uint8_t *head = calloc(1, head_size), *tail = calloc(1, tail_size);
	uint8_t *entries;
	int r;

	if (n_partitions > N_ENTRIES)
		return error_set(error, -EINVAL, "%zu partitions, at most %u fit",
				 n_partitions, N_ENTRIES);
	if (!head || !tail)
		return error_memory(error);
	entries = head + ENTRIES_SECTOR * SECTOR_SIZE;
	r = write_entries(entries, partitions, n_partitions, error);
	if (r < 0)
		return r;
	write_mbr(head, n_sectors);
	write_header(head + SECTOR_SIZE, disk_uuid, entries, n_sectors, false);
	memcpy(tail + tail_size - TAIL_SIZE, entries, ENTRIES_SIZE);
	write_header(tail + tail_size - SECTOR_SIZE, disk_uuid, entries, n_sectors, true);
	*ret_head = TAKE_PTR(head);
	*ret_head_size = head_size;
	*ret_tail = TAKE_PTR(tail);
	*ret_tail_size = tail_size;
	return 0;
}
