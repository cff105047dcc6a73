/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "sysext-verify/checks/check.h"
#include "sysext-verify/report/report.h"

/* In the order in which systemd comes across these things. */
static const struct check *const topics[] = {
	checks_base_layers,  checks_base,    checks_placement, checks_image,
	checks_filesystem,   checks_sidecar, checks_verity,    checks_signature,
	checks_release_file, checks_release, checks_layout,    checks_hidden,
	checks_elf,          checks_units,   checks_set,       checks_waiver,
};

size_t check_count(void)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(topics); i++)
		for (const struct check *check = topics[i]; check->id; check++)
			n++;
	return n;
}

const struct check *check_at(size_t at)
{
	for (size_t i = 0; i < ARRAY_SIZE(topics); i++)
		for (const struct check *check = topics[i]; check->id; check++)
			if (at-- == 0)
				return check;
	return NULL;
}

const struct check *check_find(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(topics); i++)
		for (const struct check *check = topics[i]; check->id; check++)
			if (strcmp(check->id, id) == 0)
				return check;
	return NULL;
}

static unsigned facts_of(const struct subject *subject)
{
	const struct extension *extension = subject->extension;
	unsigned facts = subject->base->os_release ? NEEDS_OS_RELEASE : 0;

	if (!extension)
		return facts;
	facts |= NEEDS_EXTENSION;
	if (extension->kind == EXTENSION_RAW)
		facts |= NEEDS_RAW;
	if (extension->class == EXTENSION_SYSEXT)
		facts |= NEEDS_SYSEXT;
	if (extension->tree)
		facts |= NEEDS_TREE;
	if (extension->release)
		facts |= NEEDS_RELEASE;
	if (extension->ddi.has_signature)
		facts |= NEEDS_SIGNATURE;
	if (extension->ddi.has_superblock)
		facts |= NEEDS_SUPERBLOCK;
	if (extension->ddi.kind == DDI_GPT && extension->ddi.gpt_error.code == 0)
		facts |= NEEDS_GPT | NEEDS_PARTS;
	if (extension->sidecars.used)
		facts |= NEEDS_PARTS;
	return facts;
}

void checks_run(const struct subject *subject, struct report *report)
{
	unsigned facts = facts_of(subject);
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(topics); i++)
		for (const struct check *check = topics[i]; check->id; check++, at++) {
			bool for_base = check->flags & CHECK_BASE;

			if (subject->base->without_initrd &&
			    !(check->flags & CHECK_WITHOUT_INITRD))
				continue;
			if ((check->flags & CHECK_REPORT) ||
			    (check->flags & CHECK_SET) != (subject->set ? CHECK_SET : 0))
				continue;
			if (for_base != (subject->extension == NULL && !subject->set) ||
			    (check->needs & facts) != check->needs)
				continue;
			report_ran(report, at);
			check->run(check, subject, report);
		}
}

static const char *const severities[] = {
	[SEVERITY_NOTE] = "note",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_ERROR] = "error",
};

const char *severity_name(enum severity severity)
{
	return severities[severity];
}

bool severity_parse(const char *text, enum severity *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(severities); i++)
		if (strcmp(text, severities[i]) == 0) {
			*ret = (enum severity)i;
			return true;
		}
	return false;
}

const char *consequence_name(enum consequence consequence)
{
	static const char *const names[] = {
		[CONSEQUENCE_ABORTS_ALL] = "aborts-all",
		[CONSEQUENCE_IGNORED] = "ignored",
		[CONSEQUENCE_NOT_SEEN] = "not-seen",
		[CONSEQUENCE_BROKEN] = "broken",
		[CONSEQUENCE_HARMS_BASE] = "harms-base",
		[CONSEQUENCE_RISK] = "risk",
		[CONSEQUENCE_INFO] = "info",
	};

	return names[consequence];
}
