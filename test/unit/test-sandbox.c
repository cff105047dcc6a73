/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "formats/core/sink.h"
#include "formats/core/source.h"
#include "sysext-verify/cli/sandbox.h"
#include "test/lib/run.h"
#include "test/lib/test.h"

/*
 * Nobody leaves the fence, so each attempt is made by a child, which ends with the errno.
 */

struct site {
	char *directory;
	char *named, *other; /* files of one byte: may and may not be read */
	char *image, *side_car, *stranger;
};

static int set_up(void **state)
{
	struct site *site = calloc(1, sizeof(*site));

	assert_non_null(site);
	site->directory = test_directory_new();
	site->named = test_directory_write(site->directory, "in/named", "n", 1);
	site->other = test_directory_write(site->directory, "out/other", "o", 1);
	site->image = test_directory_write(site->directory, "ext/b.raw", "b", 1);
	site->side_car = test_directory_write(site->directory, "ext/b.verity", "v", 1);
	site->stranger = test_directory_write(site->directory, "ext/bc.raw", "c", 1);
	*state = site;
	return 0;
}

static int tear_down(void **state)
{
	struct site *site = *state;

	free(site->named);
	free(site->other);
	free(site->image);
	free(site->side_car);
	free(site->stranger);
	test_directory_free(site->directory);
	free(site);
	return 0;
}

static int enter(const struct site *site, const char *writable, struct sandbox *ret)
{
	const char *readable[] = {site->named, "/nowhere/at/all"};
	const struct sandbox_paths paths = {
		.readable = readable,
		.n_readable = 2,
		.readable_with_side_cars = (const char *const *)&site->image,
		.n_readable_with_side_cars = 1,
		.writable_directories = &writable,
		.n_writable_directories = writable ? 1 : 0,
	};

	return sandbox_enter(&paths, ret, NULL);
}

/* 0, or the errno of the attempt. */
static int attempt(const struct site *site, bool may_write,
		   long (*function)(const struct site *))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct sandbox sandbox;
		long r;

		if (enter(site, may_write ? site->directory : NULL, &sandbox) < 0)
			_exit(250);
		/* A kernel without the fences is no place for this test. */
		if (strcmp(sandbox.state, "full") != 0)
			_exit(251);
		r = function(site);
		_exit(r < 0 ? errno : 0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 251)
		skip();
	return WEXITSTATUS(status);
}

static long read_named(const struct site *site)
{
	char byte;
	int fd = open(site->named, O_RDONLY);

	return fd < 0 ? -1 : read(fd, &byte, 1) - 1;
}

static long read_other(const struct site *site)
{
	return open(site->other, O_RDONLY);
}

static long read_side_car(const struct site *site)
{
	int image = open(site->image, O_RDONLY);

	return image < 0 ? -1 : open(site->side_car, O_RDONLY);
}

static long read_stranger(const struct site *site)
{
	return open(site->stranger, O_RDONLY);
}

static long list_directory(const struct site *site)
{
	return open(site->directory, O_RDONLY | O_DIRECTORY);
}

static long write_named(const struct site *site)
{
	return open(site->named, O_WRONLY);
}

static long truncate_named(const struct site *site)
{
	return truncate(site->named, 0);
}

static long create(const struct site *site)
{
	return open("/tmp/sysext-toolkit-fence", O_WRONLY | O_CREAT | O_EXCL, 0600);
}

static long create_unnamed(const struct site *site)
{
	return open(site->directory, O_TMPFILE | O_RDWR, 0600);
}

static long make_directory(const struct site *site)
{
	return mkdir("/tmp/sysext-toolkit-fence", 0700);
}

static long remove_named(const struct site *site)
{
	return unlink(site->named);
}

static long connect_network(const struct site *site)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long connect_local(const struct site *site)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long execute(const struct site *site)
{
	char *const nothing[] = {NULL};

	return execve("/bin/true", nothing, nothing);
}

static long signal_parent(const struct site *site)
{
	return kill(getppid(), 0);
}

static long mount_something(const struct site *site)
{
	return syscall(SYS_mount, "tmpfs", "/mnt", "tmpfs", 0, NULL);
}

static long load_program(const struct site *site)
{
	return syscall(SYS_bpf, 0, NULL, 0);
}

static long queue_requests(const struct site *site)
{
	return syscall(SYS_io_uring_setup, 1, NULL);
}

