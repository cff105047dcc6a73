/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "formats/module.h"
#include "sysext-verify/model/profile-parts.h"

/* "name=0123abcd": most symbols come with the same sum in many modules. */
static void write_symbol(struct record_writer *writer, bool mark, const char *name,
			 bool has_checksums, bool has_checksum, uint32_t checksum)
{
	_cleanup_strbuf_ struct strbuf word = {0};

	strbuf_add_string(&word, name);
	if (has_checksums && has_checksum)
		strbuf_addf(&word, "=%08x", checksum);
	else if (has_checksums)
		strbuf_add_char(&word, '=');
	if (!strbuf_ok(&word))
		writer->text.failed = true;
	record_add_word(writer, mark, strbuf_text(&word));
}

/* The symbols that have a namespace, which are few. */
static void write_namespaces(const struct exported_symbols *exported,
			     struct record_writer *writer)
{
	bool any = false;

	for (size_t i = 0; i < exported->n_symbols; i++) {
		const struct exported_symbol *symbol = &exported->symbols[i];

		if (!*symbol->namespace)
			continue;
		if (!any)
			record_open(writer, "namespaces", '[');
		any = true;
		record_open(writer, NULL, '{');
		record_add_text(writer, "symbol", symbol->name);
		record_add_text(writer, "namespace", symbol->namespace);
		record_close(writer, '}');
	}
	if (any)
		record_close(writer, ']');
}

void profile_write_exported(const struct exported_symbols *exported,
			    struct record_writer *writer)
{
	if (exported->n_symbols == 0)
		return;
	record_open(writer, "exported", '{');
	if (exported->has_checksums)
		record_add_true(writer, "has_checksums");
	record_open_words(writer, "symbols");
	for (size_t i = 0; i < exported->n_symbols; i++) {
		const struct exported_symbol *symbol = &exported->symbols[i];

		write_symbol(writer, symbol->gpl_only, symbol->name,
			     exported->has_checksums, true, symbol->checksum);
	}
	record_close_words(writer);
	write_namespaces(exported, writer);
	record_close(writer, '}');
}

static void write_needed(const struct module *module, struct record_writer *writer)
{
	if (module->n_needed == 0)
		return;
	record_open_words(writer, "needed");
	for (size_t i = 0; i < module->n_needed; i++) {
		const struct needed_symbol *symbol = &module->needed[i];

		if (!symbol->layout)
			write_symbol(writer, symbol->weak, symbol->name,
				     module->has_checksums, symbol->has_checksum,
				     symbol->checksum);
	}
	record_close_words(writer);
	for (size_t i = 0; i < module->n_needed; i++)
		if (module->needed[i].layout) {
			record_open_words(writer, "layout");
			write_symbol(writer, false, module->needed[i].name,
				     module->has_checksums,
				     module->needed[i].has_checksum,
				     module->needed[i].checksum);
			record_close_words(writer);
		}
}

/* Aliases and parameters are most of .modinfo, and nothing asks for them. */
static void write_fields(const struct module *module, struct record_writer *writer)
{
	static const char *const keys[] = {"softdep", "weakdep", "firmware", "import_ns"};
	bool any = false;

	for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
		const char *value;
		size_t at = 0;

		while ((value = module_next_field(module, keys[k], &at))) {
			if (!any)
				record_open(writer, "fields", '[');
			any = true;
			record_open(writer, NULL, '{');
			record_add_text(writer, "key", keys[k]);
			record_add_text(writer, "value", value);
			record_close(writer, '}');
		}
	}
	if (any)
		record_close(writer, ']');
}

void profile_write_module(const struct module *module, bool has_signature,
			  struct record_writer *writer)
{
	record_open(writer, "module", '{');
	record_add_flags(writer, "faults", module->faults, profile_module_faults.names,
			 profile_module_faults.n);
	record_add_text(writer, "name", module->name);
	record_add_text(writer, "architecture", module->architecture);
	record_add_text(writer, "vermagic", module->vermagic);
	if (module->n_depends > 0) {
		record_open_words(writer, "depends");
		for (size_t i = 0; i < module->n_depends; i++)
			record_add_word(writer, false, module->depends[i]);
		record_close_words(writer);
	}
	if (module->has_checksums)
		record_add_true(writer, "has_checksums");
	if (has_signature)
		record_add_true(writer, "has_signature");
	write_fields(module, writer);
	profile_write_exported(&module->exported, writer);
	write_needed(module, writer);
	record_close(writer, '}');
}
