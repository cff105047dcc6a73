/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/package.h"

#include "formats/core/strbuf.h"
#include "test/lib/run.h"
#include "test/lib/test.h"

#define RECORD(name)     \
	"Package: " name \
	"\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n"

static const char status[] =
	"Package: libwrap0\nStatus: install ok installed\n"
	"Architecture: amd64\nMulti-Arch: same\nVersion: 1.2-3\n"
	"Description: a library\n With a line that has no colon\n"
	"\tand another one\nConffiles:\n /etc/hosts.allow 0123456789abcdef\n\n"
	"Package: openssh-client\nStatus: install ok installed\n"
	"Architecture: amd64\nMulti-Arch: foreign\nVersion: 1.2-3\n\n\n"
	"Package: openssh-server\nStatus: install ok installed\n"
	"Architecture: amd64\nVersion: 1.2-3\n\n"
	"Package: openssh-sftp\nStatus: deinstall ok config-files\n"
	"Architecture: amd64\nVersion: 1.2-3\n\n"
	"Package: openssh-broken\nStatus: install reinstreq half-installed\n"
	"Architecture: amd64\nVersion: 1.2-3\n\n"
	"Package: openssh-gone\nStatus: unknown ok not-installed\n"
	"Architecture: amd64\nVersion: 1.2-3\n\n"
	"Package: libtwo\nStatus: install ok installed\n"
	"Architecture: i386\nMulti-Arch: same\nVersion: 1.2-3\n\n"
	"Package: libtwo\nStatus: install ok installed\n"
	"Architecture: amd64\nMulti-Arch: same\nVersion: 1.2-3\n\n"
	"Package: nolist\nStatus: install ok installed\n"
	"Architecture: amd64\nVersion: 1.2-3\n";

static const struct {
	const char *name, *text;
} lists[] = {
	{"libwrap0:amd64", "/.\n/usr\n/usr/lib\n/usr/lib/libwrap.so.0.7.6\n"
			   "/usr/lib/libwrap.so.0\n"},
	{"openssh-client", "/.\n/usr\n/usr/bin\n/usr/bin/ssh-add\n/usr/bin/ssh\n"},
	{"openssh-server", "/.\n/etc\n/etc/ssh\n/opt\n/opt/bin/tool\n/opt/usr/bin/deep\n"
			   "/bin/old\n/sbin/last"},
	{"libtwo:i386", "/usr/lib/i386/two\n"},
	{"libtwo:amd64", "/usr/lib/amd64/two\n"},
};

struct donor {
	char *path;
	struct directory *directory;
	struct arena *arena;
};

static void open_donor(struct donor *donor)
{
	struct error error = ERROR_INIT;

	test_ok(directory_open(donor->path, &donor->directory, &error), &error);
}

static void write_status(struct donor *donor, const char *text)
{
	free(test_directory_write(donor->path, "var/lib/dpkg/status", text,
				  strlen(text)));
}

static int set_up(void **state)
{
	struct donor *donor = calloc(1, sizeof(*donor));

	donor->path = test_directory_new();
	donor->arena = arena_new();
	write_status(donor, status);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const char *path = arena_printf(donor->arena, "var/lib/dpkg/info/%s.list",
						lists[i].name);

		free(test_directory_write(donor->path, path, lists[i].text,
					  strlen(lists[i].text)));
	}
	free(test_directory_write(donor->path, "var/lib/dpkg/info/format", "1\n", 2));
	open_donor(donor);
	*state = donor;
	return 0;
}

static int tear_down(void **state)
{
	struct donor *donor = *state;

	directory_free(donor->directory);
	arena_free(donor->arena);
	test_directory_free(donor->path);
	free(donor);
	return 0;
}

/* "name version architecture", and then the paths, a line each. */
static void check_package(void **state, const char *name, const char *expected)
{
	struct donor *donor = *state;
	_cleanup_strbuf_ struct strbuf text = {0};
	struct package *package = NULL;
	struct error error = ERROR_INIT;

	test_ok(package_read(donor->arena, donor->directory, name, &package, &error),
		&error);
	strbuf_addf(&text, "%s %s %s\n", package->name, package->version,
		    package->architecture);
	for (size_t i = 0; i < package->n_paths; i++)
		strbuf_addf(&text, "%s\n", package->paths[i]);
	assert_string_equal(strbuf_text(&text), expected);
}

static void check_error(void **state, const char *name, int code, const char *words)
{
	struct donor *donor = *state;
	struct package *package = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(
		package_read(donor->arena, donor->directory, name, &package, &error),
		code);
	assert_string_equal(error.message, words);
	assert_int_equal(error.code, code);
	assert_null(package);
}

static void test_installed(void **state)
{
	check_package(state, "openssh-client",
		      "openssh-client 1.2-3 amd64\n"
		      "usr\nusr/bin\nusr/bin/ssh\nusr/bin/ssh-add\n");
	check_package(state, "openssh-client:amd64",
		      "openssh-client 1.2-3 amd64\n"
		      "usr\nusr/bin\nusr/bin/ssh\nusr/bin/ssh-add\n");
}

/* A list without a newline at its end loses nothing. */
static void test_last_line(void **state)
{
	check_package(state, "openssh-server",
		      "openssh-server 1.2-3 amd64\n"
		      "bin/old\netc\netc/ssh\nopt\nopt/bin/tool\nopt/usr/bin/deep\n"
		      "sbin/last\n");
}

