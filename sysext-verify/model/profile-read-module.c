/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "formats/module.h"
#include "sysext-verify/model/profile-parts.h"

#define CHECKSUM_DIGITS 8

#define FIELD(structure, member, type_, ...)                         \
	{                                                            \
		.name = #member, .type = RECORD_##type_,             \
		.offset = offsetof(structure, member), ##__VA_ARGS__ \
	}

/* Cuts "=0123abcd" or "=" off the word, which is in the arena. */
static int cut_checksum(char *word, uint32_t *ret, bool *ret_has, struct error *error)
{
	char *sign = strrchr(word, '=');
	uint8_t bytes[CHECKSUM_DIGITS / 2];

	*ret = 0;
	*ret_has = sign && sign[1];
	if (!sign || (sign[1] && !hex_decode(sign + 1, bytes, sizeof(bytes))))
		return error_bad(error, ERROR_NO_OFFSET,
				 "symbol '%.100s' has no checksum of %d digits", word,
				 CHECKSUM_DIGITS);
	for (size_t i = 0; *ret_has && i < sizeof(bytes); i++)
		*ret = *ret << 8 | bytes[i];
	*sign = '\0';
	return 0;
}

/* Of a word that record_read() has made for us alone. */
static int read_symbol(const struct record_word *word, bool has_checksums,
		       const char **ret_name, uint32_t *ret_checksum,
		       bool *ret_has_checksum, struct error *error)
{
	*ret_name = word->text;
	*ret_checksum = 0;
	*ret_has_checksum = false;
	return has_checksums ? cut_checksum((char *)word->text, ret_checksum,
					    ret_has_checksum, error)
			     : 0;
}

static int compare_exported(const void *a, const void *b)
{
	return strcmp(((const struct exported_symbol *)a)->name,
		      ((const struct exported_symbol *)b)->name);
}

static int compare_needed(const void *a, const void *b)
{
	return strcmp(((const struct needed_symbol *)a)->name,
		      ((const struct needed_symbol *)b)->name);
}

struct exported_members {
	bool has_checksums;
	struct record_words symbols;
	const struct record *namespaces;
};

static const struct record_field exported_fields[] = {
	FIELD(struct exported_members, has_checksums, TRUE),
	FIELD(struct exported_members, symbols, WORDS, .required = true),
	FIELD(struct exported_members, namespaces, ARRAY),
};

struct namespace_members {
	const char *symbol, *namespace;
};

static const struct record_field namespace_fields[] = {
	FIELD(struct namespace_members, symbol, TEXT, .required = true),
	FIELD(struct namespace_members, namespace, TEXT, .required = true),
};

static int read_namespaces(struct arena *arena, const struct record *array,
			   struct exported_symbols *exported, struct error *error)
{
	size_t n = array ? record_size(array) : 0;

	for (size_t i = 0; i < n; i++) {
		struct namespace_members members = {0};
		struct exported_symbol key = {0}, *symbol;
		int r = record_read(record_at(array, i), namespace_fields,
				    ARRAY_SIZE(namespace_fields), arena, &members, error);

		if (r < 0)
			return r;
		key.name = members.symbol;
		symbol = bsearch(&key, exported->symbols, exported->n_symbols,
				 sizeof(key), compare_exported);
		if (!symbol)
			return error_bad(error, ERROR_NO_OFFSET,
					 "namespace of '%.100s', which is not exported",
					 members.symbol);
		symbol->namespace = members.namespace;
	}
	return 0;
}

int profile_read_exported(struct arena *arena, const struct record *record,
			  struct exported_symbols *ret, struct error *error)
{
	struct exported_members members = {0};
	struct exported_symbols exported = {0};
	bool has;
	int r = record_read(record, exported_fields, ARRAY_SIZE(exported_fields), arena,
			    &members, error);

	if (r < 0)
		return r;
	exported.has_checksums = members.has_checksums;
	exported.symbols = arena_array(arena, members.symbols.n_words + 1,
				       sizeof(*exported.symbols));
	if (!exported.symbols)
		return error_memory(error);
	while (r == 0 && exported.n_symbols < members.symbols.n_words) {
		const struct record_word *word =
			&members.symbols.words[exported.n_symbols];
		struct exported_symbol *symbol = &exported.symbols[exported.n_symbols++];

		symbol->gpl_only = word->mark;
		symbol->namespace = "";
		r = read_symbol(word, members.has_checksums, &symbol->name,
				&symbol->checksum, &has, error);
	}
	if (r < 0)
		return r;
	qsort(exported.symbols, exported.n_symbols, sizeof(*exported.symbols),
	      compare_exported);
	*ret = exported;
	return read_namespaces(arena, members.namespaces, ret, error);
}

