/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/limits.h"
#include "sysext-verify/model/profile-parts.h"

#define FIELD(structure, member, type_, ...)                         \
	{                                                            \
		.name = #member, .type = RECORD_##type_,             \
		.offset = offsetof(structure, member), ##__VA_ARGS__ \
	}
#define READ(record, fields, arena, target, error) \
	record_read(record, fields, ARRAY_SIZE(fields), arena, target, error)

struct error_members {
	const char *kind, *message;
	uint64_t offset;
};

static const struct record_field error_fields[] = {
	FIELD(struct error_members, kind, TEXT, .required = true),
	FIELD(struct error_members, message, TEXT, .required = true),
	FIELD(struct error_members, offset, NUMBER, .limit = INT64_MAX),
};

int profile_read_error(struct arena *arena, const struct record *record,
		       struct error *ret, struct error *error)
{
	struct error_members members = {.offset = ERROR_NO_OFFSET};
	unsigned code;
	int r = READ(record, error_fields, arena, &members, error);

	if (r < 0)
		return r;
	if (!profile_value_of(&profile_errors, members.kind, &code))
		return error_bad(error, ERROR_NO_OFFSET, "'%.64s' is no kind of error",
				 members.kind);
	(void)error_set_at(ret, -(int)code, members.offset, "%s", members.message);
	return 0;
}

struct elf_members {
	uint64_t bits, machine, type;
	bool big_endian;
	struct record_words faults, needed, defined_versions;
	const char *interpreter, *soname, *rpath, *runpath;
	const struct record *needed_versions, *defined, *undefined;
};

static const struct record_field elf_fields[] = {
	FIELD(struct elf_members, bits, NUMBER, .limit = 64, .required = true),
	FIELD(struct elf_members, big_endian, TRUE),
	FIELD(struct elf_members, machine, NUMBER, .limit = UINT16_MAX, .required = true),
	FIELD(struct elf_members, type, NUMBER, .limit = UINT16_MAX, .required = true),
	FIELD(struct elf_members, faults, WORDS),
	FIELD(struct elf_members, interpreter, TEXT),
	FIELD(struct elf_members, soname, TEXT),
	FIELD(struct elf_members, rpath, TEXT),
	FIELD(struct elf_members, runpath, TEXT),
	FIELD(struct elf_members, needed, WORDS),
	FIELD(struct elf_members, needed_versions, ARRAY),
	FIELD(struct elf_members, defined_versions, WORDS),
	FIELD(struct elf_members, defined, ARRAY),
	FIELD(struct elf_members, undefined, ARRAY),
};

struct group_members {
	const char *library, *version;
	struct record_words versions, symbols;
};

static const struct record_field version_fields[] = {
	FIELD(struct group_members, library, TEXT, .required = true),
	FIELD(struct group_members, versions, WORDS, .required = true),
};

static const struct record_field symbol_fields[] = {
	FIELD(struct group_members, library, TEXT),
	FIELD(struct group_members, version, TEXT),
	FIELD(struct group_members, symbols, WORDS, .required = true),
};

static int take_names(struct arena *arena, const struct record_words *words,
		      const char ***ret, size_t *ret_n)
{
	const char **names = arena_array(arena, words->n_words + 1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < words->n_words; i++)
		names[i] = words->words[i].text;
	*ret = names;
	*ret_n = words->n_words;
	return 0;
}

/* All groups of an array; their words are counted first, so that one list holds them. */
static int read_groups(struct arena *arena, const struct record *array,
		       const struct record_field *fields, size_t n_fields,
		       struct group_members **ret, size_t *ret_n_words,
		       struct error *error)
{
	size_t n = array ? record_size(array) : 0;
	struct group_members *groups = arena_array(arena, n + 1, sizeof(*groups));

	*ret_n_words = 0;
	if (!groups)
		return error_memory(error);
	for (size_t i = 0; i < n; i++) {
		int r = record_read(record_at(array, i), fields, n_fields, arena,
				    &groups[i], error);

		if (r < 0)
			return r;
		*ret_n_words += groups[i].versions.n_words + groups[i].symbols.n_words;
	}
	*ret = groups;
	return 0;
}

static int read_needed_versions(struct arena *arena, const struct record *array,
				struct elfinfo *elf, struct error *error)
{
	struct group_members *groups = NULL;
	size_t n_words;
	int r = read_groups(arena, array, version_fields, ARRAY_SIZE(version_fields),
			    &groups, &n_words, error);

	if (r < 0)
		return r;
	elf->needed_versions =
		arena_array(arena, n_words + 1, sizeof(*elf->needed_versions));
	if (!elf->needed_versions)
		return error_memory(error);
	for (size_t i = 0; array && i < record_size(array); i++)
		for (size_t k = 0; k < groups[i].versions.n_words; k++)
			elf->needed_versions[elf->n_needed_versions++] =
				(struct elf_needed_version){
					.library = groups[i].library,
					.version = groups[i].versions.words[k].text,
					.weak = groups[i].versions.words[k].mark};
	return 0;
}

