/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/strbuf.h"
#include "sysext-verify/report/report.h"
#include "sysext-verify/report/waiver.h"

#define INDENT      "  "
#define MIN_COLUMNS 40
#define MAX_COLUMNS 100

static const char *color_of(const struct finding *finding, bool color)
{
	if (!color || !finding_is_live(finding))
		return "";
	if (finding->unknown)
		return "\033[35m";
	switch (finding->check->severity) {
	case SEVERITY_ERROR:
		return "\033[1;31m";
	case SEVERITY_WARNING:
		return "\033[33m";
	default:
		return "\033[36m";
	}
}

static const char *standing_of(const struct finding *finding)
{
	if (finding->waiver)
		return ", waived";
	return finding->known ? ", known" : "";
}

static void print_finding(const struct finding *finding, bool color, FILE *out)
{
	fprintf(out, "%s: %s%s%s%s%s%s: %s [%s]", finding->image, finding->path,
		*finding->path ? ": " : "", color_of(finding, color),
		finding->unknown ? "unknown" : severity_name(finding->check->severity),
		color ? "\033[0m" : "", standing_of(finding), finding->detail,
		finding->check->id);
	if (finding->waiver)
		fprintf(out, " (%s)", finding->waiver->reason);
	fputc('\n', out);
}

/*
 * Words of @text in lines of at most @columns, each after @indent; the first after
 * @label.
 */
static void print_wrapped(const char *label, const char *text, unsigned columns,
			  FILE *out)
{
	size_t at = strlen(INDENT) + strlen(label);

	fprintf(out, INDENT "%s", label);
	while (*text) {
		size_t word = strcspn(text, " ");

		if (at + 1 + word > columns) {
			fprintf(out, "\n" INDENT "%*s", (int)strlen(label), "");
			at = strlen(INDENT) + strlen(label);
		}
		fprintf(out, " %.*s", (int)word, text);
		at += 1 + word;
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

/* Of what is waived or known somebody has read the reason. */
static bool is_first_of_check(const struct report *report, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (report->findings[i].check == report->findings[at].check &&
		    finding_is_live(&report->findings[i]))
			return false;
	return finding_is_live(&report->findings[at]);
}

static void print_reasons(const struct report *report, unsigned columns, FILE *out)
{
	for (size_t i = 0; i < report->n_findings; i++) {
		const struct check *check = report->findings[i].check;

		if (!is_first_of_check(report, i))
			continue;
		fprintf(out, "\n%s: %s\n", check->id, check->title);
		print_wrapped("why:", check->why, columns, out);
		print_wrapped("fix:", check->fix, columns, out);
	}
	if (report->n_findings > 0)
		fputc('\n', out);
}

static void add_count(struct strbuf *text, size_t n, const char *one, const char *many)
{
	if (n > 0)
		strbuf_addf(text, "%s%zu %s", text->size ? ", " : "", n,
			    n == 1 ? one : many);
}

static void print_verdict(const struct report *report, struct strbuf *text, FILE *out)
{
	struct report_counts counts = report_count(report);

	add_count(text, counts.n_errors, "error", "errors");
	add_count(text, counts.n_warnings, "warning", "warnings");
	add_count(text, counts.n_notes, "note", "notes");
	add_count(text, counts.n_waived, "waived", "waived");
	add_count(text, counts.n_known, "known", "known");
	if (text->size == 0)
		strbuf_add_string(text, "nothing found");
	fprintf(out,
		"verdict: merges %s, works %s — %s; %zu checks clean, %zu skipped, "
		"%zu unknown\n",
		verdict_merges_text(&report->verdict), answer_name(report->verdict.works),
		strbuf_text(text), counts.n_clean, counts.n_skipped, counts.n_unknown);
}

static void print_judged(const struct judged *judged, struct strbuf *name, FILE *out)
{
	strbuf_add_escaped(name, judged->extension->path);
	fprintf(out, "%s: merges %s, works %s\n", strbuf_text(name),
		verdict_merges_text(&judged->verdict),
		answer_name(judged->verdict.works));
}

int report_text(const struct report *report, const struct report_style *style, FILE *out,
		struct error *error)
{
	_cleanup_strbuf_ struct strbuf counts = {0};
	unsigned columns =
		MIN(MAX(style->columns, (unsigned)MIN_COLUMNS), (unsigned)MAX_COLUMNS);

	for (size_t i = 0; i < report->n_findings; i++)
		print_finding(&report->findings[i], style->color, out);
	print_reasons(report, columns, out);
	for (size_t i = 0; report->n_judged > 1 && i < report->n_judged; i++) {
		_cleanup_strbuf_ struct strbuf name = {0};

		print_judged(&report->judged[i], &name, out);
	}
	print_verdict(report, &counts, out);
	return strbuf_ok(&counts) ? 0 : error_memory(error);
}
