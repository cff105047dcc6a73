/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "formats/core/path.h"
#include "sysext-verify/checks/check.h"
#include "sysext-verify/model/systemd.h"
#include "sysext-verify/report/report.h"

/* That extensions cannot be stacks of layers was seen in this version. */
#define SYSTEMD_REFUSES_MSTACK 262

static bool ends_in_other_case(const char *name)
{
	size_t size = strlen(name);

	return size > 4 && strcasecmp(name + size - 4, ".raw") == 0;
}

static bool is_ascii(const char *name)
{
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c > 127)
			return false;
	return true;
}

static bool through_stub(const struct extension *extension)
{
	return location_is_of_stub(extension->location);
}

static void run_not_seen(const struct check *check, const struct subject *subject,
			 struct report *report)
{
	const struct extension *extension = subject->extension;
	const char *name = extension->file_name;

	if (through_stub(extension) &&
	    (extension->kind == EXTENSION_DIRECTORY || extension->versions.directory))
		report_add(report, check, "",
			   "is a directory, but systemd-stub packs files only");
	else if (through_stub(extension) && extension->is_block)
		report_add(report, check, "",
			   "is a block device, but systemd-stub packs files only");
	else if (through_stub(extension) &&
		 (*name == '.' || !is_ascii(name) || strlen(name) > 255))
		report_add(
			report, check, "",
			"name '%s' begins with '.', is not ASCII or is longer than 255 "
			"bytes: systemd-stub passes over it",
			name);
	else if (extension->kind == EXTENSION_RAW && !extension->is_block &&
		 !string_ends_with(name, ".raw"))
		report_add(report, check, "",
			   "name '%s' %s, expected '.raw' in lower case", name,
			   ends_in_other_case(name) ? "ends in upper case"
						    : "has another ending");
	else if (!extension->name)
		report_add(
			report, check, "",
			"name '%s' is no image name: it is empty, has control characters "
			"or invalid UTF-8, or begins with '.#'",
			name);
}

static const char *type_name(enum version_type type)
{
	static const char *const names[] = {
		[VERSION_FILE] = "a file",
		[VERSION_DIRECTORY] = "a directory",
		[VERSION_OTHER] = "neither file nor directory",
		[VERSION_GONE] = "a link that leads nowhere",
	};

	return names[type];
}

static void run_no_version(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	const struct extension *extension = subject->extension;
	const struct extension_versions *versions = &extension->versions;
	const struct version_choice *choice = &versions->choice;

	if (!versions->directory || !extension->name)
		return;
	if (choice->needs_architecture)
		report_unknown(
			report, check, "",
			"holds %s, of which some are for an architecture, and that "
			"of the base is not known",
			versions->found);
	else if (versions->needs_version)
		report_unknown(report, check, "",
			       "holds %s, of which systemd 257 and 262 take different "
			       "ones: which does systemd of the base take?",
			       versions->found);
	else if (choice->answer == VERSION_FAILED)
		report_add(report, check, choice->entry->name, "is %s, expected %s",
			   type_name(choice->entry->type),
			   version_suffix_is_raw(versions->suffix) ? "a file"
								   : "a directory");
	else if (choice->answer == VERSION_NONE)
		report_add(report, check, "",
			   "holds %s, expected '%s_VERSION%s' or "
			   "'%s_VERSION_%s%s'",
			   versions->found, extension->name, versions->suffix,
			   extension->name,
			   subject->base->architecture ? subject->base->architecture
						       : "ARCHITECTURE",
			   versions->suffix);
}

static void run_mstack(const struct check *check, const struct subject *subject,
		       struct report *report)
{
	const struct extension *extension = subject->extension;
	unsigned version = subject->base->systemd_version;

