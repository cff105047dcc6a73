/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/report/waiver.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/core/utf8.h"

#define BLANKS    " \t"
#define N_FIELDS  5
#define DATE_FORM "dddd-dd-dd"

static bool is_date(const char *text)
{
	static const unsigned char days[] = {31, 29, 31, 30, 31, 30,
					     31, 31, 30, 31, 30, 31};
	int month, day;

	if (strlen(text) != strlen(DATE_FORM))
		return false;
	for (size_t i = 0; text[i]; i++)
		if (DATE_FORM[i] == 'd' ? !isdigit((unsigned char)text[i])
					: text[i] != DATE_FORM[i])
			return false;
	month = atoi(text + 5);
	day = atoi(text + 8);
	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

/* Cuts @line at its blanks; the last field goes to the end. Returns how many there are.
 */
static size_t split(char *line, char *fields[N_FIELDS])
{
	size_t n = 0;

	line += strspn(line, BLANKS);
	while (*line && n < N_FIELDS) {
		fields[n++] = line;
		if (n == N_FIELDS)
			break;
		line += strcspn(line, BLANKS);
		if (*line)
			*line++ = '\0';
		line += strspn(line, BLANKS);
	}
	return n;
}

/*
 * NULL if the line is a waiver, or else what is wrong with it. Without memory for the
 * words, NULL and no reason in @ret.
 */
static const char *parse_fields(struct arena *arena, char *line, struct waiver *ret)
{
	char *fields[N_FIELDS] = {NULL};
	size_t n = split(line, fields);

	if (n < N_FIELDS)
		return arena_printf(arena,
				    "has %zu fields, must have %d: check, path, base, "
				    "last day, reason",
				    n, N_FIELDS);
	ret->check = check_find(fields[0]);
	if (!ret->check)
		return arena_printf(arena, "there is no check '%s'; see --list-checks",
				    fields[0]);
	if (strcmp(fields[3], "never") != 0) {
		if (!is_date(fields[3]))
			return arena_printf(arena,
					    "last day is '%s', must be YYYY-MM-DD or "
					    "'never'",
					    fields[3]);
		ret->expires = fields[3];
	}
	ret->path = fields[1];
	ret->base = fields[2];
	ret->reason = fields[4];
	return NULL;
}

static void strip_end(char *line)
{
	size_t size = strlen(line);

	while (size > 0 && isspace((unsigned char)line[size - 1]))
		line[--size] = '\0';
}

static int parse_lines(struct arena *arena, char *text, size_t n_lines,
		       struct waivers *waivers, struct error *error)
{
	unsigned number = 1;

	waivers->waivers = arena_array(arena, n_lines, sizeof(*waivers->waivers));
	waivers->faults = arena_array(arena, n_lines, sizeof(*waivers->faults));
	if (!waivers->waivers || !waivers->faults)
		return error_memory(error);
	for (char *line; (line = strsep(&text, "\n")); number++) {
		struct waiver waiver = {.line = number};
		const char *what;

		strip_end(line);
		if (!line[strspn(line, BLANKS)] || *line == '#')
			continue;
		what = parse_fields(arena, line, &waiver);
		if (what)
			waivers->faults[waivers->n_faults++] =
				(struct waiver_fault){.line = number, .what = what};
		else if (waiver.reason)
			waivers->waivers[waivers->n_waivers++] = waiver;
		else
			return error_memory(error);
	}
	return 0;
}

static int check_text(const uint8_t *text, size_t size, struct error *error)
{
	size_t at;

	if (memchr(text, 0, size))
		return error_bad(error, (uint64_t)strlen((const char *)text),
				 "has a NUL byte, expected text");
	if (!utf8_valid(text, size, &at))
		return error_bad(error, at, "byte 0x%02x is not UTF-8, expected text",
				 text[at]);
	return 0;
}

int waivers_read(struct arena *arena, const char *path, struct waivers *ret,
		 struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	_cleanup_free_ uint8_t *text = NULL;
	struct waivers waivers = {.path = path};
	size_t size, n_lines = 1;
	char *copy;
	int r;

	r = source_open_file(path, &source, error);
	if (r == 0)
		r = source_read_all(source, LIMIT_WAIVERS, &text, &size, error);
	if (r == 0)
		r = check_text(text, size, error);
	if (r < 0)
		return error_wrap(error, r, "waivers '%s'", path);
	copy = arena_strndup(arena, (const char *)text, size);
	if (!copy)
		return error_memory(error);
	for (size_t i = 0; i < size; i++)
		n_lines += copy[i] == '\n';
	r = parse_lines(arena, copy, n_lines, &waivers, error);
	if (r < 0)
		return r;
	*ret = waivers;
	return 0;
}

static bool accepts(const struct waiver *waiver, const struct report *report,
		    const struct finding *finding)
{
	return waiver->check == finding->check &&
	       fnmatch(waiver->path, finding->path, 0) == 0 &&
	       fnmatch(waiver->base, report->base->path, 0) == 0;
}

static void apply(struct waiver *waiver, const char *today, struct report *report)
{
	/* Dates of this form sort as text. */
	waiver->expired = waiver->expires && strcmp(waiver->expires, today) < 0;
	for (size_t i = 0; i < report->n_findings; i++) {
		struct finding *finding = &report->findings[i];

		if (!accepts(waiver, report, finding))
			continue;
		waiver->used = true;
		if (!waiver->expired && !finding->waiver)
			finding->waiver = waiver;
	}
}

void waivers_apply(struct waivers *waivers, const char *today, struct report *report)
{
	for (size_t i = 0; i < waivers->n_faults; i++)
		report_add_about(report, check_find("waiver-malformed"), waivers->path,
				 "line %u: %s", waivers->faults[i].line,
				 waivers->faults[i].what);
	for (size_t i = 0; i < waivers->n_waivers; i++)
		apply(&waivers->waivers[i], today, report);
	for (size_t i = 0; i < waivers->n_waivers; i++) {
		const struct waiver *waiver = &waivers->waivers[i];

		if (waiver->expired)
			report_add_about(
				report, check_find("waiver-expired"), waivers->path,
				"line %u: for %s counted until %s, which is over",
				waiver->line, waiver->check->id, waiver->expires);
		else if (!waiver->used)
			report_add_about(report, check_find("waiver-unmatched"),
					 waivers->path,
					 "line %u: nothing was found by %s with a path "
					 "like '%s' on a base like '%s'",
					 waiver->line, waiver->check->id, waiver->path,
					 waiver->base);
	}
	report_mark_ran(report, "waiver-");
	report->waivers = waivers;
}