struct module_members {
	struct record_words faults, depends, needed, layout;
	const char *name, *architecture, *vermagic;
	bool has_checksums, has_signature;
	const struct record *fields, *exported;
};

static const struct record_field module_fields[] = {
	FIELD(struct module_members, faults, WORDS),
	FIELD(struct module_members, name, TEXT),
	FIELD(struct module_members, architecture, TEXT),
	FIELD(struct module_members, vermagic, TEXT),
	FIELD(struct module_members, depends, WORDS),
	FIELD(struct module_members, has_checksums, TRUE),
	FIELD(struct module_members, has_signature, TRUE),
	FIELD(struct module_members, fields, ARRAY),
	FIELD(struct module_members, exported, OBJECT),
	FIELD(struct module_members, needed, WORDS),
	FIELD(struct module_members, layout, WORDS),
};

static const struct record_field field_fields[] = {
	FIELD(struct module_field, key, TEXT, .required = true),
	FIELD(struct module_field, value, TEXT, .required = true),
};

static int read_fields(struct arena *arena, const struct record *array,
		       struct module *module, struct error *error)
{
	size_t n = array ? record_size(array) : 0;
	int r = 0;

	module->fields = arena_array(arena, n + 1, sizeof(*module->fields));
	if (!module->fields)
		return error_memory(error);
	while (r == 0 && module->n_fields < n) {
		struct module_field *field = &module->fields[module->n_fields];

		r = record_read(record_at(array, module->n_fields++), field_fields,
				ARRAY_SIZE(field_fields), arena, field, error);
	}
	return r;
}

static int read_needs(const struct record_words *words, bool layout,
		      struct module *module, struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < words->n_words; i++) {
		struct needed_symbol *symbol = &module->needed[module->n_needed++];

		symbol->weak = words->words[i].mark;
		symbol->layout = layout;
		r = read_symbol(&words->words[i], module->has_checksums, &symbol->name,
				&symbol->checksum, &symbol->has_checksum, error);
	}
	return r;
}

static int read_needed(struct arena *arena, const struct module_members *members,
		       struct module *module, struct error *error)
{
	int r;

	module->needed =
		arena_array(arena, members->needed.n_words + members->layout.n_words + 1,
			    sizeof(*module->needed));
	if (!module->needed)
		return error_memory(error);
	r = read_needs(&members->needed, false, module, error);
	if (r == 0)
		r = read_needs(&members->layout, true, module, error);
	if (r == 0)
		qsort(module->needed, module->n_needed, sizeof(*module->needed),
		      compare_needed);
	return r;
}

static int read_depends(struct arena *arena, const struct record_words *words,
			struct module *module, struct error *error)
{
	module->depends = arena_array(arena, words->n_words + 1, sizeof(char *));
	if (!module->depends)
		return error_memory(error);
	while (module->n_depends < words->n_words) {
		module->depends[module->n_depends] = words->words[module->n_depends].text;
		module->n_depends++;
	}
	return 0;
}

int profile_read_module(struct arena *arena, const struct record *record,
			struct node_facts *facts, struct error *error)
{
	struct module_members members = {0};
	struct module *module = arena_alloc(arena, sizeof(*module));
	int r = record_read(record, module_fields, ARRAY_SIZE(module_fields), arena,
			    &members, error);

	if (r < 0)
		return r;
	if (!module)
		return error_memory(error);
	module->name = members.name;
	module->architecture = members.architecture;
	module->vermagic = members.vermagic;
	module->has_checksums = members.has_checksums;
	r = record_read_flags(&members.faults, profile_module_faults.names,
			      profile_module_faults.n, &module->faults, error);
	if (r == 0)
		r = read_depends(arena, &members.depends, module, error);
	if (r == 0)
		r = read_fields(arena, members.fields, module, error);
	if (r == 0 && members.exported)
		r = profile_read_exported(arena, members.exported, &module->exported,
					  error);
	if (r == 0)
		r = read_needed(arena, &members, module, error);
	facts->module = module;
	facts->module_has_signature = members.has_signature;
	return r;
}
