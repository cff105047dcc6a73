/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "sysext-verify/checks/check.h"
#include "sysext-verify/report/report.h"

#define EXPECTED "expected squashfs, erofs, ext4, btrfs, xfs, f2fs or vfat"

/* Whose answers count: that of the version of systemd in the base. */
struct seen {
	const struct recognition *image, *data; /* NULL: it depends on the version */
};

static struct seen seen_of(const struct subject *subject)
{
	unsigned version = subject->base->systemd_version;

	return (struct seen){extension_seen_image(subject->extension, version),
			     extension_seen_data(subject->extension, version)};
}

static bool is_other(const struct recognition *seen)
{
	return seen->type[0] && filesystem_find(seen->type) == FILESYSTEM_OTHER;
}

static void run_ambiguous(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	struct seen seen = seen_of(subject);

	if (seen.image && seen.image->answer == RECOGNIZED_AMBIGUOUS)
		report_add(
			report, check, "",
			"libblkid %s finds two kinds of file system or partition table "
			"in it, expected one",
			recognize_version());
	else if (seen.data && seen.data->answer == RECOGNIZED_AMBIGUOUS)
		report_add(report, check, "",
			   "libblkid %s finds two kinds of file system in partition %u, "
			   "expected one",
			   recognize_version(),
			   subject->extension->ddi.data.partition->number);
}

static const char *kind_name(enum ddi_kind kind)
{
	static const char *const names[] = {
		[DDI_UNKNOWN] = "nothing that is known",
		[DDI_BARE] = "a bare file system",
		[DDI_GPT] = "a GPT",
		[DDI_MBR] = "a DOS partition table",
	};

	return names[kind];
}

static const char *or_nothing(const char *text)
{
	return *text ? text : "nothing";
}

/* What systemd sees depends on how it asks, and how this version asks is not known. */
static void report_by_version(const struct check *check, const struct subject *subject,
			      struct report *report)
{
	const struct extension_seen *seen = &subject->extension->seen;
	const struct recognition *all = &seen->image[RECOGNIZE_ALL],
				 *allowed = &seen->image[RECOGNIZE_ALLOWED];

	report_unknown(
		report, check, "",
		"libblkid %s answers '%s' (%s) where it is asked for everything, as "
		"systemd 257 does, and '%s' (%s) where it is asked as 262 does: "
		"how does systemd of the base ask?",
		recognize_version(), or_nothing(all->type), or_nothing(all->table),
		or_nothing(allowed->type), or_nothing(allowed->table));
}

static void run_kind(const struct check *check, const struct subject *subject,
		     const struct recognition *image, struct report *report)
{
	const struct extension_seen *seen = &subject->extension->seen;
	enum ddi_kind kind = recognition_kind(image);

	/* Neither reads it, or a check of the table has said why libblkid does not. */
	if (kind == seen->own_kind || seen->own_kind == DDI_UNKNOWN ||
	    seen->own_kind == DDI_MBR)
		return;
	if (kind == DDI_UNKNOWN || kind == DDI_MBR) {
		if (seen->own_kind == DDI_GPT && subject->extension->ddi.gpt.faults)
			return;
		if (subject->extension->ddi.gpt_error.code == 0)
			report_add(report, check, "",
				   "is read here as %s (%s), libblkid %s finds %s",
				   kind_name(seen->own_kind),
				   filesystem_name(seen->own_filesystem),
				   recognize_version(), kind_name(kind));
	} else if (!is_other(image)) {
		report_unknown(report, check, "",
			       "is read here as %s, libblkid %s finds %s (%s)",
			       kind_name(seen->own_kind), recognize_version(),
			       kind_name(kind), or_nothing(image->type));
	}
}

static void run_seen_otherwise(const struct check *check, const struct subject *subject,
			       struct report *report)
{
	const struct extension_seen *own = &subject->extension->seen;
	struct seen seen = seen_of(subject);
	const char *name = filesystem_name(own->own_filesystem);

	if (!seen.image || !seen.data) {
		report_by_version(check, subject, report);
		return;
	}
	if (seen.image->answer == RECOGNIZED_NOT_ASKED ||
	    seen.image->answer == RECOGNIZED_AMBIGUOUS)
		return;
	run_kind(check, subject, seen.image, report);
	if (recognition_kind(seen.image) != own->own_kind ||
	    own->own_filesystem == FILESYSTEM_NONE)
		return;
	if (seen.data->answer == RECOGNIZED_NOTHING)
		report_add(report, check, "",
			   "data is read here as %s, libblkid %s finds no file system in "
			   "it",
			   name, recognize_version());
	else if (seen.data->type[0] && !is_other(seen.data) &&
		 filesystem_find(seen.data->type) != own->own_filesystem)
		report_unknown(report, check, "",
			       "data looks like %s, libblkid %s takes it for %s", name,
			       recognize_version(), seen.data->type);
}

static void run_refused(const struct check *check, const struct subject *subject,
			struct report *report)
{
	const struct extension *extension = subject->extension;
	const struct recognition *all = &extension->seen.image[RECOGNIZE_ALL];
	struct seen seen = seen_of(subject);

