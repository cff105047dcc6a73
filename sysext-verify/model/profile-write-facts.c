/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "sysext-verify/model/profile-parts.h"

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void write_words(const char *name, const char *const *words, size_t n,
			struct record_writer *writer)
{
	if (n == 0)
		return;
	record_open_words(writer, name);
	for (size_t i = 0; i < n; i++)
		record_add_word(writer, false, words[i]);
	record_close_words(writer);
}

/* One object for each run of versions of one library, so that the order stays. */
static void write_needed_versions(const struct elfinfo *elf, struct record_writer *writer)
{
	if (elf->n_needed_versions == 0)
		return;
	record_open(writer, "needed_versions", '[');
	for (size_t i = 0; i < elf->n_needed_versions;) {
		const char *library = elf->needed_versions[i].library;

		record_open(writer, NULL, '{');
		record_add_text(writer, "library", library);
		record_open_words(writer, "versions");
		for (; i < elf->n_needed_versions &&
		       strcmp(elf->needed_versions[i].library, library) == 0;
		     i++)
			record_add_word(writer, elf->needed_versions[i].weak,
					elf->needed_versions[i].version);
		record_close_words(writer);
		record_close(writer, '}');
	}
	record_close(writer, ']');
}

/* They are sorted by library and version: one object for each. */
static void write_symbols(const char *name, const struct elf_symbol *symbols, size_t n,
			  struct record_writer *writer)
{
	record_open(writer, name, '[');
	for (size_t i = 0; i < n;) {
		const struct elf_symbol *first = &symbols[i];

		record_open(writer, NULL, '{');
		record_add_text(writer, "library", first->library);
		record_add_text(writer, "version", first->version);
		record_open_words(writer, "symbols");
		for (; i < n && same_text(symbols[i].library, first->library) &&
		       same_text(symbols[i].version, first->version);
		     i++)
			record_add_word(writer, symbols[i].weak || symbols[i].hidden,
					symbols[i].name);
		record_close_words(writer);
		record_close(writer, '}');
	}
	record_close(writer, ']');
}

void profile_write_elf(const struct elfinfo *elf, struct record_writer *writer)
{
	record_open(writer, "elf", '{');
	record_add_number(writer, "bits", elf->class_bits);
	if (elf->big_endian)
		record_add_true(writer, "big_endian");
	record_add_number(writer, "machine", elf->machine);
	record_add_number(writer, "type", elf->type);
	record_add_flags(writer, "faults", elf->faults, profile_elf_faults.names,
			 profile_elf_faults.n);
	record_add_text(writer, "interpreter", elf->interpreter);
	record_add_text(writer, "soname", elf->soname);
	record_add_text(writer, "rpath", elf->rpath);
	record_add_text(writer, "runpath", elf->runpath);
	write_words("needed", elf->needed, elf->n_needed, writer);
	write_needed_versions(elf, writer);
	write_words("defined_versions", elf->defined_versions, elf->n_defined_versions,
		    writer);
	if (elf->symbols) {
		write_symbols("defined", elf->symbols->defined, elf->symbols->n_defined,
			      writer);
		write_symbols("undefined", elf->symbols->needed, elf->symbols->n_needed,
			      writer);
	}
	record_close(writer, '}');
}

void profile_write_error(const char *name, const struct error *why,
			 struct record_writer *writer)
{
	const char *kind = profile_name_of(&profile_errors, (unsigned)-why->code);

	record_open(writer, name, '{');
	record_add_text(writer, "kind", kind ? kind : "unreadable");
	if (why->offset != ERROR_NO_OFFSET)
		record_add_number(writer, "offset", why->offset);
	record_add_text(writer, "message", why->message);
	record_close(writer, '}');
}

/* A file that cannot be read has no such facts, here and there. */
static int forgive(int code, struct error *error)
{
	return code == -ENOMEM ? error_memory(error) : 0;
}

static int write_lines(const struct tree *tree, const struct node *node, bool modprobe,
		       struct record_writer *writer, struct error *error)
{
	struct unit_line *lines = NULL;
	size_t n_lines = 0;
	int r = modprobe ? node_modprobe(tree, node, &lines, &n_lines, NULL)
			 : node_lines(tree, node, &lines, &n_lines, NULL);

	if (r < 0)
		return forgive(r, error);
	record_open(writer, "lines", '[');
	for (size_t i = 0; i < n_lines; i++) {
		record_open(writer, NULL, '{');
		record_add_number(writer, "line", lines[i].line);
		record_add_text(writer, "section", lines[i].section);
		record_add_text(writer, "key", lines[i].key);
		record_add_text(writer, "value", lines[i].value);
		record_close(writer, '}');
	}
	record_close(writer, ']');
	return 0;
}

