/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sysext-verify/checks/check.h"
#include "sysext-verify/report/report.h"

/* dm-verity takes blocks of at most a page, and pages of this size are everywhere. */
#define PAGE_SIZE_EVERYWHERE      4096

/*
 * The root hash of an unsigned image is guessed from the partitions' UUIDs since this
 * version.
 */
#define SYSTEMD_GUESSES_ROOT_HASH 258

/*
 * libblkid is asked for the file systems that are taken, and a few more, since this
 * version.
 */
#define SYSTEMD_PROBES_LESS       258

/* The metadata is read through the hash tree in this version; 257 reads past it. */
#define SYSTEMD_READS_VERIFIED    262

static bool is_used(const struct subject *subject)
{
	return extension_uses_verity(subject->extension, subject->base->systemd_version);
}

/* "partition 2", or "'hello.verity'". */
struct place {
	char text[300];
};

static struct place place_of(const struct ddi_part *part, const char *sidecar)
{
	struct place place;

	if (part->partition)
		(void)snprintf(place.text, sizeof(place.text), "partition %u",
			       part->partition->number);
	else
		(void)snprintf(place.text, sizeof(place.text), "'%s'", sidecar);
	return place;
}

static struct place place_of_tree(const struct extension *extension)
{
	return place_of(&extension->ddi.hash, extension->sidecars.tree);
}

/* Where the hash tree starts in the file that holds it. */
static uint64_t tree_offset(const struct extension *extension)
{
	const struct gpt_partition *partition = extension->ddi.hash.partition;

	return partition ? partition->offset : 0;
}

static void run_superblock(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	const struct ddi *ddi = &subject->extension->ddi;

	if (is_used(subject) && ddi->hash.source && !ddi->has_superblock)
		report_add(report, check, "", "%s: %s (byte %" PRIu64 ")",
			   place_of_tree(subject->extension).text,
			   ddi->superblock_error.message,
			   tree_offset(subject->extension));
}

static void run_too_small(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	const struct extension *extension = subject->extension;

	if (is_used(subject) && !extension->verity_checked &&
	    extension->verity_error.code < 0)
		report_add(report, check, "", "%s", extension->verity_error.message);
}

static void run_cut(const struct check *check, const struct subject *subject,
		    struct report *report)
{
	const struct extension *extension = subject->extension;
	const struct verity_superblock *superblock = &extension->ddi.superblock;
	uint64_t used = extension->bytes_used;

	if (is_used(subject) && used > 0 &&
	    used / superblock->data_block_size >= superblock->n_data_blocks &&
	    used > superblock->n_data_blocks * superblock->data_block_size)
		report_add(report, check, "",
			   "file system has %" PRIu64
			   " bytes, the hash tree covers %" PRIu64 " blocks of %" PRIu32
			   " bytes",
			   used, superblock->n_data_blocks, superblock->data_block_size);
}

static void run_root_hash(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	const struct extension *extension = subject->extension;
	const struct verity_signature *signature = &extension->ddi.verity_signature;
	char tree[2 * DIGEST_MAX_SIZE + 1], signed_hash[2 * DIGEST_MAX_SIZE + 1];

	if (!extension->verity_checked || signature->root_hash_size == 0 ||
	    extension->root_hash_matches)
		return;
	hex_encode(extension->verity.root_hash, extension->verity.root_hash_size, tree);
	hex_encode(signature->root_hash,
		   MIN(signature->root_hash_size, (size_t)DIGEST_MAX_SIZE), signed_hash);
	if (extension->sidecars.used)
		report_add(report, check, "",
			   "hash tree of %s has root hash %s, '%s' says %s",
			   place_of_tree(extension).text, tree, extension->sidecars.hash,
			   signed_hash);
	else
		report_add(report, check, "",
			   "hash tree of partition %u has root hash %s, the signature in "
			   "partition %u is for %s",
			   extension->ddi.hash.partition->number, tree,
			   extension->ddi.signature.partition->number, signed_hash);
}

