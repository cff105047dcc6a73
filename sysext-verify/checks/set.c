/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/checks/check.h"
#include "sysext-verify/report/report.h"

/* Several extensions together: what one does to the others. */

/* mount(2) takes a page of options, the NUL at the end included. */
#define MAX_OPTIONS_SIZE 4095

static void run_aborted(const struct check *check, const struct subject *subject,
			struct report *report)
{
	const struct set *set = subject->set;

	for (size_t i = 0; i < set->n_members; i++)
		if (set->n_culprits > 0)
			report_add_about(report, check, set->members[i]->path,
					 "is good alone; with '%s' in the same place "
					 "nothing is merged%s",
					 set->culprits[0]->path,
					 set->n_culprits > 1
						 ? ", nor with the others that "
						   "end the merge"
						 : "");
}

static void run_namesakes(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	const struct set *set = subject->set;

	for (size_t i = 0; i < set->n_namesakes; i++) {
		const struct set_namesake *namesake = &set->namesakes[i];

		report_add_about(
			report, check, namesake->extension->path,
			"has the image name '%s', and so has '%s': systemd takes "
			"the one that it comes across first",
			namesake->extension->name, namesake->other->path);
	}
}

static void run_options(const struct check *check, const struct subject *subject,
			struct report *report)
{
	const struct set *set = subject->set;

	if (set->options_size > MAX_OPTIONS_SIZE)
		report_add_about(report, check, set->members[set->n_members - 1]->path,
				 "is one of %zu extensions whose directories make %zu "
				 "bytes of mount options for '/%s', at most %d are taken",
				 set->n_members, set->options_size, set->hierarchy,
				 MAX_OPTIONS_SIZE);
}

static void add_collisions(const struct check *check, const struct subject *subject,
			   struct report *report, bool identical)
{
	const struct set *set = subject->set;

	for (size_t i = 0; i < set->n_collisions; i++) {
		const struct set_collision *collision = &set->collisions[i];

		if (collision->identical == identical)
			report_add_in(
				report, check, collision->loser->path, collision->path,
				"is in '%s', too, %s: '%s' comes later in the order of "
				"versions and wins",
				collision->winner->path,
				identical ? "with the same contents"
					  : "with other contents",
				collision->winner->name);
	}
}

static void run_collision(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	add_collisions(check, subject, report, false);
}

static void run_duplicate(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	add_collisions(check, subject, report, true);
}

#define SOURCE_MERGE \
	"sysext/sysext.c, merge_subprocess() and merge_hierarchy() (252 to 262)"

const struct check checks_set[] = {
	{.id = "set-aborted",
	 .title = "another extension ends the merge of this one",
	 .why = "systemd merges all or nothing: one image that cannot be used takes the good "
		"ones with it.",
	 .fix = "Mend or remove the other extension; what is wrong with it is told above.",
	 .source = SOURCE_MERGE,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .flags = CHECK_SET,
	 .run = run_aborted},
	{.id = "set-same-name",
	 .title = "two extensions have one image name",
	 .why = "systemd takes one of them and drops the other without a word. In one directory "
		"the order of the directory decides, which nobody can rely on.",
	 .fix = "Give the images different names, or leave one out.",
	 .source = "shared/discover-image.c, image_discover() (252 to 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_NOT_SEEN,
	 .flags = CHECK_SET,
	 .run = run_namesakes},
	{.id = "set-options-too-long",
	 .title = "there are too many extensions for one mount",
	 .why = "The directories of all extensions go into one string of mount options. The "
		"kernel refuses one that is too long, and nothing is merged.",
	 .fix = "Merge fewer extensions, or give them shorter names.",
	 .source = SOURCE_MERGE "; mount(2)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .flags = CHECK_SET,
	 .run = run_options},
	{.id = "set-collision",
	 .title = "two extensions bring one path",
	 .why = "Only the file of the later extension is seen, by both.",
	 .fix = "Leave the file out of one of them, or make a third extension of it.",
	 .source = SOURCE_MERGE "; Documentation/filesystems/overlayfs.rst of Linux",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .flags = CHECK_SET,
	 .run = run_collision},
	{.id = "set-duplicate",
	 .title = "two extensions bring the same file",
	 .why = "It takes room twice, and after an update of one of them the two differ.",
	 .fix = "Leave the file out of one of them.",
	 .source = SOURCE_MERGE,
	 .severity = SEVERITY_NOTE,
	 .consequence = CONSEQUENCE_INFO,
	 .flags = CHECK_SET,
	 .run = run_duplicate},
	{.id = NULL},
};
