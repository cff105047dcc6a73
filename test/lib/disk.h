/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A disk with a GPT that is written here field by field, apart from gpt_render(): any
 * sector size, any count and size of entries, and whatever a test breaks in it.
 */

#include "formats/gpt.h"
#include "test/lib/test.h"

/* Both tables and room between them. */
struct disk {
	uint32_t sector_size, n_entries, entry_size; /* bytes, entries, bytes */
	uint64_t n_sectors, table_sectors;
	size_t size; /* bytes */
	uint8_t *data;
};

/* The type root-x86-64, 4f68bce3-e8cd-4db1-96e7-fbcaf984b709, as it stands on disk. */
extern const uint8_t disk_root_type[16];

/* An empty disk with 64 usable sectors; disk_seal() is still to come. */
struct disk disk_make(uint32_t sector_size, uint32_t n_entries, uint32_t entry_size);
/* A sealed one with two partitions, of 8 and of 16 sectors, in entries 1 and 3. */
struct disk disk_good(uint32_t sector_size, uint32_t n_entries);
void disk_done(struct disk *disk);

uint8_t *disk_sector(const struct disk *disk, uint64_t sector);
uint64_t disk_first_usable(const struct disk *disk);
uint64_t disk_last_usable(const struct disk *disk);

/* Primary entries count from 1. disk_put_entry() makes the type disk_root_type. */
uint8_t *disk_entry(const struct disk *disk, unsigned number);
void disk_put_entry(const struct disk *disk, unsigned number, uint64_t first,
		    uint64_t last);

/* After the entries were written: the backup of them, both headers, all sums. */
void disk_seal(const struct disk *disk);
/* The sum of one header anew. */
void disk_add_sum(uint8_t *header);

/* gpt_read() of a copy of the bytes; read_good() fails the test if it fails. */
int disk_read_bytes(const uint8_t *data, size_t size, struct gpt *gpt,
		    struct error *error);
struct gpt disk_read_good(const struct disk *disk);
/* That the two partitions of disk_good() were found, from whichever table. */
void disk_assert_good(const struct disk *disk, const struct gpt *gpt);
