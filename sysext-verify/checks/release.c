/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/path.h"
#include "sysext-verify/checks/check.h"
#include "sysext-verify/report/report.h"

#define RELEASE_DIRECTORY "usr/lib/extension-release.d"
#define OS_RELEASE        "usr/lib/os-release"

/* ID_LIKE of the base counts since this version. */
#define SYSTEMD_ID_LIKE   257

/* What comparing two releases takes. */
enum {
	NEEDS_DECISION = NEEDS_EXTENSION | NEEDS_RELEASE | NEEDS_OS_RELEASE | NEEDS_SYSEXT
};

static const char *or_missing(const char *value)
{
	return value ? value : "";
}

static bool has_os_release_inside(const struct subject *subject)
{
	return tree_chase(subject->extension->tree, OS_RELEASE, NULL) != NULL;
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
	       !has_os_release_inside(subject);
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

static void run_ambiguous(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	const struct extension *extension = subject->extension;

	if (extension->release_ambiguous)
		report_add(report, check, RELEASE_DIRECTORY,
			   "has several release files that could stand for image '%s', "
			   "among them '%s', but no 'extension-release.%s'",
			   extension->name, extension->candidates[0].path,
			   extension->name);
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

static enum release_answer decide(const struct subject *subject)
{
	const struct base *base = subject->base;
	const struct release *release = subject->extension->release;
	struct release_host host = {.os_release = base->os_release,
				    .architecture = base->architecture,
				    .scope = "initrd",
				    .id_like = base->systemd_version >= SYSTEMD_ID_LIKE};

	if (env_file_unusable(&release->file))
		return RELEASE_ACCEPTED;
	return release_validate(release, &host);
}

static unsigned line_of(const struct release *release, const char *key)
{
	const struct env_assignment *found = env_file_find(&release->file, key);

	return found ? found->line : 0;
}

static void run_empty(const struct check *check, const struct subject *subject,
		      struct report *report)
{
	if (decide(subject) == RELEASE_EMPTY)
		report_add(report, check, subject->extension->release->path,
			   "has no assignment, expected at least ID=");
}

static void run_scope(const struct check *check, const struct subject *subject,
		      struct report *report)
{
	const struct release *release = subject->extension->release;

	if (decide(subject) != RELEASE_SCOPE)
		return;
	if (release->scope)
		report_add(
			report, check, release->path,
			"line %u: SYSEXT_SCOPE is '%s', the base is an initrd ('%s') and "
			"wants a list with 'initrd' in it",
			line_of(release, "SYSEXT_SCOPE"), release->scope,
			subject->base->path);
	else
		report_add(
			report, check, release->path,
			"has no SYSEXT_SCOPE, which means 'system portable'; the base is "
			"an initrd ('%s') and wants a list with 'initrd' in it",
			subject->base->path);
}

static void run_architecture(const struct check *check, const struct subject *subject,
			     struct report *report)
{
	const struct release *release = subject->extension->release;
	const struct base *base = subject->base;

	if (!base->architecture && release->architecture && *release->architecture &&
	    strcmp(release->architecture, "_any") != 0)
		report_unknown(
			report, check, release->path,
			"line %u: ARCHITECTURE is '%s', that of the base is not known",
			line_of(release, "ARCHITECTURE"), release->architecture);
	else if (decide(subject) == RELEASE_ARCHITECTURE)
		report_add(
			report, check, release->path,
			"line %u: ARCHITECTURE is '%s', the base's '%s' is for '%s' in "
			"systemd's spelling",
			line_of(release, "ARCHITECTURE"), release->architecture,
			base->systemd ? base->systemd->entry.path : base->path,
			base->architecture);
}

static void run_without_id(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	if (decide(subject) == RELEASE_NO_ID)
		report_add(report, check, subject->extension->release->path,
			   "has no ID, the base's '%s' has ID '%s'",
			   subject->base->os_release->path,
			   or_missing(subject->base->os_release->id));
}

static void run_id(const struct check *check, const struct subject *subject,
		   struct report *report)
{
	const struct release *release = subject->extension->release;
	const struct release *base = subject->base->os_release;

	if (decide(subject) == RELEASE_ID)
		report_add(report, check, release->path,
			   "line %u: ID is '%s', the base's '%s' has ID '%s' and ID_LIKE "
			   "'%s'",
			   line_of(release, "ID"), release->id, base->path,
			   or_missing(base->id), or_missing(base->id_like));
}

static void run_level(const struct check *check, const struct subject *subject,
		      struct report *report)
{
	const struct release *release = subject->extension->release;
	const struct release *base = subject->base->os_release;

	if (decide(subject) == RELEASE_LEVEL)
		report_add(report, check, release->path,
			   "line %u: SYSEXT_LEVEL is '%s', the base's '%s' has '%s'",
			   line_of(release, "SYSEXT_LEVEL"), release->level, base->path,
			   base->level);
}

static void run_version_id(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	const struct release *release = subject->extension->release;
	const struct release *base = subject->base->os_release;
	enum release_answer answer = decide(subject);

	if (answer == RELEASE_VERSION_ID)
		report_add(report, check, release->path,
			   "line %u: VERSION_ID is '%s', the base's '%s' has '%s'",
			   line_of(release, "VERSION_ID"), release->version_id,
			   base->path, base->version_id);
	else if (answer == RELEASE_NO_VERSION_ID)
		report_add(report, check, release->path,
			   "has no VERSION_ID, the base's '%s' has '%s'", base->path,
			   base->version_id);
}

static void run_any_id(const struct check *check, const struct subject *subject,
		       struct report *report)
{
	const struct release *release = subject->extension->release;

	if (release->id && strcmp(release->id, "_any") == 0)
		report_add(report, check, release->path,
			   "line %u: ID is '_any', so that systemd compares no version",
			   line_of(release, "ID"));
}

static bool is_relevant(const char *key)
{
	static const char *const keys[] = {"ID",           "VERSION_ID",
					   "SYSEXT_SCOPE", "SYSEXT_LEVEL",
					   "ARCHITECTURE", "EXTENSION_RELOAD_MANAGER"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

static void run_odd_value(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	const struct release *release = subject->extension->release;

	for (size_t i = 0; i < release->file.n_assignments; i++) {
		const struct env_assignment *line = &release->file.assignments[i];

		if (string_starts_with(line->key, "export ") ||
		    string_starts_with(line->key, "\xef\xbb\xbf"))
			report_add(report, check, release->path,
				   "line %u: key is '%s', which systemd does not know",
				   line->line, line->key);
		else if (is_relevant(line->key) && strchr(line->value, '#'))
			report_add(
				report, check, release->path,
				"line %u: %s is '%s': a comment behind a value is part "
				"of the value",
				line->line, line->key, line->value);
		else if (is_relevant(line->key) &&
			 env_file_find(&release->file, line->key) != line)
			report_add(report, check, release->path,
				   "line %u: %s is given again in line %u, and the last "
				   "counts",
				   line->line, line->key,
				   env_file_find(&release->file, line->key)->line);
	}
}

static void run_os_release_inside(const struct check *check,
				  const struct subject *subject, struct report *report)
{
	if (has_os_release_inside(subject))
		report_add(report, check, OS_RELEASE, "is in the extension");
}

static void run_os_release_in_directory(const struct check *check,
					const struct subject *subject,
					struct report *report)
{
	if (subject->extension->kind == EXTENSION_DIRECTORY &&
	    has_os_release_inside(subject))
		report_add(report, check, OS_RELEASE, "is in the extension");
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

#define SOURCE_VALIDATE "shared/extension-util.c, extension_release_validate() (257, 262)"
#define SOURCE_OPEN     "basic/os-util.c, open_extension_release_at() (257, 262)"
#define WHY_IGNORED                                                                    \
	"systemd leaves this extension out, at the default log level without a word, " \
	"and merges the others."

const struct check checks_release[] = {
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
	 .needs = NEEDS_EXTENSION | NEEDS_TREE | NEEDS_SYSEXT,
	 .run = run_ambiguous},
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
	{.id = "release-empty",
	 .title = "the release file says nothing",
	 .why = WHY_IGNORED,
	 .fix = "Write ID, VERSION_ID and SYSEXT_SCOPE into the release file.",
	 .source = SOURCE_VALIDATE,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_IGNORED,
	 .needs = NEEDS_DECISION,
	 .run = run_empty},
	{.id = "release-scope-mismatch",
	 .title = "the extension is not meant for an initrd",
	 .why = WHY_IGNORED,
	 .fix = "Write SYSEXT_SCOPE=initrd into the release file; several words are "
		"separated by blanks, not by commas.",
	 .source = SOURCE_VALIDATE,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_IGNORED,
	 .needs = NEEDS_DECISION,
	 .run = run_scope},
	{.id = "release-architecture-mismatch",
	 .title = "the extension is for another architecture",
	 .why = WHY_IGNORED,
	 .fix = "Write ARCHITECTURE in systemd's spelling (x86-64, arm64), or leave it out.",
	 .source = SOURCE_VALIDATE "; systemd.unit(5), ConditionArchitecture=",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_IGNORED,
	 .needs = NEEDS_DECISION,
	 .run = run_architecture},
	{.id = "release-without-id",
	 .title = "the release file has no ID",
	 .why = WHY_IGNORED,
	 .fix = "Write the ID of the base, or ID=_any, into the release file.",
	 .source = SOURCE_VALIDATE,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_IGNORED,
	 .needs = NEEDS_DECISION,
	 .run = run_without_id},
	{.id = "release-id-mismatch",
	 .title = "the extension is for another distribution",
	 .why = WHY_IGNORED,
	 .fix = "Build the extension for this base; its ID must be that of the base, one of the "
		"base's ID_LIKE, or _any.",
	 .source = SOURCE_VALIDATE,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_IGNORED,
	 .needs = NEEDS_DECISION,
	 .run = run_id},
	{.id = "release-level-mismatch",
	 .title = "the extension is for another level of the base",
	 .why = WHY_IGNORED,
	 .fix = "Build the extension for this base: SYSEXT_LEVEL must be equal where both have "
		"one.",
	 .source = SOURCE_VALIDATE,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_IGNORED,
	 .needs = NEEDS_DECISION,
	 .run = run_level},
	{.id = "release-version-id-mismatch",
	 .title = "the extension is for another version of the base",
	 .why = WHY_IGNORED,
	 .fix = "Build the extension for this base: VERSION_ID must be the same text.",
	 .source = SOURCE_VALIDATE,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_IGNORED,
	 .needs = NEEDS_DECISION,
	 .run = run_version_id},
	{.id = "release-any-id",
	 .title = "the extension says that it fits every base",
	 .why = "systemd will merge it over later versions of the base too, and its programs may "
		"not run there.",
	 .fix = "Write ID and VERSION_ID of the base, unless the extension is static.",
	 .source = SOURCE_VALIDATE,
	 .severity = SEVERITY_NOTE,
	 .consequence = CONSEQUENCE_INFO,
	 .needs = NEEDS_EXTENSION | NEEDS_RELEASE | NEEDS_SYSEXT,
	 .run = run_any_id},
	{.id = "release-odd-value",
	 .title = "systemd reads the release file otherwise than it looks",
	 .why = "The value that systemd compares is not the one that was meant.",
	 .fix = "Write KEY=value, one a line, each key once, comments on lines of their own.",
	 .source = "basic/env-file.c, parse_env_file_internal() (257, 262)",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_EXTENSION | NEEDS_RELEASE | NEEDS_SYSEXT,
	 .run = run_odd_value},
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
