/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/profile.h"
#include "sysext-verify/model/facts.h"
#include "sysext-verify/model/profile.h"
#include "sysext-verify/model/units.h"
#include "test/fuzz/fuzz.h"

static void touch_symbols(const struct elf_symbol *symbols, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fuzz_touch_string(symbols[i].name);
		fuzz_touch_string(symbols[i].version);
		fuzz_touch_string(symbols[i].library);
	}
}

static void touch_elf(const struct elfinfo *elf)
{
	fuzz_touch_string(elf->machine_name);
	fuzz_touch_string(elf->soname);
	for (size_t i = 0; i < elf->n_needed; i++)
		fuzz_touch_string(elf->needed[i]);
	for (size_t i = 0; i < elf->n_needed_versions; i++) {
		fuzz_touch_string(elf->needed_versions[i].library);
		fuzz_touch_string(elf->needed_versions[i].version);
	}
	for (size_t i = 0; i < elf->n_defined_versions; i++)
		fuzz_touch_string(elf->defined_versions[i]);
	if (!elf->symbols)
		return;
	touch_symbols(elf->symbols->defined, elf->symbols->n_defined);
	touch_symbols(elf->symbols->needed, elf->symbols->n_needed);
}

static void touch_facts(const struct tree *tree, const struct node *node)
{
	_cleanup_(certificate_freep) struct certificate *certificate = NULL;
	_cleanup_(map_freep) struct map *index = NULL;
	struct error error = ERROR_INIT;
	struct env_file file = {0};
	struct unit_line *lines;
	unsigned faults;
	size_t n;

	if (node_lines(tree, node, &lines, &n, NULL) == 0)
		for (size_t i = 0; i < n; i++)
			fuzz_touch_string(lines[i].value);
	if (node_assignments(tree, node, &file, NULL) == 0)
		fuzz_touch_string(env_file_get(&file, "ID"));
	if (node_module_index(tree, node, &index, NULL) == 0)
		for (size_t i = 0; i < map_size(index); i++)
			fuzz_touch_string(map_value_at(index, i));
	if (node->facts && node->facts->certificate)
		if (node_certificate(node, &certificate, &faults, &error) < 0)
			fuzz_touch_string(error.message);
}

static void touch_node(const struct tree *tree, const struct node *node)
{
	if (node->parent && tree_get(tree, node->entry.path) != node)
		abort();
	fuzz_touch_string(node->entry.target);
	fuzz_touch_string(node->interpreter);
	for (size_t i = 0; i < node->entry.n_xattrs; i++) {
		fuzz_touch_string(node->entry.xattrs[i].name);
		fuzz_touch(node->entry.xattrs[i].value.data,
			   node->entry.xattrs[i].value.size);
	}
	if (node->elf)
		touch_elf(node->elf);
	if (node->elf_error)
		fuzz_touch_string(node->elf_error->message);
	if (node->facts)
		touch_facts(tree, node);
}

/* Packed, as a file is, or the text alone, which mutations get further with. */
static int read_any(struct arena *arena, const uint8_t *data, size_t size,
		    struct base *base, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);

	if (size > 0 && *data == '{')
		return profile_parse(arena, source_memory(source), "p", base, error);
	(void)profile_probe(source);
	return profile_read(arena, source, "p", base, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(base_freep) struct base *base = calloc(1, sizeof(*base));
	struct error error = ERROR_INIT;
	size_t n_nodes = 0;
	int r;

	if (!arena || !base)
		abort();
	r = read_any(arena, data, size, base, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, false);
	if (r < 0)
		return 0;
	for (size_t i = 0; i < base->n_layers; i++)
		fuzz_touch_string(base->layers[i].path);
	TREE_FOREACH(node, base->tree) {
		touch_node(base->tree, node);
		n_nodes++;
	}
	if (n_nodes != base->tree->n_nodes)
		abort();
	return 0;
}
