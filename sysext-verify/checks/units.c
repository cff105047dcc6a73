/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/path.h"
#include "sysext-verify/checks/check.h"
#include "sysext-verify/report/report.h"

/* EXTENSION_RESTART_UNITS= is there since this version. */
#define SYSTEMD_RESTART_UNITS 262

#define FOREACH_UNIT(variable, list)                                              \
	for (size_t at_ = 0; at_ < (list)->n_units; at_++)                        \
		for (const struct unit *variable = &(list)->units[at_]; variable; \
		     variable = NULL)

/* A unit that is meant to do something by itself. */
static bool wants_start(const struct unit *unit)
{
	return !string_ends_with(unit->name, ".target") &&
	       !string_ends_with(unit->name, ".slice") &&
	       unit->start != UNIT_START_TEMPLATE;
}

static void run_never_started(const struct check *check, const struct subject *subject,
			      struct report *report)
{
	const struct units *units = subject->units;
	const struct unit *first = NULL;
	size_t n = 0;

	FOREACH_UNIT(unit, units) {
		if (!wants_start(unit))
			continue;
		/* Whatever is meant to start a unit has a check of its own. */
		if (unit->start > UNIT_START_WANTS_ELSEWHERE)
			return;
		if (!first || unit->start > first->start)
			first = unit;
		n++;
	}
	if (!first)
		return;
	if (first->start == UNIT_START_WANTS_ELSEWHERE)
		report_add(
			report, check, first->node->entry.path,
			"is named by '%s' only, for a unit that an initrd never reaches "
			"(units of the extension that nothing starts: %zu)",
			first->started_by, n);
	else
		report_add(
			report, check, first->node->entry.path,
			"is started by nothing: no '.upholds' directory names it (units of "
			"the extension that nothing starts: %zu)",
			n);
}

static void run_wants_only(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	FOREACH_UNIT(unit, subject->units)
		if (unit->start == UNIT_START_WANTS_ONLY)
			report_add(report, check, unit->node->entry.path,
				   "is named by '%s' only, which systemd has looked for "
				   "before the merge",
				   unit->started_by);
}

static void run_no_reload(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	const struct release *release = subject->extension->release;

	FOREACH_UNIT(unit, subject->units) {
		if (unit->start != UNIT_START_NO_RELOAD ||
		    env_file_unusable(&release->file))
			continue;
		if (release->reload_manager)
			report_add(
				report, check, unit->node->entry.path,
				"is named by '%s', but EXTENSION_RELOAD_MANAGER is '%s' in "
				"'%s', expected '1'",
				unit->started_by, release->reload_manager, release->path);
		else
			report_add(report, check, unit->node->entry.path,
				   "is named by '%s', but '%s' has no "
				   "EXTENSION_RELOAD_MANAGER=1",
				   unit->started_by, release->path);
	}
}

static void run_unreached(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	FOREACH_UNIT(unit, subject->units) {
		if (unit->start == UNIT_START_UNREACHED)
			report_add(
				report, check, unit->node->entry.path,
				"is named by '%s', a unit that this initrd never reaches",
				unit->started_by);
		else if (unit->start == UNIT_START_EARLY)
			report_unknown(
				report, check, unit->node->entry.path,
				"is named by '%s': is that unit up before the merge?",
				unit->started_by);
	}
}

static void run_restart_ignored(const struct check *check, const struct subject *subject,
				struct report *report)
{
	FOREACH_UNIT(unit, subject->units)
		if (unit->start == UNIT_START_OLD_SYSTEMD)
			report_add(
				report, check, unit->node->entry.path,
				"is named by %s only, the base has systemd %u, which knows "
				"it since %d",
				unit->started_by, subject->base->systemd_version,
				SYSTEMD_RESTART_UNITS);
}

static bool has_default_dependencies(const struct unit *unit)
{
	bool has = true;

	for (size_t i = 0; i < unit->n_lines; i++)
		if (strcmp(unit->lines[i].section, "Unit") == 0 &&
		    strcmp(unit->lines[i].key, "DefaultDependencies") == 0)
			has = release_boolean(unit->lines[i].value) != 0;
	return has;
}

