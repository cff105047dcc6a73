/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/report/report.h"

#include <string.h>

#include "formats/core/path.h"
#include "formats/core/strbuf.h"

int report_new(struct arena *arena, const struct base *base, size_t n_extensions,
	       struct report **ret, struct error *error)
{
	struct report *report = arena_alloc(arena, sizeof(*report));

	if (!report)
		return error_memory(error);
	*report = (struct report){.arena = arena, .base = base};
	report->judged = arena_array(arena, n_extensions, sizeof(*report->judged));
	report->ran = arena_array(arena, check_count(), sizeof(*report->ran));
	report->base_ran = arena_array(arena, check_count(), sizeof(*report->base_ran));
	if (!report->judged || !report->ran || !report->base_ran)
		return error_memory(error);
	for (size_t i = 0; i < n_extensions; i++) {
		report->judged[i].ran = arena_array(arena, check_count(), sizeof(bool));
		if (!report->judged[i].ran)
			return error_memory(error);
	}
	*ret = report;
	return 0;
}

/* Names and values of the input go to terminals: nothing of them may be more than text.
 */
static char *escape(struct arena *arena, const char *text)
{
	_cleanup_strbuf_ struct strbuf escaped = {0};

	strbuf_add_escaped(&escaped, text);
	return strbuf_ok(&escaped) ? arena_strdup(arena, strbuf_text(&escaped)) : NULL;
}

static void add(struct report *report, const struct finding *finding)
{
	if (report->n_findings == report->n_allocated) {
		size_t n = report->n_allocated ? 2 * report->n_allocated : 32;
		struct finding *findings =
			arena_array(report->arena, n, sizeof(*findings));

		if (!findings) {
			report->failed = true;
			return;
		}
		for (size_t i = 0; i < report->n_findings; i++)
			findings[i] = report->findings[i];
		report->findings = findings;
		report->n_allocated = n;
	}
	if (!finding->image || !finding->path || !finding->detail)
		report->failed = true;
	else
		report->findings[report->n_findings++] = *finding;
}

/* Which file a finding at @path is about. */
static const char *image_of(const struct subject *subject, const char *path)
{
	const struct base *base = subject->base;
	const struct node *node;

	if (subject->extension)
		return subject->extension->path;
	node = base->n_layers > 1 && *path ? tree_get(base->tree, path) : NULL;
	return node ? base_layer_of(base, node)->path : base->path;
}

static _printf_(6, 0) void add_formatted(struct report *report, const struct check *check,
					 const char *image, const char *path,
					 bool unknown, const char *format,
					 va_list arguments)
{
	char *detail = NULL;
	struct finding finding = {.check = check, .unknown = unknown};

	if (vasprintf(&detail, format, arguments) < 0) {
		report->failed = true;
		return;
	}
	finding.image = escape(report->arena, image);
	finding.path = escape(report->arena, path);
	finding.detail = escape(report->arena, detail);
	free(detail);
	add(report, &finding);
}

void report_add(struct report *report, const struct check *check, const char *path,
		const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_formatted(report, check, image_of(report->subject, path), path, false, format,
		      arguments);
	va_end(arguments);
}

void report_unknown(struct report *report, const struct check *check, const char *path,
		    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_formatted(report, check, image_of(report->subject, path), path, true, format,
		      arguments);
	va_end(arguments);
}

void report_add_about(struct report *report, const struct check *check, const char *image,
		      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_formatted(report, check, image, "", false, format, arguments);
	va_end(arguments);
}

void report_add_in(struct report *report, const struct check *check, const char *image,
		   const char *path, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_formatted(report, check, image, path, false, format, arguments);
	va_end(arguments);
}

void report_ran(struct report *report, size_t at)
{
	const struct subject *subject = report->subject;

	report->ran[at] = true;
	if (subject->extension)
		report->judged[report->n_judged].ran[at] = true;
	else if (!subject->set)
		report->base_ran[at] = true;
}

void report_mark_ran(struct report *report, const char *topic)
{
	for (size_t i = 0; i < check_count(); i++)
		if (string_starts_with(check_at(i)->id, topic))
			report->ran[i] = true;
}

bool finding_is_live(const struct finding *finding)
{
	return !finding->waiver && !finding->known;
}

static bool is_about_merging(enum consequence consequence)
{
	return consequence == CONSEQUENCE_ABORTS_ALL ||
	       consequence == CONSEQUENCE_IGNORED || consequence == CONSEQUENCE_NOT_SEEN;
}

static bool is_about_working(enum consequence consequence)
{
	return consequence == CONSEQUENCE_BROKEN || consequence == CONSEQUENCE_HARMS_BASE;
}

/* What is never looked at aborts nothing, and what aborts comes before what is left out.
 */
static int rank(enum consequence consequence)
{
	switch (consequence) {
	case CONSEQUENCE_NOT_SEEN:
		return 3;
	case CONSEQUENCE_ABORTS_ALL:
		return 2;
	case CONSEQUENCE_IGNORED:
		return 1;
	default:
		return 0;
	}
}

static void take_answer(enum answer *answer, bool unknown)
{
	if (!unknown)
		*answer = ANSWER_NO;
	else if (*answer == ANSWER_YES)
		*answer = ANSWER_UNKNOWN;
}

