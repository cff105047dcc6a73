/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Prints what the reader of kernels finds, in the form of the tools that it is compared
 * with: list-kernel WHAT KERNEL.
 *
 *   release, banner, architecture, config
 *   symbols       lines of a Module.symvers
 *   certificates  SHA-256, subject and issuer of each
 *   der           the certificates as they are
 *   image         the unpacked image
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/kernel.h"
#include "formats/key.h"

static int print_symbols(struct kernel *kernel, struct error *error)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct exported_symbols symbols;
	int r = arena ? kernel_read_symbols(kernel, arena, &symbols, error)
		      : error_memory(error);

	for (size_t i = 0; r == 0 && i < symbols.n_symbols; i++) {
		const struct exported_symbol *symbol = &symbols.symbols[i];

		printf("0x%08" PRIx32 "\t%s\tvmlinux\tEXPORT_SYMBOL%s\t%s\n",
		       symbol->checksum, symbol->name, symbol->gpl_only ? "_GPL" : "",
		       symbol->namespace);
	}
	return r;
}

static int print_certificate(struct span der, struct error *error)
{
	_cleanup_(certificate_freep) struct certificate *certificate = NULL;
	_cleanup_(source_unrefp) struct source *source =
		source_borrow_memory(der.data, der.size);
	unsigned faults;
	int r = source ? certificate_read(source, &certificate, &faults, error)
		       : error_memory(error);

	if (r < 0)
		return r;
	for (size_t i = 0; i < DIGEST_SHA256_SIZE; i++)
		printf("%02x", certificate_fingerprint(certificate)[i]);
	printf(" %s issued by %s\n", certificate_subject(certificate),
	       certificate_issuer(certificate));
	return 0;
}

static int print_der(struct kernel *kernel, struct error *error)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct kernel_certificates list;
	int r = arena ? kernel_read_certificates(kernel, arena, &list, error)
		      : error_memory(error);

	for (size_t i = 0; r == 0 && i < list.n_certificates; i++)
		(void)fwrite(list.certificates[i].data, 1, list.certificates[i].size,
			     stdout);
	return r;
}

static int print_image(struct kernel *kernel, struct error *error)
{
	struct span image;
	int r = kernel_unpack(kernel, error);

	if (r < 0)
		return r;
	image = source_memory(kernel->image);
	(void)fwrite(image.data, 1, image.size, stdout);
	return 0;
}

static int print_certificates(struct kernel *kernel, struct error *error)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct kernel_certificates certificates;
	int r = arena ? kernel_read_certificates(kernel, arena, &certificates, error)
		      : error_memory(error);

	for (size_t i = 0; r == 0 && i < certificates.n_certificates; i++)
		r = print_certificate(certificates.certificates[i], error);
	return r;
}

static int print_config(struct kernel *kernel, struct error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = kernel_read_config(kernel, &text, &size, error);

	if (r == 0)
		(void)fwrite(text, 1, size, stdout);
	return r;
}

static int print_release(struct kernel *kernel, struct error *error)
{
	const char *text;
	int r = kernel_read_release(kernel, &text, error);

	if (r == 0)
		printf("%s\n", text);
	return r;
}

static int print_banner(struct kernel *kernel, struct error *error)
{
	const char *text;
	int r = kernel_read_banner_release(kernel, &text, error);

	if (r == 0)
		printf("%s\n", text);
	return r;
}

static int print_architecture(struct kernel *kernel, struct error *error)
{
	printf("%s\n", kernel->architecture ? kernel->architecture : "unknown");
	return 0;
}

static int print(struct kernel *kernel, const char *what, struct error *error)
{
	static const struct {
		const char *what;
		int (*print)(struct kernel *, struct error *);
	} rows[] = {
		{"release", print_release},
		{"banner", print_banner},
		{"architecture", print_architecture},
		{"config", print_config},
		{"symbols", print_symbols},
		{"certificates", print_certificates},
		{"der", print_der},
		{"image", print_image},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(what, rows[i].what) == 0)
			return rows[i].print(kernel, error);
	return error_set(error, -EINVAL, "'%s' is not known", what);
}

int main(int argc, char *argv[])
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	_cleanup_(kernel_freep) struct kernel *kernel = NULL;
	struct error error = ERROR_INIT;
	int r;

	if (argc != 3) {
		fprintf(stderr, "usage: list-kernel WHAT KERNEL\n");
		return 2;
	}
	r = source_open_file(argv[2], &source, &error);
	if (r == 0)
		r = kernel_open(source, &kernel, &error);
	if (r == 0)
		r = print(kernel, argv[1], &error);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[2], error.message);
	return r < 0;
}
