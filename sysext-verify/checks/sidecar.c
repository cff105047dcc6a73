/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/digest.h"
#include "sysext-verify/checks/check.h"
#include "sysext-verify/report/report.h"

static const struct extension_sidecars *sidecars_of(const struct subject *subject)
{
	return &subject->extension->sidecars;
}

static void run_broken(const struct check *check, const struct subject *subject,
		       struct report *report)
{
	const struct extension_sidecars *sidecars = sidecars_of(subject);

	if (sidecars->reach && sidecars->broken)
		report_add(report, check, "", "'%s': %s", sidecars->broken,
			   sidecars->error.message);
}

static void run_with_table(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	const struct extension_sidecars *sidecars = sidecars_of(subject);

	if (sidecars->reach && sidecars->tree &&
	    (subject->extension->ddi.kind == DDI_GPT ||
	     subject->extension->ddi.kind == DDI_MBR))
		report_add(report, check, "",
			   "has a partition table, and '%s' beside it, expected a bare "
			   "file system or no such file",
			   sidecars->tree);
}

static void format_uuid(const struct gpt_partition *partition, char *ret)
{
	static const char none[] = "none";

	if (partition)
		uuid_format(&partition->uuid, ret);
	else
		memcpy(ret, none, sizeof(none));
}

static void run_mismatch(const struct check *check, const struct subject *subject,
			 struct report *report)
{
	const struct extension_sidecars *sidecars = sidecars_of(subject);
	const struct ddi *ddi = &subject->extension->ddi;
	char data[37], hash[37], root[2 * DIGEST_MAX_SIZE + 1];

	if (!sidecars->reach || sidecars->root_hash_size == 0 ||
	    extension_sidecars_match(subject->extension))
		return;
	hex_encode(sidecars->root_hash, sidecars->root_hash_size, root);
	format_uuid(ddi->data.partition, data);
	format_uuid(ddi->hash.partition, hash);
	report_add(
		report, check, "",
		"'%s' says %s, which makes the UUIDs of a %s partition and of its hash "
		"tree; found are %s (%s) and %s",
		sidecars->hash, root, sidecars->usr ? "usr" : "root", data,
		ddi->data.type ? ddi->data.type->name : "linux-generic", hash);
}

static void run_incomplete(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	const struct extension_sidecars *sidecars = sidecars_of(subject);

	if (!sidecars->reach || sidecars->used || sidecars->broken ||
	    subject->extension->ddi.kind != DDI_BARE)
		return;
	if (sidecars->tree && !sidecars->hash)
		report_add(
			report, check, "",
			"has '%s' beside it, and neither '.roothash' nor the attribute "
			"'user.verity.roothash' that says its root hash",
			sidecars->tree);
	else if (sidecars->hash && sidecars->usr)
		report_add(report, check, "",
			   "has '%s' for its root hash, but a bare image is a root: "
			   "expected '.roothash'",
			   sidecars->hash);
	else if (sidecars->hash && !sidecars->tree)
		report_add(report, check, "",
			   "has '%s' for its root hash, and no hash tree: expected "
			   "'.verity' beside it",
			   sidecars->hash);
}

static void run_not_seen(const struct check *check, const struct subject *subject,
			 struct report *report)
{
	const struct extension *extension = subject->extension;
	const struct extension_sidecars *sidecars = &extension->sidecars;

	if (!sidecars->reach && extension->ddi.kind == DDI_BARE &&
	    (sidecars->tree || sidecars->hash))
		report_add(report, check, "",
			   "has '%s' beside it, but systemd-stub packs files that end in "
			   "'.raw' only: '%s' holds the image alone",
			   sidecars->tree ? sidecars->tree : sidecars->hash,
			   location_directory(extension->location));
}

#define SOURCE_LOAD \
	"shared/dissect-image.c, verity_settings_load() and dissect_image() (257, 262), read"

const struct check checks_sidecar[] = {
	{.id = "verity-sidecar-broken",
	 .title = "a file about the hash tree cannot be used",
	 .why = "\"Failed to read verity artifacts\", and no extension at all is merged.",
	 .fix = "Write the root hash in hexadecimal and the signature as PKCS#7 in DER, or "
		"remove the file.",
	 .source = SOURCE_LOAD
	 "; systemd-dissect of both says \"Invalid argument\" about an "
	 "empty signature and a root hash that is too short",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_broken},
	{.id = "verity-sidecar-with-table",
	 .title = "an image with a partition table has its hash tree beside it",
	 .why = "Because of that file systemd expects a bare file system: no extension at all "
		"is merged.",
	 .fix = "Remove the file, or build the image with its hash tree as a partition.",
	 .source = SOURCE_LOAD "; systemd-dissect of both refuses it",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_with_table},
	{.id = "verity-sidecar-mismatch",
	 .title = "the root hash beside the image is not that of its partitions",
	 .why = "systemd looks for partitions whose UUIDs are made of the root hash, finds "
		"none and gives up: no extension at all is merged.",
	 .fix = "Remove the file, or derive the UUIDs from the root hash.",
	 .source = SOURCE_LOAD "; systemd-dissect of both refuses it",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_GPT,
	 .run = run_mismatch},
	{.id = "verity-sidecar-incomplete",
	 .title = "the hash tree beside the image is not used",
	 .why = "systemd mounts the image without verifying anything, and does not say so.",
	 .fix = "Put NAME.verity and NAME.roothash beside NAME.raw, or remove both.",
	 .source = SOURCE_LOAD "; verity_settings_data_covers()",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_incomplete},
	{.id = "placement-sidecar-not-seen",
	 .title = "the files about the hash tree do not reach systemd",
	 .why = "The image arrives without them, unsigned, and is refused there.",
	 .fix = "Build the image with hash tree and signature as partitions.",
	 .source = "boot/stub.c, generate_sidecar_initrds() (257, 262), read",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_not_seen},
	{.id = NULL},
};
