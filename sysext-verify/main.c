/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "formats/core/path.h"
#include "sysext-verify/cli/opts.h"
#include "sysext-verify/cli/sandbox.h"
#include "sysext-verify/cli/term.h"
#include "sysext-verify/verify.h"

#define PROGRAM         "sysext-verify"

/* The exit status of a run that failed; see sysext-verify(1). */
#define EXIT_RUN_FAILED 2

typedef int (*renderer_t)(const struct report *report, const struct report_style *style,
			  FILE *out, struct error *error);

static const struct {
	const char *name;
	renderer_t render;
} formats[] = {
	{"text", report_text},
	{"json", report_json},
	{"sarif", report_sarif},
	{"junit", report_junit},
};

struct settings {
	const char **layers; /* of the base; as many as there are words */
	size_t n_layers;
	const char **certificates; /* as many as there are words */
	size_t n_certificates;
	const char **extensions;
	size_t n_extensions;
	enum location location;
	renderer_t render;
	enum severity fail_on;
	bool strict, no_sandbox, list_checks, help, version;
	const char *explain, *waivers, *baseline;
};

static const struct option_row rows[] = {
	{"base", 0, "PATH",
	 "the initrd, a UKI or a directory with its files; may\n"
	 "be repeated: a later one is unpacked over it"},
	{"cert", 0, "FILE",
	 "a certificate that the machine trusts besides the\n"
	 "base's verity.d; may be repeated"},
	{"location", 0, "PLACE",
	 "where the extension will be: esp (UKI.extra.d, the\n"
	 "default), esp-global (/loader/extensions), initrd"},
	{"report", 0, "FORMAT", "text (the default), json, sarif or junit"},
	{"fail-on", 0, "SEVERITY",
	 "error (the default), warning or note: what exit\n"
	 "status 1 stands for"},
	{"strict", 0, NULL, "exit status 3 if only unknowns were found"},
	{"waivers", 0, "FILE", "findings that are accepted, one a line"},
	{"baseline", 0, "FILE", "an earlier report in JSON: what it has does not fail"},
	{"no-sandbox", 0, NULL, "read without the fence of Landlock and seccomp"},
	{"list-checks", 0, NULL, "list all checks"},
	{"explain", 0, "ID", "say all about one check"},
	{"help", 'h', NULL, "this text"},
	{"version", 0, NULL, "the version"},
};

static renderer_t find_renderer(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (strcmp(name, formats[i].name) == 0)
			return formats[i].render;
	return NULL;
}

static int set_option(void *context, const struct option_row *row, const char *value,
		      struct error *error)
{
	struct settings *settings = context;
	const char *name = row->name;

	if (strcmp(name, "base") == 0) {
		settings->layers[settings->n_layers++] = value;
	} else if (strcmp(name, "cert") == 0) {
		settings->certificates[settings->n_certificates++] = value;
	} else if (strcmp(name, "location") == 0) {
		if (!location_parse(value, &settings->location))
			return options_bad_value(row, value, "esp, esp-global or initrd",
						 error);
	} else if (strcmp(name, "report") == 0) {
		settings->render = find_renderer(value);
		if (!settings->render)
			return options_bad_value(row, value, "text, json, sarif or junit",
						 error);
	} else if (strcmp(name, "fail-on") == 0) {
		if (!severity_parse(value, &settings->fail_on))
			return options_bad_value(row, value, "error, warning or note",
						 error);
	} else if (strcmp(name, "strict") == 0) {
		settings->strict = true;
	} else if (strcmp(name, "no-sandbox") == 0) {
		settings->no_sandbox = true;
	} else if (strcmp(name, "list-checks") == 0) {
		settings->list_checks = true;
	} else if (strcmp(name, "waivers") == 0) {
		settings->waivers = value;
	} else if (strcmp(name, "baseline") == 0) {
		settings->baseline = value;
	} else if (strcmp(name, "explain") == 0) {
		settings->explain = value;
	} else if (strcmp(name, "help") == 0) {
		settings->help = true;
	} else {
		settings->version = true;
	}
	return 0;
}

static int add_word(void *context, const char *word, struct error *error)
{
	struct settings *settings = context;

	settings->extensions[settings->n_extensions++] = word;
	return 0;
}

static const struct command command = {
	.name = PROGRAM,
	.usage = "--base=PATH [OPTION...] EXTENSION...",
	.summary =
		"Says whether systemd merges system extensions into an initrd, whether what\n"
		"they ship works, and whether the initrd still does. Without an extension,\n"
		"whether the initrd can merge any.",
	.example = "  " PROGRAM " --base=initrd.img sshd.raw\n",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.set = set_option,
	.add = add_word,
};

static void list_checks(void)
{
	for (size_t i = 0; i < check_count(); i++) {
		const struct check *check = check_at(i);

		printf("%-32s %-8s %-11s %s\n", check->id, severity_name(check->severity),
		       consequence_name(check->consequence), check->title);
	}
}

