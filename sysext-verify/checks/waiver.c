/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/checks/check.h"

/* The rows of what waivers_apply() finds: it knows the waivers, which no subject has. */

#define SOURCE_WAIVERS "sysext-verify(1), WAIVERS"

const struct check checks_waiver[] = {
	{.id = "waiver-malformed",
	 .title = "a line of the waivers is no waiver",
	 .why = "It accepts nothing, and what it was meant to accept fails, or is accepted by "
		"another line that says more than was meant.",
	 .fix = "Write check, path, base, last day and reason into the line, with blanks "
		"between them.",
	 .source = SOURCE_WAIVERS,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_RISK,
	 .flags = CHECK_REPORT},
	{.id = "waiver-expired",
	 .title = "a waiver has expired",
	 .why = "What it accepted counts again.",
	 .fix = "Mend what it was about; or look at it again and write a later day.",
	 .source = SOURCE_WAIVERS,
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_INFO,
	 .flags = CHECK_REPORT},
	{.id = "waiver-unmatched",
	 .title = "a waiver accepts nothing",
	 .why = "What it was about is gone, or its path or base has a slip of the pen: one day "
		"it may accept what nobody has looked at.",
	 .fix = "Remove the line, or correct its path and base.",
	 .source = SOURCE_WAIVERS,
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_INFO,
	 .flags = CHECK_REPORT},
	{.id = NULL},
};
