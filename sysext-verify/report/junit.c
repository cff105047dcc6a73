/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/strbuf.h"
#include "sysext-verify/report/report.h"
#include "sysext-verify/report/waiver.h"

/*
 * The form of JUnit's reports that Jenkins, GitLab and GitHub read: a suite for the base
 * and one for each extension, in it a case for each check.
 */

/* What becomes of a case, in the order of how bad it is. */
enum outcome { OUTCOME_PASSED, OUTCOME_SKIPPED, OUTCOME_UNKNOWN, OUTCOME_FAILED };

struct suite {
	const struct report *report;
	const struct report_style *style;
	const char *name;  /* escaped */
	const char *image; /* whose findings these are, escaped; NULL: of any layer */
	const bool *ran;
};

static void print_xml(const char *text, FILE *out)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*text, out);
		}
}

static bool is_of(const struct suite *suite, const struct finding *finding,
		  const struct check *check)
{
	return finding->check == check &&
	       (!suite->image || strcmp(finding->image, suite->image) == 0);
}

static enum outcome outcome_of(const struct suite *suite, size_t at)
{
	enum outcome outcome = suite->ran[at] ? OUTCOME_PASSED : OUTCOME_SKIPPED;

	for (size_t i = 0; i < suite->report->n_findings; i++) {
		const struct finding *finding = &suite->report->findings[i];
		enum outcome one = OUTCOME_PASSED;

		if (!is_of(suite, finding, check_at(at)) || !finding_is_live(finding))
			continue;
		if (finding->unknown)
			one = suite->style->strict ? OUTCOME_FAILED : OUTCOME_UNKNOWN;
		else if (finding->check->severity >= suite->style->fail_on)
			one = OUTCOME_FAILED;
		outcome = MAX(outcome, one);
	}
	return outcome;
}

static void print_findings(const struct suite *suite, const struct check *check,
			   FILE *out)
{
	for (size_t i = 0; i < suite->report->n_findings; i++) {
		const struct finding *finding = &suite->report->findings[i];

		if (!is_of(suite, finding, check))
			continue;
		print_xml(finding->path, out);
		fprintf(out, "%s%s: ", *finding->path ? ": " : "",
			finding->unknown ? "unknown" : severity_name(check->severity));
		print_xml(finding->detail, out);
		if (finding->waiver) {
			fputs(" (waived: ", out);
			print_xml(finding->waiver->reason, out);
			fputc(')', out);
		} else if (finding->known) {
			fputs(" (known)", out);
		}
		fputc('\n', out);
	}
}

static void print_case(const struct suite *suite, size_t at, FILE *out)
{
	static const char *const elements[] = {[OUTCOME_PASSED] = "system-out",
					       [OUTCOME_SKIPPED] = "skipped",
					       [OUTCOME_UNKNOWN] = "skipped",
					       [OUTCOME_FAILED] = "failure"};
	const struct check *check = check_at(at);
	enum outcome outcome = outcome_of(suite, at);
	const char *element = elements[outcome];

	fprintf(out, "    <testcase classname=\"%.*s\" name=\"%s\">\n",
		(int)strcspn(check->id, "-"), check->id, check->id);
	fprintf(out, "      <%s", element);
	if (outcome != OUTCOME_PASSED) {
		fputs(" message=\"", out);
		print_xml(outcome == OUTCOME_SKIPPED ? "does not apply" : check->title,
			  out);
		fputc('"', out);
	}
	fputc('>', out);
	print_findings(suite, check, out);
	if (outcome == OUTCOME_FAILED) {
		print_xml("What to do: ", out);
		print_xml(check->fix, out);
	}
	fprintf(out, "</%s>\n    </testcase>\n", element);
}

/* The checks of other subjects are no cases of this suite. */
static bool belongs(const struct suite *suite, size_t at, unsigned flags)
{
	return (check_at(at)->flags & (CHECK_BASE | CHECK_REPORT)) == flags;
}

static void print_suite(const struct suite *suite, unsigned flags, FILE *out)
{
	size_t n[OUTCOME_FAILED + 1] = {0}, n_cases = 0;

	for (size_t i = 0; i < check_count(); i++)
		if (belongs(suite, i, flags)) {
			n[outcome_of(suite, i)]++;
			n_cases++;
		}
	fputs("  <testsuite name=\"", out);
	print_xml(suite->name, out);
	fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
		n_cases, n[OUTCOME_FAILED], n[OUTCOME_SKIPPED] + n[OUTCOME_UNKNOWN]);
	for (size_t i = 0; i < check_count(); i++)
		if (belongs(suite, i, flags))
			print_case(suite, i, out);
	fputs("  </testsuite>\n", out);
}

static int print_subject(const struct report *report, const struct report_style *style,
			 const char *path, const bool *ran, unsigned flags, FILE *out,
			 struct error *error)
{
	_cleanup_strbuf_ struct strbuf image = {0};
	struct suite suite = {.report = report, .style = style, .ran = ran};

	strbuf_add_escaped(&image, path);
	if (!strbuf_ok(&image))
		return error_memory(error);
	suite.name = strbuf_text(&image);
	suite.image = flags & CHECK_BASE ? NULL : suite.name;
	print_suite(&suite, flags, out);
	return 0;
}

int report_junit(const struct report *report, const struct report_style *style, FILE *out,
		 struct error *error)
{
	int r;

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites name=\"sysext-verify\">\n",
	      out);
	r = print_subject(report, style, report->base->path, report->base_ran, CHECK_BASE,
			  out, error);
	for (size_t i = 0; r == 0 && i < report->n_judged; i++)
		r = print_subject(report, style, report->judged[i].extension->path,
				  report->judged[i].ran, 0, out, error);
	if (r == 0 && report->waivers)
		r = print_subject(report, style, report->waivers->path, report->ran,
				  CHECK_REPORT, out, error);
	fputs("</testsuites>\n", out);
	return r;
}