static int explain(const char *id)
{
	const struct check *check = check_find(id);

	if (!check) {
		fprintf(stderr, PROGRAM ": there is no check '%s'; see --list-checks\n",
			id);
		return EXIT_RUN_FAILED;
	}
	printf("%s: %s\n\nseverity:    %s\nconsequence: %s\n\n%s\n\nWhat to do: %s\n\n"
	       "Where the rule is written down: %s\n",
	       check->id, check->title, severity_name(check->severity),
	       consequence_name(check->consequence), check->why, check->fix,
	       check->source);
	return EXIT_SUCCESS;
}

/* Only what is named can be read from here on, and nothing written. */
static int enter_sandbox(const struct settings *settings, struct sandbox *ret,
			 struct error *error)
{
	const char *const single[] = {settings->waivers, settings->baseline};
	size_t n = settings->n_layers + settings->n_certificates + ARRAY_SIZE(single);
	_cleanup_free_ const char **readable = calloc(n, sizeof(char *));
	struct sandbox_paths paths = {
		.readable = readable,
		.readable_with_side_cars = settings->extensions,
		.n_readable_with_side_cars = settings->n_extensions,
	};

	if (!readable)
		return error_memory(error);
	for (size_t i = 0; i < settings->n_layers; i++)
		readable[paths.n_readable++] = settings->layers[i];
	for (size_t i = 0; i < settings->n_certificates; i++)
		readable[paths.n_readable++] = settings->certificates[i];
	for (size_t i = 0; i < ARRAY_SIZE(single); i++)
		if (single[i])
			readable[paths.n_readable++] = single[i];
	verify_prepare();
	return sandbox_enter(&paths, ret, error);
}

/* The other reports are the same with every kernel. */
static void note_sandbox(const struct settings *settings, const struct sandbox *sandbox)
{
	if (settings->render != report_json &&
	    string_starts_with(sandbox->state, "partial"))
		fprintf(stderr, PROGRAM ": the sandbox is %s\n", sandbox->state);
}

static int judge(const struct settings *settings, struct error *error)
{
	_cleanup_(verification_freep) struct verification *verification = NULL;
	struct sandbox sandbox = SANDBOX_OFF;
	char today[sizeof("2026-11-30")] = "";
	time_t now = time(NULL);
	const struct verify_request request = {
		.base_request = {.layers = settings->layers,
				 .n_layers = settings->n_layers},
		.extensions = settings->extensions,
		.n_extensions = settings->n_extensions,
		.certificates = settings->certificates,
		.n_certificates = settings->n_certificates,
		.location = settings->location,
		.waivers = settings->waivers,
		.today = today,
		.baseline = settings->baseline,
	};
	const struct report_style style = {.color = term_has_color(stdout),
					   .columns = term_columns(stdout),
					   .fail_on = settings->fail_on,
					   .strict = settings->strict,
					   .sandbox = sandbox.state};
	int r = 0;

	if (settings->n_layers == 0)
		return error_set(
			error, -EINVAL,
			"--base=PATH is missing: the initrd that the extension is "
			"for");
	(void)strftime(today, sizeof(today), "%F", gmtime(&now));
	if (!settings->no_sandbox)
		r = enter_sandbox(settings, &sandbox, error);
	if (r == 0)
		r = verify(&request, &verification, error);
	if (r == 0)
		r = settings->render(verification->report, &style, stdout, error);
	if (r == 0)
		note_sandbox(settings, &sandbox);
	if (r < 0)
		return r;
	return report_exit_status(verification->report, settings->fail_on,
				  settings->strict);
}

static int run(const struct settings *settings)
{
	struct error error = ERROR_INIT;
	int status;

	if (settings->explain)
		return explain(settings->explain);
	if (settings->help) {
		options_print_help(&command, stdout);
		return EXIT_SUCCESS;
	}
	if (settings->version) {
		puts(PROGRAM " " PROJECT_VERSION);
		return EXIT_SUCCESS;
	}
	if (settings->list_checks) {
		list_checks();
		return EXIT_SUCCESS;
	}
	status = judge(settings, &error);
	if (status >= 0)
		return status;
	term_print_error(PROGRAM, error.message);
	return EXIT_RUN_FAILED;
}

int main(int argc, char **argv)
{
	_cleanup_free_ const char **layers = calloc((size_t)argc, sizeof(char *));
	_cleanup_free_ const char **certificates = calloc((size_t)argc, sizeof(char *));
	_cleanup_free_ const char **extensions = calloc((size_t)argc, sizeof(char *));
	struct settings settings = {.layers = layers,
				    .certificates = certificates,
				    .extensions = extensions,
				    .location = LOCATION_ESP,
				    .render = report_text,
				    .fail_on = SEVERITY_ERROR};
	struct error error = ERROR_INIT;
	int status;

	/* A closed pipe is found when the output is written, and told. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (!layers || !certificates || !extensions) {
		term_print_error(PROGRAM, "out of memory");
		return EXIT_RUN_FAILED;
	}
	if (options_parse(&command, argc, argv, &settings, &error) < 0) {
		term_print_error(PROGRAM, error.message);
		return EXIT_RUN_FAILED;
	}
	status = run(&settings);
	return term_finish_output(PROGRAM) ? status : EXIT_RUN_FAILED;
}