static void run_deadlock(const struct check *check, const struct subject *subject,
			 struct report *report)
{
	FOREACH_UNIT(unit, subject->units)
		if (unit->start == UNIT_START_RESTARTED && has_default_dependencies(unit))
			report_add(
				report, check, unit->node->entry.path,
				"is named by %s and has default dependencies, so that it "
				"waits for sysinit.target, which waits for the merge",
				unit->started_by);
}

static void run_program(const struct check *check, const struct subject *subject,
			struct report *report)
{
	const struct units *units = subject->units;

	for (size_t i = 0; i < units->n_execs; i++) {
		const struct unit_exec *exec = &units->execs[i];

		if (exec->provider || exec->may_fail ||
		    (units->n_started > 0 && !unit_start_works(exec->unit->start)))
			continue;
		report_add(
			report, check, exec->unit->node->entry.path,
			"line %u: %s= runs '%s', which neither the base nor the extension "
			"has",
			exec->line, exec->key, exec->program);
	}
}

#define NEEDS_FILES   (NEEDS_EXTENSION | NEEDS_TREE | NEEDS_SYSEXT)
#define SOURCE_RELOAD "sysext/sysext.c, get_extension_release_metadata() (257, 262)"
#define FIX_UPHOLDS                                                                      \
	"Link the unit from usr/lib/systemd/system/basic.target.upholds/ and write "     \
	"EXTENSION_RELOAD_MANAGER=1 into the release file; sysext-build's [Activation] " \
	"does both."

const struct check checks_units[] = {
	{.id = "units-never-started",
	 .title = "nothing starts the extension's units",
	 .why = "The image is merged, and its services stay down without a message. [Install] "
		"has no effect: nobody runs systemctl enable in an initrd.",
	 .fix = FIX_UPHOLDS " A unit that nothing has to start is better left out.",
	 .source = "systemd.unit(5); " SOURCE_RELOAD,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_FILES,
	 .run = run_never_started},
	{.id = "units-wants-only",
	 .title = "a unit is started by a .wants directory only",
	 .why = "systemd has decided what to start before the merge: a .wants or .requires "
		"link of an extension starts nothing in an initrd.",
	 .fix = FIX_UPHOLDS,
	 .source = "systemd.unit(5), \"Upholds=\"; " SOURCE_RELOAD,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_FILES,
	 .run = run_wants_only},
	{.id = "units-no-reload",
	 .title = "systemd is not told about the extension's units",
	 .why = "Without a reload after the merge PID 1 does not know the unit nor the link that "
		"would start it.",
	 .fix = "Write EXTENSION_RELOAD_MANAGER=1 into the release file.",
	 .source = SOURCE_RELOAD,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_FILES | NEEDS_RELEASE,
	 .run = run_no_reload},
	{.id = "units-unreached",
	 .title = "a unit waits for a target that an initrd never reaches",
	 .why = "Upholds= counts only while the unit that has it is up.",
	 .fix = "Link the unit from basic.target.upholds/ or sysinit.target.upholds/.",
	 .source = "systemd.unit(5), \"Upholds=\"; bootup(7)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_FILES,
	 .run = run_unreached},
	{.id = "units-restart-ignored",
	 .title = "the base's systemd does not know EXTENSION_RESTART_UNITS",
	 .why = "The key is ignored, and nothing starts the unit.",
	 .fix = FIX_UPHOLDS,
	 .source = "NEWS of systemd 262; " SOURCE_RELOAD,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_FILES,
	 .run = run_restart_ignored},
	{.id = "units-restart-deadlock",
	 .title = "the boot will hang",
	 .why = "systemd-sysext waits for the unit, the unit waits for sysinit.target, and that "
		"waits for systemd-sysext, without a time limit.",
	 .fix = "Write DefaultDependencies=no into the unit, or link it from "
		"basic.target.upholds/ instead.",
	 .source = "sysext/sysext.c (262); systemd.service(5), \"Default Dependencies\"",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_HARMS_BASE,
	 .needs = NEEDS_FILES,
	 .run = run_deadlock},
	{.id = "units-program-missing",
	 .title = "a unit runs a program that is not there",
	 .why = "The unit fails when it is started.",
	 .fix = "Ship the program, or begin the line's value with '-' if the unit can do without.",
	 .source = "systemd.service(5), \"ExecStart=\"",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_FILES,
	 .run = run_program},
	{.id = NULL},
};
