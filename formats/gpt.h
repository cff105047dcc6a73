/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * GUID partition tables: read with every fault that systemd survives or not, and written
 * deterministically.
 *
 * Specification: UEFI 2.10 section 5; what systemd and libblkid take: shared/gpt.c,
 * gpt_probe() (257, 262) and libblkid's superblocks of partitions (2.38 to 2.41). Read:
 * sectors of 512 to 4096 bytes, 1 to LIMIT_GPT_ENTRIES entries of 128 bytes, primary and
 * backup table.
 */

#include "formats/core/source.h"
#include "formats/partition-type.h"

enum gpt_fault {
	GPT_FAULT_NO_PROTECTIVE_MBR = 1
				      << 0, /* no 55 aa: libblkid sees no table at all */
	GPT_FAULT_NO_PROTECTIVE_ENTRY =
		1 << 1,                    /* no 0xee entry: it is seen as a DOS table */
	GPT_FAULT_PRIMARY_HEADER = 1 << 2, /* the primary header is wrong or its sum is */
	GPT_FAULT_PRIMARY_ENTRIES = 1 << 3, /* the sum of the primary entries is wrong */
	GPT_FAULT_BACKUP_HEADER = 1 << 4,
	GPT_FAULT_BACKUP_ENTRIES = 1 << 5,
	GPT_FAULT_BACKUP_MISPLACED = 1 << 6, /* the backup is not in the last sector */
	GPT_FAULT_SECTOR_SIZE_AMBIGUOUS = 1
					  << 7, /* headers at two sector sizes: refused */
	GPT_FAULT_OVERLAP = 1 << 8,             /* two partitions share sectors */
};

#define GPT_ATTRIBUTE_READ_ONLY (UINT64_C(1) << 60)
#define GPT_ATTRIBUTE_NO_AUTO   (UINT64_C(1) << 63)
#define GPT_ATTRIBUTE_GROWFS    (UINT64_C(1) << 59)

enum gpt_partition_fault {
	GPT_PARTITION_FAULT_OUTSIDE =
		1 << 0, /* outside first/last usable: ignored by libblkid */
	GPT_PARTITION_FAULT_REVERSED = 1 << 1, /* it starts after its end */
	GPT_PARTITION_FAULT_CUT = 1 << 2,      /* it reaches over the end of the image */
};

struct gpt_partition {
	unsigned number; /* from 1, its place in the table */
	struct uuid type, uuid;
	uint64_t offset, size; /* bytes */
	uint64_t attributes;
	char label[109]; /* UTF-8, of at most 36 UTF-16 units */
	unsigned faults; /* enum gpt_partition_fault */
};

struct gpt {
	unsigned faults;              /* enum gpt_fault */
	struct error primary, backup; /* why each is unusable; code 0 if it is not */
	uint32_t sector_size;         /* bytes */
	struct uuid disk_uuid;
	uint64_t first_usable, last_usable; /* sectors */
	struct gpt_partition
		*partitions; /* used entries in order of the table; from malloc() */
	size_t n_partitions;
};

/*
 * Whether a GPT header's signature stands at one of the four places where systemd looks,
 * or, behind a protective MBR, in the last sector of 512 bytes, where libblkid finds the
 * backup.
 */
bool gpt_probe(const struct source *source);

/*
 * -ENODATA if gpt_probe() says no; -EBADMSG with words and offset if neither table is
 * usable; the operating system's word. Everything else is a fault in the result.
 */
int gpt_read(const struct source *source, struct gpt *ret, struct error *error);
void gpt_done(struct gpt *gpt);

/* What gpt_layout() places and gpt_write() writes. */
struct gpt_plan_partition {
	struct uuid type, uuid;
	const char *label; /* UTF-8, at most 36 UTF-16 units */
	uint64_t size;     /* bytes, a multiple of 4096 */
	uint64_t attributes;
	uint64_t offset; /* bytes; set by gpt_layout() */
};

/*
 * Places the partitions tightly, aligned to 4096 bytes, and returns the size in bytes of
 * the whole image. 512-byte sectors, 128 entries.
 */
uint64_t gpt_layout(struct gpt_plan_partition *partitions, size_t n_partitions);

/*
 * Renders both tables: @ret_head is what stands before the first partition, @ret_tail
 * what stands after the last; both from malloc(). Same plan, same bytes. -EINVAL for a
 * label that is too long, -ENOMEM.
 */
int gpt_render(const struct uuid *disk_uuid, const struct gpt_plan_partition *partitions,
	       size_t n_partitions, uint8_t **ret_head, size_t *ret_head_size,
	       uint8_t **ret_tail, size_t *ret_tail_size, struct error *error);
