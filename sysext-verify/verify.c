/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/verify.h"

#include <stdlib.h>

#include "formats/core/path.h"
#include "sysext-verify/report/baseline.h"

void verify_prepare(void)
{
	digest_prepare();
	verity_signature_prepare();
}

static int read_certificate(const char *path, struct base_certificate *ret,
			    struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	int r;

	ret->path = path;
	r = source_open_file(path, &source, error);
	if (r == 0)
		r = certificate_read(source, &ret->certificate, &ret->faults, error);
	return r < 0 ? error_wrap(error, r, "certificate '%s'", path) : 0;
}

static int read_certificates(struct verification *verification,
			     const struct verify_request *request, struct error *error)
{
	int r = 0;

	verification->certificates =
		arena_array(verification->arena, request->n_certificates,
			    sizeof(*verification->certificates));
	if (!verification->certificates)
		return error_memory(error);
	while (r == 0 && verification->n_certificates < request->n_certificates) {
		size_t at = verification->n_certificates++;

		r = read_certificate(request->certificates[at],
				     &verification->certificates[at], error);
	}
	return r;
}

static int read_base(struct verification *verification,
		     const struct verify_request *request, const struct base **ret,
		     struct error *error)
{
	int r;

	*ret = request->base;
	if (request->base)
		return 0;
	r = base_read(verification->arena, &request->base_request,
		      &verification->own_base, error);
	if (r < 0)
		return r;
	*ret = verification->own_base;
	return 0;
}

static int judge_base(struct verification *verification, const struct base *base,
		      struct error *error)
{
	_cleanup_(subject_freep) struct subject *subject = NULL;
	int r;

	r = subject_build(verification->arena, base, NULL, NULL, 0, &subject, error);
	if (r < 0)
		return r;
	report_begin(verification->report, subject);
	checks_run(subject, verification->report);
	report_end(verification->report, subject);
	return 0;
}

static int judge_extension(struct verification *verification, const struct base *base,
			   const struct verify_request *request, size_t at,
			   struct error *error)
{
	const char *path = request->extensions[at];
	const char *shown = request->shown_paths ? request->shown_paths[at] : NULL;
	struct extension **extension = &verification->extensions[at];
	struct subject **subject = &verification->subjects[at];
	const struct extension_place place = {
		.file_name = shown ? path_name(shown) : NULL,
		.location = request->location,
		.architecture = base->architecture,
		.systemd_version = base->systemd_version,
	};
	int r;

	verification->n_extensions++;
	r = extension_read(verification->arena, path, &place, extension, error);
	if (r == 0 && shown)
		(*extension)->path = shown;
	if (r == 0)
		r = subject_build(verification->arena, base, *extension,
				  verification->certificates,
				  verification->n_certificates, subject, error);
	if (r < 0)
		return error_wrap(error, r, "extension '%s'", shown ? shown : path);
	report_begin(verification->report, *subject);
	checks_run(*subject, verification->report);
	report_end(verification->report, *subject);
	return 0;
}

/* Those that are merged, as far as anybody knows, and those that end the merge of all. */
static void sort_out(const struct report *report, const struct extension **members,
		     size_t *ret_n_members, const struct extension **culprits,
		     size_t *ret_n_culprits)
{
	size_t n_members = 0, n_culprits = 0;

	for (size_t i = 0; i < report->n_judged; i++) {
		const struct judged *judged = &report->judged[i];
		const struct verdict *verdict = &judged->verdict;

		if (verdict->merges != ANSWER_NO && judged->extension->tree &&
		    judged->extension->class == EXTENSION_SYSEXT)
			members[n_members++] = judged->extension;
		else if (verdict->merges == ANSWER_NO &&
			 verdict->consequence == CONSEQUENCE_ABORTS_ALL)
			culprits[n_culprits++] = judged->extension;
	}
	*ret_n_members = n_members;
	*ret_n_culprits = n_culprits;
}

static int judge_set(struct verification *verification, const struct base *base,
		     struct error *error)
{
	struct report *report = verification->report;
	struct subject subject = {.base = base};
	_cleanup_free_ const struct extension **members =
		calloc(report->n_judged, sizeof(*members));
	size_t n_members, n_culprits;
	int r;

	verification->culprits = arena_array(verification->arena, report->n_judged,
					     sizeof(*verification->culprits));
	if (!members || !verification->culprits)
		return error_memory(error);
	sort_out(report, members, &n_members, verification->culprits, &n_culprits);
	r = set_build(verification->arena, base, members, n_members,
		      verification->culprits, n_culprits, &verification->set, error);
	if (r < 0)
		return r;
	subject.set = verification->set;
	report_begin(report, &subject);
	checks_run(&subject, report);
	report_end(report, &subject);
	return 0;
}

static int run(struct verification *verification, const struct verify_request *request,
	       struct error *error)
{
	const struct base *base;
	int r;

	verification->extensions = arena_array(verification->arena, request->n_extensions,
					       sizeof(struct extension *));
	verification->subjects = arena_array(verification->arena, request->n_extensions,
					     sizeof(struct subject *));
	if (!verification->extensions || !verification->subjects)
		return error_memory(error);
	r = read_certificates(verification, request, error);
	if (r == 0 && request->waivers)
		r = waivers_read(verification->arena, request->waivers,
				 &verification->waivers, error);
	if (r == 0)
		r = read_base(verification, request, &base, error);
	if (r == 0)
		r = report_new(verification->arena, base, request->n_extensions,
			       &verification->report, error);
	if (r == 0)
		r = judge_base(verification, base, error);
	for (size_t i = 0; r == 0 && i < request->n_extensions; i++)
		r = judge_extension(verification, base, request, i, error);
	if (r == 0 && request->n_extensions > 1)
		r = judge_set(verification, base, error);
	if (r == 0 && request->baseline)
		r = baseline_apply(request->baseline, verification->report, error);
	if (r == 0 && request->waivers)
		waivers_apply(&verification->waivers, request->today,
			      verification->report);
	return r < 0 ? r : report_finish(verification->report, error);
}

int verify(const struct verify_request *request, struct verification **ret,
	   struct error *error)
{
	_cleanup_(verification_freep) struct verification *verification =
		calloc(1, sizeof(*verification));
	int r;

	if (!verification)
		return error_memory(error);
	verification->arena = arena_new();
	if (!verification->arena)
		return error_memory(error);
	r = run(verification, request, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(verification);
	return 0;
}

void verification_free(struct verification *verification)
{
	if (!verification)
		return;
	for (size_t i = 0; i < verification->n_extensions; i++) {
		subject_free(verification->subjects[i]);
		extension_free(verification->extensions[i]);
	}
	set_free(verification->set);
	for (size_t i = 0; i < verification->n_certificates; i++)
		certificate_free(verification->certificates[i].certificate);
	base_free(verification->own_base);
	arena_free(verification->arena);
	free(verification);
}
