/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Prints what the reader of modules finds, in the form of the tools that it is compared
 * with: list-module WHAT DIRECTORY. The paths of the modules below the
 * directory come on standard input.
 *
 *   exported  lines of a Module.symvers
 *   fields    "PATH: key=value" in the order of the file
 *   needed    "PATH: checksum name", "PATH: - name" without checksum; sorted by name
 *   signature the PKCS#7 as it is
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/module.h"

/* "kernel/fs/ext4/ext4.ko.xz" is "fs/ext4/ext4" in a Module.symvers. */
static int stem_size(const char *path)
{
	const char *end = strstr(path, ".ko");

	return end ? (int)(end - path) : (int)strlen(path);
}

static void print_exported(const struct module *module, const char *path)
{
	const char *from = strncmp(path, "kernel/", 7) == 0 ? path + 7 : path;

	for (size_t i = 0; i < module->exported.n_symbols; i++) {
		const struct exported_symbol *symbol = &module->exported.symbols[i];

		printf("0x%08" PRIx32 "\t%s\t%.*s\tEXPORT_SYMBOL%s\t%s\n",
		       symbol->checksum, symbol->name, stem_size(from), from,
		       symbol->gpl_only ? "_GPL" : "", symbol->namespace);
	}
}

static void print_fields(const struct module *module, const char *path)
{
	for (size_t i = 0; i < module->n_fields; i++)
		printf("%s: %s=%s\n", path, module->fields[i].key,
		       module->fields[i].value);
	printf("%s: signature=%zu\n", path, module->signature.size);
	printf("%s: faults=%u\n", path, module->faults);
}

static void print_needed(const struct module *module, const char *path)
{
	for (size_t i = 0; i < module->n_needed; i++) {
		const struct needed_symbol *symbol = &module->needed[i];

		if (symbol->has_checksum)
			printf("%s: 0x%08" PRIx32 " %s%s\n", path, symbol->checksum,
			       symbol->name, symbol->weak ? " weak" : "");
		else
			printf("%s: - %s%s\n", path, symbol->name,
			       symbol->weak ? " weak" : "");
	}
}

static int list(const char *directory, const char *path, const char *what,
		struct error *error)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(source_unrefp) struct source *source = NULL;
	char *full = arena ? arena_path_join(arena, directory, path) : NULL;
	struct module *module;
	int r;

	if (!full)
		return error_memory(error);
	r = source_open_file(full, &source, error);
	if (r == 0)
		r = module_read(arena, source, &module, error);
	if (r < 0)
		return error_wrap(error, r, "%s", full);
	if (strcmp(what, "exported") == 0)
		print_exported(module, path);
	else if (strcmp(what, "fields") == 0)
		print_fields(module, path);
	else if (strcmp(what, "signature") == 0)
		(void)fwrite(module->signature.data, 1, module->signature.size, stdout);
	else
		print_needed(module, path);
	return 0;
}

int main(int argc, char *argv[])
{
	struct error error = ERROR_INIT;
	char path[4096];
	int status = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: list-module WHAT DIRECTORY <PATHS\n");
		return 2;
	}
	while (fgets(path, sizeof(path), stdin)) {
		path[strcspn(path, "\n")] = 0;
		if (list(argv[2], path, argv[1], &error) < 0) {
			fprintf(stderr, "%s\n", error.message);
			status = 1;
		}
	}
	return status;
}
