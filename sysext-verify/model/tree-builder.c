/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "sysext-verify/model/facts.h"

/* Text that a check may read has its first NUL byte later than this, or nowhere. */
#define HEAD_SIZE  64

/* A certificate in DER is no text, but somebody wants to say so. */
#define SMALL_FILE (16 * KIB)

static bool is_script(struct span head)
{
	return span_starts_with(head, "#!", 2);
}

static bool is_text(struct span head)
{
	return head.size == 0 || !memchr(head.data, 0, head.size);
}

static uint64_t elf_limit(const struct tree_builder *builder)
{
	return builder->elf_limit ? builder->elf_limit : LIMIT_ELF_FILE;
}

static bool keeps(const struct entry *entry, struct span head)
{
	return (entry->size <= SMALL_FILE ||
		(is_text(head) && entry->size <= LIMIT_TEXT_FILE)) &&
	       tree_keeps(entry->path);
}

/* Modules, firmware and other binaries are most of an initrd, and no check reads them. */
static bool is_module(const struct tree_builder *builder, const struct entry *entry)
{
	static const char *const suffixes[] = {".ko", ".ko.gz", ".ko.xz", ".ko.zst"};

	for (size_t i = 0; builder->symbols && i < ARRAY_SIZE(suffixes); i++)
		if (string_ends_with(entry->path, suffixes[i]))
			return true;
	return false;
}

static bool want(void *context, const struct entry *entry, struct span head)
{
	struct tree_builder *builder = context;

	builder->large_elf = false;
	if (is_module(builder, entry))
		return entry->size <= LIMIT_ELF_FILE;
	builder->large_elf = elf_probe(head) && entry->size > elf_limit(builder);
	if (elf_probe(head))
		return !builder->large_elf;
	return (is_script(head) && entry->size <= LIMIT_TEXT_FILE) || keeps(entry, head);
}

static int read_interpreter(struct tree *tree, struct node *node)
{
	char line[256];
	size_t size = (size_t)MIN(node->entry.size, sizeof(line) - 1), start;

	if (source_read(node->entry.content, 0, line, size, NULL) < 0)
		return 0;
	line[size] = 0;
	line[strcspn(line, "\n")] = 0;
	start = 2 + strspn(line + 2, " \t");
	node->interpreter =
		arena_strndup(tree->arena, line + start, strcspn(line + start, " \t"));
	return node->interpreter ? 0 : -ENOMEM;
}

static int read_elf(const struct tree_builder *builder, struct node *node,
		    struct error *error)
{
	const struct tree *tree = builder->tree;
	struct error why = ERROR_INIT;
	int r;

	node->is_elf = true;
	if (node->entry.size > elf_limit(builder))
		r = error_set(&why, -E2BIG,
			      "has %" PRIu64 " bytes, at most %" PRIu64
			      " are read of an ELF file",
			      node->entry.size, elf_limit(builder));
	else
		r = elfinfo_read(tree->arena, node->entry.content, &node->elf, &why);
	/* What is wrong with the symbols alone leaves the file without them. */
	if (r == 0 && builder->symbols &&
	    elf_read_symbols(tree->arena, node->entry.content, node->elf, &why) ==
		    -ENOMEM)
		return error_memory(error);
	if (r == -ENOMEM)
		return error_memory(error);
	if (r < 0) {
		node->elf_error = arena_memdup(tree->arena, &why, sizeof(why));
		if (!node->elf_error)
			return error_memory(error);
	}
	return 0;
}

/* What is none, or is broken, has no such facts. */
static int read_module(const struct tree_builder *builder, struct node *node,
		       struct error *error)
{
	struct arena *arena = builder->tree->arena;
	struct module *module;
	int r = module_read(arena, node->entry.content, &module, NULL);

	if (r < 0)
		return r == -ENOMEM ? error_memory(error) : 0;
	node->facts = arena_alloc(arena, sizeof(*node->facts));
	if (!node->facts)
		return error_memory(error);
	node->facts->module = module;
	node->facts->module_has_signature = module->signature.size > 0;
	return 0;
}

static int read_facts(const struct tree_builder *builder, struct node *node,
		      struct span head, struct error *error)
{
	if (elf_probe(head))
		return read_elf(builder, node, error);
	if (is_script(head) && read_interpreter(builder->tree, node) < 0)
		return error_memory(error);
	return 0;
}

static int add_node(struct tree_builder *builder, const struct entry *entry,
		    struct node **ret, struct error *error)
{
	int r = tree_add(builder->tree, entry, ret, error);

	if (r == 0 && *ret)
		(*ret)->base_layer = builder->base_layer;
	return r;
}

/* What a stream gave is in memory as long as it is kept. */
static int count_contents(struct tree *tree, const struct entry *entry,
			  struct error *error)
{
	tree->contents_size += entry->size;
	if (tree->contents_size <= LIMIT_TREE_CONTENTS)
		return 0;
	return error_set(error, -E2BIG,
			 "has texts of more than %" PRIu64
			 " bytes together: units, settings, indexes",
			 LIMIT_TREE_CONTENTS);
}

static int read_node(const struct tree_builder *builder, struct node *node,
		     struct source *content, struct span head, const struct error *why,
		     struct error *error)
{
	struct source *kept = node->entry.content;
	int r;

	if (why->code < 0) {
		node->read_error = arena_memdup(builder->tree->arena, why, sizeof(*why));
		return node->read_error ? 0 : error_memory(error);
	}
	node->entry.content = content;
	r = read_facts(builder, node, head, error);
	if (r == 0 && is_module(builder, &node->entry))
		r = read_module(builder, node, error);
	node->entry.content = kept;
	return r;
}

static int add_file(struct tree_builder *builder, const struct entry *entry,
		    struct error *error)
{
	struct entry copy = *entry;
	struct node *node;
	uint8_t head_bytes[HEAD_SIZE];
	struct span head =
		span_make(head_bytes, (size_t)MIN(entry->size, sizeof(head_bytes)));
	struct error why = ERROR_INIT;
	bool keep = builder->lazy;
	int r = 0;

	if (entry->content &&
	    source_read(entry->content, 0, head_bytes, head.size, &why) < 0)
		head.size = 0;
	/*
	 * The facts of an ELF file or a script outlive its contents, which are the bulk
	 * of what is wanted.
	 */
	if (entry->content && !keep && why.code == 0 && keeps(entry, head)) {
		keep = true;
		r = count_contents(builder->tree, entry, error);
	}
	if (!keep)
		copy.content = NULL;
	if (r == 0)
		r = add_node(builder, &copy, &node, error);
	if (r < 0 || !node)
		return r;
	if (entry->content)
		r = read_node(builder, node, entry->content, head, &why, error);
	else if (builder->large_elf && entry->size > elf_limit(builder))
		r = read_elf(builder, node, error);
	else
		return 0;
	return r < 0 ? r : tree_share(builder->tree, node, error);
}

static int add(void *context, const struct entry *whole, struct error *error)
{
	struct tree_builder *builder = context;
	struct entry below = *whole, *entry = &below;
	struct node *node;

	if (builder->below) {
		below.path = arena_path_join(builder->tree->arena, builder->below,
					     whole->path);
		if (!below.path)
			return error_memory(error);
		if (!*whole->path)
			below.path = builder->below;
	}
	if (entry->type == ENTRY_FILE)
		return add_file(builder, entry, error);
	return add_node(builder, entry, &node, error);
}

struct entry_visitor tree_builder_visitor(struct tree_builder *builder)
{
	return (struct entry_visitor){
		.want = want, .add = add, .context = builder, .digest = true};
}