	if (extension->kind != EXTENSION_DIRECTORY ||
	    (!string_ends_with(extension->file_name, ".mstack") &&
	     !(extension->versions.directory &&
	       string_ends_with(extension->versions.directory, ".mstack.v"))))
		return;
	if (version >= SYSTEMD_REFUSES_MSTACK)
		report_add(report, check, "",
			   "is a directory '%s', which systemd %u takes for a stack of "
			   "layers, expected another name",
			   extension->file_name, version);
	else if (version == 0 || version >= SYSTEMD_MSTACK)
		report_unknown(
			report, check, "",
			"is a directory '%s': does systemd of the base take it for "
			"a stack of layers?",
			extension->file_name);
}

static void run_name_breaks_overlay(const struct check *check,
				    const struct subject *subject, struct report *report)
{
	const char *name = subject->extension->name;
	const char *bad = name ? strpbrk(name, ":,\\\"") : NULL;

	if (bad)
		report_add(
			report, check, "",
			"image name '%s' has '%c', which the options of an overlay mount "
			"cannot carry",
			name, *bad);
}

static void run_not_searched(const struct check *check, const struct subject *subject,
			     struct report *report)
{
	const struct base *base = subject->base;
	enum location location = subject->extension->location;

	if (location != LOCATION_ESP_GLOBAL &&
	    !location_is_searched(location, base->systemd_version))
		report_add(report, check, "",
			   "is %s '%s', which systemd %u of the base does not search",
			   location_is_of_stub(location) ? "brought by systemd-stub into"
							 : "in",
			   location_directory(location), base->systemd_version);
}

static void run_needs_258(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	const struct base *base = subject->base;

	if (subject->extension->location == LOCATION_ESP_GLOBAL &&
	    !location_is_searched(LOCATION_ESP_GLOBAL, base->systemd_version))
		report_add(report, check, "",
			   "is placed in '/loader/extensions', the base has systemd %u, "
			   "which does not read it before %d",
			   base->systemd_version, SYSTEMD_GLOBAL_EXTENSIONS);
}

/* The name before the first '_' is enough for 257: both find this release file. */
static bool is_found_by_both(const struct extension *extension)
{
	const struct release *release = extension->release;

	return extension->versions.directory && release &&
	       string_starts_with(path_name(release->path), "extension-release.") &&
	       strcmp(path_name(release->path) + strlen("extension-release."),
		      extension->name) == 0;
}

static void run_name_ambiguous(const struct check *check, const struct subject *subject,
			       struct report *report)
{
	const struct extension *extension = subject->extension;
	unsigned version = subject->base->systemd_version;

	if (!extension->name ||
	    !extension_release_name_differs(extension->file_name, extension->name) ||
	    is_found_by_both(extension))
		return;
	if (extension_release_name_is_known(version))
		report_add(
			report, check, "",
			"systemd %u wants 'extension-release.%s' for the file name '%s'; "
			"others want another name",
			version, extension->release_name, extension->file_name);
	else
		report_unknown(report, check, "",
			       "file name '%s' has several suffixes: which release file "
			       "systemd of the base wants is not known",
			       extension->file_name);
}

/* The image policy is for images; nothing asks a directory for a signature. */
static void run_unsigned_directory(const struct check *check,
				   const struct subject *subject, struct report *report)
{
	const struct extension *extension = subject->extension;

	if (extension->kind == EXTENSION_DIRECTORY &&
	    location_is_strict(extension->location) &&
	    !location_is_of_stub(extension->location))
		report_add(report, check, "",
			   "is a directory in '%s', where an image must be signed",
			   location_directory(extension->location));
}

static void run_other_class(const struct check *check, const struct subject *subject,
			    struct report *report)
{
	if (subject->extension->class == EXTENSION_CONFEXT)
		report_unknown(report, check, "",
			       "is a configuration extension by its name, and those are "
			       "not judged");
}

