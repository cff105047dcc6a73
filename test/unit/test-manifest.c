/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sysext-build/stages.h"
#include "test/lib/test.h"

#define CONTENT "[Content]\nFiles=/usr/bin/x\n"

struct place {
	struct arena *arena;
	char directory[40], path[64];
};

static int place_make(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	place->arena = arena_new();
	strcpy(place->directory, "/tmp/test-manifest.XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	(void)snprintf(place->path, sizeof(place->path), "%s/some-name.conf",
		       place->directory);
	*state = place;
	return 0;
}

static int place_remove(void **state)
{
	struct place *place = *state;

	(void)unlink(place->path);
	(void)rmdir(place->directory);
	arena_free(place->arena);
	free(place);
	return 0;
}

static int read_bytes(const struct place *place, const void *bytes, size_t size,
		      struct manifest **ret, struct error *error)
{
	FILE *file = fopen(place->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	return manifest_read(place->arena, place->path, ret, error);
}

static int read_text(const struct place *place, const char *text, struct manifest **ret,
		     struct error *error)
{
	return read_bytes(place, text, strlen(text), ret, error);
}

static void test_full_manifest(void **state)
{
	static const char text[] = "# a comment\n"
				   "[Extension]\nName=ssh-2.0\nID=debian\nVersionID=13\n"
				   "SysextLevel=7\nScope=initrd system\n"
				   "Architecture=arm64\n"
				   "[Content]\nPackages=a b\n; another\nPackages=c\n"
				   "Files=/usr/bin/x\t/opt/y\nTree=a tree\nTree=/abs\n"
				   "Exclude=/usr/*.a /usr/share/x\n"
				   "[Activation]\nStart=a.service b@c.service\n"
				   "Start=d.socket\nTarget=sysinit.target\n"
				   "[Image]\nCompression=gzip\nLevel=9\nBlockSize=64K\n";
	const struct place *place = *state;
	struct manifest *manifest = NULL;
	struct error error = ERROR_INIT;

	test_ok(read_text(place, text, &manifest, &error), &error);
	assert_string_equal(manifest->path, place->path);
	assert_string_equal(manifest->directory, place->directory);
	assert_string_equal(manifest->name.value, "ssh-2.0");
	assert_int_equal(manifest->name.line, 3);
	assert_string_equal(manifest->id.value, "debian");
	assert_string_equal(manifest->version_id.value, "13");
	assert_string_equal(manifest->level.value, "7");
	assert_string_equal(manifest->scope.value, "initrd system");
	assert_string_equal(manifest->architecture.value, "arm64");
	assert_int_equal(manifest->packages.n_items, 3);
	assert_string_equal(manifest->packages.items[2].value, "c");
	assert_int_equal(manifest->packages.items[1].line, 10);
	assert_int_equal(manifest->packages.items[2].line, 12);
	assert_int_equal(manifest->files.n_items, 2);
	assert_string_equal(manifest->files.items[1].value, "/opt/y");
	assert_int_equal(manifest->trees.n_items, 2);
	assert_string_equal(manifest->trees.items[0].value, "a tree");
	assert_int_equal(manifest->excludes.n_items, 2);
	assert_int_equal(manifest->starts.n_items, 3);
	assert_string_equal(manifest->starts.items[1].value, "b@c.service");
	assert_string_equal(manifest->target.value, "sysinit.target");
	assert_string_equal(manifest->image.compression, "gzip");
	assert_int_equal(manifest->image.level, 9);
	assert_int_equal(manifest->image.block_size, 65536);
}

static void test_defaults(void **state)
{
	const struct place *place = *state;
	struct manifest *manifest = NULL;
	struct error error = ERROR_INIT;

	test_ok(read_text(place, CONTENT, &manifest, &error), &error);
	assert_string_equal(manifest->name.value, "some-name");
	assert_null(manifest->id.value);
	assert_string_equal(manifest->scope.value, "initrd");
	assert_string_equal(manifest->target.value, "basic.target");
	assert_string_equal(manifest->image.compression, "zstd");
	assert_int_equal(manifest->image.level, 6);
	assert_int_equal(manifest->image.block_size, 1 << 20);
	test_ok(read_text(place, CONTENT "[Image]\nCompression=xz\n", &manifest, &error),
		&error);
	assert_int_equal(manifest->image.level, 0);
}

static void test_faults(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{"[Extensoin]\nName=x\n" CONTENT,
		 "line 2: unknown section [Extensoin], did you mean [Extension]"},
		{"[Foo]\nName=x\n",
		 "line 2: unknown section [Foo], there are [Extension], "
		 "[Content], [Activation], [Image]"},
		{"Name=x\n", "line 1: 'Name=' stands before the first section"},
		{CONTENT "Pakages=x\n",
		 "line 3: unknown key 'Pakages=' in [Content], did "
		 "you mean 'Packages='"},
		{CONTENT "Quux=x\n", "line 3: unknown key 'Quux=' in [Content]"},
		{CONTENT "packages=x\n",
		 "line 3: unknown key 'packages=' in [Content], did "
		 "you mean 'Packages='"},
		{CONTENT "Name=x\n", "line 3: unknown key 'Name=' in [Content]"},
		{"[Extension]\nName=a\nName=b\n" CONTENT,
		 "line 3: 'Name=' is already set in line 2"},
		{"[Extension]\nName=\n" CONTENT, "line 2: 'Name=' has no value"},
		{"[Extension]\nName=a_b\n" CONTENT,
		 "line 2: 'Name=': is 'a_b', may have letters, digits, '-' and '.' only"},
		{"[Extension]\nName=../a\n" CONTENT,
		 "line 2: 'Name=': is '../a', must begin with a letter or digit"},
		{"[Extension]\nScope=initrd,system\n" CONTENT,
		 "line 2: 'Scope=': has 'initrd,system', must be of initrd, system and "
		 "portable"},
		{"[Extension]\nArchitecture=x86_64\n" CONTENT,
		 "line 2: 'Architecture=': is 'x86_64', must be systemd's name of an "
		 "architecture"},
		{"[Content]\nFiles=usr/bin/x\n",
		 "line 2: 'Files=': is 'usr/bin/x', must be an absolute path"},
		{CONTENT "Exclude=*.a\n",
		 "line 3: 'Exclude=': is '*.a', must be an absolute path"},
		{CONTENT "[Activation]\nStart=ssh\n",
		 "line 4: 'Start=': is 'ssh', must be the name of a unit"},
		{CONTENT "[Activation]\nStart=../x.service\n",
		 "line 4: 'Start=': is '../x.service', must be the name of a unit"},
		{CONTENT "[Activation]\nTarget=.target\n",
		 "line 4: 'Target=': is '.target', must be the name of a unit"},
		{CONTENT "[Image]\nCompression=bz2\n",
		 "'Compression=' is 'bz2', must be gzip, lz4, lzo, xz or zstd"},
		{CONTENT "[Image]\nLevel=0\n",
		 "line 4: 'Level=': is '0', must be a number from 1"},
		{CONTENT "[Image]\nLevel=99999999999999999999\n",
		 "line 4: 'Level=': is '99999999999999999999'"},
		{CONTENT "[Image]\nLevel=3x\n", "line 4: 'Level=': is '3x'"},
		{CONTENT "[Image]\nLevel=23\n",
		 "'Level=23' does not go with 'Compression=zstd', which takes 1 to 22"},
		{CONTENT "[Image]\nBlockSize=2M\n",
		 "line 4: 'BlockSize=': is '2M', must be a power of two from 4K to 1M"},
		{CONTENT "[Image]\nBlockSize=5000\n", "line 4: 'BlockSize=': is '5000'"},
		{"[Extension]\nName=x\n",
		 "[Content] has none of 'Packages=', 'Files=' and 'Tree='"},
		{"", "[Content] has none of 'Packages=', 'Files=' and 'Tree='"},
	};
	const struct place *place = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct manifest *manifest = NULL;
		struct error error = ERROR_INIT;

