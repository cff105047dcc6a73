/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/profile-parts.h"

#define FIELD(structure, member, type_, ...)                         \
	{                                                            \
		.name = #member, .type = RECORD_##type_,             \
		.offset = offsetof(structure, member), ##__VA_ARGS__ \
	}

static int write_certificates(const struct base_kernel *kernel,
			      struct record_writer *writer, struct error *error)
{
	if (kernel->n_certificates == 0)
		return 0;
	record_open(writer, "certificates", '[');
	for (size_t i = 0; i < kernel->n_certificates; i++) {
		_cleanup_free_ uint8_t *der = NULL;
		size_t size;
		int r = certificate_encode(kernel->certificates[i], &der, &size, error);

		if (r < 0)
			return r;
		record_open(writer, NULL, '{');
		record_add_text(writer, "subject",
				certificate_subject(kernel->certificates[i]));
		record_add_bytes(writer, "der", span_make(der, size));
		record_close(writer, '}');
	}
	record_close(writer, ']');
	return 0;
}

int profile_write_kernel(const struct base_kernel *kernel, struct record_writer *writer,
			 struct error *error)
{
	int r;

	if (!kernel->path)
		return 0;
	record_open(writer, "kernel", '{');
	record_add_text(writer, "form", kernel->form);
	record_add_text(writer, "release", kernel->release);
	record_add_text(writer, "architecture", kernel->architecture);
	if (kernel->error.code < 0)
		profile_write_error("error", &kernel->error, writer);
	r = write_certificates(kernel, writer, error);
	profile_write_exported(&kernel->exported, writer);
	record_close(writer, '}');
	return r;
}

struct kernel_members {
	const char *form, *release, *architecture;
	const struct record *error, *certificates, *exported;
};

static const struct record_field kernel_fields[] = {
	FIELD(struct kernel_members, form, TEXT),
	FIELD(struct kernel_members, release, TEXT),
	FIELD(struct kernel_members, architecture, TEXT),
	FIELD(struct kernel_members, error, OBJECT),
	FIELD(struct kernel_members, certificates, ARRAY),
	FIELD(struct kernel_members, exported, OBJECT),
};

struct certificate_members {
	const char *subject;
	struct span der;
};

static const struct record_field certificate_fields[] = {
	FIELD(struct certificate_members, subject, TEXT),
	FIELD(struct certificate_members, der, BYTES, .required = true),
};

static int read_certificate(struct arena *arena, const struct record *record,
			    struct certificate **ret, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct certificate_members members = {0};
	unsigned faults;
	int r = record_read(record, certificate_fields, ARRAY_SIZE(certificate_fields),
			    arena, &members, error);

	if (r < 0)
		return r;
	source = source_borrow_memory(members.der.data, members.der.size);
	if (!source)
		return error_memory(error);
	return certificate_read(source, ret, &faults, error);
}

static int read_certificates(struct arena *arena, const struct record *array,
			     struct base_kernel *kernel, struct error *error)
{
	size_t n = array ? record_size(array) : 0;

	kernel->certificates = arena_array(arena, n + 1, sizeof(struct certificate *));
	if (!kernel->certificates)
		return error_memory(error);
	while (kernel->n_certificates < n) {
		size_t at = kernel->n_certificates;
		int r = read_certificate(arena, record_at(array, at),
					 &kernel->certificates[at], error);

		if (r < 0)
			return error_wrap(error, r, "certificate %zu", at);
		kernel->n_certificates++;
	}
	return 0;
}

int profile_read_kernel(struct arena *arena, const struct record *record,
			const char *path, struct base_kernel *kernel, struct error *error)
{
	struct kernel_members members = {0};
	int r = record_read(record, kernel_fields, ARRAY_SIZE(kernel_fields), arena,
			    &members, error);

	if (r < 0)
		return r;
	*kernel = (struct base_kernel){.path = path,
				       .form = members.form,
				       .release = members.release,
				       .architecture = members.architecture,
				       .error = ERROR_INIT};
	if (members.error)
		r = profile_read_error(arena, members.error, &kernel->error, error);
	if (r == 0)
		r = read_certificates(arena, members.certificates, kernel, error);
	if (r == 0 && members.exported)
		r = profile_read_exported(arena, members.exported, &kernel->exported,
					  error);
	return r;
}
