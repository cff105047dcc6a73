/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/objects.h"

#include <stdio.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"

/*
 * Where the distributions' own ld.so looks without a cache: Debian's multiarch
 * directories (glibc's debian/sysdeps), Fedora's /lib64, Arch's /usr/lib.
 */
static const struct {
	const char *architecture; /* systemd's name */
	const char *const directories[5];
} debian[] = {
	{"x86-64",
	 {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib"}},
	{"arm64",
	 {"/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib", "/usr/lib"}},
	{"x86", {"/lib/i386-linux-gnu", "/usr/lib/i386-linux-gnu", "/lib", "/usr/lib"}},
	{"arm",
	 {"/lib/arm-linux-gnueabihf", "/usr/lib/arm-linux-gnueabihf", "/lib",
	  "/usr/lib"}},
	{"riscv64",
	 {"/lib/riscv64-linux-gnu", "/usr/lib/riscv64-linux-gnu", "/lib", "/usr/lib"}},
	{"ppc64-le",
	 {"/lib/powerpc64le-linux-gnu", "/usr/lib/powerpc64le-linux-gnu", "/lib",
	  "/usr/lib"}},
	{"s390x",
	 {"/lib/s390x-linux-gnu", "/usr/lib/s390x-linux-gnu", "/lib", "/usr/lib"}},
	{"loongarch64",
	 {"/lib/loongarch64-linux-gnu", "/usr/lib/loongarch64-linux-gnu", "/lib",
	  "/usr/lib"}},
};
static const char *const others[] = {"/lib64", "/usr/lib64", "/lib", "/usr/lib", NULL};

const char *const *objects_library_directories(const struct tree *tree)
{
	for (size_t i = 0; i < ARRAY_SIZE(debian); i++)
		if (tree_chase(tree, debian[i].directories[1], NULL))
			return debian[i].directories;
	return others;
}

struct search {
	const struct tree *tree;
	const struct node *user;
	const char *soname;
	const struct node *wrong; /* the first of another machine, or that was not read */
};

/* It may be all that is wanted: it was too large to be read. */
static bool is_unread(const struct node *node)
{
	return node->elf_error && node->elf_error->code == -E2BIG;
}

static const struct node *look_at(struct search *search, const char *path)
{
	const struct node *node = tree_chase(search->tree, path, NULL);

	if (!node || node->entry.type != ENTRY_FILE || (!node->elf && !is_unread(node)))
		return NULL;
	if (node->elf && elf_same_machine(node->elf, search->user->elf))
		return node;
	if (!search->wrong)
		search->wrong = node;
	return NULL;
}

static const struct node *look_in(struct search *search, const char *directory,
				  size_t size)
{
	char path[2 * LIMIT_PATH_SIZE];
	int length = snprintf(path, sizeof(path), "%.*s/%s", (int)size, directory,
			      search->soname);

	if (length < 0 || (size_t)length >= sizeof(path))
		return NULL;
	return look_at(search, path);
}

/* ld.so(8), "Dynamic string tokens": $ORIGIN is the directory of the object itself. */
static const struct node *look_in_token(struct search *search, const char *entry,
					size_t size)
{
	static const char *const tokens[] = {"$ORIGIN", "${ORIGIN}"};
	char directory[LIMIT_PATH_SIZE];
	const char *origin = search->user->entry.path;

	for (size_t i = 0; i < ARRAY_SIZE(tokens); i++) {
		size_t token = strlen(tokens[i]);
		int length;

		if (size < token || memcmp(entry, tokens[i], token) != 0)
			continue;
		length = snprintf(directory, sizeof(directory), "/%.*s%.*s",
				  (int)path_parent_size(origin), origin,
				  (int)(size - token), entry + token);
		if (length < 0 || (size_t)length >= sizeof(directory))
			return NULL;
		return look_in(search, directory, (size_t)length);
	}
	return *entry == '/' ? look_in(search, entry, size) : NULL;
}

static const struct node *look_in_list(struct search *search, const char *list)
{
	while (list && *list) {
		size_t size = strcspn(list, ":");
		const struct node *node = look_in_token(search, list, size);

		if (node)
			return node;
		list += size + (list[size] == ':');
	}
	return NULL;
}

const struct node *objects_find_library(const struct tree *tree, const struct node *user,
					const char *soname, const struct node **ret_wrong)
{
	struct search search = {.tree = tree, .user = user, .soname = soname};
	const char *const *directories = objects_library_directories(tree);
	const struct node *node = NULL;

	if (strchr(soname, '/')) {
		node = look_at(&search, soname);
	} else {
		/* RPATH counts only where there is no RUNPATH: ld.so(8). */
		node = look_in_list(&search, user->elf->runpath ? user->elf->runpath
								: user->elf->rpath);
		for (size_t i = 0; !node && directories[i]; i++)
			node = look_in(&search, directories[i], strlen(directories[i]));
	}
	if (ret_wrong)
		*ret_wrong = search.wrong;
	return node;
}

struct resolution {
	const struct tree *tree;
	struct objects *objects;
	size_t n_allocated;
};

static int add_need(struct resolution *resolution, const struct need *need)
{
	struct objects *objects = resolution->objects;

	if (objects->n_needs == resolution->n_allocated) {
		size_t n = resolution->n_allocated ? resolution->n_allocated * 2 : 64;
		struct need *needs =
			arena_array(resolution->tree->arena, n, sizeof(*needs));

		if (!needs)
			return -ENOMEM;
		if (objects->n_needs > 0)
			memcpy(needs, objects->needs, objects->n_needs * sizeof(*needs));
		objects->needs = needs;
		resolution->n_allocated = n;
	}
	objects->needs[objects->n_needs++] = *need;
	return 0;
}

static bool defines_version(const struct elfinfo *library, const char *version)
{
	for (size_t i = 0; i < library->n_defined_versions; i++)
		if (strcmp(library->defined_versions[i], version) == 0)
			return true;
	return false;
}

/*
 * A library without any version only gets ld.so's warning "no version information
 * available"; a missing library is reported once, not again for each version.
 */
static int resolve_versions(struct resolution *resolution, const struct node *user)
{
	for (size_t i = 0; i < user->elf->n_needed_versions; i++) {
		const struct elf_needed_version *wanted = &user->elf->needed_versions[i];
		struct need need = {.kind = NEED_VERSION,
				    .user = user,
				    .name = wanted->version,
				    .library = wanted->library};
		const struct node *library;

		library = objects_find_library(resolution->tree, user, wanted->library,
					       NULL);
		if (!library || wanted->weak || library->elf->n_defined_versions == 0)
			continue;
		if (defines_version(library->elf, wanted->version))
			need.provider = library;
		if (add_need(resolution, &need) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int resolve_elf(struct resolution *resolution, const struct node *user)
{
	struct need need = {.user = user};

	if (user->elf->interpreter) {
		need.kind = NEED_INTERPRETER;
		need.name = user->elf->interpreter;
		need.provider = tree_chase(resolution->tree, need.name, NULL);
		if (add_need(resolution, &need) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < user->elf->n_needed; i++) {
		const struct node *wrong;

		need.kind = NEED_LIBRARY;
		need.name = user->elf->needed[i];
		need.provider =
			objects_find_library(resolution->tree, user, need.name, &wrong);
		need.wrong_machine = !need.provider && wrong && wrong->elf;
		need.unread = !need.provider && wrong && !wrong->elf ? wrong : NULL;
		if (add_need(resolution, &need) < 0)
			return -ENOMEM;
	}
	return resolve_versions(resolution, user);
}

static int resolve_script(struct resolution *resolution, const struct node *user)
{
	struct need need = {
		.kind = NEED_SCRIPT_INTERPRETER, .user = user, .name = user->interpreter};

	/*
	 * Without the executable bits nobody runs it: a template, an example, a sourced
	 * file. What is shared between architectures is data, whatever its bits say:
	 * hier(7).
	 */
	if (*user->interpreter != '/' || !(user->entry.mode & 0111) ||
	    path_is_below(user->entry.path, "usr/share"))
		return 0;
	need.provider = tree_chase(resolution->tree, need.name, NULL);
	return add_need(resolution, &need);
}

int objects_resolve(const struct tree *tree,
		    bool (*selects)(void *context, const struct node *node),
		    void *context, struct objects *ret, struct error *error)
{
	struct objects objects = {0};
	struct resolution resolution = {.tree = tree, .objects = &objects};

	TREE_FOREACH(node, tree) {
		int r = 0;

		if (node->entry.type != ENTRY_FILE ||
		    (selects && !selects(context, node)))
			continue;
		if (node->elf)
			r = resolve_elf(&resolution, node);
		else if (node->interpreter)
			r = resolve_script(&resolution, node);
		if (r < 0)
			return error_memory(error);
	}
	*ret = objects;
	return 0;
}
