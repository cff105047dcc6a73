/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/strbuf.h"
#include "sysext-build/stages.h"

/* Names are hostile: no control character of theirs reaches a terminal. */
static void print_escaped(FILE *out, const char *text)
{
	_cleanup_strbuf_ struct strbuf buffer = {0};

	strbuf_add_escaped(&buffer, text);
	(void)fputs(strbuf_text(&buffer), out);
}

static void print_entry(const struct entry *entry, const char *reason, FILE *out)
{
	if (entry->type == ENTRY_FILE)
		(void)fprintf(out, "%10llu  ", (unsigned long long)entry->size);
	else
		(void)fprintf(out, "%10s  ", "-");
	print_escaped(out, entry->path);
	if (entry->type == ENTRY_SYMLINK) {
		(void)fputs(" -> ", out);
		print_escaped(out, entry->target);
	} else if (entry->type == ENTRY_DIRECTORY) {
		(void)fputs("/", out);
	}
	(void)fputs("  ", out);
	print_escaped(out, reason);
	(void)fputs("\n", out);
}

static size_t print_omitted(const struct selection *selection, bool mentions, FILE *out)
{
	size_t n = 0;

	for (size_t i = 0; i < map_size(selection->omitted); i++) {
		const struct omitted *omitted = map_value_at(selection->omitted, i);

		/* Left out for one reason, and then brought in for another. */
		if (omitted->is_mention != mentions ||
		    map_has(selection->shipped, omitted->path))
			continue;
		if (n++ == 0)
			(void)fputs(mentions ? "\nnot shipped, but named:\n"
					     : "\nleft out:\n",
				    out);
		(void)fprintf(out, "%10s  ", "-");
		print_escaped(out, omitted->path);
		(void)fputs("  ", out);
		print_escaped(out, omitted->reason);
		(void)fputs("\n", out);
	}
	return n;
}

void listing_print(const struct selection *selection, FILE *out)
{
	uint64_t size = 0;
	size_t n = 0, n_omitted;

	TREE_FOREACH(node, selection->tree) {
		const struct shipped *shipped =
			map_get(selection->shipped, node->entry.path);

		if (!shipped)
			continue;
		print_entry(&node->entry, shipped->reason, out);
		size += node->entry.size;
		n++;
	}
	n_omitted = print_omitted(selection, false, out);
	(void)print_omitted(selection, true, out);
	(void)fprintf(out, "\ntotal: %zu files of %llu bytes; %zu left out\n", n,
		      (unsigned long long)size, n_omitted);
}