static int read_symbols(struct arena *arena, const struct record *array, bool defined,
			struct elf_symbol **ret, size_t *ret_n, struct error *error)
{
	struct group_members *groups = NULL;
	struct elf_symbol *symbols;
	size_t n_words, n = 0;
	int r = read_groups(arena, array, symbol_fields, ARRAY_SIZE(symbol_fields),
			    &groups, &n_words, error);

	if (r < 0)
		return r;
	symbols = arena_array(arena, n_words + 1, sizeof(*symbols));
	if (!symbols)
		return error_memory(error);
	for (size_t i = 0; array && i < record_size(array); i++)
		for (size_t k = 0; k < groups[i].symbols.n_words; k++) {
			const struct record_word *word = &groups[i].symbols.words[k];

			symbols[n++] =
				(struct elf_symbol){.name = word->text,
						    .library = groups[i].library,
						    .version = groups[i].version,
						    .hidden = defined && word->mark,
						    .weak = !defined && word->mark};
		}
	*ret = symbols;
	*ret_n = n;
	return 0;
}

static int read_all_symbols(struct arena *arena, const struct elf_members *members,
			    struct elfinfo *elf, struct error *error)
{
	struct elf_symbols *symbols;
	int r;

	if (!members->defined && !members->undefined)
		return 0;
	symbols = arena_alloc(arena, sizeof(*symbols));
	if (!symbols)
		return error_memory(error);
	r = read_symbols(arena, members->defined, true, &symbols->defined,
			 &symbols->n_defined, error);
	if (r == 0)
		r = read_symbols(arena, members->undefined, false, &symbols->needed,
				 &symbols->n_needed, error);
	elf->symbols = symbols;
	return r;
}

int profile_read_elf(struct arena *arena, const struct record *record,
		     struct elfinfo **ret, struct error *error)
{
	struct elf_members members = {0};
	struct elfinfo *elf = arena_alloc(arena, sizeof(*elf));
	int r = READ(record, elf_fields, arena, &members, error);

	if (r < 0)
		return r;
	if (!elf)
		return error_memory(error);
	if (members.bits != 32 && members.bits != 64)
		return error_bad(error, ERROR_NO_OFFSET,
				 "member 'bits' is %u, must be 32 or 64",
				 (unsigned)members.bits);
	*elf = (struct elfinfo){.class_bits = (uint8_t)members.bits,
				.big_endian = members.big_endian,
				.machine = (uint16_t)members.machine,
				.type = (uint16_t)members.type,
				.interpreter = members.interpreter,
				.soname = members.soname,
				.rpath = members.rpath,
				.runpath = members.runpath};
	r = record_read_flags(&members.faults, profile_elf_faults.names,
			      profile_elf_faults.n, &elf->faults, error);
	if (r == 0 &&
	    (elf_describe_machine(arena, elf) < 0 ||
	     take_names(arena, &members.needed, &elf->needed, &elf->n_needed) < 0 ||
	     take_names(arena, &members.defined_versions, &elf->defined_versions,
			&elf->n_defined_versions) < 0))
		return error_memory(error);
	if (r == 0)
		r = read_needed_versions(arena, members.needed_versions, elf, error);
	if (r == 0)
		r = read_all_symbols(arena, &members, elf, error);
	*ret = elf;
	return r;
}

struct line_members {
	uint64_t line;
	const char *section, *key, *value;
};

static const struct record_field line_fields[] = {
	FIELD(struct line_members, line, NUMBER, .limit = UINT32_MAX, .required = true),
	FIELD(struct line_members, section, TEXT, .required = true),
	FIELD(struct line_members, key, TEXT, .required = true),
	FIELD(struct line_members, value, TEXT, .required = true),
};

static int read_lines(struct arena *arena, const struct record *array,
		      struct node_facts *facts, struct error *error)
{
	size_t n = record_size(array);
	struct unit_line *lines = arena_array(arena, n + 1, sizeof(*lines));

	if (!lines)
		return error_memory(error);
	for (size_t i = 0; i < n; i++) {
		struct line_members members = {0};
		int r = READ(record_at(array, i), line_fields, arena, &members, error);

		if (r < 0)
			return error_wrap(error, r, "line %zu", i);
		lines[i] = (struct unit_line){members.section, members.key, members.value,
					      (unsigned)members.line};
	}
	facts->has_lines = true;
	facts->lines = lines;
	facts->n_lines = n;
	return 0;
}

static const struct record_field value_fields[] = {
	FIELD(struct line_members, line, NUMBER, .limit = UINT32_MAX, .required = true),
	FIELD(struct line_members, key, TEXT, .required = true),
	FIELD(struct line_members, value, TEXT, .required = true),
};

