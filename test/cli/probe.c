/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Loaded into sysext-verify with LD_PRELOAD. When the program ends it tries what somebody
 * who has taken the program over would try, and says on standard error what came of it.
 * Before the program begins it can build the fence of a container that withholds what
 * fences are made of.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define REFUSE(number)                                       \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define NO_CALL 0xffff

static void withhold(const char *what)
{
	bool landlock = strcmp(what, "seccomp") != 0;
	bool seccomp = strcmp(what, "landlock") != 0;
	/* libseccomp takes prctl() where seccomp() fails. */
	struct sock_filter code[] = {
		LOAD(nr),
		REFUSE(landlock ? SYS_landlock_create_ruleset : NO_CALL),
		REFUSE(seccomp ? SYS_seccomp : NO_CALL),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp ? SYS_prctl : NO_CALL, 0, 3),
		LOAD(args[0]),
		REFUSE(PR_SET_SECCOMP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = sizeof(code) / sizeof(code[0]),
				    .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) {
		perror("probe: cannot withhold");
		_exit(99);
	}
}

__attribute__((constructor)) static void begin(void)
{
	const char *what = getenv("PROBE_WITHHOLD");

	/* In the program, not in the tools that start it. */
	if (what && strcmp(program_invocation_short_name, "sysext-verify") == 0)
		withhold(what);
}

static void tell(const char *what, long result)
{
	fprintf(stderr, "probe: %s: %s\n", what, result < 0 ? strerror(errno) : "done");
}

static long map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED
		       ? -1
		       : 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *other = getenv("PROBE_FILE"), *new_file = getenv("PROBE_NEW");
	char *const nothing[] = {NULL};

	if (!other || !new_file ||
	    strcmp(program_invocation_short_name, "sysext-verify") != 0)
		return;
	tell("read", open(other, O_RDONLY));
	tell("append", open(other, O_WRONLY | O_APPEND));
	tell("create", open(new_file, O_WRONLY | O_CREAT, 0600));
	tell("mkdir", mkdir(new_file, 0700));
	tell("socket", socket(AF_INET, SOCK_STREAM, 0));
	tell("code", map_code());
	tell("remove", unlink(other));
	tell("execute", execve("/bin/true", nothing, nothing));
}
