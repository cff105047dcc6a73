/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-build/interrupt.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/core/cleanup.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t child;
static const char *volatile file;

void interrupt_kills(pid_t pid)
{
	child = pid;
}

void interrupt_removes(const char *path)
{
	file = path;
}

/* Only what signal-safety(7) allows. */
static void on_signal(int number)
{
	const char *words = number == SIGINT    ? "sysext-build: interrupted by SIGINT\n"
			    : number == SIGTERM ? "sysext-build: interrupted by SIGTERM\n"
						: "sysext-build: interrupted by SIGHUP\n";

	if (child > 0) {
		(void)kill(child, SIGKILL);
		(void)waitpid(child, NULL, 0);
	}
	if (file)
		(void)unlink(file);
	(void)!write(STDERR_FILENO, words, strlen(words));
	_exit(INTERRUPT_STATUS);
}

void interrupt_install(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	(void)sigfillset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		struct sigaction before;

		/* nohup(1) and shells without job control ignore some: that stays. */
		if (sigaction(signals[i], NULL, &before) == 0 &&
		    before.sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &action, NULL);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
}

void interrupt_block(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		(void)sigaddset(&set, signals[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}
