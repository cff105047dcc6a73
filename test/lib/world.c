/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/world.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "formats/core/path.h"
#include "formats/core/strbuf.h"

static void add(struct tree *tree, struct entry entry, struct node **ret)
{
	struct error error = ERROR_INIT;
	struct node *node = NULL;

	test_ok(tree_add(tree, &entry, &node, &error), &error);
	if (ret)
		*ret = node;
}

static void add_parents(struct arena *arena, struct tree *tree, const char *path)
{
	for (const char *slash = strchr(path, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		char *parent = arena_strndup(arena, path, (size_t)(slash - path));

		if (!tree_get(tree, parent) && !tree_chase(tree, parent, NULL))
			add(tree,
			    (struct entry){.path = parent,
					   .type = ENTRY_DIRECTORY,
					   .mode = 0755},
			    NULL);
	}
}

static void append(struct arena *arena, const char ***list, size_t *n, const char *word)
{
	const char **grown = arena_array(arena, *n + 1, sizeof(*grown));

	for (size_t i = 0; i < *n; i++)
		grown[i] = (*list)[i];
	grown[(*n)++] = word;
	*list = grown;
}

static void append_version(struct arena *arena, struct elfinfo *elf, char *word)
{
	struct elf_needed_version *grown =
		arena_array(arena, elf->n_needed_versions + 1, sizeof(*grown));
	char *colon = strchr(word, ':');

	assert_non_null(colon);
	*colon = 0;
	for (size_t i = 0; i < elf->n_needed_versions; i++)
		grown[i] = elf->needed_versions[i];
	grown[elf->n_needed_versions++] =
		(struct elf_needed_version){.library = word, .version = colon + 1};
	elf->needed_versions = grown;
}

static void elf_fact(struct arena *arena, struct elfinfo *elf, const char *key,
		     char *value)
{
	if (strcmp(key, "soname") == 0)
		elf->soname = value;
	else if (strcmp(key, "needed") == 0)
		append(arena, &elf->needed, &elf->n_needed, value);
	else if (strcmp(key, "defines") == 0)
		append(arena, &elf->defined_versions, &elf->n_defined_versions, value);
	else if (strcmp(key, "version") == 0)
		append_version(arena, elf, value);
	else if (strcmp(key, "runpath") == 0)
		elf->runpath = value;
	else if (strcmp(key, "rpath") == 0)
		elf->rpath = value;
	else if (strcmp(key, "interpreter") == 0)
		elf->interpreter = value;
	else if (strcmp(key, "machine") == 0)
		elf->machine = (uint16_t)strtoul(value, NULL, 10);
	else if (strcmp(key, "class") == 0)
		elf->class_bits = (uint8_t)strtoul(value, NULL, 10);
	else
		fail_msg("unknown ELF fact '%s'", key);
}

static void add_elf(struct arena *arena, struct tree *tree, const char *path, char *facts)
{
	struct elfinfo *elf = arena_alloc(arena, sizeof(*elf));
	struct node *node;

	*elf = (struct elfinfo){.class_bits = 64, .machine = EM_X86_64, .type = ET_DYN};
	for (char *word = strtok(facts, " "); word; word = strtok(NULL, " ")) {
		char *equals = strchr(word, '=');

		assert_non_null(equals);
		*equals = 0;
		elf_fact(arena, elf, word, equals + 1);
	}
	add(tree,
	    (struct entry){.path = path, .type = ENTRY_FILE, .mode = 0755, .size = 1},
	    &node);
	node->is_elf = true;
	node->elf = elf;
}

static char *unescape(struct arena *arena, const char *text, size_t *ret_size)
{
	char *copy = arena_strdup(arena, text), *to = copy;

	for (const char *c = text; *c; c++) {
		if (c[0] == '\\' && c[1] == 'n') {
			*to++ = '\n';
			c++;
		} else {
			*to++ = *c;
		}
	}
	*to = 0;
	*ret_size = (size_t)(to - copy);
	return copy;
}

static void add_file(struct arena *arena, struct tree_builder *builder, const char *path,
		     const char *text, uint32_t mode)
{
	struct entry_visitor visitor = tree_builder_visitor(builder);
	_cleanup_(source_unrefp) struct source *content = NULL;
	struct entry entry = {.path = path, .type = ENTRY_FILE, .mode = mode};
	struct error error = ERROR_INIT;
	size_t size;
	char *bytes = unescape(arena, text, &size);

	content = test_source(bytes, size);
	entry.content = content;
	entry.size = size;
	test_ok(visitor.add(visitor.context, &entry, &error), &error);
}

static void add_link(struct tree *tree, const char *path, char *rest)
{
	assert_true(string_starts_with(rest, "-> "));
	add(tree,
	    (struct entry){.path = path,
			   .type = ENTRY_SYMLINK,
			   .mode = 0777,
			   .target = rest + 3},
	    NULL);
}

static void add_line(struct arena *arena, struct tree_builder *builder, char *line)
{
	char *path = line + 2, *rest = path + strcspn(path, " ");
	unsigned major = 0, minor = 0;

	if (*rest)
		*rest++ = 0;
	add_parents(arena, builder->tree, path);
	switch (*line) {
	case 'd':
		add(builder->tree,
		    (struct entry){.path = path, .type = ENTRY_DIRECTORY, .mode = 0755},
		    NULL);
		break;
	case 'f':
	case 'x':
		add_file(arena, builder, path, rest, *line == 'x' ? 0755 : 0644);
		break;
	case 'l':
		add_link(builder->tree, path, rest);
		break;
	case 'c':
		assert_int_equal(sscanf(rest, "%u %u", &major, &minor), 2);
		add(builder->tree,
		    (struct entry){.path = path,
				   .type = ENTRY_CHARACTER_DEVICE,
				   .mode = 0600,
				   .device_major = major,
				   .device_minor = minor},
		    NULL);
		break;
	case 'e':
		add_elf(arena, builder->tree, path, rest);
		break;
	default:
		fail_msg("unknown line '%s'", line);
	}
}

struct tree *world_tree(struct arena *arena, const char *text)
{
	struct tree_builder builder = {.lazy = true};
	struct error error = ERROR_INIT;
	char *copy = arena_strdup(arena, text);

	test_ok(tree_new(arena, &builder.tree, &error), &error);
	while (*copy) {
		size_t size = strcspn(copy, "\n");
		bool last = !copy[size];

		copy[size] = 0;
		if (*copy)
			add_line(arena, &builder, copy);
		copy += size + !last;
	}
	tree_sort(builder.tree);
	return builder.tree;
}

char *world_paths(struct arena *arena, const struct tree *tree)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	TREE_FOREACH(node, tree)
		if (node->entry.type != ENTRY_DIRECTORY)
			strbuf_addf(&text, "%s %u\n", node->entry.path, node->layer);
	return arena_strdup(arena, strbuf_text(&text));
}
