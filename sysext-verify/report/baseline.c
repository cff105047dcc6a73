/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/report/baseline.h"

#include "formats/core/limits.h"
#include "formats/core/map.h"
#include "formats/core/path.h"
#include "sysext-verify/report/json-parts.h"

/* Escaped texts have no newline, so that it cannot stand in one of them. */
static char *make_key(struct arena *arena, bool unknown, const char *id,
		      const char *image, const char *path, const char *detail)
{
	return arena_printf(arena, "%s\n%s\n%s\n%s\n%s", unknown ? "unknown" : "found",
			    id, path_name(image), path, detail);
}

static int add_finding(struct arena *arena, const json_t *finding, bool unknown,
		       struct map *keys, struct error *error)
{
	const char *id = json_string_value(json_object_get(finding, "id"));
	const char *image = json_string_value(json_object_get(finding, "image"));
	const char *path = json_string_value(json_object_get(finding, "path"));
	const char *detail = json_string_value(json_object_get(finding, "detail"));
	char *key;

	if (!id || !image || !path || !detail)
		return error_set(error, -EBADMSG,
				 "a finding lacks 'id', 'image', 'path' or 'detail', "
				 "expected a report of sysext-verify");
	key = make_key(arena, unknown, id, image, path, detail);
	if (!key || map_set(keys, key, key) < 0)
		return error_memory(error);
	return 0;
}

static int add_findings(struct arena *arena, const json_t *report, const char *name,
			struct map *keys, struct error *error)
{
	const json_t *list = json_object_get(report, name), *finding;
	bool unknown = *name == 'u';
	size_t i;
	int r = 0;

	if (!json_is_array(list))
		return error_set(error, -EBADMSG,
				 "has no array '%s', expected a report of sysext-verify",
				 name);
	json_array_foreach(list, i, finding)
	{
		r = add_finding(arena, finding, unknown, keys, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse(const char *text, size_t size, json_t **ret, struct error *error)
{
	json_error_t why;
	const json_t *schema;

	*ret = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
	if (!*ret)
		return error_bad(error, (uint64_t)why.position, "line %d, column %d: %s",
				 why.line, why.column, why.text);
	schema = json_object_get(*ret, "schema");
	if (!json_is_integer(schema))
		return error_set(error, -EBADMSG,
				 "has no number 'schema', expected a report of "
				 "sysext-verify");
	if (json_integer_value(schema) != JSON_SCHEMA)
		return error_set(error, -EOPNOTSUPP,
				 "schema is %" JSON_INTEGER_FORMAT ", must be %d",
				 json_integer_value(schema), JSON_SCHEMA);
	return 0;
}

static void mark(struct report *report, const struct map *keys)
{
	for (size_t i = 0; i < report->n_findings; i++) {
		struct finding *finding = &report->findings[i];
		const char *key =
			make_key(report->arena, finding->unknown, finding->check->id,
				 finding->image, finding->path, finding->detail);

		if (!key)
			report->failed = true;
		else
			finding->known = map_has(keys, key);
	}
}

static int apply(struct source *source, struct report *report, struct error *error)
{
	_cleanup_free_ uint8_t *text = NULL;
	json_auto_t *json = NULL;
	_cleanup_(map_freep) struct map *keys = map_new();
	size_t size;
	int r;

	if (!keys)
		return error_memory(error);
	r = source_read_all(source, LIMIT_REPORT, &text, &size, error);
	if (r == 0)
		r = parse((const char *)text, size, &json, error);
	if (r == 0)
		r = add_findings(report->arena, json, "findings", keys, error);
	if (r == 0)
		r = add_findings(report->arena, json, "unknown", keys, error);
	if (r == 0)
		mark(report, keys);
	report->has_baseline = r == 0;
	return r;
}

int baseline_apply(const char *path, struct report *report, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	int r = source_open_file(path, &source, error);

	if (r == 0)
		r = apply(source, report, error);
	return r < 0 ? error_wrap(error, r, "baseline '%s'", path) : 0;
}
