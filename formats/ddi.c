/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/ddi.h"

#include <inttypes.h>

#include "formats/core/version.h"

static const char *const filesystem_names[] = {
	[FILESYSTEM_NONE] = "none",   [FILESYSTEM_SQUASHFS] = "squashfs",
	[FILESYSTEM_EROFS] = "erofs", [FILESYSTEM_EXT4] = "ext4",
	[FILESYSTEM_BTRFS] = "btrfs", [FILESYSTEM_XFS] = "xfs",
	[FILESYSTEM_F2FS] = "f2fs",   [FILESYSTEM_VFAT] = "vfat",
	[FILESYSTEM_LUKS] = "LUKS",   [FILESYSTEM_OTHER] = "another",
};

const char *filesystem_name(enum filesystem filesystem)
{
	return filesystem_names[filesystem];
}

enum filesystem filesystem_find(const char *type)
{
	for (size_t i = FILESYSTEM_SQUASHFS; i < FILESYSTEM_LUKS; i++)
		if (strcmp(type, filesystem_names[i]) == 0)
			return (enum filesystem)i;
	return strcmp(type, "crypto_LUKS") == 0 ? FILESYSTEM_LUKS : FILESYSTEM_OTHER;
}

/* Magic numbers as libblkid's superblocks/ has them. */
static const struct {
	enum filesystem filesystem;
	uint64_t offset;
	const char *magic;
	size_t size;
} magics[] = {
	{FILESYSTEM_SQUASHFS, 0, "hsqs", 4},
	{FILESYSTEM_EROFS, 1024, "\xe2\xe1\xf5\xe0", 4},
	{FILESYSTEM_EXT4, 0x438, "\x53\xef", 2},
	{FILESYSTEM_BTRFS, 0x10040, "_BHRfS_M", 8},
	{FILESYSTEM_XFS, 0, "XFSB", 4},
	{FILESYSTEM_F2FS, 1024, "\x10\x20\xf5\xf2", 4},
	{FILESYSTEM_VFAT, 0x36, "FAT12   ", 8},
	{FILESYSTEM_VFAT, 0x36, "FAT16   ", 8},
	{FILESYSTEM_VFAT, 0x52, "FAT32   ", 8},
	{FILESYSTEM_LUKS, 0, "LUKS\xba\xbe", 6},
};

int filesystem_probe(const struct source *source, enum filesystem *ret,
		     struct error *error)
{
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		char bytes[8];
		int r;

		if (source_size(source) < magics[i].offset + magics[i].size)
			continue;
		r = source_read(source, magics[i].offset, bytes, magics[i].size, error);
		if (r < 0)
			return r;
		if (memcmp(bytes, magics[i].magic, magics[i].size) == 0) {
			*ret = magics[i].filesystem;
			return 0;
		}
	}
	*ret = FILESYSTEM_NONE;
	return 0;
}

static bool is_native(const struct partition_type *type, const char *architecture)
{
	return architecture && type->architecture &&
	       strcmp(type->architecture, architecture) == 0;
}

/* Whether @new wins over the partition that has the role already (dissect_image(), 257).
 */
static bool wins(const struct ddi_part *old, const struct gpt_partition *new,
		 const struct partition_type *type, const char *architecture)
{
	bool old_native, new_native;

	if (!old->partition || !old->type)
		return true;
	old_native = is_native(old->type, architecture);
	new_native = is_native(type, architecture);
	if (old_native != new_native)
		return new_native;
	return version_compare(new->label, old->partition->label) > 0;
}

static void offer(struct ddi_part *part, unsigned *n,
		  const struct gpt_partition *partition,
		  const struct partition_type *type, const char *architecture)
{
	(*n)++;
	if (wins(part, partition, type, architecture))
		*part = (struct ddi_part){.partition = partition, .type = type};
}

static void pick_partitions(struct ddi *ddi, const char *architecture)
{
	const struct gpt_partition *generic = NULL;

	for (size_t i = 0; i < ddi->gpt.n_partitions; i++) {
		const struct gpt_partition *partition = &ddi->gpt.partitions[i];
		const struct partition_type *type = partition_type_find(&partition->type);

		/*
		 * libblkid leaves out the first kind; systemd the second:
		 * GPT_ATTRIBUTE_NO_AUTO.
		 */
		if (!type || (partition->faults & GPT_PARTITION_FAULT_OUTSIDE) ||
		    (partition->attributes & GPT_ATTRIBUTE_NO_AUTO))
			continue;
		switch (type->role) {
		case PARTITION_ROOT:
		case PARTITION_USR:
			offer(&ddi->data, &ddi->n_data, partition, type, architecture);
			break;
		case PARTITION_ROOT_VERITY:
		case PARTITION_USR_VERITY:
			offer(&ddi->hash, &ddi->n_hash, partition, type, architecture);
			break;
		case PARTITION_ROOT_VERITY_SIGNATURE:
		case PARTITION_USR_VERITY_SIGNATURE:
			offer(&ddi->signature, &ddi->n_signature, partition, type,
			      architecture);
			break;
		case PARTITION_GENERIC:
			ddi->n_generic++;
			generic = partition;
			break;
		default:
			break;
		}
	}
	if (!ddi->data.partition && ddi->n_generic == 1)
		ddi->data.partition = generic;
}

