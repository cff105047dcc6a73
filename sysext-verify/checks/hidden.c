/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/path.h"
#include "sysext-verify/checks/check.h"
#include "sysext-verify/report/report.h"

#define FOREACH_HIDDEN(variable, list)                                                   \
	for (size_t at_ = 0; at_ < (list)->n_files; at_++)                               \
		for (const struct hidden_file *variable = &(list)->files[at_]; variable; \
		     variable = NULL)

static bool is_directory(const struct node *node)
{
	return node->entry.type == ENTRY_DIRECTORY;
}

/* Directories in the way, and in the way of directories, are the business of layout. */
static bool is_file_clash(const struct hidden_file *file)
{
	return !is_directory(file->node) && !is_directory(file->node->hides);
}

static bool is_library(const struct hidden_file *file)
{
	return file->node->hides->elf && file->node->hides->elf->soname;
}

static bool is_module_index(const struct hidden_file *file)
{
	return path_is_below(file->node->entry.path, "usr/lib/modules") &&
	       string_starts_with(file->node->name, "modules.");
}

static void run_identical(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	FOREACH_HIDDEN(file, subject->hidden)
		if (is_file_clash(file) && file->identical)
			report_add(report, check, file->node->entry.path,
				   "is in the base with the same contents");
}

static void run_replaced(const struct check *check, const struct subject *subject,
			 struct report *report)
{
	FOREACH_HIDDEN(file, subject->hidden)
		if (is_file_clash(file) && !file->identical && !is_library(file) &&
		    !is_module_index(file))
			report_add(report, check, file->node->entry.path,
				   "is a %s, the base has a %s with other contents there",
				   entry_type_name(file->node->entry.type),
				   entry_type_name(file->node->hides->entry.type));
}

static void run_library(const struct check *check, const struct subject *subject,
			struct report *report)
{
	FOREACH_HIDDEN(file, subject->hidden)
		if (is_file_clash(file) && !file->identical && is_library(file))
			report_add(report, check, file->node->entry.path,
				   "stands in front of the base's library '%s'",
				   file->node->hides->elf->soname);
}

static void run_broken(const struct check *check, const struct subject *subject,
		       struct report *report)
{
	const struct objects *objects = subject->base_objects;

	for (size_t i = 0; i < objects->n_needs; i++) {
		const struct need *need = &objects->needs[i];
		const struct node *library;

		if (need->provider)
			continue;
		if (need->kind != NEED_VERSION) {
			report_add(report, check, need->user->entry.path,
				   "of the base needs '%s', which the extension hides",
				   need->name);
			continue;
		}
		library = objects_find_library(subject->merged, need->user, need->library,
					       NULL);
		report_add(report, check, need->user->entry.path,
			   "of the base needs version %s of '%s', which '%s' of the "
			   "extension does not define",
			   need->name, need->library,
			   library ? library->entry.path : need->library);
	}
}

static void run_module_index(const struct check *check, const struct subject *subject,
			     struct report *report)
{
	FOREACH_HIDDEN(file, subject->hidden)
		if (is_file_clash(file) && !file->identical && is_module_index(file))
			report_add(
				report, check, file->node->entry.path,
				"stands in front of the base's index of kernel modules");
}

#define NEEDS_FILES    (NEEDS_EXTENSION | NEEDS_TREE | NEEDS_SYSEXT)
#define SOURCE_OVERLAY "Documentation/filesystems/overlayfs.rst of Linux"

const struct check checks_hidden[] = {
	{.id = "hidden-identical",
	 .title = "a file is in the base already",
	 .why = "It takes room, and hides the base's own after an update of the base.",
	 .fix = "Leave the file out; sysext-build does so.",
	 .source = SOURCE_OVERLAY,
	 .severity = SEVERITY_NOTE,
	 .consequence = CONSEQUENCE_INFO,
	 .needs = NEEDS_FILES,
	 .run = run_identical},
	{.id = "hidden-replaced",
	 .title = "a file of the base is replaced",
	 .why = "The base works with the extension's file from the merge on.",
	 .fix = "Use another path, unless the base's file is meant to be replaced.",
	 .source = SOURCE_OVERLAY,
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_FILES,
	 .run = run_replaced},
	{.id = "hidden-library-replaced",
	 .title = "a library of the base is replaced",
	 .why = "Every program that the base starts after the merge uses the extension's library, "
		"which was not built with it.",
	 .fix = "Leave the library out and build against that of the base.",
	 .source = SOURCE_OVERLAY "; ld.so(8)",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_FILES,
	 .run = run_library},
	{.id = "hidden-library-breaks-base",
	 .title = "a program of the base loses what it needs",
	 .why = "The program does not start after the merge; if it is systemd's, the boot hangs.",
	 .fix = "Leave the library out and build against that of the base.",
	 .source = SOURCE_OVERLAY "; ld.so(8)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_HARMS_BASE,
	 .needs = NEEDS_FILES,
	 .run = run_broken},
	{.id = "hidden-module-index",
	 .title = "the index of kernel modules is replaced",
	 .why = "modprobe finds only what the topmost index names; modules of the base that it "
		"lacks can no longer be loaded.",
	 .fix = "Ship an index of the modules of base and extension together.",
	 .source = "depmod(8), modules.dep(5); " SOURCE_OVERLAY,
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_FILES,
	 .run = run_module_index},
	{.id = NULL},
};
