/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/units.h"

#include <stdlib.h>
#include <string.h>

#include "formats/core/path.h"
#include "formats/core/strbuf.h"
#include "sysext-verify/model/facts.h"
#include "sysext-verify/model/unit-parts.h"

#define WHITE_SPACE " \t"

const char *const unit_directories[] = {
	"etc/systemd/system",     "run/systemd/system", "usr/local/lib/systemd/system",
	"usr/lib/systemd/system", "lib/systemd/system", NULL};

const char *const unit_program_directories[] = {
	"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin",
	"/sbin",           "/bin",           NULL};

bool unit_name_is_valid(const char *name)
{
	static const char *const suffixes[] = {
		".service",   ".socket", ".target", ".timer", ".path",  ".mount",
		".automount", ".swap",   ".slice",  ".scope", ".device"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (string_ends_with(name, suffixes[i]) && *name != '.')
			return true;
	return false;
}

bool unit_is_file(const struct node *node)
{
	for (size_t i = 0; node->parent && unit_directories[i]; i++)
		if (strcmp(node->parent->entry.path, unit_directories[i]) == 0)
			return true;
	return false;
}

const struct node *unit_find(const struct tree *tree, const char *name)
{
	for (size_t i = 0; unit_directories[i]; i++) {
		const char *path =
			arena_path_join(tree->arena, unit_directories[i], name);
		const struct node *node = path ? tree_chase_link(tree, path) : NULL;

		if (node)
			return node;
	}
	return NULL;
}

int unit_foreach_word(const struct unit_line *lines, size_t n_lines, const char *section,
		      const char *key, int (*found)(void *context, const char *word),
		      void *context)
{
	for (size_t i = 0; i < n_lines; i++) {
		const char *at = lines[i].value;

		if (strcmp(lines[i].section, section) != 0 ||
		    strcmp(lines[i].key, key) != 0)
			continue;
		for (at += strspn(at, WHITE_SPACE); *at; at += strspn(at, WHITE_SPACE)) {
			size_t size = strcspn(at, WHITE_SPACE);
			_cleanup_free_ char *word = strndup(at, size);
			int r = word ? found(context, word) : -ENOMEM;

			if (r < 0)
				return r;
			at += size;
		}
	}
	return 0;
}

static int append(struct arena *arena, struct unit_line **lines, size_t *n_lines,
		  const struct unit_line *more, size_t n_more)
{
	struct unit_line *both = arena_array(arena, *n_lines + n_more + 1, sizeof(*both));

	if (!both)
		return -ENOMEM;
	for (size_t i = 0; i < *n_lines; i++)
		both[i] = (*lines)[i];
	for (size_t i = 0; i < n_more; i++)
		both[*n_lines + i] = more[i];
	*lines = both;
	*n_lines += n_more;
	return 0;
}

/* A file that cannot be read has no lines: PID 1 would log it and go on. */
static int read_file(const struct tree *tree, const struct node *node,
		     struct unit_line **lines, size_t *n_lines, struct error *error)
{
	struct unit_line *more;
	size_t n_more;
	int r;

	if (!node || node->entry.type != ENTRY_FILE)
		return 0;
	r = node_lines(tree, node, &more, &n_more, NULL);
	if (r < 0)
		return r == -ENOMEM ? error_memory(error) : 0;
	return append(tree->arena, lines, n_lines, more, n_more) < 0 ? error_memory(error)
								     : 0;
}

int unit_read(const struct tree *tree, const char *name, struct unit_line **ret,
	      size_t *ret_n, struct error *error)
{
	const struct node *node = unit_find(tree, name);
	int r;

	*ret = NULL;
	*ret_n = 0;
	if (node)
		node = tree_chase(tree, node->entry.path, NULL);
	r = read_file(tree, node, ret, ret_n, error);
	for (size_t i = 0; r == 0 && unit_directories[i]; i++) {
		const char *path =
			arena_printf(tree->arena, "%s/%s.d", unit_directories[i], name);
		const struct node *directory = path ? tree_chase(tree, path, NULL) : NULL;

		if (!directory || directory->entry.type != ENTRY_DIRECTORY)
			continue;
		FOREACH_CHILD(child, directory)
			if (r == 0 && string_ends_with(child->name, ".conf"))
				r = read_file(tree,
					      tree_chase(tree, child->entry.path, NULL),
					      ret, ret_n, error);
	}
	return r;
}

static bool is_extension_unit(const struct node *node)
{
	return node->layer > 0 && node->entry.type == ENTRY_FILE &&
	       unit_name_is_valid(node->name) && unit_is_file(node);
}

/* Its own name and those of the links in unit directories that lead to it. */
static int read_names(const struct tree *merged, struct unit *unit)
{
	size_t n = 0;

	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1)
			unit->names =
				arena_array(merged->arena, n + 2, sizeof(*unit->names));
		if (pass == 1 && !unit->names)
			return -ENOMEM;
		n = 0;
		for (size_t i = 0; unit_directories[i]; i++) {
			const struct node *directory =
				tree_get(merged, unit_directories[i]);

			if (!directory)
				continue;
			FOREACH_CHILD(child, directory) {
				if (child->entry.type != ENTRY_SYMLINK ||
				    !unit_name_is_valid(child->name) ||
				    tree_chase(merged, child->entry.path, NULL) !=
					    unit->node)
					continue;
				if (pass == 1)
					unit->names[n] = child->name;
				n++;
			}
		}
		if (pass == 1)
			unit->names[n] = unit->name;
	}
	return 0;
}

static int compare_units(const void *a, const void *b)
{
	return strcmp(((const struct unit *)a)->name, ((const struct unit *)b)->name);
}

static int collect_units(const struct tree *merged, struct units *units,
			 struct error *error)
{
	size_t n = 0;
	int r = 0;