const struct check checks_placement[] = {
	{.id = "placement-not-seen",
	 .title = "systemd does not look at this file",
	 .why = "The file is passed over without a message, and the boot goes on without it.",
	 .fix = "Name the image NAME.raw or NAME.sysext.raw, in ASCII and lower case.",
	 .source = "shared/discover-image.c, image_discover(); boot/cpio.c, pack_cpio() "
		   "(257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_NOT_SEEN,
	 .needs = NEEDS_EXTENSION,
	 .run = run_not_seen},
	{.id = "placement-no-version",
	 .title = "the versioned directory has no entry that systemd takes",
	 .why = "The directory is passed over without a message, and the boot goes on without "
		"the extension.",
	 .fix = "Name the image NAME_VERSION.raw in NAME.raw.v/, with the same ending as the "
		"directory.",
	 .source =
		 "systemd.v(7); shared/vpick.c, make_choice() (257, 262), read; systemd-vpick "
		 "of both, run",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_NOT_SEEN,
	 .needs = NEEDS_EXTENSION,
	 .run = run_no_version},
	{.id = "placement-mstack",
	 .title = "the directory is named like a stack of layers",
	 .why = "systemd cannot read such an extension: \"Operation not supported\", and no "
		"extension at all is merged.",
	 .fix = "Rename the directory.",
	 .source =
		 "shared/discover-image.c, image_discover() and image_read_metadata() (262), "
		 "read; systemd-sysext refresh, run",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION,
	 .run = run_mstack},
	{.id = "placement-name-breaks-overlay",
	 .title = "the image's name breaks the overlay mount",
	 .why = "The name becomes part of the options of the overlay mount, which then fails: "
		"no extension at all is merged.",
	 .fix = "Rename the image and its release file without ':', ',', '\\' and '\"'.",
	 .source = "sysext/sysext.c, mount_overlayfs(); basic/mount-util.c (252 to 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION,
	 .run = run_name_breaks_overlay},
	{.id = "placement-not-searched",
	 .title = "systemd of this base does not look into this directory",
	 .why = "The file is never looked at, and the boot goes on without it.",
	 .fix = "Put the extension into the base itself, in /var/lib/extensions; or use a base "
		"with another systemd. /.extra/sysext is searched since 254, /usr/lib/extensions "
		"was until 252.",
	 .source = "shared/discover-image.c, image_search_path (252, 257, 262) and "
		   "image_search_path_initrd (254, 257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_NOT_SEEN,
	 .needs = NEEDS_EXTENSION,
	 .run = run_not_searched},
	{.id = "placement-needs-258",
	 .title = "systemd of this base does not read /loader/extensions",
	 .why = "The file is never looked at, and the boot goes on without it.",
	 .fix = "Place it in UKI.efi.extra.d/ beside the UKI.",
	 .source = "systemd-stub(7); NEWS of systemd 258",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_NOT_SEEN,
	 .needs = NEEDS_EXTENSION,
	 .run = run_needs_258},
	{.id = "placement-name-ambiguous",
	 .title = "versions of systemd disagree on the name of this image",
	 .why = "One version wants extension-release.A, another extension-release.B; without "
		"its release file a raw image ends the merge of all.",
	 .fix = "Name the image NAME.raw or NAME.sysext.raw, without any other suffix.",
	 .source =
		 "basic/os-util.c, raw_strip_suffixes() (257), image_name_is_valid() (262)",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_name_ambiguous},
	{.id = "placement-unsigned-directory",
	 .title = "a directory is merged without a signature",
	 .why = "systemd asks images in this place for a signature, and directories for nothing: "
		"whoever can put one there decides what the initrd runs.",
	 .fix = "Ship a signed image.",
	 .source =
		 "sysext/sysext.c, merge_subprocess() (257, 262): the image policy is for "
		 "images",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_EXTENSION,
	 .run = run_unsigned_directory},
	{.id = "placement-other-class",
	 .title = "a configuration extension is not judged",
	 .why = "Configuration extensions have rules of their own, about /etc.",
	 .fix = "Give system extensions only: NAME.raw or NAME.sysext.raw.",
	 .source = "systemd-confext(8)",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_IGNORED,
	 .needs = NEEDS_EXTENSION,
	 .run = run_other_class},
	{.id = NULL},
};
