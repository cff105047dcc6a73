/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libgen.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "formats/core/path.h"
#include "formats/core/strbuf.h"
#include "sysext-verify/cli/opts.h"
#include "sysext-verify/cli/sandbox.h"
#include "sysext-verify/cli/term.h"
#include "sysext-verify/list-bases.h"
#include "sysext-verify/verify.h"
#include "sysext-verify/write-profile.h"

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
	struct option_list layers, certificates, extensions;
	const char *uki_profile, *kernel_path;
	enum location location;
	renderer_t render;
	enum severity fail_on;
	bool strict, no_sandbox, list_checks, list_bases, help, version;
	const char *profile_certificate;
	const char *explain, *waivers, *baseline;
	struct write_profile_request profile;
};

static int parse_location(void *target, const struct option_row *row, const char *value,
			  struct error *error)
{
	if (location_parse(value, target))
		return 0;
	return options_bad_value(
		row, value,
		"esp, esp-global, initrd or a directory that systemd searches", error);
}

static int parse_report(void *target, const struct option_row *row, const char *value,
			struct error *error)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (strcmp(value, formats[i].name) == 0) {
			*(renderer_t *)target = formats[i].render;
			return 0;
		}
	return options_bad_value(row, value, "text, json, sarif or junit", error);
}

static int parse_fail_on(void *target, const struct option_row *row, const char *value,
			 struct error *error)
{
	if (severity_parse(value, target))
		return 0;
	return options_bad_value(row, value, "error, warning or note", error);
}

#define SETS(kind, field) OPTION_SETS(kind, struct settings, field)

static const struct option_row rows[] = {
	{"base", 0, "PATH",
	 "the initrd, a UKI, a directory with its files, or a\n"
	 "profile, also by its name in --list-bases; may be\n"
	 "repeated: a later one is unpacked over it",
	 SETS(OPTION_LIST, layers)},
	{"kernel", 0, "FILE", "the kernel that boots it (default: that of the UKI)",
	 SETS(OPTION_TEXT, kernel_path)},
	{"uki-profile", 0, "PROFILE", "number or ID of the UKI's profile (default: 0)",
	 SETS(OPTION_TEXT, uki_profile)},
	{"cert", 0, "FILE",
	 "a certificate that the machine trusts besides the\n"
	 "base's verity.d; may be repeated",
	 SETS(OPTION_LIST, certificates)},
	{"write-profile", 0, "FILE",
	 "write all that is checked of the base to FILE, which\n"
	 "then stands for it: --base=FILE",
	 SETS(OPTION_TEXT, profile.output)},
	{"private-key", 0, "FILE", "sign the profile, as FILE.p7s",
	 SETS(OPTION_TEXT, profile.key_path)},
	{"certificate", 0, "FILE", "the certificate of this key",
	 SETS(OPTION_TEXT, profile.certificate_path)},
	{"profile-cert", 0, "FILE", "who must have signed the profile that is the base",
	 SETS(OPTION_TEXT, profile_certificate)},
	{"list-bases", 0, NULL, "list the profiles that are known by name",
	 SETS(OPTION_FLAG, list_bases)},
	{"force", 0, NULL, "replace a profile that is there",
	 SETS(OPTION_FLAG, profile.force)},
	{"location", 0, "PLACE",
	 "where the extension will be: esp (UKI.extra.d, the\n"
	 "default), esp-global (/loader/extensions), initrd, or\n"
	 "a directory of the initrd such as /run/extensions",
	 SETS(OPTION_PARSE, location), .parse = parse_location},
	{"report", 0, "FORMAT", "text (the default), json, sarif or junit",
	 SETS(OPTION_PARSE, render), .parse = parse_report},
	{"fail-on", 0, "SEVERITY",
	 "error (the default), warning or note: what exit\n"
	 "status 1 stands for",
	 SETS(OPTION_PARSE, fail_on), .parse = parse_fail_on},
	{"strict", 0, NULL, "exit status 3 if only unknowns were found",
	 SETS(OPTION_FLAG, strict)},
	{"waivers", 0, "FILE", "findings that are accepted, one a line",
	 SETS(OPTION_TEXT, waivers)},
	{"baseline", 0, "FILE", "an earlier report in JSON: what it has does not fail",
	 SETS(OPTION_TEXT, baseline)},
	{"no-sandbox", 0, NULL, "read without the fence of Landlock and seccomp",
	 SETS(OPTION_FLAG, no_sandbox)},
	{"list-checks", 0, NULL, "list all checks", SETS(OPTION_FLAG, list_checks)},
	{"explain", 0, "ID", "say all about one check", SETS(OPTION_TEXT, explain)},
	{"help", 'h', NULL, "this text", SETS(OPTION_FLAG, help)},
	{"version", 0, NULL, "the version", SETS(OPTION_FLAG, version)},
};

