/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/module.h"

#include <inttypes.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "formats/module-native.h"
#include "formats/unpack.h"

/* include/linux/module_signature.h: MODULE_SIG_STRING, struct module_signature */
static const char signature_mark[] = "~Module signature appended~\n";
#define SIGNATURE_TRAILER_SIZE 12
#define SIGNATURE_ID_PKCS7     2 /* PKEY_ID_PKCS7 */

const char *module_next_field(const struct module *module, const char *key, size_t *at)
{
	while (*at < module->n_fields) {
		const struct module_field *field = &module->fields[(*at)++];

		if (strcmp(field->key, key) == 0)
			return field->value;
	}
	return NULL;
}

/* "key=value"; false if it is not that. */
static int add_field(struct module *module, struct arena *arena, const char *text,
		     size_t size)
{
	const char *equals = memchr(text, '=', size);
	struct module_field *field = &module->fields[module->n_fields];
	size_t key_size;

	if (!equals || equals == text) {
		module->faults |= MODULE_FAULT_FIELDS;
		return 0;
	}
	key_size = (size_t)(equals - text);
	field->key = arena_strndup(arena, text, key_size);
	field->value = arena_strndup(arena, equals + 1, size - key_size - 1);
	if (!field->key || !field->value)
		return -ENOMEM;
	module->n_fields++;
	return 0;
}

/* Lines end with NUL; more of them fill the gaps between. */
static int read_fields(struct module *module, struct arena *arena, struct span bytes,
		       struct error *error)
{
	const char *at = (const char *)bytes.data, *end = at + bytes.size;
	size_t n = 0;

	for (size_t i = 0; i < bytes.size; i++)
		n += bytes.data[i] == 0;
	if (n > LIMIT_MODULE_RECORDS)
		return error_set(error, -E2BIG,
				 "has %zu lines in .modinfo, at most %" PRIu32
				 " are read",
				 n, LIMIT_MODULE_RECORDS);
	module->fields = arena_array(arena, n + 1, sizeof(*module->fields));
	if (!module->fields)
		return error_memory(error);
	while (at < end) {
		size_t size = strnlen(at, (size_t)(end - at));

		if (size == (size_t)(end - at))
			module->faults |= MODULE_FAULT_FIELDS;
		else if (size > 0 && add_field(module, arena, at, size) < 0)
			return error_memory(error);
		at += size + 1;
	}
	return 0;
}

static const char *first_field(const struct module *module, const char *key)
{
	size_t at = 0;

	return module_next_field(module, key, &at);
}

/* "depends=dm-bufio,reed_solomon" */
static int read_depends(struct module *module, struct arena *arena)
{
	const char *at = first_field(module, "depends");
	size_t n = 1;

	for (const char *c = at; c && *c; c++)
		n += *c == ',';
	module->depends = arena_array(arena, n, sizeof(*module->depends));
	if (!module->depends)
		return -ENOMEM;
	while (at && *at) {
		size_t size = strcspn(at, ",");

		if (size > 0) {
			const char *name = arena_strndup(arena, at, size);

			if (!name)
				return -ENOMEM;
			module->depends[module->n_depends++] = name;
		}
		at += size;
		at += *at == ',';
	}
	return 0;
}

/* mod_check_sig() of kernel/module_signature.c; the length is big-endian. */
static bool find_signature(struct span file, struct span *ret)
{
	const uint8_t *trailer = file.data + file.size - SIGNATURE_TRAILER_SIZE;
	uint32_t size;

	if (file.size < SIGNATURE_TRAILER_SIZE || trailer[2] != SIGNATURE_ID_PKCS7)
		return false;
	size = (uint32_t)trailer[8] << 24 | (uint32_t)trailer[9] << 16 |
	       (uint32_t)trailer[10] << 8 | trailer[11];
	if (size == 0 || size >= file.size - SIGNATURE_TRAILER_SIZE)
		return false;
	*ret = span_make(trailer - size, size);
	return true;
}

static int read_signature(struct module *module, struct arena *arena, struct span file)
{
	size_t mark_size = strlen(signature_mark);
	struct span signature;
	const uint8_t *copy;

	if (file.size < mark_size ||
	    memcmp(file.data + file.size - mark_size, signature_mark, mark_size) != 0)
		return 0;
	if (!find_signature(span_make(file.data, file.size - mark_size), &signature)) {
		module->faults |= MODULE_FAULT_SIGNATURE;
		return 0;
	}
	copy = arena_memdup(arena, signature.data, signature.size);
	if (!copy)
		return -ENOMEM;
	module->signature = span_make(copy, signature.size);
	return 0;
}

static const char *architecture(const struct elf_file *file)
{
	struct elfinfo info = {
		.class_bits = file->header.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32,
		.big_endian = file->header.e_ident[EI_DATA] == ELFDATA2MSB,
		.machine = file->header.e_machine,
	};

	return elf_architecture(&info);
}

static int read_file(const struct elf_file *file, struct arena *arena,
		     struct module *module, struct error *error)
{
	struct elf_sections sections;
	const struct elf_section *info;
	int r;

	r = elf_sections_read(file, arena, &sections, error);
	if (r < 0)
		return r;
	info = elf_section_find(&sections, ".modinfo");
	if (file->header.e_type != ET_REL || !info)
		return error_set(error, -ENODATA, "is an ELF file, but no kernel module");
	module->architecture = architecture(file);
	r = read_fields(module, arena, info->bytes, error);
	if (r < 0)
		return r;
	module->name = first_field(module, "name");
	module->vermagic = first_field(module, "vermagic");
	if (read_depends(module, arena) < 0 ||
	    read_signature(module, arena, file->bytes) < 0)
		return error_memory(error);
	return module_read_symbols(file, &sections, arena, module, error);
}

static int unpack(struct source *source, struct source **ret, struct error *error)
{
	uint8_t head[8];
	size_t size = (size_t)MIN(sizeof(head), source_size(source));
	int r = source_read(source, 0, head, size, error);

	if (r < 0)
		return r;
	r = unpack_whole(compression_detect(span_make(head, size)), source, LIMIT_MODULE,
			 ret, error);
	if (r < 0)
		return r;
	if (elf_probe(source_memory(*ret)))
		return 0;
	return error_set(error, -ENODATA, "is no kernel module: holds no ELF file");
}

int module_read(struct arena *arena, struct source *source, struct module **ret,
		struct error *error)
{
	_cleanup_(source_unrefp) struct source *unpacked = NULL;
	_cleanup_(elf_file_done) struct elf_file file = {0};
	struct module *module = arena_alloc(arena, sizeof(*module));
	int r;

	if (!module)
		return error_memory(error);
	r = unpack(source, &unpacked, error);
	if (r == 0)
		r = elf_file_open(unpacked, &file, error);
	if (r == 0)
		r = read_file(&file, arena, module, error);
	if (r < 0)
		return r;
	*ret = module;
	return 0;
}
