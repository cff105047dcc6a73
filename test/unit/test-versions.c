/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/versions.h"

#include <string.h>

#include "test/lib/test.h"

#define MAX_ENTRIES 8

struct row {
	const char *suffix;
	const char *entries;   /* "/" marks a directory, "@" a lost link, "|" a pipe */
	const char *old, *new; /* 257, 262: NULL: none; "!NAME": NAME ends the search */
};

static size_t split(char *text, struct version_entry *entries)
{
	size_t n = 0;

	for (char *name = strtok(text, " "); name; name = strtok(NULL, " ")) {
		char *mark = name + strlen(name) - 1;

		assert_true(n < MAX_ENTRIES);
		entries[n] = (struct version_entry){name, VERSION_FILE};
		if (strchr("/@|", *mark)) {
			entries[n].type = *mark == '/'   ? VERSION_DIRECTORY
					  : *mark == '@' ? VERSION_GONE
							 : VERSION_OTHER;
			*mark = 0;
		}
		n++;
	}
	return n;
}

static void assert_choice(const struct row *row, const char *architecture,
			  enum version_rules rules, const char *expected)
{
	_cleanup_free_ char *text = strdup(row->entries);
	struct version_entry entries[MAX_ENTRIES];
	size_t n = split(text, entries);
	const struct version_pattern pattern = {.name = "n",
						.suffix = row->suffix,
						.architecture = architecture,
						.rules = rules};
	struct version_choice choice = version_choose(entries, n, &pattern);

	if (!expected) {
		assert_int_equal(choice.answer, VERSION_NONE);
		assert_null(choice.entry);
		return;
	}
	assert_int_equal(choice.answer,
			 *expected == '!' ? VERSION_FAILED : VERSION_FOUND);
	assert_string_equal(choice.entry->name, expected + (*expected == '!'));
}

/* Each as systemd-vpick of 257 and 262 on x86-64 chooses. */
static void test_choices(void **state)
{
	static const struct row rows[] = {
		{".raw", "", NULL, NULL},
		{".raw", "n.raw n1.raw m_1.raw N_1.raw n_1.RAW n_1", NULL, NULL},
		{".raw", "n_.raw n__1.raw n_1_.raw", "n_1_.raw", "n_1_.raw"},
		{".raw", "n_9.raw n_10.raw", "n_10.raw", "n_10.raw"},
		{".raw", "n_1.raw n_1_x86-64.raw n_1_x86.raw", "n_1_x86-64.raw",
		 "n_1_x86-64.raw"},
		{".raw", "n_1.raw n_1_x86.raw", "n_1_x86.raw", "n_1_x86.raw"},
		{".raw", "n_1.raw n_2_arm64.raw", "n_1.raw", "n_1.raw"},
		{".raw", "n_1.raw n_2_amd64.raw", "n_2_amd64.raw", "n_2_amd64.raw"},
		{".raw", "n_x86-64.raw", "n_x86-64.raw", "n_x86-64.raw"},
		{".raw", "n_1+1.raw n_2+0.raw", "n_1+1.raw", "n_1+1.raw"},
		{".raw", "n_1.raw n_1+3.raw", "n_1.raw", "n_1.raw"},
		{".raw", "n_1+2-1.raw n_1+2-0.raw", "n_1+2-0.raw", "n_1+2-0.raw"},
		{".raw", "n_1+010.raw n_1+9.raw", "n_1+9.raw", "n_1+9.raw"},
		{".raw", "n_1+x.raw n_0.raw", "n_1+x.raw", "n_0.raw"},
		{".raw", "n_1+99999999999.raw n_0.raw", "n_1+99999999999.raw", "n_0.raw"},
		{".raw", "n_1~rc.raw n_0.raw", "n_0.raw", "n_1~rc.raw"},
		{".raw", "n_1,1.raw n_0.raw", "n_1,1.raw", "n_0.raw"},
		{".raw", "n_1_2_x86.raw n_0.raw", "n_1_2_x86.raw", "n_0.raw"},
		{".raw", "n_2.sysext.raw n_1.raw", "n_2.sysext.raw", "n_2.sysext.raw"},
		{".sysext.raw", "n_1.sysext.raw n_2.raw", "n_1.sysext.raw",
		 "n_1.sysext.raw"},
		{".raw", "n_1.raw n_2.raw/", "!n_2.raw", "n_1.raw"},
		{".raw", "n_1.raw n_2.raw|", "!n_2.raw", "n_1.raw"},
		{".raw", "n_2.raw n_1.raw/", "n_2.raw", "n_2.raw"},
		{".raw", "n_2.raw n_1.raw@", "n_2.raw", "!n_1.raw"},
		{".raw", "n_1.raw/", "!n_1.raw", NULL},
		{"", "n_1/ n_2/", "n_2", "n_2"},
		{".sysext", "n_1.sysext/ n_2/", "n_1.sysext", "n_1.sysext"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_choice(&rows[i], "x86-64", VERSION_RULES_257, rows[i].old);
		assert_choice(&rows[i], "x86-64", VERSION_RULES_262, rows[i].new);
	}
}

static void test_architecture(void **state)
{
	static const struct row row = {".raw", "n_1_arm64.raw n_2_arm.raw n_3_s390.raw",
				       NULL, NULL};
	struct version_entry entry = {"n_1_arm64.raw", VERSION_FILE};
	struct version_pattern pattern = {
		.name = "n", .suffix = ".raw", .rules = VERSION_RULES_262};
	struct version_choice choice = version_choose(&entry, 1, &pattern);

	assert_choice(&row, "arm64", VERSION_RULES_257, "n_2_arm.raw");
	assert_choice(&row, "s390x", VERSION_RULES_262, "n_3_s390.raw");
	assert_choice(&row, "riscv64", VERSION_RULES_262, NULL);
	assert_int_equal(choice.answer, VERSION_NONE);
	assert_true(choice.needs_architecture);
	entry.name = "n_1_amd64.raw";
	choice = version_choose(&entry, 1, &pattern);
	assert_int_equal(choice.answer, VERSION_FOUND);
	assert_false(choice.needs_architecture);
}

/* A name that is longer than a file name can be is none. */
static void test_long_names(void **state)
{
	char name[400];
	struct version_entry entry = {name, VERSION_FILE};
	const struct version_pattern pattern = {.name = "n", .suffix = ""};

	for (size_t size = 0; size < sizeof(name) - 1; size++) {
		memset(name, '1', size);
		name[size] = 0;
		memcpy(name, "n_", MIN(size, 2));
		assert_int_equal(version_choose(&entry, 1, &pattern).answer,
				 size > 2 && size < 256 ? VERSION_FAILED : VERSION_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_architecture),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
