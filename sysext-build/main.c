/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "formats/core/cleanup.h"
#include "sysext-build/build.h"
#include "sysext-build/interrupt.h"
#include "sysext-verify/cli/opts.h"
#include "sysext-verify/cli/term.h"

#define PROGRAM         "sysext-build"

/* See sysext-build(1). */
#define EXIT_REFUSED    1
#define EXIT_RUN_FAILED 2

struct settings {
	struct build_request request;
	struct option_list layers; /* of the base */
	bool help, version;
};

#define SETS(kind, field) OPTION_SETS(kind, struct settings, field)

static const struct option_row rows[] = {
	{"base", 0, "PATH",
	 "what is to be extended: an initrd, a UKI or a directory\n"
	 "with its files; may be repeated: a later one is\n"
	 "unpacked over it",
	 SETS(OPTION_LIST, layers)},
	{"kernel", 0, "FILE", "the kernel that boots it (default: that of the UKI)",
	 SETS(OPTION_TEXT, request.base.kernel_path)},
	{"uki-profile", 0, "PROFILE", "number or ID of the UKI's profile (default: 0)",
	 SETS(OPTION_TEXT, request.base.uki_profile)},
	{"profile-cert", 0, "FILE", "who must have signed a base that is a profile",
	 SETS(OPTION_TEXT, request.base.profile_certificate)},
	{"root", 0, "DIR",
	 "where files come from: a root file system of the base's\n"
	 "distribution (default: /)",
	 SETS(OPTION_TEXT, request.donor_path)},
	{"private-key", 0, "FILE", "the key to sign with, in PEM",
	 SETS(OPTION_TEXT, request.key_path)},
	{"certificate", 0, "FILE", "its certificate, which the base trusts",
	 SETS(OPTION_TEXT, request.certificate_path)},
	{"output", 0, "FILE", "the image to write: NAME.raw or NAME.sysext.raw",
	 SETS(OPTION_TEXT, request.output)},
	{"dry-run", 0, NULL, "list what would be shipped, with reasons; write nothing",
	 SETS(OPTION_FLAG, request.dry_run)},
	{"help", 'h', NULL, "this text", SETS(OPTION_FLAG, help)},
	{"version", 0, NULL, "the version", SETS(OPTION_FLAG, version)},
};

static int add_word(void *context, const char *word, struct error *error)
{
	struct settings *settings = context;

	if (settings->request.manifest_path)
		return error_set(error, -EINVAL, "more than one manifest: '%s' and '%s'",
				 settings->request.manifest_path, word);
	settings->request.manifest_path = word;
	return 0;
}

static const struct command command = {
	.name = PROGRAM,
	.usage = "MANIFEST --base=PATH [OPTION...]",
	.summary =
		"Builds a signed system extension for an initrd: what the manifest names, what\n"
		"that needs and the base lacks, and nothing that the base has.",
	.example = "  " PROGRAM " ssh.conf --base=initrd.img --root=/srv/trixie \\\n"
		   "      --private-key=verity.key --certificate=verity.crt \\\n"
		   "      --output=sshd.raw\n",
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.add = add_word,
};

static int check_request(const struct build_request *request, struct error *error)
{
	const char *missing = NULL;

	if (!request->manifest_path)
		return error_set(error, -EINVAL, "MANIFEST is missing; see --help");
	if (request->base.n_layers == 0)
		missing = "--base=PATH";
	else if (!request->dry_run && !request->key_path)
		missing = "--private-key=FILE";
	else if (!request->dry_run && !request->certificate_path)
		missing = "--certificate=FILE";
	else if (!request->dry_run && !request->output)
		missing = "--output=FILE";
	if (missing)
		return error_set(error, -EINVAL, "%s is missing; see --help", missing);
	return 0;
}

/* reproducible-builds.org, "SOURCE_DATE_EPOCH": seconds since 1970. */
static int read_epoch(int64_t *ret, struct error *error)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char *end;

	*ret = 0;
	if (!text || !*text)
		return 0;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	if (errno || *end || *ret < 0 || *ret > UINT32_MAX)
		return error_set(
			error, -EINVAL,
			"SOURCE_DATE_EPOCH is '%s', expected seconds between 0 and "
			"%" PRIu32,
			text, UINT32_MAX);
	return 0;
}

static int run(const struct settings *settings, struct error *error)
{
	const struct build_request *request = &settings->request;
	struct build_result result;
	int r;

	r = check_request(request, error);
	if (r == 0)
		r = build(request, stdout, stderr, &result, error);
	if (r < 0)
		return r;
	if (!result.passed) {
		fprintf(stderr, PROGRAM ": '%s' was not written: the checks refuse it\n",
			request->output);
		return EXIT_REFUSED;
	}
	if (!request->dry_run && !result.merges)
		fprintf(stderr,
			PROGRAM
			": base '%s' has no certificate in verity.d: it merges '%s' "
			"where the kernel's keyrings hold '%s', and nowhere else\n",
			request->base.layers[0], request->output,
			request->certificate_path);
	if (!request->dry_run)
		printf("%s: %zu files, %" PRIu64 " bytes; merges %s, works %s\n",
		       request->output, result.n_files, result.image_size,
		       result.merges ? "yes" : "unknown",
		       result.works ? "yes" : "unknown");
	return EXIT_SUCCESS;
}

static void settings_done(struct settings *settings)
{
	option_list_done(&settings->layers);
}

static int parse_settings(struct settings *settings, int argc, char *const *argv,
			  struct error *error)
{
	int r = options_parse(&command, argc, argv, settings, error);

	settings->request.base.layers = settings->layers.items;
	settings->request.base.n_layers = settings->layers.n_items;
	return r < 0 ? r : read_epoch(&settings->request.mtime, error);
}

int main(int argc, char **argv)
{
	_cleanup_(settings_done) struct settings settings = {.request.donor_path = "/"};
	struct error error = ERROR_INIT;
	int r;

	interrupt_install();
	r = parse_settings(&settings, argc, argv, &error);
	if (r == 0 && settings.help)
		options_print_help(&command, stdout);
	else if (r == 0 && settings.version)
		puts(PROGRAM " " PROJECT_VERSION);
	else if (r == 0)
		r = run(&settings, &error);
	if (r < 0) {
		term_print_error(PROGRAM, error.message);
		r = EXIT_RUN_FAILED;
	}
	return term_finish_output(PROGRAM) ? r : EXIT_RUN_FAILED;
}