		assert_true(read_text(place, cases[i].text, &manifest, &error) < 0);
		assert_null(manifest);
		assert_non_null(strstr(error.message, place->path));
		if (!strstr(error.message, cases[i].words))
			fail_msg("\"%s\" does not have \"%s\"", error.message,
				 cases[i].words);
	}
}

/* Each cut of a good manifest is read or refused, never anything else. */
static void test_every_truncation(void **state)
{
	static const char text[] = CONTENT "Packages=a\n[Activation]\nStart=a.service\n"
					   "[Image]\nBlockSize=64K\n";
	const struct place *place = *state;

	for (size_t size = 0; size < strlen(text); size++) {
		struct manifest *manifest = NULL;
		struct error error = ERROR_INIT;
		int r = read_bytes(place, text, size, &manifest, &error);

		assert_true(r == 0 ? manifest != NULL : *error.message != 0);
	}
}

static void test_hostile_files(void **state)
{
	const struct place *place = *state;
	struct manifest *manifest = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(
		read_bytes(place, CONTENT "\0", sizeof(CONTENT), &manifest, &error),
		-EBADMSG);
	assert_int_equal(truncate(place->path, INT64_C(1) << 32), 0);
	assert_int_equal(manifest_read(place->arena, place->path, &manifest, &error),
			 -E2BIG);
	assert_int_equal(unlink(place->path), 0);
	assert_int_equal(manifest_read(place->arena, place->path, &manifest, &error),
			 -ENOENT);
	assert_int_equal(mkfifo(place->path, 0600), 0);
	assert_int_equal(manifest_read(place->arena, place->path, &manifest, &error),
			 -EINVAL);
	assert_null(manifest);
}