static void run_data(const struct check *check, const struct subject *subject,
		     struct report *report)
{
	const struct extension *extension = subject->extension;

	for (size_t i = 0; is_used(subject) && i < extension->n_damages; i++) {
		const struct damage *damage = &extension->damages[i];

		if (damage->path)
			report_add(
				report, check, damage->path,
				"block %" PRIu64 " (byte %" PRIu64
				" of the image) is not the one that the hash tree was made "
				"for: reading it gives 'Input/output error'",
				damage->block, damage->offset);
	}
}

static const struct damage *table_damage(const struct extension *extension)
{
	for (size_t i = 0; i < extension->n_damages; i++)
		if (!extension->damages[i].path)
			return &extension->damages[i];
	return NULL;
}

/* Before that version libblkid looked for everything that it knows. */
static bool is_probed(const struct subject *subject)
{
	return subject->extension->damage_probed == PROBED_YES &&
	       subject->base->systemd_version > 0 &&
	       subject->base->systemd_version < SYSTEMD_PROBES_LESS;
}

/* 257 reads the metadata from the data partition itself, past the hash tree. */
static bool reads_release_unverified(const struct subject *subject)
{
	return subject->base->systemd_version > 0 &&
	       subject->base->systemd_version < SYSTEMD_PROBES_LESS;
}

static bool is_release_damaged(const struct extension *extension)
{
	for (size_t i = 0; extension->release && i < extension->n_damages; i++)
		if (extension->damages[i].path &&
		    strcmp(extension->damages[i].path, extension->release->path) == 0)
			return true;
	return false;
}

static void run_superblock_corrupt(const struct check *check,
				   const struct subject *subject, struct report *report)
{
	const struct extension *extension = subject->extension;
	const struct damage *damage = table_damage(extension);

	if (!is_used(subject))
		return;
	if (extension->damage_in_superblock)
		report_add(
			report, check, "",
			"block 0 of the data, with the superblock of the file system, is "
			"not the one that the hash tree was made for");
	else if (extension->damage_in_mount && damage)
		report_add(
			report, check, "",
			"block %" PRIu64 " (byte %" PRIu64
			" of the image), or one behind it, is damaged and holds tables that "
			"the mount reads",
			damage->block, damage->offset);
	else if (is_probed(subject))
		report_add(report, check, "",
			   "block %" PRIu64 " (byte %" PRIu64
			   " of the image) is damaged, and libblkid reads it to find out "
			   "which file system the image holds",
			   extension->probed.block, extension->probed.offset);
	else if (is_release_damaged(extension) &&
		 subject->base->systemd_version >= SYSTEMD_READS_VERIFIED)
		report_add(
			report, check, extension->release->path,
			"is damaged, and systemd %u reads it through the hash tree before "
			"the merge",
			subject->base->systemd_version);
	else if (is_release_damaged(extension) && !reads_release_unverified(subject))
		report_unknown(report, check, extension->release->path,
			       "is damaged: does systemd read it before the merge?");
	else if (extension->damage_probed != PROBED_NO)
		report_unknown(
			report, check, "",
			"block %" PRIu64 " (byte %" PRIu64
			" of the image) is damaged: does libblkid read it to find out "
			"which file system the image holds?",
			extension->probed.block, extension->probed.offset);
	else if (damage)
		report_unknown(report, check, "",
			       "block %" PRIu64 " (byte %" PRIu64
			       " of the image) is damaged and holds tables of the file "
			       "system: is it read by the mount already?",
			       damage->block, damage->offset);
	else if (extension->verity.n_bad_hashes > 0)
		report_unknown(report, check, "",
			       "a block of the hash tree is damaged: is it needed by the "
			       "mount already?");
}

static void run_tables(const struct check *check, const struct subject *subject,
		       struct report *report)
{
	const struct extension *extension = subject->extension;
	const struct damage *damage = table_damage(extension);

	/* Block 0 has a check of its own. */
	if (is_used(subject) && damage && damage->block > 0)
		report_add(
			report, check, "",
			"block %" PRIu64 " (byte %" PRIu64
			" of the image) holds tables of the file system and is not the one "
			"that the hash tree was made for",
			damage->block, damage->offset);
}

