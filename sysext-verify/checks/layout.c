/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/path.h"
#include "sysext-verify/checks/check.h"
#include "sysext-verify/report/report.h"

static const char *const hierarchies[] = {"usr", "opt"};

static void run_outside(const struct check *check, const struct subject *subject,
			struct report *report)
{
	const struct tree *tree = subject->extension->tree;
	const char *first = NULL;
	size_t n = 0;

	TREE_FOREACH(node, tree) {
		if (node == tree->root || node->entry.type == ENTRY_DIRECTORY ||
		    overlay_covers(node->entry.path))
			continue;
		/*
		 * usr may be a link to another directory of the image, which is then
		 * followed.
		 */
		if (strcmp(node->entry.path, "usr") == 0 ||
		    strcmp(node->entry.path, "opt") == 0)
			continue;
		if (!first)
			first = node->entry.path;
		n++;
	}
	if (n > 0)
		report_add(
			report, check, first,
			"lies outside '/usr' and '/opt' (files of the image that do: %zu)",
			n);
}

static void run_not_directory(const struct check *check, const struct subject *subject,
			      struct report *report)
{
	const struct tree *tree = subject->extension->tree;

	for (size_t i = 0; i < ARRAY_SIZE(hierarchies); i++) {
		const struct node *node = tree_chase(tree, hierarchies[i], NULL);

		if (node && node->entry.type != ENTRY_DIRECTORY)
			report_add(report, check, hierarchies[i],
				   "leads to a %s, expected a directory",
				   entry_type_name(node->entry.type));
	}
}

static void run_empty(const struct check *check, const struct subject *subject,
		      struct report *report)
{
	size_t n = 0;

	TREE_FOREACH(node, subject->merged)
		n += node->layer > 0 && node->entry.type != ENTRY_DIRECTORY &&
		     !path_is_below(node->entry.path, "usr/lib/extension-release.d");
	if (n == 0)
		report_add(report, check, "",
			   "has no file in '/usr' or '/opt' but its release file");
}

static void run_directory_over_link(const struct check *check,
				    const struct subject *subject, struct report *report)
{
	TREE_FOREACH(node, subject->merged)
		if (node->layer > 0 && node->hides &&
		    node->entry.type == ENTRY_DIRECTORY &&
		    node->hides->entry.type != ENTRY_DIRECTORY)
			report_add(report, check, node->entry.path,
				   "is a directory, the base has a %s%s%s%s there",
				   entry_type_name(node->hides->entry.type),
				   node->hides->entry.target ? " to '" : "",
				   node->hides->entry.target ? node->hides->entry.target
							     : "",
				   node->hides->entry.target ? "'" : "");
}

static void run_file_over_directory(const struct check *check,
				    const struct subject *subject, struct report *report)
{
	TREE_FOREACH(node, subject->merged)
		if (node->layer > 0 && node->hides &&
		    node->entry.type != ENTRY_DIRECTORY &&
		    node->hides->entry.type == ENTRY_DIRECTORY)
			report_add(
				report, check, node->entry.path,
				"is a %s, the base has a directory there, whose contents "
				"vanish",
				entry_type_name(node->entry.type));
}

static void run_whiteout(const struct check *check, const struct subject *subject,
			 struct report *report)
{
	TREE_FOREACH(node, subject->extension->tree) {
		const char *path = node->entry.path;

		if (!overlay_covers(path) ||
		    (!overlay_is_whiteout(node) && !overlay_is_opaque(node)))
			continue;
		if (tree_get(subject->base->tree, path))
			report_add(report, check, path,
				   "is %s, which takes away the base's '%s'",
				   overlay_is_whiteout(node) ? "a whiteout (device 0:0)"
							     : "an opaque directory",
				   path);
	}
}

static void run_attributes(const struct check *check, const struct subject *subject,
			   struct report *report)
{
	TREE_FOREACH(node, subject->merged) {
		const struct node *base;

		if (node->layer == 0 || node->entry.type != ENTRY_DIRECTORY)
			continue;
		base = tree_get(subject->base->tree, node->entry.path);
		if (base && base->entry.type == ENTRY_DIRECTORY &&
		    (base->entry.mode != node->entry.mode ||
		     base->entry.uid != node->entry.uid ||
		     base->entry.gid != node->entry.gid))
			report_add(
				report, check, node->entry.path,
				"has mode %04o and owner %u:%u, the base's has mode %04o "
				"and owner %u:%u",
				node->entry.mode, node->entry.uid, node->entry.gid,
				base->entry.mode, base->entry.uid, base->entry.gid);
	}
}

#define NEEDS_FILES    (NEEDS_EXTENSION | NEEDS_TREE | NEEDS_SYSEXT)
#define SOURCE_OVERLAY "Documentation/filesystems/overlayfs.rst of Linux"

const struct check checks_layout[] = {
	{.id = "layout-outside-hierarchies",
	 .title = "files lie outside what is merged",
	 .why = "Only /usr and /opt are overlaid; the other files of a system extension never "
		"appear, without a message.",
	 .fix = "Put the files below /usr: configuration too (sshd -f /usr/...), or use a "
		"configuration extension for /etc.",
	 .source = "systemd-sysext(8)",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_FILES,
	 .run = run_outside},
	{.id = "layout-hierarchy-not-directory",
	 .title = "/usr or /opt of the image is no directory",
	 .why = "The merge fails: no extension at all is merged.",
	 .fix = "Ship a directory.",
	 .source = "sysext/sysext.c, merge_hierarchy() (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_FILES,
	 .run = run_not_directory},
	{.id = "layout-nothing-to-merge",
	 .title = "the extension brings nothing",
	 .why = "It is merged and changes nothing.",
	 .fix = "Check what was packed.",
	 .source = "sysext/sysext.c, merge_hierarchy() (257, 262)",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_FILES,
	 .run = run_empty},
	{.id = "layout-directory-over-link",
	 .title = "a directory stands in front of a link of the base",
	 .why = "The link is gone after the merge, and with it all that the base reached through "
		"it, such as the dynamic linker.",
	 .fix = "Ship the files at the path that the link leads to.",
	 .source = SOURCE_OVERLAY,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_HARMS_BASE,
	 .needs = NEEDS_FILES,
	 .run = run_directory_over_link},
	{.id = "layout-file-over-directory",
	 .title = "a file stands in front of a directory of the base",
	 .why = "All that the base has in the directory is gone after the merge.",
	 .fix = "Ship a directory, or use another path.",
	 .source = SOURCE_OVERLAY,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_HARMS_BASE,
	 .needs = NEEDS_FILES,
	 .run = run_file_over_directory},
	{.id = "layout-whiteout",
	 .title = "the extension deletes files of the base",
	 .why = "overlayfs takes a whiteout or an opaque directory in a lower layer seriously.",
	 .fix = "Build the extension from a plain tree, not from the upper directory of an "
		"overlay.",
	 .source = SOURCE_OVERLAY,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_HARMS_BASE,
	 .needs = NEEDS_FILES,
	 .run = run_whiteout},
	{.id = "layout-directory-attributes",
	 .title = "a directory changes mode or owner",
	 .why = "The topmost layer decides the attributes of a directory that several have.",
	 .fix = "Ship directories with the mode and owner of the base, mostly 0755 and 0:0.",
	 .source = SOURCE_OVERLAY,
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_FILES,
	 .run = run_attributes},
	{.id = NULL},
};
