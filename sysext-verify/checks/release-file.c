/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/checks/check.h"
#include "sysext-verify/model/systemd.h"
#include "sysext-verify/report/report.h"

/* Which file of an extension is its release file, and what may not stand beside it. */

#define RELEASE_DIRECTORY "usr/lib/extension-release.d"
#define OS_RELEASE        "usr/lib/os-release"

static bool has_os_release_inside(const struct subject *subject)
{
	return tree_chase(subject->extension->tree, OS_RELEASE, NULL) != NULL;
}

/*
 * The dissection takes an image with a release file of either class for an extension, and
 * the merge finds none of its own class.
 */
static bool has_other_class(const struct subject *subject)
{
	return subject->extension->kind == EXTENSION_RAW &&
	       subject->extension->release_of_other_class &&
	       systemd_since(subject->base->systemd_version, SYSTEMD_TWO_CLASSES);
}

static bool lacks_release(const struct subject *subject)
{
	const struct extension *extension = subject->extension;

	/* Which name counts may be unknown: placement-name-ambiguous says so. */
	if (!extension->name ||
	    (extension->kind == EXTENSION_RAW &&
	     extension_release_name_differs(extension->file_name, extension->name) &&
	     !extension_release_name_is_known(subject->base->systemd_version)))
		return false;
	return !extension->release && !extension->release_ambiguous &&
	       !has_os_release_inside(subject) && !has_other_class(subject);
}

static void add_missing(const struct check *check, const struct extension *extension,
			struct report *report)
{
	if (extension->n_candidates > 0)
		report_add(
			report, check, extension->candidates[0].path,
			"has the name of image '%s', expected '%s/extension-release.%s' "
			"for the image name '%s'",
			extension->candidates[0].name, RELEASE_DIRECTORY,
			extension->release_name, extension->name);
	else
		report_add(report, check, "", "has no file '%s/extension-release.%s'",
			   RELEASE_DIRECTORY, extension->release_name);
}

static void run_missing(const struct check *check, const struct subject *subject,
			struct report *report)
{
	if (lacks_release(subject))
		add_missing(check, subject->extension, report);
}

static void run_missing_in_directory(const struct check *check,
				     const struct subject *subject, struct report *report)
{
	if (subject->extension->kind == EXTENSION_DIRECTORY && lacks_release(subject))
		add_missing(check, subject->extension, report);
}

static void run_other_class(const struct check *check, const struct subject *subject,
			    struct report *report)
{
	const struct extension *extension = subject->extension;

	if (!has_other_class(subject))
		return;
	if (!systemd_since(subject->base->systemd_version, SYSTEMD_TELLS_CLASSES))
		report_unknown(
			report, check, extension->release_of_other_class->entry.path,
			"is the release file of a configuration extension; whether "
			"systemd %u takes it is not known",
			subject->base->systemd_version);
	else
		report_add(report, check, extension->release_of_other_class->entry.path,
			   "is the release file of a configuration extension, expected "
			   "'%s/extension-release.%s'",
			   RELEASE_DIRECTORY, extension->release_name);
}

static void add_ambiguous(const struct check *check, const struct extension *extension,
			  struct report *report)
{
	report_add(report, check, RELEASE_DIRECTORY,
		   "has several release files that could stand for image '%s', among "
		   "them '%s', but no 'extension-release.%s'",
		   extension->name, extension->candidates[0].path, extension->name);
}

static void run_ambiguous(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	const struct extension *extension = subject->extension;

	if (extension->release_ambiguous)
		add_ambiguous(check, extension, report);
}

static void run_ambiguous_in_directory(const struct check *check,
				       const struct subject *subject,
				       struct report *report)
{
	const struct extension *extension = subject->extension;

	if (extension->kind == EXTENSION_DIRECTORY && extension->release_ambiguous)
		add_ambiguous(check, extension, report);
}

static void run_by_fallback(const struct check *check, const struct subject *subject,
			    struct report *report)
{
	const struct extension *extension = subject->extension;

	if (extension->release_by_fallback)
		report_add(report, check, extension->release->path,
			   "is taken for image '%s' although its name differs",
			   extension->name);
}

static void run_unusable(const struct check *check, const struct subject *subject,
			 struct report *report)
{
	const struct release *release = subject->extension->release;

	if (env_file_unusable(&release->file))
		report_add(report, check, release->path, "line %u: has %s",
			   release->file.fault_line,
			   release->file.faults & ENV_FILE_FAULT_NUL ? "a NUL byte"
								     : "invalid UTF-8");
}

/* What is no file cannot be read as the os-release that the image is then thought to
 * have. */
static bool os_release_aborts(const struct subject *subject)
{
	const struct node *node = tree_chase(subject->extension->tree, OS_RELEASE, NULL);

	return node &&
	       (node->entry.type != ENTRY_FILE ||
		!systemd_since(subject->base->systemd_version, SYSTEMD_LEAVES_OUT_OS));
}

static void add_os_release(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	const struct node *node = tree_chase(subject->extension->tree, OS_RELEASE, NULL);

	report_add(report, check, OS_RELEASE, "is in the extension, a %s",
		   entry_type_name(node->entry.type));
}

static void run_os_release_inside(const struct check *check,
				  const struct subject *subject, struct report *report)
{
	if (has_os_release_inside(subject) && !os_release_aborts(subject))
		add_os_release(check, subject, report);
}

static void run_os_release_aborts(const struct check *check,
				  const struct subject *subject, struct report *report)
{
	if (os_release_aborts(subject))
		add_os_release(check, subject, report);
}

static void run_os_release_in_directory(const struct check *check,
					const struct subject *subject,
					struct report *report)
{
	if (subject->extension->kind == EXTENSION_DIRECTORY &&
	    has_os_release_inside(subject))
		add_os_release(check, subject, report);
}