static void run_tree(const struct check *check, const struct subject *subject,
		     struct report *report)
{
	const struct extension *extension = subject->extension;
	const struct verity_report *verity = &extension->verity;

	if (is_used(subject) && verity->n_bad_hashes > 0)
		report_add(report, check, "",
			   "%zu blocks of the hash tree are damaged, the first at byte "
			   "%" PRIu64 " of %s: the data below it cannot be read",
			   verity->n_bad_hashes,
			   tree_offset(extension) + verity->bad_hash_offsets[0],
			   extension->sidecars.used ? place_of_tree(extension).text
						    : "the image");
}

static void run_block_size(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	const struct verity_superblock *superblock = &subject->extension->ddi.superblock;

	if (is_used(subject) && (superblock->data_block_size > PAGE_SIZE_EVERYWHERE ||
				 superblock->hash_block_size > PAGE_SIZE_EVERYWHERE))
		report_add(report, check, "",
			   "data blocks of %" PRIu32 " and hash blocks of %" PRIu32
			   " bytes, at most %d bytes fit into a page",
			   superblock->data_block_size, superblock->hash_block_size,
			   PAGE_SIZE_EVERYWHERE);
}

/* The specification has the data and hash partition's UUIDs made of the root hash. */
static bool uuids_match(const struct extension *extension)
{
	const struct verity_report *verity = &extension->verity;
	size_t size = verity->root_hash_size;

	return size >= 16 && extension->ddi.data.partition &&
	       memcmp(extension->ddi.data.partition->uuid.bytes, verity->root_hash, 16) ==
		       0 &&
	       memcmp(extension->ddi.hash.partition->uuid.bytes,
		      verity->root_hash + size - 16, 16) == 0;
}

static void describe_uuids(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	const struct extension *extension = subject->extension;
	char data[37], hash[37], root[2 * DIGEST_MAX_SIZE + 1];

	uuid_format(&extension->ddi.data.partition->uuid, data);
	uuid_format(&extension->ddi.hash.partition->uuid, hash);
	hex_encode(extension->verity.root_hash, extension->verity.root_hash_size, root);
	report_add(
		report, check, "",
		"data partition has UUID %s and hash partition %s, the root hash is %s",
		data, hash, root);
}

static void run_guess(const struct check *check, const struct subject *subject,
		      struct report *report)
{
	const struct extension *extension = subject->extension;

	if (extension->verity_checked && !extension->ddi.signature.partition &&
	    subject->base->systemd_version >= SYSTEMD_GUESSES_ROOT_HASH &&
	    extension->ddi.data.partition && !uuids_match(extension))
		describe_uuids(check, subject, report);
}

static void run_uuid(const struct check *check, const struct subject *subject,
		     struct report *report)
{
	const struct extension *extension = subject->extension;

	if (extension->verity_checked && extension->ddi.signature.partition &&
	    extension->root_hash_matches && !uuids_match(extension))
		describe_uuids(check, subject, report);
}

#define NEEDS_HASH_TREE (NEEDS_EXTENSION | NEEDS_RAW | NEEDS_PARTS)
#define SOURCE_VERITY   "Documentation/admin-guide/device-mapper/verity.rst of Linux"
#define WHY_ABORTS      "The hash tree cannot be activated: no extension at all is merged."
#define FIX_AGAIN       "Copy the image again; if that does not help, build it again."