static void test_multi_arch(void **state)
{
	check_package(state, "libwrap0",
		      "libwrap0 1.2-3 amd64\nusr\nusr/lib\nusr/lib/libwrap.so.0\n"
		      "usr/lib/libwrap.so.0.7.6\n");
	check_package(state, "libtwo:amd64", "libtwo 1.2-3 amd64\nusr/lib/amd64/two\n");
	check_package(state, "libtwo:i386", "libtwo 1.2-3 i386\nusr/lib/i386/two\n");
	check_error(state, "libwrap0:i386", -ENODATA,
		    "package 'libwrap0:i386' is not installed; installed are: "
		    "'libwrap0'");
}

static void test_nearest_names(void **state)
{
	check_error(state, "openssh", -ENODATA,
		    "package 'openssh' is not installed; installed are: "
		    "'openssh-client', 'openssh-server'");
	check_error(state, "openssh-server-pam", -ENODATA,
		    "package 'openssh-server-pam' is not installed; installed are: "
		    "'openssh-server'");
	check_error(state, "nginx", -ENODATA, "package 'nginx' is not installed");
	/* Too short to be compared. */
	check_error(state, "ssh", -ENODATA, "package 'ssh' is not installed");
	check_error(state, "", -ENODATA, "package '' is not installed");
}

static void test_other_states(void **state)
{
	check_error(state, "openssh-sftp", -ENODATA,
		    "package 'openssh-sftp' is not installed");
	check_error(state, "openssh-broken", -ENODATA,
		    "package 'openssh-broken' is not installed");
	check_error(state, "openssh-gone", -ENODATA,
		    "package 'openssh-gone' is not installed");
}

static void test_at_most_three_names(void **state)
{
	write_status(*state, RECORD("name1") "\n" RECORD("name2") "\n" RECORD(
				     "name3") "\n" RECORD("name4"));
	check_error(state, "name", -ENODATA,
		    "package 'name' is not installed; installed are: 'name1', 'name2', "
		    "'name3'");
}

static void test_broken_status(void **state)
{
	write_status(*state, RECORD("a") "\nPackage: b\nno colon\n");
	check_error(state, "b", -EBADMSG,
		    "'var/lib/dpkg/status': line 7: expected 'Field: value'");
	write_status(*state, RECORD("a") "\n\n\nStatus: x\nVersion: 1\n");
	check_error(state, "b", -EBADMSG,
		    "'var/lib/dpkg/status': line 8: record without 'Package:'");
	write_status(*state, "");
	check_error(state, "b", -ENODATA, "package 'b' is not installed");
}

/* The record is good, but dpkg's list of files is gone: that is no package to be had. */
static void test_missing_list(void **state)
{
	check_error(state, "nolist", -ENODATA,
		    "'var/lib/dpkg/info/nolist.list' does not exist");
}

static void test_no_database(void **state)
{
	struct donor empty = {.path = test_directory_new(), .arena = arena_new()};
	struct donor *donor = &empty;
	void *other = &empty;
	const char *owner = "x";

	open_donor(donor);
	check_error(&other, "x", -ENODATA,
		    "cannot look for package 'x': there is no dpkg database "
		    "('var/lib/dpkg/status')");
	test_ok(package_owner(donor->arena, donor->directory, "usr/x", &owner, NULL),
		NULL);
	assert_null(owner);
	free(test_directory_write(donor->path, "var/lib/dpkg/status/x", "", 0));
	check_error(&other, "x", -EBADMSG,
		    "'var/lib/dpkg/status' is a directory, expected a file");
	directory_free(donor->directory);
	arena_free(donor->arena);
	test_directory_free(donor->path);
}

static void check_owner(void **state, const char *path, const char *expected)
{
	struct donor *donor = *state;
	const char *owner = "x";
	struct error error = ERROR_INIT;

	test_ok(package_owner(donor->arena, donor->directory, path, &owner, &error),
		&error);
	if (!expected)
		assert_null(owner);
	else if (!owner)
		fail_msg("'%s' has no owner, expected %s", path, expected);
	else
		assert_string_equal(owner, expected);
}

static void test_owner(void **state)
{
	check_owner(state, "usr/bin/ssh", "openssh-client");
	check_owner(state, "usr/lib/libwrap.so.0", "libwrap0");
	check_owner(state, "usr/lib/i386/two", "libtwo");
	check_owner(state, "opt/bin/tool", "openssh-server");
}

/* Lists of a merged /usr may have a path with or without it. */
static void test_owner_with_and_without_usr(void **state)
{
	check_owner(state, "usr/bin/old", "openssh-server");
	check_owner(state, "bin/old", "openssh-server");
	check_owner(state, "bin/ssh", "openssh-client");
	check_owner(state, "usr/sbin/last", "openssh-server");
}

static void test_owner_of_parts_of_paths(void **state)
{
	check_owner(state, "usr/bin/ss", NULL);
	check_owner(state, "usr/bin/ssh-ad", NULL);
	check_owner(state, "bin/tool", NULL);
	check_owner(state, "usr/bin/deep", NULL);
	check_owner(state, "in/ssh", NULL);
	check_owner(state, "usr/bin/ssh/x", NULL);
	check_owner(state, "nowhere", NULL);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_installed),
		CASE(test_last_line),
		CASE(test_multi_arch),
		CASE(test_nearest_names),
		CASE(test_other_states),
		CASE(test_at_most_three_names),
		CASE(test_broken_status),
		CASE(test_missing_list),
		CASE(test_no_database),
		CASE(test_owner),
		CASE(test_owner_with_and_without_usr),
		CASE(test_owner_of_parts_of_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
