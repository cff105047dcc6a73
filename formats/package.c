/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/package.h"

#include <stdio.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "formats/core/strbuf.h"

#define STATUS_PATH   "var/lib/dpkg/status"
#define INFO_PATH     "var/lib/dpkg/info"
#define MAX_NEAREST   3
#define MIN_NEAR_SIZE 4 /* bytes of a name that others are compared with */

/* A record of the status file; the strings point into it. */
struct record {
	struct span name, status, version, architecture;
	bool multi_arch_same; /* its list is called NAME:ARCH.list */
};

/* Reads the file at @path, or -ENODATA. From malloc(), NUL-terminated. */
static int read_file(const struct directory *donor, const char *path, char **ret,
		     size_t *ret_size, struct error *error)
{
	_cleanup_(directory_entry_freep) struct entry *entry = NULL;
	uint8_t *bytes;
	int r;

	r = directory_lookup(donor, path, &entry, error);
	if (r < 0)
		return r;
	if (!entry->content)
		return error_set(error, -EBADMSG, "'%s' is a %s, expected a file", path,
				 entry_type_name(entry->type));
	r = source_read_all(entry->content, 4 * LIMIT_TEXT_FILE, &bytes, ret_size, error);
	if (r < 0)
		return error_wrap(error, r, "'%s'", path);
	*ret = (char *)bytes;
	return 0;
}

static bool span_is(struct span span, const char *text)
{
	return span_equal(span, span_string(text));
}

/* Takes one line off @text. */
static bool next_line(struct span *text, struct span *ret)
{
	const uint8_t *newline;

	if (text->size == 0)
		return false;
	newline = memchr(text->data, '\n', text->size);
	*ret = span_make(text->data,
			 newline ? (size_t)(newline - text->data) : text->size);
	*text = span_make(text->data + ret->size + (newline ? 1 : 0),
			  text->size - ret->size - (newline ? 1 : 0));
	return true;
}

static bool take_field(struct span line, const char *key, struct span *ret)
{
	size_t size = strlen(key);

	if (!span_starts_with(line, key, size) || line.size == size ||
	    line.data[size] != ':')
		return false;
	size++;
	while (size < line.size && line.data[size] == ' ')
		size++;
	*ret = span_make(line.data + size, line.size - size);
	return true;
}

/* The next record, up to its empty line. 1, 0 at the end, -EBADMSG. */
static int next_record(struct span *text, unsigned *line_number, struct record *ret,
		       struct error *error)
{
	struct span line, multi_arch = {0};
	unsigned start = 0;
	bool any = false;

	*ret = (struct record){0};
	while (next_line(text, &line)) {
		(*line_number)++;
		if (line.size == 0 && any)
			break;
		if (line.size == 0)
			continue;
		if (!any)
			start = *line_number;
		any = true;
		if (line.data[0] == ' ' || line.data[0] == '\t')
			continue;
		if (!memchr(line.data, ':', line.size))
			return error_bad(error, ERROR_NO_OFFSET,
					 "'%s': line %u: expected 'Field: value'",
					 STATUS_PATH, *line_number);
		(void)(take_field(line, "Package", &ret->name) ||
		       take_field(line, "Status", &ret->status) ||
		       take_field(line, "Version", &ret->version) ||
		       take_field(line, "Architecture", &ret->architecture) ||
		       take_field(line, "Multi-Arch", &multi_arch));
	}
	if (any && ret->name.size == 0)
		return error_bad(error, ERROR_NO_OFFSET,
				 "'%s': line %u: record without 'Package:'", STATUS_PATH,
				 start);
	ret->multi_arch_same = span_is(multi_arch, "same");
	return any ? 1 : 0;
}

/*
 * "install ok installed"; the last word may be "half-installed" or "not-installed". One
 * whose triggers are still to run is there as well: dpkg(1), "Package states".
 */
static bool is_installed(const struct record *record)
{
	static const char *const words[] = {" installed", " triggers-awaited",
					    " triggers-pending"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t size = strlen(words[i]);

		if (record->status.size >= size &&
		    memcmp(record->status.data + record->status.size - size, words[i],
			   size) == 0)
			return true;
	}
	return false;
}

static bool matches(const struct record *record, const char *name)
{
	const char *colon = strchr(name, ':');
	size_t size = colon ? (size_t)(colon - name) : strlen(name);

	if (!span_equal(record->name, span_make(name, size)))
		return false;
	return !colon || span_is(record->architecture, colon + 1);
}

static bool is_near(struct span candidate, const char *name)
{
	size_t size = strlen(name);

	if (size >= MIN_NEAR_SIZE && memmem(candidate.data, candidate.size, name, size))
		return true;
	return candidate.size >= MIN_NEAR_SIZE &&
	       memmem(name, size, candidate.data, candidate.size);
}