	TREE_FOREACH(node, merged)
		n += is_extension_unit(node);
	units->units = arena_array(merged->arena, n, sizeof(*units->units));
	if (!units->units)
		return error_memory(error);
	TREE_FOREACH(node, merged) {
		struct unit *unit = &units->units[units->n_units];

		if (r < 0 || !is_extension_unit(node))
			continue;
		*unit = (struct unit){.name = node->name, .node = node};
		if (string_ends_with(node->name, ".service") && strstr(node->name, "@."))
			unit->start = UNIT_START_TEMPLATE;
		if (read_names(merged, unit) < 0)
			return error_memory(error);
		r = unit_read(merged, unit->name, &unit->lines, &unit->n_lines, error);
		units->n_units++;
	}
	qsort(units->units, units->n_units, sizeof(*units->units), compare_units);
	return r;
}

static const struct node *find_program(const struct tree *merged, const char *program)
{
	char *full;

	if (*program == '/')
		return tree_chase(merged, program, NULL);
	for (size_t i = 0; unit_program_directories[i]; i++) {
		const struct node *node;

		full = arena_path_join(merged->arena, unit_program_directories[i],
				       program);
		node = full ? tree_chase(merged, full, NULL) : NULL;
		if (node && node->entry.type == ENTRY_FILE)
			return node;
	}
	return NULL;
}

/* The command behind the next ";" that is a word of its own, or NULL. */
static const char *next_command(const char *at)
{
	for (at += strspn(at, WHITE_SPACE); *at; at += strspn(at, WHITE_SPACE)) {
		char quote = 0;

		if (*at == ';' && (!at[1] || strchr(WHITE_SPACE, at[1]))) {
			at += 1 + strspn(at + 1, WHITE_SPACE);
			return *at ? at : NULL;
		}
		for (; *at && (quote || !strchr(WHITE_SPACE, *at)); at++) {
			if (*at == '\\' && at[1])
				at++;
			else if (quote ? *at == quote : *at == '"' || *at == '\'')
				quote = quote ? 0 : *at;
		}
	}
	return NULL;
}

static size_t count_commands(const struct unit *unit)
{
	size_t n = 0;

	for (size_t i = 0; i < unit->n_lines; i++)
		for (const char *at = unit->lines[i].value; at; at = next_command(at))
			n++;
	return n;
}

/* "-/usr/bin/x -y": the prefixes are those of systemd.service(5), "Command lines". */
static int read_exec(const struct tree *merged, const struct unit *unit,
		     const struct unit_line *line, const char *command,
		     struct unit_exec *ret)
{
	size_t prefix = strspn(command, "@-:+!|");
	const char *start = command + prefix;
	char quote = *start == '"' || *start == '\'' ? *start : 0;
	size_t size;

	if (quote)
		start++;
	size = quote ? strcspn(start, quote == '"' ? "\"" : "'") : strcspn(start, " \t;");
	*ret = (struct unit_exec){.unit = unit,
				  .key = line->key,
				  .line = line->line,
				  .program = arena_strndup(merged->arena, start, size),
				  .may_fail = memchr(command, '-', prefix) != NULL};
	if (!ret->program)
		return -ENOMEM;
	/* A specifier or a variable makes a name that only PID 1 knows. */
	if (*ret->program && !strpbrk(ret->program, "%$"))
		ret->provider = find_program(merged, ret->program);
	else
		ret->program = NULL;
	return 0;
}

static int read_execs(const struct tree *merged, const struct unit *unit,
		      const struct unit_line *line, struct units *units)
{
	for (const char *at = line->value; at; at = next_command(at)) {
		struct unit_exec *exec = &units->execs[units->n_execs];

		if (read_exec(merged, unit, line, at, exec) < 0)
			return -ENOMEM;
		units->n_execs += exec->program != NULL;
	}
	return 0;
}

static bool is_exec(const struct unit_line *line)
{
	static const char *const keys[] = {"ExecCondition", "ExecStartPre", "ExecStart",
					   "ExecStartPost"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(line->key, keys[i]) == 0 &&
		    strcmp(line->section, "Service") == 0)
			return true;
	return false;
}

/* "ExecStart=" with nothing behind it takes back what was said before. */
static void take_back(struct units *units, const struct unit *unit, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < units->n_execs; i++) {
		const struct unit_exec *exec = &units->execs[i];

		if (exec->unit != unit || strcmp(exec->key, key) != 0)
			units->execs[n++] = *exec;
	}
	units->n_execs = n;
}

static int collect_execs(const struct tree *merged, struct units *units)
{
	size_t n = 0;

	for (size_t i = 0; i < units->n_units; i++)
		n += count_commands(&units->units[i]);
	units->execs = arena_array(merged->arena, n, sizeof(*units->execs));
	if (!units->execs)
		return -ENOMEM;
	for (size_t i = 0; i < units->n_units; i++) {
		const struct unit *unit = &units->units[i];

		for (size_t k = 0; k < unit->n_lines; k++) {
			const struct unit_line *line = &unit->lines[k];

			if (!is_exec(line))
				continue;
			if (!*line->value) {
				take_back(units, unit, line->key);
				continue;
			}
			if (read_execs(merged, unit, line, units) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

int units_read(const struct tree *merged, const struct release *const *releases,
	       size_t n_releases, unsigned systemd_version, struct units *ret,
	       struct error *error)
{
	struct units units = {0};
	int r;

	r = collect_units(merged, &units, error);
	if (r < 0)
		return r;
	if (collect_execs(merged, &units) < 0)
		return error_memory(error);
	r = unit_find_starts(merged, releases, n_releases, systemd_version, &units,
			     error);
	if (r < 0)
		return r;
	*ret = units;
	return 0;
}
