/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/modprobe.h"

#include <string.h>

#include "formats/core/strbuf.h"

#define BLANKS " \t\r"

static size_t count_lines(struct span text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.size; i++)
		n += text.data[i] == '\n';
	return n;
}

/* "options  loop max_loop=8 " becomes "options" and "loop max_loop=8". */
static int take_line(struct arena *arena, const char *text, unsigned number,
		     struct unit_line *ret)
{
	const char *key = text + strspn(text, BLANKS);
	size_t key_size = strcspn(key, BLANKS);
	const char *value = key + key_size + strspn(key + key_size, BLANKS);
	size_t size = strlen(value);

	while (size > 0 && strchr(BLANKS, value[size - 1]))
		size--;
	*ret = (struct unit_line){.section = "",
				  .key = arena_strndup(arena, key, key_size),
				  .value = arena_strndup(arena, value, size),
				  .line = number};
	return ret->key && ret->value ? 0 : -ENOMEM;
}

static bool says_nothing(const char *text)
{
	text += strspn(text, BLANKS);
	return !*text || *text == '#';
}

int modprobe_parse(struct arena *arena, struct span text, struct unit_line **ret,
		   size_t *ret_n, struct error *error)
{
	_cleanup_free_ char *copy = strndup((const char *)text.data, text.size);
	_cleanup_strbuf_ struct strbuf joined = {0};
	struct unit_line *lines = arena_array(arena, count_lines(text), sizeof(*lines));
	char *rest = copy, *line;
	unsigned number = 0;
	size_t n = 0;

	if (!copy || !lines)
		return error_memory(error);
	while ((line = strsep(&rest, "\n"))) {
		size_t size = strlen(line);
		bool continued = rest && size > 0 && line[size - 1] == '\\';

		number++;
		strbuf_add(&joined, line, continued ? size - 1 : size);
		if (continued)
			continue;
		if (!strbuf_ok(&joined) ||
		    (!says_nothing(strbuf_text(&joined)) &&
		     take_line(arena, strbuf_text(&joined), number, &lines[n++]) < 0))
			return error_memory(error);
		strbuf_done(&joined);
	}
	*ret = lines;
	*ret_n = n;
	return 0;
}
