/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/write-profile.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/core/sink.h"
#include "formats/core/strbuf.h"
#include "formats/pkcs7.h"
#include "sysext-verify/model/profile.h"

struct signer {
	struct private_key *key;
	struct certificate *certificate;
};

static void signer_done(struct signer *signer)
{
	private_key_free(signer->key);
	certificate_free(signer->certificate);
}

static int open_signer(const struct write_profile_request *request, struct signer *ret,
		       struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	unsigned faults;
	int r;

	if (!request->key_path != !request->certificate_path)
		return error_set(
			error, -EINVAL,
			"--private-key and --certificate sign a profile together, "
			"one of them is missing");
	if (!request->key_path)
		return 0;
	r = private_key_open(request->key_path, &ret->key, error);
	if (r < 0)
		return error_wrap(error, r, "private key '%s'", request->key_path);
	r = source_open_file(request->certificate_path, &source, error);
	if (r == 0)
		r = certificate_read(source, &ret->certificate, &faults, error);
	if (r < 0)
		return error_wrap(error, r, "certificate '%s'",
				  request->certificate_path);
	if (!certificate_fits(ret->certificate, ret->key))
		return error_set(error, -EINVAL,
				 "certificate '%s' is not for the key in '%s'",
				 request->certificate_path, request->key_path);
	return 0;
}

static int check_free(const char *path, const struct write_profile_request *request,
		      struct error *error)
{
	struct stat status;

	if (request->force || lstat(path, &status) < 0)
		return 0;
	return error_set(error, -EEXIST, "'%s' is there already: --force replaces it",
			 path);
}

static int write_file(const char *path, const uint8_t *data, size_t size,
		      struct error *error)
{
	_cleanup_(sink_freep) struct sink *sink = NULL;
	int r;

	r = sink_open(path, &sink, error);
	if (r == 0)
		r = sink_write(sink, 0, data, size, error);
	return r < 0 ? r : sink_commit(sink, error);
}

/* First, so that the profile never stands there without it or with an old one. */
static int write_signature(const char *path, const struct signer *signer,
			   struct span profile, struct error *error)
{
	_cleanup_free_ uint8_t *signature = NULL;
	size_t size;
	int r;

	if (!signer->key) {
		if (unlink(path) < 0 && errno != ENOENT)
			return error_set(error, -errno, "cannot remove '%s': %s", path,
					 strerror(errno));
		return 0;
	}
	r = pkcs7_sign(profile, signer->key, signer->certificate, &signature, &size,
		       error);
	return r < 0 ? r : write_file(path, signature, size, error);
}

static int publish(struct arena *arena, const struct write_profile_request *request,
		   const struct signer *signer, const char *signature_path,
		   struct error *error)
{
	_cleanup_(base_freep) struct base *base = NULL;
	_cleanup_free_ uint8_t *profile = NULL;
	struct base_request base_request = request->base;
	size_t size;
	int r;

	base_request.symbols = true;
	r = base_read(arena, &base_request, &base, error);
	if (r == 0)
		r = profile_write(base, "sysext-toolkit " PROJECT_VERSION, &profile,
				  &size, error);
	if (r == 0)
		r = write_signature(signature_path, signer, span_make(profile, size),
				    error);
	return r < 0 ? r : write_file(request->output, profile, size, error);
}

int write_profile(const struct write_profile_request *request, struct error *error)
{
	_cleanup_(signer_done) struct signer signer = {0};
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_strbuf_ struct strbuf signature_path = {0};
	int r;

	strbuf_addf(&signature_path, "%s.p7s", request->output);
	if (!arena || !strbuf_ok(&signature_path))
		return error_memory(error);
	r = check_free(request->output, request, error);
	if (r == 0)
		r = check_free(strbuf_text(&signature_path), request, error);
	if (r == 0)
		r = open_signer(request, &signer, error);
	return r < 0 ? r
		     : publish(arena, request, &signer, strbuf_text(&signature_path),
			       error);
}
