/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <string.h>

#include "formats/core/path.h"
#include "formats/core/strbuf.h"
#include "sysext-verify/report/json-parts.h"
#include "sysext-verify/report/report.h"
#include "sysext-verify/report/waiver.h"

/* Static Analysis Results Interchange Format 2.1.0 (OASIS). */
#define SARIF_VERSION "2.1.0"
#define SARIF_SCHEMA                                                          \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/" \
	"sarif-schema-2.1.0.json"

static json_t *message(const char *text)
{
	return json_pack("{s:o}", "text", json_text(text));
}

static json_t *rule(const struct check *check)
{
	return json_pack("{s:s,s:o,s:o,s:o,s:{s:s},s:{s:s,s:s}}", "id", check->id,
			 "shortDescription", message(check->title), "fullDescription",
			 message(check->why), "help", message(check->fix),
			 "defaultConfiguration", "level", severity_name(check->severity),
			 "properties", "consequence",
			 consequence_name(check->consequence), "source", check->source);
}

static json_t *rules(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < check_count(); i++)
		(void)json_array_append_new(list, rule(check_at(i)));
	return list;
}

static size_t rule_index(const struct check *check)
{
	size_t i = 0;

	while (check_at(i) != check)
		i++;
	return i;
}

/* RFC 3986: what is not unreserved is written as %XX; an absolute path is a file. */
static json_t *uri(const char *path)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	if (*path == '/')
		strbuf_add_string(&text, "file://");
	for (const char *c = path; *c; c++)
		if (isalnum((unsigned char)*c) || strchr("-._~/", *c))
			strbuf_add_char(&text, *c);
		else
			strbuf_addf(&text, "%%%02X", (unsigned char)*c);
	return strbuf_ok(&text) ? json_string(strbuf_text(&text)) : NULL;
}

static json_t *location(const struct finding *finding)
{
	json_t *location = json_pack("{s:{s:{s:o}}}", "physicalLocation",
				     "artifactLocation", "uri", uri(finding->image));

	if (*finding->path)
		(void)json_object_set_new(
			location, "logicalLocations",
			json_pack("[{s:s,s:s,s:s}]", "name", path_name(finding->path),
				  "fullyQualifiedName", finding->path, "kind", "member"));
	return location;
}

/* The same for the same finding of another day; the folder of the image is no part of it.
 */
static json_t *fingerprint(const struct finding *finding)
{
	const char *const parts[] = {finding->check->id, path_name(finding->image),
				     finding->path, finding->detail};
	_cleanup_strbuf_ struct strbuf text = {0};
	uint8_t digest[DIGEST_SHA256_SIZE];
	char hex[2 * DIGEST_SHA256_SIZE + 1];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		strbuf_add_string(&text, parts[i]);
		strbuf_add_char(&text, '\n');
	}
	if (!strbuf_ok(&text))
		return NULL;
	digest_sha256(text.data, text.size, digest);
	hex_encode(digest, sizeof(digest), hex);
	return json_string(hex);
}

static json_t *result(const struct report *report, const struct finding *finding)
{
	/* "open": evaluated, but there was not enough information to decide. */
	json_t *result = json_pack(
		"{s:s,s:o,s:s,s:s,s:o,s:[o],s:{s:o}}", "ruleId", finding->check->id,
		"ruleIndex", json_number(rule_index(finding->check)), "kind",
		finding->unknown ? "open" : "fail", "level",
		finding->unknown ? "none" : severity_name(finding->check->severity),
		"message", message(finding->detail), "locations", location(finding),
		"partialFingerprints", "finding/v1", fingerprint(finding));

	if (report->has_baseline)
		(void)json_object_set_new(
			result, "baselineState",
			json_string(finding->known ? "unchanged" : "new"));
	if (finding->waiver)
		(void)json_object_set_new(result, "suppressions",
					  json_pack("[{s:s,s:s,s:o}]", "kind", "external",
						    "status", "accepted", "justification",
						    json_text(finding->waiver->reason)));
	return result;
}

static json_t *results(const struct report *report)
{
	json_t *list = json_array();

	for (size_t i = 0; i < report->n_findings; i++)
		(void)json_array_append_new(list, result(report, &report->findings[i]));
	return list;
}

int report_sarif(const struct report *report, const struct report_style *style, FILE *out,
		 struct error *error)
{
	json_auto_t *root = json_pack(
		"{s:s,s:s,s:[{s:{s:{s:s,s:s,s:o}},s:[{s:b,s:i}],s:o,s:{s:s,s:s}}]}",
		"$schema", SARIF_SCHEMA, "version", SARIF_VERSION, "runs", "tool",
		"driver", "name", "sysext-verify", "version", PROJECT_VERSION, "rules",
		rules(), "invocations", "executionSuccessful", 1, "exitCode",
		report_exit_status(report, style->fail_on, style->strict), "results",
		results(report), "properties", "merges",
		answer_name(report->verdict.merges), "works",
		answer_name(report->verdict.works));

	if (!root)
		return error_memory(error);
	json_write(root, out);
	return 0;
}
