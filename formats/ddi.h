/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An extension image taken apart into its parts, without a verdict: Discoverable Disk
 * Images (UAPI group, DDI specification) and bare file systems.
 */

#include "formats/gpt.h"
#include "formats/verity-sig.h"
#include "formats/verity.h"

enum ddi_kind {
	DDI_UNKNOWN, /* neither: random, empty, too short */
	DDI_BARE,    /* a file system without a partition table */
	DDI_GPT,
	DDI_MBR, /* a DOS partition table */
};

enum filesystem {
	FILESYSTEM_NONE, /* nothing recognised */
	FILESYSTEM_SQUASHFS,
	FILESYSTEM_EROFS,
	FILESYSTEM_EXT4, /* by its magic number also ext2 and ext3 */
	FILESYSTEM_BTRFS,
	FILESYSTEM_XFS,
	FILESYSTEM_F2FS,
	FILESYSTEM_VFAT,
	FILESYSTEM_LUKS,  /* not a file system: encrypted */
	FILESYSTEM_OTHER, /* one that systemd does not mount; has no magic number here */
};

const char *filesystem_name(enum filesystem filesystem);

/* By libblkid's name of it: "ext4", "crypto_LUKS"; FILESYSTEM_OTHER for any other. */
enum filesystem filesystem_find(const char *type);

/* From the superblock's magic number. */
int filesystem_probe(const struct source *source, enum filesystem *ret,
		     struct error *error);

/* One data partition (or the whole of a bare image) with what belongs to it. */
struct ddi_part {
	const struct gpt_partition *partition; /* NULL for a bare image */
	const struct partition_type *type; /* NULL for a bare image or a generic one */
	struct source *source;             /* slice; NULL if it is cut off */
	struct error error;                /* why source is NULL; code 0 otherwise */
};

struct ddi {
	enum ddi_kind kind;
	struct gpt gpt;         /* where kind is DDI_GPT */
	struct error gpt_error; /* why the table cannot be used; code 0 otherwise */
	uint64_t size;          /* bytes of the whole file */

	/*
	 * As systemd picks them (shared/dissect-image.c, dissect_image(), 257): the
	 * partition of each role, native architecture first, then by label; NULL
	 * partition if there is none.
	 */
	struct ddi_part data, hash, signature;
	enum filesystem filesystem;                      /* of the data */
	unsigned n_data, n_hash, n_signature, n_generic; /* candidates of each role */

	bool has_superblock;
	struct verity_superblock superblock;
	struct error superblock_error; /* of the hash partition, if there is one */
	bool has_signature;
	struct verity_signature verity_signature;
	struct error signature_error; /* of the signature partition, if there is one */
};

/*
 * @architecture is systemd's name of the machine that boots ("x86-64"), NULL if it is not
 * known. Fails only when it cannot read: broken bytes are facts in the result.
 */
int ddi_read(struct source *source, const char *architecture, struct ddi *ret,
	     struct error *error);
void ddi_done(struct ddi *ddi);
