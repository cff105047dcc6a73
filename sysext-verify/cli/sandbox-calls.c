/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sysext-verify/cli/sandbox.h"

/* What opens more than a file that is there, to be read. O_TMPFILE has O_DIRECTORY in it.
 */
#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))

/* The kernel's clone() of s390 has its arguments in another order. */
#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* TCGETS2, by which glibc since 2.42 asks; its struct clashes with that of termios.h. */
#define TERMINAL_GET2 0x802c542a

/* Reading, reporting, memory, threads, clocks, and the end. */
/* clang-format off */
static const char *const calls[] = {
	"read", "pread64", "readv", "preadv", "lseek", "_llseek", "close", "fadvise64",
	"fadvise64_64", "write", "writev", "pwrite64", "dup", "dup2", "dup3", "poll",
	"ppoll", "ppoll_time64", "openat2", "fstat", "fstat64", "stat", "stat64",
	"lstat", "lstat64", "newfstatat", "fstatat64", "statx", "statfs", "statfs64",
	"fstatfs", "fstatfs64", "access", "faccessat", "faccessat2", "readlink",
	"readlinkat", "getdents", "getdents64", "getcwd", "getxattr", "lgetxattr",
	"fgetxattr", "listxattr", "llistxattr", "flistxattr", "brk", "munmap", "mremap",
	"madvise", "futex", "futex_time64", "set_robust_list", "get_robust_list", "rseq",
	"set_tid_address", "sched_yield", "sched_getaffinity", "membarrier",
	"restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
	"sigaltstack", "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid",
	"getppid", "uname", "sysinfo", "getrlimit", "ugetrlimit", "getrusage",
	"getrandom", "clock_gettime", "clock_gettime64", "clock_getres",
	"clock_getres_time64", "clock_nanosleep", "clock_nanosleep_time64", "nanosleep",
	"gettimeofday", "time", "times", "getcpu", "exit", "exit_group",
};

static const char *const opening_calls[] = {"open", "openat"};

/* Only in the directories that the first fence leaves open. */
static const char *const writing_calls[] = {
	"creat", "link", "linkat", "unlink", "unlinkat", "rename", "renameat",
	"renameat2", "fsync", "fdatasync", "ftruncate", "ftruncate64", "fallocate",
	"fchmod", "umask",
};

/*
 * Told apart from what the filter does not know, so that the words are the right ones.
 * clone3() is not here: its flags are out of reach of a filter, and with ENOSYS glibc
 * takes clone().
 */
static const char *const refused[] = {
	"socket", "socketpair", "connect", "bind", "listen", "accept", "accept4",
	"sendto", "sendmsg", "sendmmsg", "execve", "execveat", "fork", "vfork", "ptrace",
	"process_vm_readv", "process_vm_writev", "mount", "umount2", "pivot_root",
	"chroot", "move_mount", "open_tree", "fsopen", "mount_setattr", "bpf",
	"perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
	"io_uring_register", "init_module", "finit_module", "delete_module",
	"kexec_load", "kexec_file_load", "unshare", "setns", "memfd_create",
	"memfd_secret", "keyctl", "add_key", "request_key", "open_by_handle_at",
	"setuid", "setgid", "setresuid", "setresgid", "setgroups", "capset", "mknod",
	"mknodat", "mkdir", "mkdirat", "rmdir", "symlink", "symlinkat", "truncate",
	"truncate64", "chmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown",
	"fchownat", "utimensat", "setxattr", "lsetxattr", "fsetxattr", "removexattr",
	"lremovexattr", "fremovexattr", "pidfd_open", "pidfd_getfd", "pidfd_send_signal",
	"reboot", "swapon", "sethostname", "settimeofday", "clock_settime",
	"personality", "quotactl", "acct", "syslog", "inotify_init", "inotify_init1",
	"fanotify_init", "setrlimit", "shmget", "msgget", "semget",
};

/* clang-format on */

/* Calls that this architecture does not have are left out. */
static int add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned n,
	       const struct scmp_arg_cmp *arguments)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number == __NR_SCMP_ERROR || number < 0)
		return 0;
	return seccomp_rule_add_array(filter, action, number, n, arguments);
}

static int add_list(scmp_filter_ctx filter, uint32_t action, const char *const *names,
		    size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = add(filter, action, names[i], 0, NULL);
	return r;
}

/* For @name where the bits @mask of its argument are @value. */
static int add_masked(scmp_filter_ctx filter, uint32_t action, const char *name,
		      unsigned argument, uint64_t mask, uint64_t value)
{
	const struct scmp_arg_cmp same =
		SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, value);

	return add(filter, action, name, 1, &same);
}

/* With one bit of the argument the call is refused, without it let through, or both
 * turned. */
static int add_bit(scmp_filter_ctx filter, const char *name, unsigned argument,
		   uint64_t bit, bool good)
{
	int r;

	r = add_masked(filter, SCMP_ACT_ALLOW, name, argument, bit, good ? bit : 0);
	return r < 0 ? r
		     : add_masked(filter, SCMP_ACT_ERRNO(EPERM), name, argument, bit,
				  good ? 0 : bit);
}

