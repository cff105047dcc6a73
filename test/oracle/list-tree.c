/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Prints all that the readers find in one input, or in the layers of a base, to be
 * compared with what the tool that made it unpacks: list-disk.py prints a directory in
 * the same form, by other means.
 *
 * One line a file, sorted by the bytes of the path, columns separated by tabs, "-" where
 * there is nothing to say:
 *
 *   path type mode uid gid size target device links xattrs sha256 mtime
 *
 * The root is ".". "links" is the first path of the names of one file, where it has more
 * than one. "xattrs" are NAME=HEX, sorted, with commas between them. In paths, targets
 * and names of attributes all that is no visible ASCII, "\" and "," are written \xNN.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/ddi.h"
#include "formats/directory.h"
#include "formats/erofs.h"
#include "formats/initrd.h"
#include "formats/squashfs.h"
#include "sysext-verify/model/base.h"

static const char types[] = {
	[ENTRY_FILE] = 'f',         [ENTRY_DIRECTORY] = 'd',
	[ENTRY_SYMLINK] = 'l',      [ENTRY_CHARACTER_DEVICE] = 'c',
	[ENTRY_BLOCK_DEVICE] = 'b', [ENTRY_FIFO] = 'p',
	[ENTRY_SOCKET] = 's',
};

/* Digests at once what has not been digested on its way: nothing is kept. */
static int add(void *context, const struct entry *entry, struct error *error)
{
	struct tree *tree = context;
	struct entry copy = *entry;
	struct error why = ERROR_INIT;

	copy.content = NULL;
	if (entry->content && !entry->has_digest) {
		copy.has_digest =
			digest_sha256_source(entry->content, copy.digest, &why) == 0;
		if (!copy.has_digest)
			(void)fprintf(stderr, "list-tree: '%s': %s\n", entry->path,
				      why.message);
	}
	return tree_add(tree, &copy, NULL, error);
}

static int read_initrd(struct source *source, const struct entry_visitor *visitor,
		       struct error *error)
{
	struct initrd initrd = {0};
	int r = initrd_read(source, visitor, &initrd, error);

	if (r < 0)
		return r;
	if (initrd.faults & INITRD_FAULT_TRAILING_GARBAGE)
		(void)fprintf(stderr, "list-tree: garbage at %" PRIu64 ": %s\n",
			      initrd.garbage_at, initrd.garbage);
	for (size_t i = 0; i < initrd.n_members; i++)
		(void)fprintf(stderr,
			      "list-tree: member %zu at %" PRIu64 ": %" PRIu64
			      " entries, %" PRIu64 " bytes unpacked\n",
			      i + 1, initrd.members[i].offset,
			      initrd.members[i].n_entries,
			      initrd.members[i].unpacked_size);
	initrd_done(&initrd);
	return 0;
}

static int read_filesystem(const struct ddi *ddi, const struct entry_visitor *visitor,
			   struct error *error)
{
	struct squashfs_info squashfs;
	struct erofs_info erofs;

	if (!ddi->data.source)
		return error_set(error, -ENODATA, "is no initrd, UKI or image");
	switch (ddi->filesystem) {
	case FILESYSTEM_SQUASHFS:
		return squashfs_read(ddi->data.source, visitor, &squashfs, error);
	case FILESYSTEM_EROFS:
		return erofs_read(ddi->data.source, visitor, &erofs, error);
	default:
		return error_set(error, -EOPNOTSUPP, "holds %s, which is not read",
				 filesystem_name(ddi->filesystem));
	}
}

static int read_image(struct source *source, const struct entry_visitor *visitor,
		      struct error *error)
{
	struct ddi ddi;
	int r = ddi_read(source, NULL, &ddi, error);

	if (r < 0)
		return r;
	r = read_filesystem(&ddi, visitor, error);
	ddi_done(&ddi);
	return r;
}

static int read_input(const char *path, const struct entry_visitor *visitor,
		      struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct stat status;
	int r;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return directory_read(path, visitor, error);
	r = source_open_file(path, &source, error);
	if (r < 0)
		return r;
	if (initrd_probe(source))
		return read_initrd(source, visitor, error);
	return read_image(source, visitor, error);
}

static void print_escaped(const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c > ' ' && *c < 0x7f && *c != '\\' && *c != ',')
			(void)putchar(*c);
		else
			(void)printf("\\x%02x", (unsigned char)*c);
}

static int compare_nodes(const void *a, const void *b)
{
	return strcmp((*(struct node *const *)a)->entry.path,
		      (*(struct node *const *)b)->entry.path);
}

static int compare_xattrs(const void *a, const void *b)
{
	const struct entry_xattr *one = a, *other = b;

	return strcmp(one->name, other->name);
}

static void print_xattrs(struct entry *entry)
{
	if (entry->n_xattrs == 0)
		(void)putchar('-');
	else
		qsort(entry->xattrs, entry->n_xattrs, sizeof(*entry->xattrs),
		      compare_xattrs);
	for (size_t i = 0; i < entry->n_xattrs; i++) {
		const struct entry_xattr *xattr = &entry->xattrs[i];
		const uint8_t *bytes = xattr->value.data;

		if (i > 0)
			(void)putchar(',');
		print_escaped(xattr->name);
		(void)putchar('=');
		for (size_t at = 0; at < xattr->value.size; at++)
			(void)printf("%02x", bytes[at]);
	}
}

/*
 * The names of one file: a ring of nodes, where an entry said what it is a name of, or
 * else all of one inode. @nodes come in order of their paths.
 */
