/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/report/json-parts.h"
#include "sysext-verify/report/report.h"
#include "sysext-verify/report/waiver.h"

static json_t *merges(const struct verdict *verdict)
{
	return json_string(answer_name(verdict->merges));
}

static json_t *text_or_null(const char *bytes)
{
	return json_text(*bytes ? bytes : NULL);
}

/* What libblkid says; null where it is not asked. */
static json_t *recognition_object(const struct recognition *seen)
{
	return json_pack("{s:s,s:o,s:o,s:o}", "answer", recognized_name(seen->answer),
			 "type", text_or_null(seen->type), "usage",
			 text_or_null(seen->usage), "table", text_or_null(seen->table));
}

static json_t *seen_by(const struct extension_seen *seen, enum recognize_scope scope)
{
	return json_pack(
		"{s:o,s:o}", "image", recognition_object(&seen->image[scope]), "data",
		seen->has_data ? recognition_object(&seen->data[scope]) : json_null());
}

static json_t *seen_object(const struct extension *extension)
{
	const struct extension_seen *seen = &extension->seen;

	if (!extension->source)
		return json_null();
	return json_pack("{s:s,s:o,s:o}", "libblkid", recognize_version(), "257",
			 seen_by(seen, RECOGNIZE_ALL), "262",
			 seen_by(seen, RECOGNIZE_ALLOWED));
}

/* The entry of a versioned directory that counts. */
static json_t *chosen_version(const struct extension *extension)
{
	const struct version_choice *choice = &extension->versions.choice;

	return json_text(choice->answer == VERSION_FOUND ? choice->entry->name : NULL);
}

static json_t *extension_objects(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->n_judged; i++) {
		const struct judged *judged = &report->judged[i];
		const struct verdict *verdict = &judged->verdict;

		(void)json_array_append_new(
			list, json_pack("{s:o,s:o,s:o,s:s,s:s,s:o,s:o}", "name",
					json_text(judged->extension->name), "image",
					json_text(judged->extension->path), "merges",
					merges(verdict), "consequence",
					verdict->merges == ANSWER_NO
						? consequence_name(verdict->consequence)
						: "none",
					"works", answer_name(verdict->works), "version",
					chosen_version(judged->extension), "seen",
					seen_object(judged->extension)));
	}
	return list;
}

static json_t *finding_object(const struct finding *finding)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:b}", "id", finding->check->id,
			 "severity", severity_name(finding->check->severity),
			 "consequence", consequence_name(finding->check->consequence),
			 "image", finding->image, "path", finding->path, "detail",
			 finding->detail, "waived",
			 json_text(finding->waiver ? finding->waiver->reason : NULL),
			 "known", finding->known);
}

static json_t *finding_objects(const struct report *report, bool unknown)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->n_findings; i++)
		if (report->findings[i].unknown == unknown)
			(void)json_array_append_new(list,
						    finding_object(&report->findings[i]));
	return list;
}

static json_t *skipped_ids(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < check_count(); i++)
		if (!report->ran[i])
			(void)json_array_append_new(list, json_string(check_at(i)->id));
	return list;
}

static json_t *counts_object(const struct report *report)
{
	struct report_counts counts = report_count(report);

	return json_pack(
		"{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "errors",
		json_number(counts.n_errors), "warnings", json_number(counts.n_warnings),
		"notes", json_number(counts.n_notes), "unknown",
		json_number(counts.n_unknown), "waived", json_number(counts.n_waived),
		"known", json_number(counts.n_known), "clean",
		json_number(counts.n_clean), "skipped", json_number(counts.n_skipped));
}

int report_json(const struct report *report, const struct report_style *style, FILE *out,
		struct error *error)
{
	json_auto_t *root = json_pack(
		"{s:i,s:o,s:{s:o,s:s},s:i,s:s,s:o,s:o,s:o,s:o,s:o}", "schema",
		JSON_SCHEMA, "base", json_base(report->base), "verdict", "merges",
		merges(&report->verdict), "works", answer_name(report->verdict.works),
		"exit", report_exit_status(report, style->fail_on, style->strict),
		"sandbox", style->sandbox, "extensions", extension_objects(report),
		"findings", finding_objects(report, false), "unknown",
		finding_objects(report, true), "skipped", skipped_ids(report), "counts",
		counts_object(report));

	if (!root)
		return error_memory(error);
	json_write(root, out);
	return 0;
}
