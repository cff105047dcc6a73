/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/cli/term.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "formats/core/strbuf.h"

bool term_has_color(FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(out)) && !(no_color && *no_color) &&
	       !(term && strcmp(term, "dumb") == 0);
}

unsigned term_columns(FILE *out)
{
	struct winsize size;

	if (isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0)
		return size.ws_col;
	return 80;
}

void term_print_error(const char *program, const char *message)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	strbuf_add_escaped(&text, message);
	fprintf(stderr, "%s: %s\n", program, strbuf_text(&text));
}

bool term_finish_output(const char *program)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	fprintf(stderr, "%s: cannot write the output: %s\n", program, strerror(errno));
	return false;
}