static int add_values(scmp_filter_ctx filter, const char *name, unsigned argument,
		      const unsigned *values, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_masked(filter, SCMP_ACT_ALLOW, name, argument, UINT32_MAX,
			       values[i]);
	return r;
}

/* Signals to this process alone: abort() sends one. */
static int add_signals(scmp_filter_ctx filter)
{
	const unsigned self = (unsigned)getpid();
	int r;

	r = add_values(filter, "kill", 0, &self, 1);
	return r < 0 ? r : add_values(filter, "tgkill", 0, &self, 1);
}

static int add_bounded(scmp_filter_ctx filter)
{
	static const unsigned requests[] = {TCGETS, TERMINAL_GET2, TIOCGWINSZ,
					    BLKGETSIZE64, BLKSSZGET};
	static const unsigned commands[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD,
					    F_GETFL};
	int r;

	r = add_values(filter, "ioctl", 1, requests, ARRAY_SIZE(requests));
	if (r == 0)
		r = add_values(filter, "fcntl", 1, commands, ARRAY_SIZE(commands));
	if (r == 0)
		r = add_values(filter, "fcntl64", 1, commands, ARRAY_SIZE(commands));
	if (r == 0)
		r = add_bit(filter, "clone", CLONE_FLAGS, CLONE_THREAD, true);
	/* Nothing that was written can be run. */
	if (r == 0)
		r = add_bit(filter, "mmap", 2, PROT_EXEC, false);
	if (r == 0)
		r = add_bit(filter, "mmap2", 2, PROT_EXEC, false);
	if (r == 0)
		r = add_bit(filter, "mprotect", 2, PROT_EXEC, false);
	/* To be asked, not to be set. */
	if (r == 0)
		r = add_masked(filter, SCMP_ACT_ALLOW, "prlimit64", 2, UINT64_MAX, 0);
	return r < 0 ? r : add_signals(filter);
}

static int add_open(scmp_filter_ctx filter, const char *name, unsigned argument)
{
	static const uint64_t bits[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC,
					O_TMPFILE & ~O_DIRECTORY};
	int r;

	r = add_masked(filter, SCMP_ACT_ALLOW, name, argument, WRITING, O_RDONLY);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(bits); i++)
		r = add_masked(filter, SCMP_ACT_ERRNO(EPERM), name, argument, bits[i],
			       bits[i]);
	return r;
}

static int add_files(scmp_filter_ctx filter, bool may_write)
{
	int r;

	if (may_write)
		r = add_list(filter, SCMP_ACT_ALLOW, writing_calls,
			     ARRAY_SIZE(writing_calls));
	else
		r = add_list(filter, SCMP_ACT_ERRNO(EPERM), writing_calls,
			     ARRAY_SIZE(writing_calls));
	if (r == 0 && may_write)
		r = add_list(filter, SCMP_ACT_ALLOW, opening_calls,
			     ARRAY_SIZE(opening_calls));
	if (r == 0 && !may_write)
		r = add_open(filter, "open", 1);
	if (r == 0 && !may_write)
		r = add_open(filter, "openat", 2);
	return r;
}

#ifdef SANDBOX_WITH_SANITIZER
/* LeakSanitizer stops all threads from a process of its own, which traces them. */
static int add_leak_search(scmp_filter_ctx filter)
{
	static const char *const names[] = {
		"clone",  "ptrace",           "wait4", "prctl", "kill",
		"tgkill", "process_vm_readv", "pipe2",
	};

	return add_list(filter, SCMP_ACT_ALLOW, names, ARRAY_SIZE(names));
}
#endif

static int fill(scmp_filter_ctx filter, bool may_write)
{
	int r;

	r = add_list(filter, SCMP_ACT_ALLOW, calls, ARRAY_SIZE(calls));
	if (r == 0)
		r = add_bounded(filter);
	if (r == 0)
		r = add_files(filter, may_write);
#ifdef SANDBOX_WITH_SANITIZER
	if (r == 0)
		r = add_leak_search(filter);
#endif
	return r < 0 ? r
		     : add_list(filter, SCMP_ACT_ERRNO(EPERM), refused,
				ARRAY_SIZE(refused));
}

static void release(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

int sandbox_filter_calls(bool may_write, struct error *error)
{
	_cleanup_(release) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int r;

	if (!filter)
		return error_memory(error);
	/* Set already, or withheld with prctl(); seccomp() says whether it was needed. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	r = fill(filter, may_write);
	if (r < 0)
		return error_set(error, r, "cannot make the seccomp filter: %s",
				 strerror(-r));
	/* It mixes its own words with the kernel's; errno has the kernel's alone. */
	errno = 0;
	r = seccomp_load(filter);
	if (r == -ENOMEM)
		return error_memory(error);
	return r < 0 ? error_set(error, -EOPNOTSUPP, "no seccomp (%s)",
				 strerror(errno ? errno : -r))
		     : 0;
}