const struct check checks_verity[] = {
	{.id = "verity-superblock-broken",
	 .title = "the hash tree has no usable superblock",
	 .why = WHY_ABORTS,
	 .fix = FIX_AGAIN,
	 .source = "cryptsetup, DMVerity.md; libcryptsetup, crypt_load()",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_HASH_TREE,
	 .run = run_superblock},
	{.id = "verity-partition-too-small",
	 .title = "data or hash tree is shorter than the superblock says",
	 .why = WHY_ABORTS,
	 .fix = FIX_AGAIN,
	 .source = SOURCE_VERITY,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_HASH_TREE | NEEDS_SUPERBLOCK,
	 .run = run_too_small},
	{.id = "verity-filesystem-cut",
	 .title = "the hash tree covers a part of the file system only",
	 .why = "The device ends where the hash tree ends, and the mount of a cut file system "
		"fails: no extension at all is merged.",
	 .fix = "Pad the file system to whole blocks before the hash tree is made.",
	 .source = "fs/squashfs/super.c of Linux, squashfs_fill_super()",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_HASH_TREE | NEEDS_SUPERBLOCK,
	 .run = run_cut},
	{.id = "verity-root-hash-mismatch",
	 .title = "the hash tree is not the one that was signed",
	 .why = WHY_ABORTS,
	 .fix = FIX_AGAIN,
	 .source = SOURCE_VERITY,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_HASH_TREE | NEEDS_SUPERBLOCK,
	 .run = run_root_hash},
	{.id = "verity-data-corrupt",
	 .title = "a file of the image is damaged",
	 .why = "The image is merged, for dm-verity looks at a block when it is read. Whoever "
		"reads this file gets an error, a program that runs from it dies of SIGBUS.",
	 .fix = FIX_AGAIN,
	 .source = SOURCE_VERITY,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_HASH_TREE | NEEDS_SUPERBLOCK,
	 .run = run_data},
	{.id = "verity-superblock-corrupt",
	 .title = "damage in the image keeps it from being merged",
	 .why = "systemd reads these bytes before the merge and gives up on the error: no extension at "
		"all is merged.",
	 .fix = FIX_AGAIN,
	 .source = SOURCE_VERITY,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_HASH_TREE | NEEDS_SUPERBLOCK,
	 .run = run_superblock_corrupt},
	{.id = "verity-tables-corrupt",
	 .title = "tables of the image's file system are damaged",
	 .why = "Files or whole directories of the image cannot be read.",
	 .fix = FIX_AGAIN,
	 .source = SOURCE_VERITY,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_HASH_TREE | NEEDS_SUPERBLOCK,
	 .run = run_tables},
	{.id = "verity-tree-corrupt",
	 .title = "the hash tree is damaged",
	 .why = "No data whose digest lies in a damaged block can be read.",
	 .fix = FIX_AGAIN,
	 .source = SOURCE_VERITY,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_HASH_TREE | NEEDS_SUPERBLOCK,
	 .run = run_tree},
	{.id = "verity-block-size",
	 .title = "the hash tree has blocks larger than a page",
	 .why = "dm-verity refuses blocks larger than a page of memory, which has 4096 bytes on "
		"most machines: no extension at all is merged.",
	 .fix = "Build the image with blocks of 4096 bytes.",
	 .source = "drivers/md/dm-verity-target.c of Linux, verity_ctr()",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_HASH_TREE | NEEDS_SUPERBLOCK,
	 .run = run_block_size},
	{.id = "verity-uuid-mismatch",
	 .title = "the root hash cannot be guessed from the partitions",
	 .why = "systemd makes the root hash of an unsigned image from the UUIDs of its partitions "
		"and refuses the image when the hash tree has another.",
	 .fix = "Sign the image, or derive the UUIDs from the root hash.",
	 .source = "UAPI.2 Discoverable Partitions; shared/dissect-image.c (262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_HASH_TREE | NEEDS_SUPERBLOCK,
	 .run = run_guess},
	{.id = "verity-uuid-not-root-hash",
	 .title = "the partitions' UUIDs are not made from the root hash",
	 .why = "The specification wants it; systemd does not compare them in a signed image.",
	 .fix = "Derive the UUIDs of the data and hash partition from the root hash.",
	 .source = "UAPI.2 Discoverable Partitions",
	 .severity = SEVERITY_NOTE,
	 .consequence = CONSEQUENCE_INFO,
	 .needs = NEEDS_HASH_TREE | NEEDS_SUPERBLOCK | NEEDS_SIGNATURE,
	 .run = run_uuid},
	{.id = NULL},
};
