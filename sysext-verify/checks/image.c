/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "sysext-verify/checks/check.h"
#include "sysext-verify/model/systemd.h"
#include "sysext-verify/report/report.h"

/* Signed usr partitions are verified since this version. */
#define SYSTEMD_VERIFIES_USR 258

static const struct ddi *ddi_of(const struct subject *subject)
{
	return &subject->extension->ddi;
}

static void run_not_recognised(const struct check *check, const struct subject *subject,
			       struct report *report)
{
	const struct ddi *ddi = ddi_of(subject);

	if (subject->extension->empty)
		report_add(report, check, "",
			   "is empty (0 bytes), expected a GPT or a file system");
	else if (recognition_kind(&subject->extension->seen.image[RECOGNIZE_ALL]) ==
		 DDI_BARE)
		return; /* image-filesystem-refused says which one it is */
	else if (ddi->kind == DDI_MBR)
		report_add(report, check, "",
			   "has a DOS partition table, expected a GPT or a file system");
	else if (ddi->kind == DDI_UNKNOWN)
		report_add(report, check, "",
			   "%" PRIu64 " bytes hold neither a GPT nor a file system that "
			   "is known",
			   ddi->size);
}

static void run_table_unusable(const struct check *check, const struct subject *subject,
			       struct report *report)
{
	const struct ddi *ddi = ddi_of(subject);

	if (ddi->kind != DDI_GPT)
		return;
	if (ddi->gpt_error.code < 0)
		report_add(report, check, "", "%s", ddi->gpt_error.message);
	else if (ddi->gpt.faults & GPT_FAULT_NO_PROTECTIVE_MBR)
		report_add(report, check, "",
			   "byte 510 is not 55 aa, the signature of the protective MBR");
	else if (ddi->gpt.faults & GPT_FAULT_NO_PROTECTIVE_ENTRY)
		report_add(report, check, "",
			   "protective MBR has no entry of type 0xee: the table is taken "
			   "for a DOS table");
}

static void run_sector_size(const struct check *check, const struct subject *subject,
			    struct report *report)
{
	if (ddi_of(subject)->gpt.faults & GPT_FAULT_SECTOR_SIZE_AMBIGUOUS)
		report_add(report, check, "",
			   "has GPT headers at two sector sizes, one of them is %" PRIu32
			   " bytes",
			   ddi_of(subject)->gpt.sector_size);
}

static void run_table_damaged(const struct check *check, const struct subject *subject,
			      struct report *report)
{
	const struct gpt *gpt = &ddi_of(subject)->gpt;
	const unsigned primary = GPT_FAULT_PRIMARY_HEADER | GPT_FAULT_PRIMARY_ENTRIES;
	const unsigned backup = GPT_FAULT_BACKUP_HEADER | GPT_FAULT_BACKUP_ENTRIES;

	if (gpt->faults & primary)
		report_add(report, check, "", "primary GPT: %s",
			   gpt->primary.code ? gpt->primary.message
					     : "its checksum is wrong");
	if (gpt->faults & backup)
		report_add(report, check, "", "backup GPT: %s",
			   gpt->backup.code ? gpt->backup.message
					    : "its checksum is wrong");
	else if (gpt->faults & GPT_FAULT_BACKUP_MISPLACED)
		report_add(report, check, "",
			   "backup GPT is not in the last sector of the %" PRIu64
			   " bytes of the image",
			   ddi_of(subject)->size);
	if (gpt->faults & GPT_FAULT_OVERLAP)
		report_add(report, check, "", "two partitions share sectors");
}

static void run_without_data(const struct check *check, const struct subject *subject,
			     struct report *report)
{
	const struct ddi *ddi = ddi_of(subject);

	if (!ddi->data.partition && ddi->n_generic < 2)
		report_add(
			report, check, "",
			"has %zu partitions, but none of a root or usr type that systemd "
			"may use",
			ddi->gpt.n_partitions);
	else if (ddi->data.partition && !ddi->data.source)
		report_add(report, check, "", "%s", ddi->data.error.message);
	else if (ddi->hash.partition && !ddi->hash.source)
		report_add(report, check, "", "%s", ddi->hash.error.message);
	else if (ddi->signature.partition && !ddi->signature.source)
		report_add(report, check, "", "%s", ddi->signature.error.message);
}

