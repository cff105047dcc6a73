/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/profile-parts.h"

#define FIELD(member, type_, ...)                                                 \
	{                                                                         \
		.name = #member, .type = RECORD_##type_,                          \
		.offset = offsetof(struct account_members, member), ##__VA_ARGS__ \
	}

static void write_state(enum passwd_state state, struct record_writer *writer)
{
	record_add_text(writer, "password", profile_name_of(&profile_passwords, state));
}

void profile_write_users(const struct passwd_users *users, struct record_writer *writer)
{
	record_open(writer, "users", '[');
	for (size_t i = 0; i < users->n_users; i++) {
		const struct passwd_user *user = &users->users[i];

		record_open(writer, NULL, '{');
		record_add_text(writer, "name", user->name);
		record_add_number(writer, "uid", user->uid);
		record_add_number(writer, "gid", user->gid);
		record_add_text(writer, "home", user->home);
		record_add_text(writer, "shell", user->shell);
		write_state(user->state, writer);
		record_close(writer, '}');
	}
	record_close(writer, ']');
}

void profile_write_groups(const struct passwd_groups *groups,
			  struct record_writer *writer)
{
	record_open(writer, "groups", '[');
	for (size_t i = 0; i < groups->n_groups; i++) {
		record_open(writer, NULL, '{');
		record_add_text(writer, "name", groups->groups[i].name);
		record_add_number(writer, "gid", groups->groups[i].gid);
		record_add_text(writer, "members", groups->groups[i].members);
		record_close(writer, '}');
	}
	record_close(writer, ']');
}

void profile_write_shadows(const struct passwd_shadows *shadows,
			   struct record_writer *writer)
{
	record_open(writer, "shadows", '[');
	for (size_t i = 0; i < shadows->n_shadows; i++) {
		record_open(writer, NULL, '{');
		record_add_text(writer, "name", shadows->shadows[i].name);
		write_state(shadows->shadows[i].state, writer);
		record_close(writer, '}');
	}
	record_close(writer, ']');
}

/* Of all three; each has fields of its own. */
struct account_members {
	const char *name, *home, *shell, *members, *password;
	uint64_t uid, gid;
};

static const struct record_field user_fields[] = {
	FIELD(name, TEXT, .required = true),
	FIELD(uid, NUMBER, .limit = UINT32_MAX, .required = true),
	FIELD(gid, NUMBER, .limit = UINT32_MAX, .required = true),
	FIELD(home, TEXT, .required = true),
	FIELD(shell, TEXT, .required = true),
	FIELD(password, TEXT, .required = true),
};

static const struct record_field group_fields[] = {
	FIELD(name, TEXT, .required = true),
	FIELD(gid, NUMBER, .limit = UINT32_MAX, .required = true),
	FIELD(members, TEXT, .required = true),
};

static const struct record_field shadow_fields[] = {
	FIELD(name, TEXT, .required = true),
	FIELD(password, TEXT, .required = true),
};

static int read_state(const char *name, enum passwd_state *ret, struct error *error)
{
	unsigned state;

	if (!profile_value_of(&profile_passwords, name, &state))
		return error_bad(error, ERROR_NO_OFFSET, "password is '%.64s'", name);
	*ret = state;
	return 0;
}

int profile_read_users(struct arena *arena, const struct record *array,
		       struct node_facts *facts, struct error *error)
{
	size_t n = record_size(array);
	struct passwd_users *users = arena_alloc(arena, sizeof(*users));
	int r = 0;

	if (users)
		users->users = arena_array(arena, n + 1, sizeof(*users->users));
	if (!users || !users->users)
		return error_memory(error);
	while (r == 0 && users->n_users < n) {
		struct passwd_user *user = &users->users[users->n_users];
		struct account_members members = {0};

		r = record_read(record_at(array, users->n_users++), user_fields,
				ARRAY_SIZE(user_fields), arena, &members, error);
		if (r < 0)
			return error_wrap(error, r, "user %zu", users->n_users);
		*user = (struct passwd_user){.name = members.name,
					     .home = members.home,
					     .shell = members.shell,
					     .uid = (uint32_t)members.uid,
					     .gid = (uint32_t)members.gid};
		r = read_state(members.password, &user->state, error);
	}
	facts->users = users;
	return r;
}

int profile_read_groups(struct arena *arena, const struct record *array,
			struct node_facts *facts, struct error *error)
{
	size_t n = record_size(array);
	struct passwd_groups *groups = arena_alloc(arena, sizeof(*groups));

	if (groups)
		groups->groups = arena_array(arena, n + 1, sizeof(*groups->groups));
	if (!groups || !groups->groups)
		return error_memory(error);
	while (groups->n_groups < n) {
		struct passwd_group *group = &groups->groups[groups->n_groups];
		struct account_members members = {0};
		int r = record_read(record_at(array, groups->n_groups++), group_fields,
				    ARRAY_SIZE(group_fields), arena, &members, error);

		if (r < 0)
			return error_wrap(error, r, "group %zu", groups->n_groups);
		*group = (struct passwd_group){members.name, (uint32_t)members.gid,
					       members.members};
	}
	facts->groups = groups;
	return 0;
}

int profile_read_shadows(struct arena *arena, const struct record *array,
			 struct node_facts *facts, struct error *error)
{
	size_t n = record_size(array);
	struct passwd_shadows *shadows = arena_alloc(arena, sizeof(*shadows));
	int r = 0;

	if (shadows)
		shadows->shadows = arena_array(arena, n + 1, sizeof(*shadows->shadows));
	if (!shadows || !shadows->shadows)
		return error_memory(error);
	while (r == 0 && shadows->n_shadows < n) {
		struct passwd_shadow *shadow = &shadows->shadows[shadows->n_shadows];
		struct account_members members = {0};

		r = record_read(record_at(array, shadows->n_shadows++), shadow_fields,
				ARRAY_SIZE(shadow_fields), arena, &members, error);
		if (r < 0)
			return error_wrap(error, r, "shadow %zu", shadows->n_shadows);
		shadow->name = members.name;
		r = read_state(members.password, &shadow->state, error);
	}
	facts->shadows = shadows;
	return r;
}