static void run_os_release_dangling(const struct check *check,
				    const struct subject *subject, struct report *report)
{
	const struct node *link = tree_chase_link(subject->extension->tree, OS_RELEASE);

	if (link && link->entry.type == ENTRY_SYMLINK && !has_os_release_inside(subject))
		report_add(
			report, check, OS_RELEASE,
			"is a symbolic link to '%s', which the extension does not have, "
			"and would stand in front of the base's '%s'",
			link->entry.target,
			subject->base->os_release ? subject->base->os_release->path
						  : "os-release");
}

#define SOURCE_OPEN "basic/os-util.c, open_extension_release_at() (257, 262)"
#define WHY_IGNORED                                                                    \
	"systemd leaves this extension out, at the default log level without a word, " \
	"and merges the others."

const struct check checks_release_file[] = {
	{.id = "release-missing",
	 .title = "the image has no release file for its name",
	 .why = "systemd cannot read the image's metadata and gives up: no extension at all is "
		"merged.",
	 .fix = "Name the file in the image after the image file: NAME.raw wants "
		"usr/lib/extension-release.d/extension-release.NAME.",
	 .source = SOURCE_OPEN,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_TREE | NEEDS_SYSEXT,
	 .run = run_missing},
	{.id = "release-missing-in-directory",
	 .title = "the directory has no release file for its name",
	 .why = WHY_IGNORED,
	 .fix = "Name the file after the directory: NAME/ wants "
		"usr/lib/extension-release.d/extension-release.NAME.",
	 .source = SOURCE_OPEN,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_IGNORED,
	 .needs = NEEDS_EXTENSION | NEEDS_TREE | NEEDS_SYSEXT,
	 .run = run_missing_in_directory},
	{.id = "release-ambiguous",
	 .title = "several release files could stand for the image",
	 .why = "systemd does not choose between them and gives up: no extension at all is "
		"merged.",
	 .fix = "Ship one release file, named after the image file.",
	 .source = SOURCE_OPEN,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_TREE | NEEDS_SYSEXT,
	 .run = run_ambiguous},
	{.id = "release-ambiguous-in-directory",
	 .title = "several release files could stand for the directory",
	 .why = WHY_IGNORED,
	 .fix = "Ship one release file, named after the directory.",
	 .source = SOURCE_OPEN,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_IGNORED,
	 .needs = NEEDS_EXTENSION | NEEDS_TREE | NEEDS_SYSEXT,
	 .run = run_ambiguous_in_directory},
	{.id = "release-other-class",
	 .title = "the image has only the release file of a configuration extension",
	 .why = WHY_IGNORED,
	 .fix = "Put the release file into usr/lib/extension-release.d; or place the image "
		"among the configuration extensions.",
	 .source = "shared/dissect-image.c, dissected_image_mount(); " SOURCE_OPEN,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_IGNORED,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_TREE | NEEDS_SYSEXT,
	 .run = run_other_class},
	{.id = "release-by-fallback",
	 .title = "the release file is found by a fallback only",
	 .why = "It works while it is the only such file in the image.",
	 .fix = "Name the release file after the image file.",
	 .source = SOURCE_OPEN,
	 .severity = SEVERITY_NOTE,
	 .consequence = CONSEQUENCE_INFO,
	 .needs = NEEDS_EXTENSION | NEEDS_RELEASE | NEEDS_SYSEXT,
	 .run = run_by_fallback},
	{.id = "release-unusable",
	 .title = "the release file cannot be used",
	 .why = WHY_IGNORED,
	 .fix = "Write the release file as UTF-8 text without NUL bytes.",
	 .source = "basic/env-file.c, parse_env_file_internal() (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_IGNORED,
	 .needs = NEEDS_EXTENSION | NEEDS_RELEASE | NEEDS_SYSEXT,
	 .run = run_unusable},
	{.id = "release-os-release-inside",
	 .title = "the image holds an os-release",
	 .why = "systemd takes it for a whole system and leaves it out.",
	 .fix = "Remove usr/lib/os-release from the extension.",
	 .source =
		 "shared/extension-util.c, extension_has_forbidden_content() (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_IGNORED,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_TREE | NEEDS_SYSEXT,
	 .run = run_os_release_inside},
	{.id = "release-os-release-aborts",
	 .title = "the image holds an os-release that ends the merge",
	 .why = "systemd before 254 gives up where an image has an os-release, later ones where "
		"it is not a file: no extension at all is merged.",
	 .fix = "Remove usr/lib/os-release from the extension.",
	 .source = "sysext/sysext.c, validate_version() (252); shared/dissect-image.c, "
		   "dissected_image_acquire_metadata() (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_TREE | NEEDS_SYSEXT,
	 .run = run_os_release_aborts},
	{.id = "release-os-release-in-directory",
	 .title = "the directory holds an os-release",
	 .why = "systemd cannot read the directory's metadata and gives up: no extension at all "
		"is merged.",
	 .fix = "Remove usr/lib/os-release from the extension.",
	 .source = "shared/discover-image.c, image_read_metadata() (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_TREE | NEEDS_SYSEXT,
	 .run = run_os_release_in_directory},
	{.id = "release-os-release-dangling",
	 .title = "a dangling os-release stands in front of the base's",
	 .why = "It is not seen as an os-release and is merged: the initrd loses its own, and "
		"each later refresh fails.",
	 .fix = "Remove usr/lib/os-release from the extension.",
	 .source =
		 "shared/extension-util.c, extension_has_forbidden_content() (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_HARMS_BASE,
	 .needs = NEEDS_EXTENSION | NEEDS_TREE | NEEDS_SYSEXT,
	 .run = run_os_release_dangling},
	{.id = NULL},
};