static bool is_usr(const struct ddi_part *part)
{
	return part->type && (part->type->role == PARTITION_USR ||
			      part->type->role == PARTITION_USR_VERITY ||
			      part->type->role == PARTITION_USR_VERITY_SIGNATURE);
}

static void run_conflict(const struct check *check, const struct subject *subject,
			 struct report *report)
{
	const struct ddi *ddi = ddi_of(subject);

	if (!ddi->data.partition && ddi->n_generic > 1)
		report_add(
			report, check, "",
			"has %u partitions of type linux-generic and none of a root or "
			"usr type, expected one",
			ddi->n_generic);
	else if (ddi->signature.partition && !ddi->hash.partition)
		report_add(report, check, "",
			   "partition %u is a signature (%s) without a hash tree",
			   ddi->signature.partition->number, ddi->signature.type->name);
	else if (ddi->hash.partition && ddi->data.partition &&
		 is_usr(&ddi->hash) != is_usr(&ddi->data))
		report_add(report, check, "",
			   "partition %u (%s) is no hash tree for partition %u (%s)",
			   ddi->hash.partition->number, ddi->hash.type->name,
			   ddi->data.partition->number,
			   ddi->data.type ? ddi->data.type->name : "linux-generic");
	else if (ddi->signature.partition &&
		 is_usr(&ddi->signature) != is_usr(&ddi->hash))
		report_add(report, check, "",
			   "partition %u (%s) is no signature for partition %u (%s)",
			   ddi->signature.partition->number, ddi->signature.type->name,
			   ddi->hash.partition->number, ddi->hash.type->name);
}

static void run_foreign(const struct check *check, const struct subject *subject,
			struct report *report)
{
	const struct ddi *ddi = ddi_of(subject);
	const char *base = subject->base->architecture;

	if (base && ddi->data.type && ddi->data.type->architecture &&
	    strcmp(ddi->data.type->architecture, base) != 0)
		report_add(report, check, "",
			   "partition %u has type %s, the base is for '%s'",
			   ddi->data.partition->number, ddi->data.type->name, base);
}

static void run_several(const struct check *check, const struct subject *subject,
			struct report *report)
{
	const struct ddi *ddi = ddi_of(subject);

	if (ddi->n_data > 1 || ddi->n_hash > 1 || ddi->n_signature > 1)
		report_add(
			report, check, "",
			"has %u data, %u hash and %u signature partitions; systemd takes "
			"partition %u for the data",
			ddi->n_data, ddi->n_hash, ddi->n_signature,
			ddi->data.partition ? ddi->data.partition->number : 0);
}

/* Since 258 what has this label is no partition, whatever its type says. */
static void run_empty_label(const struct check *check, const struct subject *subject,
			    struct report *report)
{
	const struct ddi *ddi = ddi_of(subject);
	const struct ddi_part *const parts[] = {&ddi->data, &ddi->hash, &ddi->signature};

	if (!systemd_since(subject->base->systemd_version, SYSTEMD_EMPTY_LABEL))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const struct gpt_partition *partition = parts[i]->partition;

		if (!partition || strcmp(partition->label, "_empty") != 0)
			continue;
		if (parts[i] == &ddi->data && ddi->n_data == 1 && ddi->n_generic == 0)
			report_add(report, check, "",
				   "partition %u, the only one for data, has the label "
				   "'_empty'",
				   partition->number);
		else
			report_unknown(
				report, check, "",
				"partition %u has the label '_empty': what systemd "
				"makes of the others is not known",
				partition->number);
	}
}

static void run_not_signed(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	const struct ddi *ddi = ddi_of(subject);
	enum location location = subject->extension->location;
	const char *found;

	if (!location_is_strict(location) || !ddi->data.source)
		return;
	if (ddi->kind == DDI_BARE)
		found = "is a bare file system without hash tree and signature";
	else if (!ddi->hash.partition)
		found = "has no partition with a hash tree";
	else if (!ddi->signature.partition)
		found = "has a hash tree, but no partition with its signature";
	else
		return;
	report_add(report, check, "", "%s, the image policy for '%s' is 'root=signed'",
		   found, location_directory(location));
}

static void run_usr_partition(const struct check *check, const struct subject *subject,
			      struct report *report)
{
	const struct ddi *ddi = ddi_of(subject);
	unsigned version = subject->base->systemd_version;