static int not_installed(struct span status, const char *name, struct error *error)
{
	_cleanup_strbuf_ struct strbuf near = {0};
	struct record record;
	unsigned line = 0, n = 0;

	while (n < MAX_NEAREST && next_record(&status, &line, &record, NULL) > 0) {
		if (!is_installed(&record) || !is_near(record.name, name))
			continue;
		strbuf_addf(&near, "%s'%.*s'", n++ ? ", " : "", (int)record.name.size,
			    (const char *)record.name.data);
	}
	if (n == 0)
		return error_set(error, -ENODATA, "package '%s' is not installed", name);
	return error_set(error, -ENODATA,
			 "package '%s' is not installed; installed are: %s", name,
			 strbuf_text(&near));
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* One absolute path a line. */
static int read_list(struct arena *arena, char *text, size_t size,
		     struct package *package, struct error *error)
{
	char *line, *rest = text;
	size_t n = 1;

	for (size_t i = 0; i < size; i++)
		n += text[i] == '\n';
	package->paths = arena_array(arena, n, sizeof(*package->paths));
	if (!package->paths)
		return error_memory(error);
	while ((line = strsep(&rest, "\n"))) {
		char *clean = arena_alloc(arena, strlen(line) + 1);

		if (!clean)
			return error_memory(error);
		/* "/." is the root, which every package lists. */
		if (path_clean(line, strlen(line), clean, NULL) == 0 && *clean)
			package->paths[package->n_paths++] = clean;
	}
	qsort(package->paths, package->n_paths, sizeof(*package->paths), compare_paths);
	return 0;
}

static int read_package(struct arena *arena, const struct directory *donor,
			const struct record *record, struct package *package,
			struct error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	char *path;
	int r;

	package->name =
		arena_strndup(arena, (const char *)record->name.data, record->name.size);
	package->version = arena_strndup(arena, (const char *)record->version.data,
					 record->version.size);
	package->architecture =
		arena_strndup(arena, (const char *)record->architecture.data,
			      record->architecture.size);
	if (!package->name || !package->version || !package->architecture)
		return error_memory(error);
	path = record->multi_arch_same
		       ? arena_printf(arena, INFO_PATH "/%s:%s.list", package->name,
				      package->architecture)
		       : arena_printf(arena, INFO_PATH "/%s.list", package->name);
	if (!path)
		return error_memory(error);
	r = read_file(donor, path, &text, &size, error);
	return r < 0 ? r : read_list(arena, text, size, package, error);
}

int package_read(struct arena *arena, const struct directory *donor, const char *name,
		 struct package **ret, struct error *error)
{
	_cleanup_free_ char *text = NULL;
	struct package *package = arena_alloc(arena, sizeof(*package));
	struct record record;
	struct span left;
	unsigned line = 0;
	size_t size;
	int r;

	if (!package)
		return error_memory(error);
	r = read_file(donor, STATUS_PATH, &text, &size, error);
	if (r == -ENODATA)
		return error_set(
			error, -ENODATA,
			"cannot look for package '%s': there is no dpkg database "
			"('%s')",
			name, STATUS_PATH);
	if (r < 0)
		return r;
	left = span_make(text, size);
	do {
		r = next_record(&left, &line, &record, error);
		if (r < 0)
			return r;
		if (r == 0)
			return not_installed(span_make(text, size), name, error);
	} while (!is_installed(&record) || !matches(&record, name));
	r = read_package(arena, donor, &record, package, error);
	if (r < 0)
		return r;
	*ret = package;
	return 0;
}

/* Whether a list names the path, as it is or without the "usr/" that merging it added. */
static bool list_has(const char *text, const char *path)
{
	size_t size = strlen(path);
	const char *at = text;

	while ((at = strstr(at, path))) {
		const char *before = at - text >= 5 && strncmp(at - 5, "/usr/", 5) == 0
					     ? at - 5
					     : at - 1;

		if ((at[size] == '\n' || at[size] == 0) && at > text && at[-1] == '/' &&
		    (before < text || before == text || before[-1] == '\n'))
			return true;
		at++;
	}
	return false;
}

/* "libc6" of "libc6:amd64.list"; NULL for other files. */
static char *list_package(struct arena *arena, const char *name)
{
	if (!string_ends_with(name, ".list"))
		return NULL;
	return arena_strndup(arena, name,
			     strcspn(name, ":") < strlen(name)
				     ? strcspn(name, ":")
				     : strlen(name) - strlen(".list"));
}

int package_owner(struct arena *arena, const struct directory *donor, const char *path,
		  const char **ret, struct error *error)
{
	_cleanup_free_ char **names = NULL;
	const char *wanted = string_starts_with(path, "usr/") ? path + 4 : path;
	int r;

	*ret = NULL;
	r = directory_list(donor, INFO_PATH, &names, error);
	if (r == -ENODATA)
		return 0;
	for (size_t i = 0; r == 0 && names[i] && !*ret; i++) {
		_cleanup_free_ char *text = NULL;
		char file[LIMIT_PATH_SIZE];
		size_t size;

		if (!string_ends_with(names[i], ".list"))
			continue;
		snprintf(file, sizeof(file), INFO_PATH "/%s", names[i]);
		r = read_file(donor, file, &text, &size, error);
		if (r < 0 || !list_has(text, wanted))
			continue;
		*ret = list_package(arena, names[i]);
		if (!*ret)
			return error_memory(error);
	}
	return r;
}