static int find_links(struct arena *arena, struct map *links, struct node **nodes,
		      size_t n)
{
	_cleanup_(map_freep) struct map *inodes = map_new();

	if (!inodes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct entry *entry = &nodes[i]->entry;
		struct node *first = nodes[i];
		char *key;

		for (struct node *same = first->same; same && same != nodes[i];
		     same = same->same)
			if (strcmp(same->entry.path, first->entry.path) < 0)
				first = same;
		if (nodes[i]->same && map_set(links, entry->path, first) < 0)
			return -ENOMEM;
		if (nodes[i]->same || entry->inode == 0)
			continue;
		key = arena_printf(arena, "%" PRIu64, entry->inode);
		if (!key)
			return -ENOMEM;
		if (map_has(inodes, key))
			first = map_get(inodes, key);
		else if (map_set(inodes, key, first) < 0)
			return -ENOMEM;
		if (first != nodes[i] && (map_set(links, first->entry.path, first) < 0 ||
					  map_set(links, entry->path, first) < 0))
			return -ENOMEM;
	}
	return 0;
}

static void print_digest(const struct entry *entry)
{
	char hex[2 * DIGEST_SHA256_SIZE + 1];

	if (entry->has_digest) {
		hex_encode(entry->digest, sizeof(entry->digest), hex);
		(void)fputs(hex, stdout);
	} else {
		(void)fputs(entry->type == ENTRY_FILE ? "unreadable" : "-", stdout);
	}
}

static void print_entry(struct map *links, struct entry *entry)
{
	const struct node *first = map_get(links, entry->path);

	print_escaped(*entry->path ? entry->path : ".");
	(void)printf("\t%c\t%04" PRIo32 "\t%" PRIu32 "\t%" PRIu32 "\t",
		     types[entry->type], entry->mode, entry->uid, entry->gid);
	if (entry->type == ENTRY_FILE)
		(void)printf("%" PRIu64 "\t", entry->size);
	else
		(void)fputs("-\t", stdout);
	print_escaped(entry->target ? entry->target : "-");
	if (entry->type == ENTRY_CHARACTER_DEVICE || entry->type == ENTRY_BLOCK_DEVICE)
		(void)printf("\t%" PRIu32 ":%" PRIu32 "\t", entry->device_major,
			     entry->device_minor);
	else
		(void)fputs("\t-\t", stdout);
	print_escaped(first ? first->entry.path : "-");
	(void)putchar('\t');
	print_xattrs(entry);
	(void)putchar('\t');
	print_digest(entry);
	(void)printf("\t%" PRId64 "\n", entry->mtime);
}

static int print_tree(struct tree *tree, struct error *error)
{
	_cleanup_free_ struct node **nodes = calloc(tree->n_nodes, sizeof(struct node *));
	_cleanup_(map_freep) struct map *links = map_new();
	size_t n = 0;

	if (!nodes || !links)
		return error_memory(error);
	TREE_FOREACH(node, tree)
		nodes[n++] = node;
	qsort(nodes, n, sizeof(struct node *), compare_nodes);
	if (find_links(tree->arena, links, nodes, n) < 0)
		return error_memory(error);
	for (size_t i = 0; i < n; i++)
		print_entry(links, &nodes[i]->entry);
	if (tree->n_lost > 0)
		(void)fprintf(stderr, "list-tree: %zu entries lost, the first '%s'\n",
			      tree->n_lost, tree->first_lost);
	return 0;
}

static int list_input(struct arena *arena, const char *path, struct error *error)
{
	_cleanup_(tree_freep) struct tree *tree = NULL;
	struct entry_visitor visitor = {.add = add, .digest = true};
	int r = tree_new(arena, &tree, error);

	if (r < 0)
		return r;
	visitor.context = tree;
	r = read_input(path, &visitor, error);
	return r < 0 ? r : print_tree(tree, error);
}

/* A UKI, or several layers: only a base knows how systemd-stub puts them together. */
static int list_base(struct arena *arena, const struct base_request *request,
		     struct error *error)
{
	_cleanup_(base_freep) struct base *base = NULL;
	int r = base_read(arena, request, &base, error);

	if (r < 0)
		return r;
	TREE_FOREACH(node, base->tree)
		if (node->entry.type == ENTRY_FILE)
			(void)node_digest(node, node->entry.digest, NULL);
	return print_tree(base->tree, error);
}

static bool is_uki(const char *path)
{
	_cleanup_(source_unrefp) struct source *source = NULL;

	return source_open_file(path, &source, NULL) == 0 && pe_probe(source);
}

int main(int argc, char **argv)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	static const char option[] = "--profile=";
	struct base_request request = {.layers = (const char *const *)argv + 1,
				       .n_layers = (size_t)argc - 1};
	struct error error = ERROR_INIT;
	int r;

	if (argc > 1 && strncmp(argv[argc - 1], option, strlen(option)) == 0) {
		request.uki_profile = argv[argc - 1] + strlen(option);
		request.n_layers--;
	}
	if (!arena || request.n_layers == 0) {
		(void)fprintf(stderr, "Usage: list-tree INITRD|UKI|IMAGE|DIRECTORY "
				      "[LAYER...] [--profile=N]\n");
		return 2;
	}
	if (request.n_layers > 1 || is_uki(argv[1]))
		r = list_base(arena, &request, &error);
	else
		r = list_input(arena, argv[1], &error);
	if (r < 0) {
		(void)fprintf(stderr, "list-tree: %s: %s\n", argv[1], error.message);
		return 1;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
