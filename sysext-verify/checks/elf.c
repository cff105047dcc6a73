/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/checks/check.h"
#include "sysext-verify/report/report.h"

/* The needs of one kind that nobody answers. */
#define FOREACH_MISSING(variable, list, wanted)                                     \
	for (size_t at_ = 0; at_ < (list)->n_needs; at_++)                          \
		for (const struct need *variable = &(list)->needs[at_];             \
		     variable && variable->kind == (wanted) && !variable->provider; \
		     variable = NULL)

static void run_interpreter(const struct check *check, const struct subject *subject,
			    struct report *report)
{
	FOREACH_MISSING(need, subject->objects, NEED_INTERPRETER)
		report_add(
			report, check, need->user->entry.path,
			"needs the dynamic linker '%s', which neither the base nor the extension "
			"has",
			need->name);
}

static void run_library(const struct check *check, const struct subject *subject,
			struct report *report)
{
	FOREACH_MISSING(need, subject->objects, NEED_LIBRARY) {
		if (need->unread)
			report_unknown(report, check, need->user->entry.path,
				       "needs '%s': is '%s' what it needs? That one %s",
				       need->name, need->unread->entry.path,
				       need->unread->elf_error->message);
		else if (!need->wrong_machine)
			report_add(
				report, check, need->user->entry.path,
				"needs '%s', which neither the base nor the extension has "
				"where ld.so looks",
				need->name);
	}
}

static void run_other_machine(const struct check *check, const struct subject *subject,
			      struct report *report)
{
	FOREACH_MISSING(need, subject->objects, NEED_LIBRARY) {
		if (need->wrong_machine)
			report_add(
				report, check, need->user->entry.path,
				"needs '%s' for %s, which is there for another machine only",
				need->name, need->user->elf->machine_name);
	}
}

static void run_version(const struct check *check, const struct subject *subject,
			struct report *report)
{
	FOREACH_MISSING(need, subject->objects, NEED_VERSION) {
		const struct node *library = objects_find_library(
			subject->merged, need->user, need->library, NULL);

		report_add(report, check, need->user->entry.path,
			   "needs version %s of '%s', '%s' of the %s does not define it",
			   need->name, need->library,
			   library ? library->entry.path : need->library,
			   library && library->layer > 0 ? "extension" : "base");
	}
}

static void run_script(const struct check *check, const struct subject *subject,
		       struct report *report)
{
	FOREACH_MISSING(need, subject->objects, NEED_SCRIPT_INTERPRETER)
		report_add(
			report, check, need->user->entry.path,
			"begins with '#!%s', which neither the base nor the extension has",
			need->name);
}

static void run_broken(const struct check *check, const struct subject *subject,
		       struct report *report)
{
	TREE_FOREACH(node, subject->merged) {
		if (node->layer == 0 || !node->elf_error)
			continue;
		if (node->elf_error->code == -EBADMSG)
			report_add(report, check, node->entry.path, "%s",
				   node->elf_error->message);
		else
			report_unknown(report, check, node->entry.path, "%s",
				       node->elf_error->message);
	}
}

#define NEEDS_FILES (NEEDS_EXTENSION | NEEDS_TREE | NEEDS_SYSEXT)
#define WHY_EXEC    "The program does not start; systemd merges the image all the same."

const struct check checks_elf[] = {
	{.id = "elf-interpreter-missing",
	 .title = "a program's dynamic linker is missing",
	 .why = WHY_EXEC,
	 .fix = "Ship the dynamic linker that the program names, or build the program for the "
		"base.",
	 .source = "execve(2); System V ABI, \"Program Interpreter\"",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_FILES,
	 .run = run_interpreter},
	{.id = "elf-library-missing",
	 .title = "a library is missing",
	 .why = "The program ends with \"error while loading shared libraries\"; systemd merges "
		"the image all the same.",
	 .fix = "Ship the library in a directory where ld.so looks; sysext-build does so.",
	 .source = "ld.so(8)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_FILES,
	 .run = run_library},
	{.id = "elf-other-machine",
	 .title = "a library is there for another machine only",
	 .why = "ld.so passes over it, and the program does not start.",
	 .fix = "Ship the library for the machine of the program.",
	 .source = "ld.so(8)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_FILES,
	 .run = run_other_machine},
	{.id = "elf-version-missing",
	 .title = "a library is too old for a program",
	 .why = "ld.so ends the program with \"version not found\".",
	 .fix = "Build the extension from the distribution and version of the base.",
	 .source = "LSB 5.0, \"Symbol Versioning\"; ld.so(8)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_FILES,
	 .run = run_version},
	{.id = "elf-script-interpreter-missing",
	 .title = "a script's interpreter is missing",
	 .why = "The script does not start.",
	 .fix = "Ship the interpreter, or leave out the script.",
	 .source = "execve(2), \"Interpreter scripts\"",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_FILES,
	 .run = run_script},
	{.id = "elf-broken",
	 .title = "an ELF file cannot be read",
	 .why = "Neither the kernel nor ld.so will load it.",
	 .fix = "Ship the file again, or leave it out.",
	 .source = "System V ABI, \"Object Files\"",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_BROKEN,
	 .needs = NEEDS_FILES,
	 .run = run_broken},
	{.id = NULL},
};