struct assignment_members {
	struct record_words faults;
	uint64_t fault_line;
	const struct record *values;
};

static const struct record_field assignment_fields[] = {
	FIELD(struct assignment_members, faults, WORDS),
	FIELD(struct assignment_members, fault_line, NUMBER, .limit = UINT32_MAX,
	      .required = true),
	FIELD(struct assignment_members, values, ARRAY, .required = true),
};

static int read_values(struct arena *arena, const struct record *array,
		       struct env_file *file, struct error *error)
{
	size_t n = record_size(array);

	file->assignments = arena_array(arena, n + 1, sizeof(*file->assignments));
	if (!file->assignments)
		return error_memory(error);
	for (size_t i = 0; i < n; i++) {
		struct line_members members = {0};
		int r = READ(record_at(array, i), value_fields, arena, &members, error);

		if (r < 0)
			return error_wrap(error, r, "value %zu", i);
		file->assignments[file->n_assignments++] = (struct env_assignment){
			members.key, members.value, (unsigned)members.line};
	}
	return 0;
}

static int read_assignments(struct arena *arena, const struct record *record,
			    struct node_facts *facts, struct error *error)
{
	struct assignment_members members = {0};
	struct env_file *file = arena_alloc(arena, sizeof(*file));
	int r = READ(record, assignment_fields, arena, &members, error);

	if (r < 0)
		return r;
	if (!file)
		return error_memory(error);
	file->fault_line = (unsigned)members.fault_line;
	r = record_read_flags(&members.faults, profile_env_faults.names,
			      profile_env_faults.n, &file->faults, error);
	if (r == 0)
		r = read_values(arena, members.values, file, error);
	facts->assignments = file;
	return r;
}

/* The text that has these paths, in which module_index_parse() finds them again. */
static int read_index(struct arena *arena, const struct record_words *paths,
		      struct node_facts *facts, struct error *error)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	for (size_t i = 0; i < paths->n_words; i++)
		strbuf_addf(&text, "%s\n", paths->words[i].text);
	facts->index = strbuf_ok(&text) ? arena_strdup(arena, strbuf_text(&text)) : NULL;
	return facts->index ? 0 : error_memory(error);
}

struct certificate_members {
	const char *subject;
	struct record_words faults;
	struct span der;
	const struct record *error;
};

static const struct record_field certificate_fields[] = {
	FIELD(struct certificate_members, subject, TEXT),
	FIELD(struct certificate_members, faults, WORDS),
	FIELD(struct certificate_members, der, BYTES),
	FIELD(struct certificate_members, error, OBJECT),
};

static int read_certificate(struct arena *arena, const struct record *record,
			    struct node_facts *facts, struct error *error)
{
	struct certificate_members members = {0};
	struct certificate_fact *fact = arena_alloc(arena, sizeof(*fact));
	int r = READ(record, certificate_fields, arena, &members, error);

	if (r < 0)
		return r;
	if (!fact)
		return error_memory(error);
	if (!members.der.data == !members.error)
		return error_bad(error, ERROR_NO_OFFSET,
				 "has both or neither of 'der' and 'error'");
	fact->der = members.der;
	r = record_read_flags(&members.faults, profile_certificate_faults.names,
			      profile_certificate_faults.n, &fact->faults, error);
	if (r == 0 && members.error)
		r = profile_read_error(arena, members.error, &fact->error, error);
	facts->certificate = fact;
	return r;
}

static int read_facts(struct arena *arena, const struct profile_fact_members *members,
		      struct node_facts *facts, struct error *error)
{
	int r = 0;

	if (members->lines)
		r = read_lines(arena, members->lines, facts, error);
	if (r == 0 && members->assignments)
		r = read_assignments(arena, members->assignments, facts, error);
	if (r == 0 && members->index.words)
		r = read_index(arena, &members->index, facts, error);
	if (r == 0 && members->certificate)
		r = read_certificate(arena, members->certificate, facts, error);
	if (r == 0 && members->module)
		r = profile_read_module(arena, members->module, facts, error);
	if (r == 0 && members->users)
		r = profile_read_users(arena, members->users, facts, error);
	if (r == 0 && members->groups)
		r = profile_read_groups(arena, members->groups, facts, error);
	if (r == 0 && members->shadows)
		r = profile_read_shadows(arena, members->shadows, facts, error);
	return r;
}

int profile_read_facts(struct arena *arena, const struct profile_fact_members *members,
		       struct node *node, struct error *error)
{
	if (!members->lines && !members->assignments && !members->certificate &&
	    !members->module && !members->index.words && !members->users &&
	    !members->groups && !members->shadows)
		return 0;
	node->facts = arena_alloc(arena, sizeof(*node->facts));
	if (!node->facts)
		return error_memory(error);
	return read_facts(arena, members, node->facts, error);
}
