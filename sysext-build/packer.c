/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-build/packer.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "formats/core/path.h"
#include "sysext-build/interrupt.h"

#define WORDS_SIZE                                                           \
	2048 /* bytes of its standard error that are looked at, from the end \
	      */

struct packer {
	const char *name;
	pid_t pid;   /* 0: not running */
	int input;   /* its standard input */
	int words;   /* what it says on its standard error */
	int failure; /* gets errno if it cannot be run */
};

struct child {
	const char *const *arguments;
	char **environment;
	int input, words, failure, inherited_fd;
	pid_t parent;
	const sigset_t *mask;
};

extern char **environ;

/* mksquashfs refuses -all-time beside SOURCE_DATE_EPOCH, which says the same. */
static char **make_environment(void)
{
	size_t n = 0, kept = 0;
	char **copy;

	while (environ && environ[n])
		n++;
	copy = calloc(n + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < n; i++)
		if (!string_starts_with(environ[i], "SOURCE_DATE_EPOCH="))
			copy[kept++] = environ[i];
	return copy;
}

/* Only what may be called between fork() and exec(). */
static void __attribute__((noreturn)) run_child(const struct child *child)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), code;

	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGHUP, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, child->mask, NULL);
	(void)setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != child->parent)
		_exit(127);
	if (dup2(child->input, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
	    dup2(child->words, STDERR_FILENO) >= 0 &&
	    fcntl(child->inherited_fd, F_SETFD, 0) >= 0)
		(void)execvpe(child->arguments[0], (char *const *)child->arguments,
			      child->environment);
	code = errno;
	(void)!write(child->failure, &code, sizeof(code));
	_exit(127);
}

static int open_channels(struct packer *packer, int *ret_input, int *ret_failure,
			 struct error *error)
{
	int input[2], failure[2];

	if (pipe2(input, O_CLOEXEC) < 0)
		return error_set(error, -errno, "cannot make a pipe: %s",
				 strerror(errno));
	packer->input = input[1];
	*ret_input = input[0];
	if (pipe2(failure, O_CLOEXEC) < 0)
		return error_set(error, -errno, "cannot make a pipe: %s",
				 strerror(errno));
	packer->failure = failure[0];
	*ret_failure = failure[1];
	packer->words = memfd_create("packer-words", MFD_CLOEXEC);
	if (packer->words < 0)
		return error_set(error, -errno, "cannot make a file in memory: %s",
				 strerror(errno));
	return 0;
}

/* No signal may come between the child's birth and the moment when interrupt.h knows it.
 */
static int fork_child(struct packer *packer, struct child *child, struct error *error)
{
	sigset_t all, before;
	pid_t pid;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	child->mask = &before;
	child->parent = getpid();
	pid = fork();
	if (pid == 0)
		run_child(child);
	if (pid > 0) {
		packer->pid = pid;
		interrupt_kills(pid);
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return error_set(error, -errno, "cannot run '%s': %s", packer->name,
				 strerror(errno));
	return 0;
}

static int wait_for_exec(struct packer *packer, struct error *error)
{
	int code;
	ssize_t n;

	do {
		n = read(packer->failure, &code, sizeof(code));
	} while (n < 0 && errno == EINTR);
	if (n != sizeof(code))
		return 0;
	return error_set(error, -code, "cannot run '%s': %s%s", packer->name,
			 strerror(code),
			 code == ENOENT ? "; it is part of squashfs-tools" : "");
}

int packer_start(const char *const *arguments, int inherited_fd, struct packer **ret,
		 struct error *error)
{
	_cleanup_(packer_freep) struct packer *packer = calloc(1, sizeof(*packer));
	_cleanup_free_ char **environment = make_environment();
	_cleanup_close_ int input = -1, failure = -1;
	struct child child = {.arguments = arguments,
			      .environment = environment,
			      .inherited_fd = inherited_fd};
	int r;

	if (!packer || !environment)
		return error_memory(error);
	packer->name = arguments[0];
	packer->input = packer->words = packer->failure = -1;
	r = open_channels(packer, &input, &failure, error);
	if (r < 0)
		return r;
	child.input = input;
	child.failure = failure;
	child.words = packer->words;
	r = fork_child(packer, &child, error);
	if (r < 0)
		return r;
	cleanup_closep(&failure);
	failure = -1;
	r = wait_for_exec(packer, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(packer);
	return 0;
}

int packer_input(const struct packer *packer)
{
	return packer->input;
}

static int reap(struct packer *packer)
{
	int status = 0;

	while (waitpid(packer->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	interrupt_kills(0);
	packer->pid = 0;
	return status;
}

/* The last two lines: "Write failed because ..." stands before "FATAL ERROR: ...". */
static void read_last_words(const struct packer *packer, char words[WORDS_SIZE])
{
	off_t size = lseek(packer->words, 0, SEEK_END);
	off_t from = size > WORDS_SIZE - 1 ? size - (WORDS_SIZE - 1) : 0;
	ssize_t n = pread(packer->words, words, WORDS_SIZE - 1, from);
	unsigned lines = 0;
	char *start;

	words[n > 0 ? n : 0] = 0;
	while (n > 0 && strchr("\n ", words[n - 1]))
		words[--n] = 0;
	for (start = words + MAX(n, 0); start > words; start--)
		if (start[-1] == '\n' && ++lines == 2)
			break;
	memmove(words, start, strlen(start) + 1);
	for (char *c = words; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = *c == '\n' ? ';' : '?';
}

int packer_finish(struct packer *packer, struct error *error)
{
	char words[WORDS_SIZE];
	int status;

	cleanup_closep(&packer->input);
	packer->input = -1;
	status = reap(packer);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return error_set(error, -EIO, "%s was killed by signal %d (%s)",
				 packer->name, WTERMSIG(status),
				 strsignal(WTERMSIG(status)));
	read_last_words(packer, words);
	return error_set(error, strstr(words, strerror(ENOSPC)) ? -ENOSPC : -EIO,
			 "%s failed with exit status %d: %s", packer->name,
			 WEXITSTATUS(status), *words ? words : "it gave no reason");
}

void packer_free(struct packer *packer)
{
	if (!packer)
		return;
	if (packer->pid > 0) {
		(void)kill(packer->pid, SIGKILL);
		(void)reap(packer);
	}
	cleanup_closep(&packer->input);
	cleanup_closep(&packer->words);
	cleanup_closep(&packer->failure);
	free(packer);
}
