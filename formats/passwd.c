/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/passwd.h"

#include <string.h>

#define MAX_FIELDS 9 /* of shadow(5); passwd(5) has 7, group(5) 4 */

/* The text, in pieces; @line and @fields are good until the next line. */
struct reader {
	char *rest;
	char *fields[MAX_FIELDS];
	size_t n_fields;
};

/* The next line that may name something; false at the end. */
static bool next_line(struct reader *reader)
{
	char *line;

	while ((line = strsep(&reader->rest, "\n"))) {
		char *field;

		line += strspn(line, " \t\r\v\f");
		if (!*line || strchr("#+-", *line))
			continue;
		reader->n_fields = 0;
		while (reader->n_fields < MAX_FIELDS && (field = strsep(&line, ":")))
			reader->fields[reader->n_fields++] = field;
		if (*reader->fields[0])
			return true;
	}
	return false;
}

/* Decimal digits and nothing else. */
static bool read_id(const char *text, uint32_t *ret)
{
	uint64_t id = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		id = id * 10 + (uint64_t)(*text - '0');
		if (id > UINT32_MAX)
			return false;
	}
	*ret = (uint32_t)id;
	return true;
}

static enum passwd_state state_of(const char *password)
{
	if (!*password)
		return PASSWD_NONE;
	if (*password == '!' || *password == '*')
		return PASSWD_LOCKED;
	return strcmp(password, "x") == 0 ? PASSWD_SHADOW : PASSWD_SET;
}

static size_t count_lines(struct span text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.size; i++)
		n += text.data[i] == '\n';
	return n;
}

/* A copy that may be cut up; it ends at the first NUL byte. */
static char *copy_text(struct span text)
{
	return strndup((const char *)text.data, text.size);
}

int passwd_read_users(struct arena *arena, struct span text, struct passwd_users *ret,
		      struct error *error)
{
	_cleanup_free_ char *copy = copy_text(text);
	struct reader reader = {.rest = copy};
	struct passwd_users users = {
		.users = arena_array(arena, count_lines(text), sizeof(*users.users))};

	if (!copy || !users.users)
		return error_memory(error);
	while (next_line(&reader)) {
		struct passwd_user *user = &users.users[users.n_users];

		if (reader.n_fields < 7 || !read_id(reader.fields[2], &user->uid) ||
		    !read_id(reader.fields[3], &user->gid))
			continue;
		user->name = arena_strdup(arena, reader.fields[0]);
		user->state = state_of(reader.fields[1]);
		user->home = arena_strdup(arena, reader.fields[5]);
		user->shell = arena_strdup(arena, reader.fields[6]);
		if (!user->name || !user->home || !user->shell)
			return error_memory(error);
		users.n_users++;
	}
	*ret = users;
	return 0;
}

int passwd_read_groups(struct arena *arena, struct span text, struct passwd_groups *ret,
		       struct error *error)
{
	_cleanup_free_ char *copy = copy_text(text);
	struct reader reader = {.rest = copy};
	struct passwd_groups groups = {
		.groups = arena_array(arena, count_lines(text), sizeof(*groups.groups))};

	if (!copy || !groups.groups)
		return error_memory(error);
	while (next_line(&reader)) {
		struct passwd_group *group = &groups.groups[groups.n_groups];

		if (reader.n_fields < 4 || !read_id(reader.fields[2], &group->gid))
			continue;
		group->name = arena_strdup(arena, reader.fields[0]);
		group->members = arena_strdup(arena, reader.fields[3]);
		if (!group->name || !group->members)
			return error_memory(error);
		groups.n_groups++;
	}
	*ret = groups;
	return 0;
}

int passwd_read_shadows(struct arena *arena, struct span text, struct passwd_shadows *ret,
			struct error *error)
{
	_cleanup_free_ char *copy = copy_text(text);
	struct reader reader = {.rest = copy};
	struct passwd_shadows shadows = {
		.shadows =
			arena_array(arena, count_lines(text), sizeof(*shadows.shadows))};

	if (!copy || !shadows.shadows)
		return error_memory(error);
	while (next_line(&reader)) {
		struct passwd_shadow *shadow = &shadows.shadows[shadows.n_shadows];

		if (reader.n_fields < 2)
			continue;
		shadow->name = arena_strdup(arena, reader.fields[0]);
		shadow->state = state_of(reader.fields[1]);
		/* "x" means nothing here: no password has this hash. */
		if (shadow->state == PASSWD_SHADOW)
			shadow->state = PASSWD_LOCKED;
		if (!shadow->name)
			return error_memory(error);
		shadows.n_shadows++;
	}
	*ret = shadows;
	return 0;
}