static long leave_namespace(const struct site *site)
{
	return unshare(CLONE_NEWUSER);
}

static long unknown_call(const struct site *site)
{
	return syscall(10000);
}

static void test_refused(void **state)
{
	static const struct {
		long (*function)(const struct site *);
		int code;
	} attempts[] = {
		{read_other, EACCES},     {read_stranger, EACCES},
		{list_directory, EACCES}, {write_named, EPERM},
		{truncate_named, EPERM},  {create, EPERM},
		{create_unnamed, EPERM},  {make_directory, EPERM},
		{remove_named, EPERM},    {connect_network, EPERM},
		{connect_local, EPERM},   {execute, EPERM},
		{mount_something, EPERM}, {load_program, EPERM},
		{queue_requests, EPERM},  {leave_namespace, EPERM},
		{unknown_call, ENOSYS},
#ifndef SANDBOX_WITH_SANITIZER
		{signal_parent, ENOSYS},
#endif
	};

	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		int code = attempt(*state, false, attempts[i].function);

		if (code != attempts[i].code)
			fail_msg("attempt %zu: %s, expected %s", i, strerror(code),
				 strerror(attempts[i].code));
	}
}

#ifdef SANDBOX_WITH_SANITIZER
/* The search for leaks needs the call; Landlock bounds its aim. */
static void test_signal(void **state)
{
	int code = attempt(*state, false, signal_parent);

	assert_true(code == EPERM || code == 0);
}
#else
static long trace_parent(const struct site *site)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static long fork_child(const struct site *site)
{
	return (long)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static void test_signal(void **state)
{
	assert_int_equal(attempt(*state, false, trace_parent), EPERM);
	assert_int_equal(attempt(*state, false, fork_child), EPERM);
}
#endif

static void *double_it(void *number)
{
	*(int *)number *= 2;
	return NULL;
}

static long work(const struct site *site)
{
	struct timespec now;
	pthread_t thread;
	int number = 21;
	char *memory = malloc(64 << 20);

	if (!memory)
		return -1;
	memset(memory, 1, 64 << 20);
	free(memory);
	errno = pthread_create(&thread, NULL, double_it, &number);
	if (errno != 0 || pthread_join(thread, NULL) != 0 || number != 42)
		return -1;
	if (printf("%s", "") < 0 || fflush(stdout) != 0)
		return -1;
	return syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
}

static void test_let_through(void **state)
{
	assert_int_equal(attempt(*state, false, read_named), 0);
	assert_int_equal(attempt(*state, false, read_side_car), 0);
	assert_int_equal(attempt(*state, false, work), 0);
}

static long write_output(const struct site *site)
{
	struct error error = ERROR_INIT;
	struct sink *sink;
	char path[256];
	int r;

	(void)snprintf(path, sizeof(path), "%s/output", site->directory);
	r = sink_open(path, &sink, &error);
	if (r == 0)
		r = sink_write(sink, 0, "x", 1, &error);
	if (r == 0)
		r = sink_commit(sink, &error);
	errno = -r;
	return r;
}

static long write_beside(const struct site *site)
{
	return open("/tmp/sysext-toolkit-fence", O_WRONLY | O_CREAT | O_EXCL, 0600);
}

static long write_what_is_there(const struct site *site)
{
	return open("/dev/null", O_WRONLY);
}

/* Only Landlock knows directories; the calls themselves are let through here. */
static void test_writable_directory(void **state)
{
	assert_int_equal(attempt(*state, true, write_output), 0);
	assert_int_equal(attempt(*state, true, write_output), 0);
	assert_int_equal(attempt(*state, true, write_beside), EACCES);
	assert_int_equal(attempt(*state, true, write_what_is_there), EACCES);
	assert_int_equal(attempt(*state, true, read_named), 0);
	assert_int_equal(attempt(*state, true, connect_network), EPERM);
	assert_int_equal(attempt(*state, true, execute), EPERM);
}

/* As in a container that withholds what fences are made of. */
static long enter_again(const struct site *site)
{
	struct sandbox sandbox;

	if (enter(site, NULL, &sandbox) < 0)
		return -1;
	errno = strcmp(sandbox.state, "partial: no Landlock (Function not implemented), "
				      "no seccomp (Function not implemented)") == 0
			? EPERM
			: EINVAL;
	return -1;
}

static void test_withheld(void **state)
{
	assert_int_equal(attempt(*state, false, enter_again), EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_let_through, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_writable_directory, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_withheld, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
