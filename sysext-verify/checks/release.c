/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/path.h"
#include "sysext-verify/checks/check.h"
#include "sysext-verify/model/systemd.h"
#include "sysext-verify/report/report.h"

/* What comparing two releases takes. */
enum {
	NEEDS_DECISION = NEEDS_EXTENSION | NEEDS_RELEASE | NEEDS_OS_RELEASE | NEEDS_SYSEXT
};

static const char *or_missing(const char *value)
{
	return value ? value : "";
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

#define SOURCE_VALIDATE "shared/extension-util.c, extension_release_validate() (257, 262)"
#define WHY_IGNORED                                                                    \
	"systemd leaves this extension out, at the default log level without a word, " \
	"and merges the others."

const struct check checks_release[] = {
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
	{.id = NULL},
};
