/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <jansson.h>
#include <string.h>

#include "formats/core/strbuf.h"
#include "sysext-verify/report/report.h"

#define SCHEMA 1

static void json_freep(json_t **json)
{
	json_decref(*json);
}

/* Bytes of the input need not be UTF-8, JSON must be. NULL becomes null. */
static json_t *text(const char *bytes)
{
	_cleanup_strbuf_ struct strbuf escaped = {0};

	if (!bytes)
		return json_null();
	strbuf_add_escaped(&escaped, bytes);
	return strbuf_ok(&escaped) ? json_string(strbuf_text(&escaped)) : NULL;
}

static json_t *number(size_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *merges(const struct verdict *verdict)
{
	return json_string(answer_name(verdict->merges));
}

static json_t *base_certificates(const struct base *base)
{
	json_t *list = json_array();

	for (size_t i = 0; i < base->n_certificates; i++) {
		const struct base_certificate *certificate = &base->certificates[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:o,s:o}", "path", text(certificate->path), "subject",
				  text(certificate->certificate
					       ? certificate_subject(
							 certificate->certificate)
					       : NULL)));
	}
	return list;
}

static json_t *base_layers(const struct base *base)
{
	json_t *list = json_array();

	for (size_t i = 0; i < base->n_layers; i++)
		(void)json_array_append_new(
			list, json_pack("{s:o,s:s}", "path", text(base->layers[i].path),
					"kind", base_kind_name(base->layers[i].kind)));
	return list;
}

static json_t *base_object(const struct base *base)
{
	const struct release *release = base->os_release;

	return json_pack("{s:o,s:s,s:o,s:i,s:o,s:o,s:{s:o,s:o,s:o},s:o}", "path",
			 text(base->path), "kind", base_kind_name(base->kind), "layers",
			 base_layers(base), "systemd", (int)base->systemd_version,
			 "architecture", text(base->architecture), "kernel",
			 text(base->kernel_release), "os-release", "ID",
			 text(release ? release->id : NULL), "VERSION_ID",
			 text(release ? release->version_id : NULL), "SYSEXT_LEVEL",
			 text(release ? release->level : NULL), "certificates",
			 base_certificates(base));
}

static json_t *extension_objects(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->n_judged; i++) {
		const struct judged *judged = &report->judged[i];
		const struct verdict *verdict = &judged->verdict;

		(void)json_array_append_new(
			list, json_pack("{s:o,s:o,s:o,s:s,s:s}", "name",
					text(judged->extension->name), "image",
					text(judged->extension->path), "merges",
					merges(verdict), "consequence",
					verdict->merges == ANSWER_NO
						? consequence_name(verdict->consequence)
						: "none",
					"works", answer_name(verdict->works)));
	}
	return list;
}

static json_t *finding_object(const struct finding *finding)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "id", finding->check->id,
			 "severity", severity_name(finding->check->severity),
			 "consequence", consequence_name(finding->check->consequence),
			 "image", finding->image, "path", finding->path, "detail",
			 finding->detail);
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

	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "errors", number(counts.n_errors),
			 "warnings", number(counts.n_warnings), "notes",
			 number(counts.n_notes), "unknown", number(counts.n_unknown),
			 "clean", number(counts.n_clean), "skipped",
			 number(counts.n_skipped));
}

static int write_bytes(const char *buffer, size_t size, void *out)
{
	return fwrite(buffer, 1, size, out) == size ? 0 : -1;
}

int report_json(const struct report *report, const struct report_style *style, FILE *out,
		struct error *error)
{
	_cleanup_(json_freep) json_t *root = json_pack(
		"{s:i,s:o,s:{s:o,s:s},s:i,s:o,s:o,s:o,s:o,s:o}", "schema", SCHEMA, "base",
		base_object(report->base), "verdict", "merges", merges(&report->verdict),
		"works", answer_name(report->verdict.works), "exit",
		report_exit_status(report, style->fail_on, style->strict), "extensions",
		extension_objects(report), "findings", finding_objects(report, false),
		"unknown", finding_objects(report, true), "skipped", skipped_ids(report),
		"counts", counts_object(report));

	if (!root)
		return error_memory(error);
	/* A failed write is seen by the caller with ferror(). */
	(void)json_dump_callback(root, write_bytes, out, JSON_INDENT(2));
	fputc('\n', out);
	return 0;
}