	if (!seen.image || !seen.data)
		return;
	if (extension->seen.has_data && recognition_kind(seen.image) != DDI_BARE)
		all = &extension->seen.data[RECOGNIZE_ALL];
	if (is_other(seen.data) &&
	    (extension->seen.has_data || recognition_kind(seen.image) == DDI_BARE))
		report_add(report, check, "",
			   "data holds the file system '%s', " EXPECTED, seen.data->type);
	else if (seen.data->answer == RECOGNIZED_NOTHING && is_other(all))
		report_add(report, check, "",
			   "data holds the file system '%s', for which systemd does not "
			   "look: " EXPECTED,
			   all->type);
	else if (extension->ddi.filesystem == FILESYSTEM_LUKS)
		report_add(report, check, "",
			   "data is encrypted (LUKS), and no key is asked for");
	else if (extension->ddi.data.source &&
		 extension->ddi.filesystem == FILESYSTEM_NONE)
		report_add(report, check, "",
			   "data holds no file system that systemd takes: " EXPECTED);
}

/* Linux has a name for lzma, and no code behind it. */
static void run_compressor(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	const struct extension *extension = subject->extension;
	const char *compressor = extension->squashfs.compressor;

	if (extension->ddi.filesystem == FILESYSTEM_SQUASHFS && compressor &&
	    strcmp(compressor, "lzma") == 0)
		report_add(
			report, check, "",
			"squashfs is compressed with %s, expected gzip, lzo, lz4, xz or "
			"zstd",
			compressor);
}

static void run_not_read(const struct check *check, const struct subject *subject,
			 struct report *report)
{
	const struct extension *extension = subject->extension;

	if (extension->tree_unsupported)
		report_unknown(report, check, "",
			       "holds the file system %s, which is not read here",
			       filesystem_name(extension->ddi.filesystem));
	else if (!extension->tree && extension->tree_error.code < 0)
		report_unknown(report, check, "", "%s", extension->tree_error.message);
}

static void run_broken(const struct check *check, const struct subject *subject,
		       struct report *report)
{
	const struct extension *extension = subject->extension;

	if (!extension->tree && extension->tree_error.code == -EBADMSG)
		report_add(report, check, "", "%s: %s",
			   filesystem_name(extension->ddi.filesystem),
			   extension->tree_error.message);
}

/* Where a hash tree says which blocks are damaged, it has said so for these files. */
static void run_unreadable(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	if (subject->extension->n_damages > 0)
		return;
	TREE_FOREACH(node, subject->extension->tree) {
		if (!node->read_error)
			continue;
		if (node->read_error->code == -EBADMSG)
			report_add(report, check, node->entry.path, "%s",
				   node->read_error->message);
		else
			report_unknown(report, check, node->entry.path, "%s",
				       node->read_error->message);
	}
}

#define WHY_ABORTS \
	"systemd cannot take the image apart and gives up: no extension at all is merged."

const struct check checks_filesystem[] = {
	{.id = "image-ambiguous",
	 .title = "the image can be taken for two things",
	 .why = WHY_ABORTS,
	 .fix = "Build the image in an empty file; wipefs(8) shows what is found in it.",
	 .source =
		 "shared/dissect-image.c, dissect_image() and probe_filesystem_full() (257, "
		 "262), read; systemd-dissect --validate of both refuses a squashfs with "
		 "the superblock of an ext4, and a FAT with one. The answer is that of "
		 "this machine's libblkid, which may be another than the base's",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_ambiguous},
	{.id = "image-seen-otherwise",
	 .title = "libblkid takes the image for something else",
	 .why = "systemd decides by libblkid how it takes the image apart: what was judged "
		"here is perhaps not what would be mounted.",
	 .fix = "Build the image in an empty file; blkid -p shows what libblkid finds.",
	 .source = "shared/dissect-image.c, dissect_image(), probe_filesystem_full() and "
		   "probe_blkid_filter() (257, 262), read. The answer is that of this "
		   "machine's libblkid, which may be another than the base's",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_seen_otherwise},
	{.id = "image-filesystem-refused",
	 .title = "the image's file system is refused",
	 .why = WHY_ABORTS,
	 .fix = "Build the image with squashfs or erofs.",
	 .source = "shared/dissect-image.c, dissect_fstype_ok() (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_refused},
	{.id = "image-compressor-refused",
	 .title = "Linux cannot decompress the image's file system",
	 .why = "The mount fails: \"Filesystem uses lzma compression. This is not "
		"supported\", and no extension at all is merged.",
	 .fix = "Build the image with zstd or xz.",
	 .source =
		 "fs/squashfs/decompressor.c of Linux, squashfs_lzma_unsupported_comp_ops; "
		 "mount(8) of such an image, run with Linux 6.18",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_compressor},
	{.id = "image-filesystem-not-read",
	 .title = "the image's file system cannot be read here",
	 .why = "What the image holds is not known, so that nothing can be said about it.",
	 .fix = "Build the image with squashfs, or with erofs on one device.",
	 .source = "sysext-verify(1), \"Limits\"",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_not_read},
	{.id = "image-filesystem-broken",
	 .title = "the image's file system is damaged",
	 .why = "The mount fails, or files cannot be read after it.",
	 .fix = "Build or copy the image again.",
	 .source = "Documentation/filesystems/squashfs.rst of Linux",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_broken},
	{.id = "image-file-unreadable",
	 .title = "a file of the image cannot be read",
	 .why = "Whoever reads this file gets an error, although the image is merged.",
	 .fix = "Build or copy the image again.",
	 .source = "Documentation/filesystems/squashfs.rst and erofs.rst of Linux",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_EXTENSION | NEEDS_TREE,
	 .run = run_unreadable},
	{.id = NULL},
};