static void slice_part(struct source *source, struct ddi_part *part)
{
	const struct gpt_partition *partition = part->partition;

	if (!partition)
		return;
	if (partition->faults & GPT_PARTITION_FAULT_REVERSED) {
		error_bad(&part->error, ERROR_NO_OFFSET,
			  "partition %u starts after its end", partition->number);
		return;
	}
	if (source_slice(source, partition->offset, partition->size, &part->source,
			 &part->error) < 0)
		error_wrap(&part->error, -EBADMSG, "partition %u", partition->number);
}

/* Broken bytes are facts of @part's own error; only what ends the run is returned. */
static int fact_or_failure(int r, const struct error *fact, struct error *error)
{
	if (r >= 0 || error_is_input(r))
		return 0;
	return error_set(error, r, "%s", fact->message);
}

static int read_parts(struct ddi *ddi, struct error *error)
{
	int r;

	if (ddi->hash.source) {
		r = verity_read_superblock(ddi->hash.source, &ddi->superblock,
					   &ddi->superblock_error);
		ddi->has_superblock = r == 0;
		r = fact_or_failure(r, &ddi->superblock_error, error);
		if (r < 0)
			return r;
	}
	if (ddi->signature.source) {
		r = verity_signature_read(ddi->signature.source, &ddi->verity_signature,
					  &ddi->signature_error);
		ddi->has_signature = r == 0;
		r = fact_or_failure(r, &ddi->signature_error, error);
		if (r < 0)
			return r;
	}
	return ddi->data.source
		       ? filesystem_probe(ddi->data.source, &ddi->filesystem, error)
		       : 0;
}

static int read_mbr(const struct source *source, struct ddi *ddi, struct error *error)
{
	uint8_t bytes[2];
	int r;

	if (source_size(source) < 512)
		return 0;
	r = source_read(source, 510, bytes, 2, error);
	if (r == 0 && bytes[0] == 0x55 && bytes[1] == 0xaa)
		ddi->kind = DDI_MBR;
	return r;
}

static int read_table(struct source *source, const char *architecture, struct ddi *ddi,
		      struct error *error)
{
	int r = gpt_read(source, &ddi->gpt, &ddi->gpt_error);

	if (r == -ENODATA) {
		ddi->gpt_error = (struct error)ERROR_INIT;
		return read_mbr(source, ddi, error);
	}
	ddi->kind = DDI_GPT;
	if (r < 0)
		return fact_or_failure(r, &ddi->gpt_error, error);
	pick_partitions(ddi, architecture);
	slice_part(source, &ddi->data);
	slice_part(source, &ddi->hash);
	slice_part(source, &ddi->signature);
	return 0;
}

int ddi_read(struct source *source, const char *architecture, struct ddi *ret,
	     struct error *error)
{
	_cleanup_(ddi_done) struct ddi ddi = {.size = source_size(source),
					      .gpt_error = ERROR_INIT,
					      .superblock_error = ERROR_INIT,
					      .signature_error = ERROR_INIT};
	int r = filesystem_probe(source, &ddi.filesystem, error);

	if (r < 0)
		return r;
	if (ddi.filesystem != FILESYSTEM_NONE) {
		ddi.kind = DDI_BARE;
		ddi.data.source = source_ref(source);
	} else {
		r = read_table(source, architecture, &ddi, error);
		if (r == 0)
			r = read_parts(&ddi, error);
		if (r < 0)
			return r;
	}
	*ret = ddi;
	ddi = (struct ddi){0};
	return 0;
}

void ddi_done(struct ddi *ddi)
{
	source_unref(ddi->data.source);
	source_unref(ddi->hash.source);
	source_unref(ddi->signature.source);
	verity_signature_done(&ddi->verity_signature);
	gpt_done(&ddi->gpt);
	*ddi = (struct ddi){0};
}