static void test_name_from_odd_file_names(void **state)
{
	struct place *place = *state;
	struct manifest *manifest = NULL;
	struct error error = ERROR_INIT;

	(void)snprintf(place->path, sizeof(place->path), "%s/two words",
		       place->directory);
	assert_int_equal(read_text(place, CONTENT, &manifest, &error), -EBADMSG);
	test_error(&error, -EBADMSG, ERROR_NO_OFFSET,
		   "[Extension] has no 'Name=', and the manifest's own name: is 'two "
		   "words', may have letters, digits, '-' and '.' only");
}

static const struct manifest simple = {
	.path = "m.conf", .name = {.value = "ssh"}, .scope = {.value = "initrd"}};

static void decide(const struct manifest *manifest, const struct release *release,
		   struct identity *ret)
{
	struct base base = {
		.path = "base", .os_release = release, .architecture = "x86-64"};
	struct error error = ERROR_INIT;

	test_ok(identity_decide(manifest, &base, ret, &error), &error);
}

static void test_identity_follows_the_base(void **state)
{
	const struct release versioned = {.id = "debian", .version_id = "13"};
	const struct release leveled = {.id = "fedora", .version_id = "42", .level = "3"};
	const struct release rolling = {.id = "arch"};
	struct manifest manifest = simple;
	struct identity identity;

	decide(&simple, &versioned, &identity);
	assert_string_equal(identity.name, "ssh");
	assert_string_equal(identity.id, "debian");
	assert_string_equal(identity.version_id, "13");
	assert_null(identity.level);
	assert_string_equal(identity.scope, "initrd");
	assert_string_equal(identity.architecture, "x86-64");

	decide(&simple, &leveled, &identity);
	assert_null(identity.version_id);
	assert_string_equal(identity.level, "3");

	decide(&simple, &rolling, &identity);
	assert_null(identity.version_id);
	assert_null(identity.level);

	manifest.version_id.value = "42";
	decide(&manifest, &leveled, &identity);
	assert_string_equal(identity.version_id, "42");
	assert_null(identity.level);

	manifest = simple;
	manifest.id.value = "_any";
	decide(&manifest, &versioned, &identity);
	assert_string_equal(identity.id, "_any");
	assert_null(identity.version_id);
}

static void test_identity_needs_facts(void **state)
{
	const struct release nameless = {.version_id = "13"};
	const struct release named = {.id = "debian"};
	struct base base = {.path = "base", .os_release = &nameless};
	struct error error = ERROR_INIT;
	struct identity identity;

	assert_int_equal(identity_decide(&simple, &base, &identity, &error), -EINVAL);
	test_error(&error, -EINVAL, ERROR_NO_OFFSET,
		   "base 'base' has no ID in its os-release, and manifest 'm.conf' has "
		   "no 'ID='");
	base.os_release = NULL;
	assert_int_equal(identity_decide(&simple, &base, &identity, &error), -EINVAL);
	base.os_release = &named;
	assert_int_equal(identity_decide(&simple, &base, &identity, &error), -EINVAL);
	test_error(&error, -EINVAL, ERROR_NO_OFFSET, "cannot tell the architecture");
}

static void test_output_names(void **state)
{
	static const struct {
		const char *output;
		bool fits;
	} cases[] = {
		{"ssh.raw", true},          {"/some/where/ssh.raw", true},
		{"ssh.sysext.raw", true},   {"ssh_1.2.raw", true},
		{"ssh+1.raw", true},        {"sshd.raw", false},
		{"ssh.img", false},         {"ssh", false},
		{"ssh.confext.raw", false}, {"ssh.RAW", false},
	};
	const struct identity identity = {.name = "ssh"};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error error = ERROR_INIT;
		int r = identity_check_output(&identity, cases[i].output, &error);

		assert_int_equal(r, cases[i].fits ? 0 : -EINVAL);
		if (!cases[i].fits)
			test_error(&error, -EINVAL, ERROR_NO_OFFSET,
				   "must be 'ssh.raw' or 'ssh.sysext.raw'");
	}
}

static void test_nearest_word(void **state)
{
	static const char *const words[] = {"Packages", "Files", "Tree", "ID"};

	assert_string_equal(nearest_word("Pakages", words, 4), "Packages");
	assert_string_equal(nearest_word("file", words, 4), "Files");
	assert_string_equal(nearest_word("id", words, 4), "ID");
	assert_null(nearest_word("Architecture", words, 4));
	assert_null(nearest_word("xy", words, 4));
	assert_null(nearest_word("a word that is much too long to be a slip of anybody",
				 words, 4));
}

int main(void)
{
#define with_place(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)
	const struct CMUnitTest tests[] = {
		with_place(test_full_manifest),
		with_place(test_defaults),
		with_place(test_faults),
		with_place(test_every_truncation),
		with_place(test_hostile_files),
		with_place(test_name_from_odd_file_names),
		cmocka_unit_test(test_identity_follows_the_base),
		cmocka_unit_test(test_identity_needs_facts),
		cmocka_unit_test(test_output_names),
		cmocka_unit_test(test_nearest_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
