/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-build/build.h"

#include <string.h>

#include "sysext-build/interrupt.h"
#include "sysext-build/stages.h"

/* What has to be right before the work begins, and what the stages work on. */
struct site {
	struct arena *arena;
	struct manifest *manifest;
	struct signer signer;
	struct base *base;
	struct donor *donor;
	struct identity identity;
	struct selection *selection;
};

static void site_done(struct site *site)
{
	selection_free(site->selection);
	donor_free(site->donor);
	base_free(site->base);
	signer_done(&site->signer);
	arena_free(site->arena);
}

static int site_open(struct site *site, const struct build_request *request,
		     struct error *error)
{
	int r;

	site->arena = arena_new();
	if (!site->arena)
		return error_memory(error);
	r = manifest_read(site->arena, request->manifest_path, &site->manifest, error);
	if (r == 0 && !request->dry_run)
		r = signer_open(request->key_path, request->certificate_path,
				&site->signer, error);
	if (r < 0)
		return r;
	r = base_read(site->arena, &request->base, &site->base, error);
	if (r < 0)
		return r;
	r = identity_decide(site->manifest, site->base, &site->identity, error);
	if (r == 0 && request->output)
		r = identity_check_output(&site->identity, request->output, error);
	if (r == 0)
		r = donor_open(site->arena, request->donor_path, &site->donor, error);
	return r < 0 ? r
		     : selection_new(site->arena, site->base, site->manifest,
				     &site->selection, error);
}

static int select_files(struct site *site, int64_t mtime, struct error *error)
{
	int r;

	r = gather(site->manifest, site->donor, site->selection, error);
	if (r == 0)
		r = resolve(site->manifest, site->donor, site->selection, error);
	if (r == 0)
		r = activate(site->manifest, &site->identity, site->selection, error);
	return r < 0 ? r : normalize(site->selection, mtime, error);
}

/* The partition types are those of the machine, whatever the release file says (_any). */
static const char *partition_architecture(const struct site *site)
{
	return site->base->architecture ? site->base->architecture
					: site->identity.architecture;
}

static int write_image(const struct site *site, struct sink *sink, int64_t mtime,
		       struct error *error)
{
	_cleanup_(hash_tree_done) struct hash_tree tree = {.fd = -1};
	_cleanup_free_ uint8_t *signature = NULL;
	size_t signature_size;
	uint64_t data_size;
	int r;

	r = pack(site->selection->tree, &site->manifest->image, mtime, sink, &data_size,
		 error);
	if (r == 0)
		r = hash_tree_make(sink, data_size, &tree, error);
	if (r == 0)
		r = sign_root_hash(&site->signer, tree.root_hash, &signature,
				   &signature_size, error);
	return r < 0 ? r
		     : assemble(sink, partition_architecture(site), data_size, &tree,
				signature, signature_size, error);
}

/* A named file is one that has to be removed: the others vanish with their descriptor. */
static int open_sink(const char *output, struct sink **ret, struct error *error)
{
	int r;

	r = sink_open(output, ret, error);
	if (r == 0 && strncmp(sink_path(*ret), "/proc/", strlen("/proc/")) != 0)
		interrupt_removes(sink_path(*ret));
	return r;
}

static int write_output(const struct site *site, const struct build_request *request,
			FILE *findings, struct build_result *result, struct error *error)
{
	_cleanup_(sink_freep) struct sink *sink = NULL;
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct publication publication = {0};
	int r;

	r = open_sink(request->output, &sink, error);
	if (r == 0)
		r = write_image(site, sink, request->mtime, error);
	if (r == 0)
		r = sink_source(sink, &source, error);
	if (r == 0)
		result->image_size = source_size(source);
	if (r == 0)
		r = publish(sink, request->output, request->certificate_path, site->base,
			    findings, &publication, error);
	result->passed = publication.passed;
	result->merges = publication.trusted;
	result->works = publication.trusted && publication.works;
	/* The sink removes what is left itself; its name dies with it. */
	interrupt_block();
	interrupt_removes(NULL);
	return r;
}

int build(const struct build_request *request, FILE *listing, FILE *findings,
	  struct build_result *ret, struct error *error)
{
	_cleanup_(site_done) struct site site = {0};
	struct build_result result = {.passed = true};
	int r;

	r = site_open(&site, request, error);
	if (r == 0)
		r = select_files(&site, request->mtime, error);
	if (r < 0)
		return r;
	result.n_files = map_size(site.selection->shipped);
	if (request->dry_run)
		listing_print(site.selection, listing);
	else
		r = write_output(&site, request, findings, &result, error);
	if (r < 0)
		return r;
	*ret = result;
	return 0;
}
