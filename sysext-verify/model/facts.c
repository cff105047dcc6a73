/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/facts.h"

#include "formats/module-index.h"
#include "sysext-verify/model/modprobe.h"

/* One field for both: no file has lines of two kinds. */
static int read_lines(const struct tree *tree, const struct node *node,
		      int (*parse)(struct arena *arena, struct span text,
				   struct unit_line **ret, size_t *ret_n,
				   struct error *error),
		      struct unit_line **ret, size_t *ret_n, struct error *error)
{
	struct span text;
	int r;

	if (node->facts && node->facts->has_lines) {
		*ret = node->facts->lines;
		*ret_n = node->facts->n_lines;
		return 0;
	}
	r = node_read(tree, node, &text, error);
	return r < 0 ? r : parse(tree->arena, text, ret, ret_n, error);
}

int node_lines(const struct tree *tree, const struct node *node, struct unit_line **ret,
	       size_t *ret_n, struct error *error)
{
	return read_lines(tree, node, unit_parse, ret, ret_n, error);
}

int node_modprobe(const struct tree *tree, const struct node *node,
		  struct unit_line **ret, size_t *ret_n, struct error *error)
{
	return read_lines(tree, node, modprobe_parse, ret, ret_n, error);
}

int node_users(const struct tree *tree, const struct node *node, struct passwd_users *ret,
	       struct error *error)
{
	struct span text;
	int r;

	if (node->facts && node->facts->users) {
		*ret = *node->facts->users;
		return 0;
	}
	r = node_read(tree, node, &text, error);
	return r < 0 ? r : passwd_read_users(tree->arena, text, ret, error);
}

int node_groups(const struct tree *tree, const struct node *node,
		struct passwd_groups *ret, struct error *error)
{
	struct span text;
	int r;

	if (node->facts && node->facts->groups) {
		*ret = *node->facts->groups;
		return 0;
	}
	r = node_read(tree, node, &text, error);
	return r < 0 ? r : passwd_read_groups(tree->arena, text, ret, error);
}

int node_shadows(const struct tree *tree, const struct node *node,
		 struct passwd_shadows *ret, struct error *error)
{
	struct span text;
	int r;

	if (node->facts && node->facts->shadows) {
		*ret = *node->facts->shadows;
		return 0;
	}
	r = node_read(tree, node, &text, error);
	return r < 0 ? r : passwd_read_shadows(tree->arena, text, ret, error);
}

int node_assignments(const struct tree *tree, const struct node *node,
		     struct env_file *ret, struct error *error)
{
	struct span text;
	int r;

	if (node->facts && node->facts->assignments) {
		*ret = *node->facts->assignments;
		return 0;
	}
	r = node_read(tree, node, &text, error);
	return r < 0 ? r : env_file_parse(tree->arena, text, tree->env_flags, ret, error);
}

int node_module_index(const struct tree *tree, const struct node *node, struct map **ret,
		      struct error *error)
{
	struct span text;
	int r = 0;

	if (node->facts && node->facts->index)
		text = span_string(node->facts->index);
	else
		r = node_read(tree, node, &text, error);
	return r < 0 ? r : module_index_parse(tree->arena, text, ret, error);
}

static int decode_certificate(const struct certificate_fact *fact,
			      struct certificate **ret, unsigned *ret_faults,
			      struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	int r;

	if (fact->error.code < 0)
		return error_set_at(error, fact->error.code, fact->error.offset, "%s",
				    fact->error.message);
	source = source_borrow_memory(fact->der.data, fact->der.size);
	if (!source)
		return error_memory(error);
	r = certificate_read(source, ret, ret_faults, error);
	/* The file's own: it was not the bytes that are kept here. */
	if (r == 0)
		*ret_faults = fact->faults;
	return r;
}

int node_certificate(const struct node *node, struct certificate **ret,
		     unsigned *ret_faults, struct error *error)
{
	if (node->facts && node->facts->certificate)
		return decode_certificate(node->facts->certificate, ret, ret_faults,
					  error);
	if (node->entry.content)
		return certificate_read(node->entry.content, ret, ret_faults, error);
	return error_set(error, -ENODATA, "contents of '%s' were not kept",
			 node->entry.path);
}