static int write_assignments(const struct tree *tree, const struct node *node,
			     struct record_writer *writer, struct error *error)
{
	struct env_file file = {0};
	int r = node_assignments(tree, node, &file, NULL);

	if (r < 0)
		return forgive(r, error);
	record_open(writer, "assignments", '{');
	record_add_flags(writer, "faults", file.faults, profile_env_faults.names,
			 profile_env_faults.n);
	record_add_number(writer, "fault_line", file.fault_line);
	record_open(writer, "values", '[');
	for (size_t i = 0; i < file.n_assignments; i++) {
		record_open(writer, NULL, '{');
		record_add_number(writer, "line", file.assignments[i].line);
		record_add_text(writer, "key", file.assignments[i].key);
		record_add_text(writer, "value", file.assignments[i].value);
		record_close(writer, '}');
	}
	record_close(writer, ']');
	record_close(writer, '}');
	return 0;
}

static int write_index(const struct tree *tree, const struct node *node,
		       struct record_writer *writer, struct error *error)
{
	_cleanup_(map_freep) struct map *index = NULL;
	int r = node_module_index(tree, node, &index, NULL);

	if (r < 0)
		return forgive(r, error);
	record_open_words(writer, "index");
	for (size_t i = 0; i < map_size(index); i++)
		record_add_word(writer, false, map_value_at(index, i));
	record_close_words(writer);
	return 0;
}

static int write_certificate(const struct node *node, struct record_writer *writer,
			     struct error *error)
{
	_cleanup_(certificate_freep) struct certificate *certificate = NULL;
	_cleanup_free_ uint8_t *der = NULL;
	struct error why = ERROR_INIT;
	unsigned faults = 0;
	size_t size;
	int r = node_certificate(node, &certificate, &faults, &why);

	if (r == -ENOMEM || r == -ENODATA)
		return forgive(r, error);
	if (r == 0)
		r = certificate_encode(certificate, &der, &size, error);
	if (r == -ENOMEM)
		return r;
	record_open(writer, "certificate", '{');
	if (r < 0) {
		profile_write_error("error", &why, writer);
	} else {
		record_add_text(writer, "subject", certificate_subject(certificate));
		record_add_flags(writer, "faults", faults,
				 profile_certificate_faults.names,
				 profile_certificate_faults.n);
		record_add_bytes(writer, "der", span_make(der, size));
	}
	record_close(writer, '}');
	return 0;
}

static int write_accounts(const struct tree *tree, const struct node *node,
			  unsigned wanted, struct record_writer *writer,
			  struct error *error)
{
	struct passwd_users users = {0};
	struct passwd_groups groups = {0};
	struct passwd_shadows shadows = {0};
	int r;

	if (wanted & PROFILE_FACT_USERS) {
		r = node_users(tree, node, &users, NULL);
		if (r == 0)
			profile_write_users(&users, writer);
	} else if (wanted & PROFILE_FACT_GROUPS) {
		r = node_groups(tree, node, &groups, NULL);
		if (r == 0)
			profile_write_groups(&groups, writer);
	} else {
		r = node_shadows(tree, node, &shadows, NULL);
		if (r == 0)
			profile_write_shadows(&shadows, writer);
	}
	return r < 0 ? forgive(r, error) : 0;
}

int profile_write_facts(const struct tree *tree, const struct node *node, unsigned wanted,
			struct record_writer *writer, struct error *error)
{
	int r = 0;

	if (wanted & (PROFILE_FACT_LINES | PROFILE_FACT_MODPROBE))
		r = write_lines(tree, node, wanted & PROFILE_FACT_MODPROBE, writer,
				error);
	if (r == 0 && wanted & PROFILE_FACT_ASSIGNMENTS)
		r = write_assignments(tree, node, writer, error);
	if (r == 0 && wanted & PROFILE_FACT_INDEX)
		r = write_index(tree, node, writer, error);
	if (r == 0 && wanted & PROFILE_FACT_CERTIFICATE)
		r = write_certificate(node, writer, error);
	if (r == 0 &&
	    wanted & (PROFILE_FACT_USERS | PROFILE_FACT_GROUPS | PROFILE_FACT_SHADOWS))
		r = write_accounts(tree, node, wanted, writer, error);
	return r;
}