	if (version && version < SYSTEMD_VERIFIES_USR && is_usr(&ddi->data) &&
	    ddi->signature.partition)
		report_add(
			report, check, "",
			"partition %u has type %s, the base has systemd %u, which mounts "
			"it without looking at hash tree and signature",
			ddi->data.partition->number, ddi->data.type->name, version);
}

#define SOURCE_DISSECT "shared/dissect-image.c, dissect_image() (257, 262)"
#define WHY_ABORTS \
	"systemd cannot take the image apart and gives up: no extension at all is merged."

const struct check checks_image[] = {
	{.id = "image-not-recognised",
	 .title = "the file is no image that systemd knows",
	 .why = WHY_ABORTS,
	 .fix = "Replace or remove the file; make sure that it was copied completely.",
	 .source = SOURCE_DISSECT,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_not_recognised},
	{.id = "image-table-unusable",
	 .title = "the partition table cannot be used",
	 .why = WHY_ABORTS,
	 .fix = "Build or copy the image again; sfdisk --verify shows what is wrong.",
	 .source = "UEFI 2.10, 5.3; libblkid, partitions/gpt.c; " SOURCE_DISSECT,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_table_unusable},
	{.id = "image-sector-size-ambiguous",
	 .title = "the image has partition tables for two sector sizes",
	 .why = WHY_ABORTS,
	 .fix = "Build the image anew in an empty file.",
	 .source = "shared/gpt.c, gpt_probe() (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_sector_size},
	{.id = "image-table-damaged",
	 .title = "a copy of the partition table is damaged",
	 .why = "systemd still takes the other copy; the file was changed or cut after it was "
		"built.",
	 .fix = "Build or copy the image again.",
	 .source = "UEFI 2.10, 5.3; libblkid, partitions/gpt.c",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_GPT,
	 .run = run_table_damaged},
	{.id = "image-without-data",
	 .title = "the image has no partition that systemd can use",
	 .why = WHY_ABORTS,
	 .fix = "Build the image with a partition of the root type of its architecture, inside "
		"the usable sectors and without the no-auto flag; copy it completely.",
	 .source = SOURCE_DISSECT,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_GPT,
	 .run = run_without_data},
	{.id = "image-empty-label",
	 .title = "a partition is marked as empty by its label",
	 .why = "systemd passes over the partition, finds nothing to mount, and gives up: no "
		"extension at all is merged.",
	 .fix = "Give the partition another label.",
	 .source = "shared/dissect-image.c, dissect_image() (262); NEWS of systemd 258",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_GPT,
	 .run = run_empty_label},
	{.id = "image-partitions-conflict",
	 .title = "the image's partitions do not belong together",
	 .why = WHY_ABORTS,
	 .fix = "Build the image with one data partition and its own hash tree and signature.",
	 .source = SOURCE_DISSECT,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_GPT,
	 .run = run_conflict},
	{.id = "image-foreign-architecture",
	 .title = "the data partition is of another architecture",
	 .why = "systemd takes it all the same when it is the only one.",
	 .fix = "Build the image for the architecture of the base.",
	 .source = SOURCE_DISSECT,
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_GPT,
	 .run = run_foreign},
	{.id = "image-several-data",
	 .title = "the image has several partitions for one purpose",
	 .why = "systemd chooses by architecture, then by label; versions may differ.",
	 .fix = "Build the image with one data partition and its own hash tree and signature.",
	 .source = SOURCE_DISSECT,
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_GPT,
	 .run = run_several},
	{.id = "image-not-signed",
	 .title = "the image is not signed, but must be where it is placed",
	 .why = "The image policy for what systemd-stub passes on wants a signature: \"Image does "
		"not match image policy\", and no extension at all is merged.",
	 .fix = "Build a signed image, or put it into the initrd itself, in /etc/extensions "
		"(--location=initrd).",
	 .source = "shared/image-policy.c, image_policy_sysext_strict (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_not_signed},
	{.id = "image-usr-partition",
	 .title = "the signature of the image is never looked at",
	 .why = "systemd 257 loads signatures of root partitions only: the image is mounted "
		"unverified although it looks signed.",
	 .fix = "Build the image with partitions of the root type.",
	 .source =
		 "shared/dissect-image.c, dissected_image_load_verity_sig_partition() (257)",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_GPT,
	 .run = run_usr_partition},
	{.id = NULL},
};