static void take_findings(struct verdict *verdict, const struct report *report,
			  size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct finding *finding = &report->findings[i];
		const struct check *check = finding->check;

		if (check->severity != SEVERITY_ERROR && !finding->unknown)
			continue;
		if (is_about_merging(check->consequence)) {
			take_answer(&verdict->merges, finding->unknown);
			if (!finding->unknown &&
			    rank(check->consequence) > rank(verdict->consequence))
				verdict->consequence = check->consequence;
		} else if (is_about_working(check->consequence)) {
			take_answer(&verdict->works, finding->unknown);
		}
	}
}

static struct verdict judge(const struct report *report)
{
	struct verdict verdict = {ANSWER_YES, ANSWER_YES, CONSEQUENCE_INFO};

	take_findings(&verdict, report, 0, report->n_base_findings);
	take_findings(&verdict, report, report->first_of_subject, report->n_findings);
	/* What is not merged, or perhaps not, has not been seen to work. */
	if (verdict.merges != ANSWER_YES && verdict.works == ANSWER_YES)
		verdict.works = ANSWER_UNKNOWN;
	return verdict;
}

void report_begin(struct report *report, const struct subject *subject)
{
	report->subject = subject;
	report->first_of_subject = report->n_findings;
}

void report_end(struct report *report, const struct subject *subject)
{
	if (subject->set) {
		report->first_of_set = report->first_of_subject;
		report->end_of_set = report->n_findings;
	} else if (!subject->extension) {
		report->n_base_findings = report->n_findings;
	}
	if (subject->extension) {
		struct judged *judged = &report->judged[report->n_judged++];

		judged->extension = subject->extension;
		judged->verdict = judge(report);
	}
	report->subject = NULL;
}

static enum answer worse(enum answer a, enum answer b)
{
	if (a == ANSWER_NO || b == ANSWER_NO)
		return ANSWER_NO;
	return a == ANSWER_UNKNOWN || b == ANSWER_UNKNOWN ? ANSWER_UNKNOWN : ANSWER_YES;
}

int report_finish(struct report *report, struct error *error)
{
	struct verdict all = {ANSWER_YES, ANSWER_YES, CONSEQUENCE_INFO};

	if (report->failed)
		return error_memory(error);
	for (size_t i = 0; i < report->n_judged; i++) {
		const struct verdict *one = &report->judged[i].verdict;

		all.merges = worse(all.merges, one->merges);
		all.works = worse(all.works, one->works);
		/*
		 * Of several extensions the one that takes the others with it matters
		 * most.
		 */
		if (one->merges == ANSWER_NO &&
		    all.consequence != CONSEQUENCE_ABORTS_ALL &&
		    (one->consequence == CONSEQUENCE_ABORTS_ALL ||
		     rank(one->consequence) > rank(all.consequence)))
			all.consequence = one->consequence;
	}
	take_findings(&all, report, report->first_of_set, report->end_of_set);
	if (all.merges != ANSWER_YES && all.works == ANSWER_YES)
		all.works = ANSWER_UNKNOWN;
	if (report->n_judged == 0) {
		report->first_of_subject = report->n_findings;
		all = judge(report);
		all.works = ANSWER_UNKNOWN;
	}
	report->verdict = all;
	return 0;
}

struct report_counts report_count(const struct report *report)
{
	struct report_counts counts = {0};

	for (size_t i = 0; i < report->n_findings; i++) {
		const struct finding *finding = &report->findings[i];

		if (finding->waiver)
			counts.n_waived++;
		else if (finding->known)
			counts.n_known++;
		else if (finding->unknown)
			counts.n_unknown++;
		else if (finding->check->severity == SEVERITY_ERROR)
			counts.n_errors++;
		else if (finding->check->severity == SEVERITY_WARNING)
			counts.n_warnings++;
		else
			counts.n_notes++;
	}
	for (size_t i = 0; i < check_count(); i++) {
		bool quiet = true;

		if (!report->ran[i]) {
			counts.n_skipped++;
			continue;
		}
		for (size_t k = 0; quiet && k < report->n_findings; k++)
			quiet = report->findings[k].check != check_at(i);
		counts.n_clean += quiet;
	}
	return counts;
}

int report_exit_status(const struct report *report, enum severity fail_on, bool strict)
{
	bool unknown = false;

	for (size_t i = 0; i < report->n_findings; i++) {
		if (!finding_is_live(&report->findings[i]))
			continue;
		if (report->findings[i].unknown)
			unknown = true;
		else if (report->findings[i].check->severity >= fail_on)
			return 1;
	}
	return strict && unknown ? 3 : 0;
}

const char *answer_name(enum answer answer)
{
	static const char *const names[] = {
		[ANSWER_YES] = "yes", [ANSWER_NO] = "no", [ANSWER_UNKNOWN] = "unknown"};

	return names[answer];
}

const char *verdict_merges_text(const struct verdict *verdict)
{
	if (verdict->merges != ANSWER_NO)
		return answer_name(verdict->merges);
	switch (verdict->consequence) {
	case CONSEQUENCE_ABORTS_ALL:
		return "no (aborts all)";
	case CONSEQUENCE_NOT_SEEN:
		return "no (not seen)";
	default:
		return "no (ignored)";
	}
}
