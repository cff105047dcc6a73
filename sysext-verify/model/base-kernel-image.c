/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "formats/kernel.h"
#include "sysext-verify/model/base-facts.h"

static int keep_text(struct arena *arena, const char *text, const char **ret,
		     struct error *error)
{
	*ret = text ? arena_strdup(arena, text) : NULL;
	return text && !*ret ? error_memory(error) : 0;
}

static int keep_certificate(struct span der, struct base_kernel *ret, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source =
		source_borrow_memory(der.data, der.size);
	struct certificate *certificate = NULL;
	struct error why = ERROR_INIT;
	unsigned faults;
	int r = source ? certificate_read(source, &certificate, &faults, &why) : -ENOMEM;

	if (r == -ENOMEM)
		return error_memory(error);
	/* What libcrypto does not read is none that a signer could be compared with. */
	if (r == 0)
		ret->certificates[ret->n_certificates++] = certificate;
	return 0;
}

/* A kernel without any has none to be recorded. */
static int read_certificates(struct arena *arena, struct kernel *kernel,
			     struct base_kernel *ret, struct error *error)
{
	struct kernel_certificates found = {0};
	struct error why = ERROR_INIT;
	int r = kernel_read_certificates(kernel, arena, &found, &why);

	if (r < 0 && !error_is_input(r) && r != -ENODATA)
		return error_set(error, r, "%s", why.message);
	if (r < 0)
		return 0;
	ret->certificates =
		arena_array(arena, found.n_certificates, sizeof(struct certificate *));
	if (!ret->certificates)
		return error_memory(error);
	for (size_t i = 0; r == 0 && i < found.n_certificates; i++)
		r = keep_certificate(found.certificates[i], ret, error);
	return r;
}

/* A kernel without modules, or with tables that are not read, exports nothing known. */
static int read_symbols(struct arena *arena, struct kernel *kernel,
			struct base_kernel *ret, struct error *error)
{
	struct error why = ERROR_INIT;
	int r = kernel_read_symbols(kernel, arena, &ret->exported, &why);

	return r < 0 && !error_is_input(r) && r != -ENODATA
		       ? error_set(error, r, "%s", why.message)
		       : 0;
}

/*
 * The header of a bzImage says the release, and costs nothing. Others have to be unpacked
 * for it, as all are for their certificates: only if the user gave the kernel.
 */
static int read_kernel(struct arena *arena, struct source *source, bool given,
		       bool symbols, struct base_kernel *ret, struct error *error)
{
	_cleanup_(kernel_freep) struct kernel *kernel = NULL;
	const char *release = NULL;
	int r = kernel_open(source, &kernel, error);

	if (r < 0)
		return r;
	ret->form = kernel_form_name(kernel->form);
	r = keep_text(arena, kernel->architecture, &ret->architecture, error);
	if (r < 0)
		return r;
	release = kernel->header_release;
	if (given && !release) {
		r = kernel_read_release(kernel, &release, error);
		if (r < 0)
			return r;
	}
	r = keep_text(arena, release, &ret->release, error);
	if (r == 0 && given)
		r = read_certificates(arena, kernel, ret, error);
	return r == 0 && given && symbols ? read_symbols(arena, kernel, ret, error) : r;
}

static int read_given(struct arena *arena, const struct base_request *request,
		      struct base_kernel *kernel, struct error *error)
{
	const char *path = request->kernel_path;
	_cleanup_(source_unrefp) struct source *source = NULL;
	int r = source_open_file(path, &source, error);

	kernel->path = path;
	if (r == 0)
		r = read_kernel(arena, source, true, request->symbols, kernel, error);
	if (r == -ENODATA)
		return error_set(error, r, "kernel '%s': is no image of a kernel", path);
	return r < 0 ? error_wrap(error, r, "kernel '%s'", path) : 0;
}

int base_read_kernel(struct arena *arena, const struct base_request *request,
		     const struct base_layer *uki, struct base *base, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct base_kernel *kernel = &base->kernel;
	int r;

	/* Without another one, that of a profile stays. */
	if (!request->kernel_path && !uki)
		return 0;
	base_kernel_done(kernel);
	kernel->error = (struct error)ERROR_INIT;
	if (request->kernel_path)
		return read_given(arena, request, kernel, error);
	kernel->path = uki->path;
	r = uki_open_section(uki->image, uki->source, UKI_LINUX, &source, &kernel->error);
	if (r == 0)
		r = read_kernel(arena, source, false, false, kernel, &kernel->error);
	return r == -ENOMEM ? error_memory(error) : 0;
}

void base_kernel_done(struct base_kernel *kernel)
{
	for (size_t i = 0; i < kernel->n_certificates; i++)
		certificate_free(kernel->certificates[i]);
	*kernel = (struct base_kernel){0};
}

const char *base_booted_release(const struct base *base)
{
	return base->kernel.release ? base->kernel.release : base->uname;
}