static int add_word(void *context, const char *word, struct error *error)
{
	struct settings *settings = context;

	if (option_list_add(&settings->extensions, word) < 0)
		return error_memory(error);
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

/*
 * Only what is named can be read from here on, and nothing written but a profile, where
 * one is asked for.
 */
static int enter_sandbox(const struct settings *settings, struct sandbox *ret,
			 struct error *error)
{
	const struct write_profile_request *profile = &settings->profile;
	_cleanup_strbuf_ struct strbuf signature = {0};
	const char *const single[] = {
		settings->waivers,     settings->baseline,
		settings->kernel_path, settings->profile_certificate,
		profile->key_path,     profile->certificate_path};
	size_t n = settings->layers.n_items + settings->certificates.n_items +
		   ARRAY_SIZE(single) + 1;
	_cleanup_free_ const char **readable = calloc(n, sizeof(char *));
	_cleanup_free_ char *output = strdup(profile->output ? profile->output : "");
	const char *const writable = output ? dirname(output) : NULL;
	struct sandbox_paths paths = {
		.readable = readable,
		.readable_with_side_cars = settings->extensions.items,
		.n_readable_with_side_cars = settings->extensions.n_items,
		.writable_directories = &writable,
		.n_writable_directories = profile->output ? 1 : 0,
	};

	strbuf_addf(&signature, "%s.p7s", settings->layers.items[0]);
	if (!readable || !output || !strbuf_ok(&signature))
		return error_memory(error);
	readable[paths.n_readable++] = strbuf_text(&signature);
	for (size_t i = 0; i < settings->layers.n_items; i++)
		readable[paths.n_readable++] = settings->layers.items[i];
	for (size_t i = 0; i < settings->certificates.n_items; i++)
		readable[paths.n_readable++] = settings->certificates.items[i];
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

static int publish_profile(const struct settings *settings, struct error *error)
{
	struct write_profile_request request = settings->profile;
	struct sandbox sandbox = SANDBOX_OFF;
	int r = 0;

	request.base = (struct base_request){.layers = settings->layers.items,
					     .n_layers = settings->layers.n_items,
					     .kernel_path = settings->kernel_path,
					     .uki_profile = settings->uki_profile};
	if (settings->layers.n_items == 0)
		return error_set(error, -EINVAL,
				 "--base=PATH is missing: what the profile is of");
	if (settings->extensions.n_items > 0)
		return error_set(error, -EINVAL,
				 "--write-profile judges no extension, but '%s' is given",
				 settings->extensions.items[0]);
	if (!settings->no_sandbox)
		r = enter_sandbox(settings, &sandbox, error);
	if (r == 0)
		r = write_profile(&request, error);
	if (r == 0)
		note_sandbox(settings, &sandbox);
	return r;
}

static int judge(const struct settings *settings, struct error *error)
{
	_cleanup_(verification_freep) struct verification *verification = NULL;
	struct sandbox sandbox = SANDBOX_OFF;
	char today[sizeof("2026-11-30")] = "";
	time_t now = time(NULL);
	const struct verify_request request = {
		.base_request = {.layers = settings->layers.items,
				 .n_layers = settings->layers.n_items,
				 .kernel_path = settings->kernel_path,
				 .uki_profile = settings->uki_profile,
				 .profile_certificate = settings->profile_certificate},
		.extensions = settings->extensions.items,
		.n_extensions = settings->extensions.n_items,
		.certificates = settings->certificates.items,
		.n_certificates = settings->certificates.n_items,
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

	if (settings->layers.n_items == 0)
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
	if (settings->list_bases)
		status = list_bases(stdout, &error);
	else
		status = settings->profile.output ? publish_profile(settings, &error)
						  : judge(settings, &error);
	if (status >= 0)
		return status;
	term_print_error(PROGRAM, error.message);
	return EXIT_RUN_FAILED;
}

static void settings_done(struct settings *settings)
{
	option_list_done(&settings->layers);
	option_list_done(&settings->certificates);
	option_list_done(&settings->extensions);
}

int main(int argc, char **argv)
{
	_cleanup_(settings_done) struct settings settings = {.location = LOCATION_ESP,
							     .render = report_text,
							     .fail_on = SEVERITY_ERROR};
	struct error error = ERROR_INIT;
	int status;

	/* A closed pipe is found when the output is written, and told. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (options_parse(&command, argc, argv, &settings, &error) < 0) {
		term_print_error(PROGRAM, error.message);
		return EXIT_RUN_FAILED;
	}
	status = run(&settings);
	return term_finish_output(PROGRAM) ? status : EXIT_RUN_FAILED;
}
