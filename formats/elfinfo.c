/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/elfinfo.h"

#include <inttypes.h>
#include <stdio.h>

#include "formats/core/limits.h"
#include "formats/elf-native.h"

/* A symbol version of the file itself, not one that it offers: VER_FLG_BASE of the gABI.
 */
#define VERSION_FLAG_BASE 1
#define VERSION_FLAG_WEAK 2

/* The highest bit of an index says that the version is hidden. */
#define VERSION_INDEX     0x7fff

/* The places and strings that the dynamic section names. */
struct dynamic {
	struct elf_file *file;
	struct arena *arena;
	struct elfinfo *info;
	uint64_t strings_at, strings_size; /* address, bytes */
	struct elf_strings strings;
	uint64_t needed_versions_at;  /* address */
	uint64_t defined_versions_at; /* address */
	uint64_t n_needed_versions,
		n_defined_versions; /* records of libraries, versions */
};

bool elf_probe(struct span head)
{
	return span_starts_with(head, ELFMAG, SELFMAG);
}

bool elf_same_machine(const struct elfinfo *a, const struct elfinfo *b)
{
	return a->class_bits == b->class_bits && a->machine == b->machine &&
	       a->big_endian == b->big_endian;
}

const char *elf_architecture(const struct elfinfo *info)
{
	switch (info->machine) {
	case EM_X86_64:
		return info->class_bits == 64 ? "x86-64" : NULL;
	case EM_386:
		return "x86";
	case EM_AARCH64:
		return info->big_endian ? "arm64-be" : "arm64";
	case EM_ARM:
		return info->big_endian ? "arm-be" : "arm";
	case EM_RISCV:
		return info->class_bits == 64 ? "riscv64" : "riscv32";
	case EM_PPC64:
		return info->big_endian ? "ppc64" : "ppc64-le";
	case EM_S390:
		return info->class_bits == 64 ? "s390x" : "s390";
	case EM_LOONGARCH:
		return info->class_bits == 64 ? "loongarch64" : NULL;
	default:
		return NULL;
	}
}

int elf_describe_machine(struct arena *arena, struct elfinfo *info)
{
	const char *name = elf_architecture(info);

	info->machine_name = name ? arena_strdup(arena, name)
				  : arena_printf(arena, "machine %u (%u bits)",
						 info->machine, info->class_bits);
	return info->machine_name ? 0 : -ENOMEM;
}

static int read_interpreter(struct dynamic *dynamic, const GElf_Phdr *segment)
{
	struct span bytes = dynamic->file->bytes;
	const char *start;
	size_t size;

	if (segment->p_offset >= bytes.size || segment->p_filesz == 0 ||
	    segment->p_filesz > bytes.size - segment->p_offset) {
		dynamic->info->faults |= ELF_FAULT_BAD_DYNAMIC;
		return 0;
	}
	start = (const char *)bytes.data + segment->p_offset;
	size = strnlen(start, (size_t)segment->p_filesz);
	if (size >= LIMIT_PATH_SIZE || size == segment->p_filesz) {
		dynamic->info->faults |= ELF_FAULT_BAD_DYNAMIC;
		return 0;
	}
	dynamic->info->interpreter = arena_strndup(dynamic->arena, start, size);
	return dynamic->info->interpreter ? 0 : -ENOMEM;
}

static void find_places(struct dynamic *dynamic, Elf_Data *data, size_t n_entries)
{
	GElf_Dyn entry;

	for (size_t i = 0;
	     i < n_entries && gelf_getdyn(data, (int)i, &entry) && entry.d_tag != DT_NULL;
	     i++) {
		if (entry.d_tag == DT_STRTAB)
			dynamic->strings_at = entry.d_un.d_ptr;
		else if (entry.d_tag == DT_STRSZ)
			dynamic->strings_size = entry.d_un.d_val;
		else if (entry.d_tag == DT_VERNEED)
			dynamic->needed_versions_at = entry.d_un.d_ptr;
		else if (entry.d_tag == DT_VERNEEDNUM)
			dynamic->n_needed_versions = entry.d_un.d_val;
		else if (entry.d_tag == DT_VERDEF)
			dynamic->defined_versions_at = entry.d_un.d_ptr;
		else if (entry.d_tag == DT_VERDEFNUM)
			dynamic->n_defined_versions = entry.d_un.d_val;
		else if (entry.d_tag == DT_NEEDED)
			dynamic->info->n_needed++;
	}
}

static void find_strings(struct dynamic *dynamic)
{
	struct span table = elf_file_span_at(dynamic->file, dynamic->strings_at);

	table.size = (size_t)MIN(table.size, dynamic->strings_size);
	dynamic->strings = (struct elf_strings){.arena = dynamic->arena, .table = table};
}

static int read_names(struct dynamic *dynamic, Elf_Data *data, size_t n_entries)
{
	struct elfinfo *info = dynamic->info;
	size_t allocated = info->n_needed;
	GElf_Dyn entry;
	int r = 0;

	info->n_needed = 0;
	info->needed = arena_array(dynamic->arena, allocated + 1, sizeof(*info->needed));
	if (!info->needed)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < n_entries && gelf_getdyn(data, (int)i, &entry) &&
			   entry.d_tag != DT_NULL;
	     i++) {
		const char *name = NULL;

		if (entry.d_tag != DT_NEEDED && entry.d_tag != DT_SONAME &&
		    entry.d_tag != DT_RPATH && entry.d_tag != DT_RUNPATH)
			continue;
		r = elf_string_at(&dynamic->strings, entry.d_un.d_val, &name);
		if (!name)
			continue;
		if (entry.d_tag == DT_NEEDED)
			info->needed[info->n_needed++] = name;
		else if (entry.d_tag == DT_SONAME)
			info->soname = name;
		else if (entry.d_tag == DT_RPATH)
			info->rpath = name;
		else
			info->runpath = name;
	}
	return r;
}

static int add_needed_version(struct dynamic *dynamic, const char *library,
			      const GElf_Vernaux *record, size_t *n_allocated)
{
	struct elfinfo *info = dynamic->info;
	const char *version;
	int r;

	r = elf_string_at(&dynamic->strings, record->vna_name, &version);
	if (r < 0 || !version || !library)
		return r;
	if (info->n_needed_versions == *n_allocated) {
		size_t n = *n_allocated ? 2 * *n_allocated : 16;
		struct elf_needed_version *versions =
			arena_array(dynamic->arena, n, sizeof(*versions));

		if (!versions)
			return -ENOMEM;
		for (size_t i = 0; i < info->n_needed_versions; i++)
			versions[i] = info->needed_versions[i];
		info->needed_versions = versions;
		*n_allocated = n;
	}
	info->needed_versions[info->n_needed_versions++] = (struct elf_needed_version){
		.library = library,
		.version = version,
		.index = record->vna_other & VERSION_INDEX,
		.weak = record->vna_flags & VERSION_FLAG_WEAK};
	return 0;
}

static int read_needed_versions(struct dynamic *dynamic)
{
	Elf_Data *data = elf_file_chunk(
		dynamic->file,
		elf_file_span_at(dynamic->file, dynamic->needed_versions_at),
		ELF_T_VNEED);
	size_t at = 0, n_allocated = 0;
	uint64_t n_records = 0;
	int r;

	for (uint64_t i = 0; data && i < dynamic->n_needed_versions; i++) {
		GElf_Verneed need;
		const char *library;
		size_t record_at;

		if (!gelf_getverneed(data, (int)MIN(at, (size_t)INT32_MAX), &need))
			break;
		r = elf_string_at(&dynamic->strings, need.vn_file, &library);
		if (r < 0)
			return r;
		record_at = at + need.vn_aux;
		for (unsigned k = 0; k < need.vn_cnt; k++) {
			GElf_Vernaux record;

			if (++n_records > LIMIT_ELF_RECORDS ||
			    !gelf_getvernaux(data, (int)MIN(record_at, (size_t)INT32_MAX),
					     &record)) {
				dynamic->info->faults |= ELF_FAULT_BAD_DYNAMIC;
				break;
			}
			r = add_needed_version(dynamic, library, &record, &n_allocated);
			if (r < 0)
				return r;
			if (record.vna_next == 0)
				break;
			record_at += record.vna_next;
		}
		if (need.vn_next == 0 || n_records > LIMIT_ELF_RECORDS)
			return 0;
		at += need.vn_next;
	}
	if (dynamic->n_needed_versions > 0)
		dynamic->info->faults |= ELF_FAULT_BAD_DYNAMIC;
	return 0;
}

static int read_defined_versions(struct dynamic *dynamic)
{
	Elf_Data *data = elf_file_chunk(
		dynamic->file,
		elf_file_span_at(dynamic->file, dynamic->defined_versions_at),
		ELF_T_VDEF);
	struct elfinfo *info = dynamic->info;
	/* The number is only a claim: no more than the bytes can hold. */
	size_t n = (size_t)MIN(dynamic->n_defined_versions,
			       data ? data->d_size / sizeof(Elf32_Verdef) : 0);
	size_t at = 0;
	int r;

	n = MIN(n, (size_t)LIMIT_ELF_RECORDS);

	info->defined_versions =
		arena_array(dynamic->arena, n + 1, sizeof(*info->defined_versions));
	info->defined_indexes =
		arena_array(dynamic->arena, n + 1, sizeof(*info->defined_indexes));
	if (!info->defined_versions || !info->defined_indexes)
		return -ENOMEM;
	for (size_t i = 0; data && i < n; i++) {
		GElf_Verdef definition;
		GElf_Verdaux record;
		const char *name;

		if (!gelf_getverdef(data, (int)MIN(at, (size_t)INT32_MAX), &definition) ||
		    !gelf_getverdaux(data,
				     (int)MIN(at + definition.vd_aux, (size_t)INT32_MAX),
				     &record))
			break;
		r = elf_string_at(&dynamic->strings, record.vda_name, &name);
		if (r < 0)
			return r;
		if (name && !(definition.vd_flags & VERSION_FLAG_BASE)) {
			info->defined_indexes[info->n_defined_versions] =
				definition.vd_ndx & VERSION_INDEX;
			info->defined_versions[info->n_defined_versions++] = name;
		}
		if (definition.vd_next == 0)
			return 0;
		at += definition.vd_next;
	}
	if (dynamic->n_defined_versions > 0)
		info->faults |= ELF_FAULT_BAD_DYNAMIC;
	return 0;
}

static int read_dynamic(struct dynamic *dynamic, const GElf_Phdr *segment,
			struct error *error)
{
	struct span bytes = dynamic->file->bytes;
	size_t entry_size = dynamic->info->class_bits == 64 ? 16 : 8;
	size_t n_entries;
	Elf_Data *data;
	int r;

	if (segment->p_offset > bytes.size ||
	    segment->p_filesz > bytes.size - segment->p_offset)
		return error_bad(error, segment->p_offset,
				 "dynamic section reaches over the end at %zu",
				 bytes.size);
	n_entries = (size_t)segment->p_filesz / entry_size;
	if (n_entries > LIMIT_ELF_RECORDS)
		return error_set(error, -E2BIG,
				 "has %zu dynamic entries, at most %" PRIu32 " are read",
				 n_entries, LIMIT_ELF_RECORDS);
	data = elf_file_chunk(
		dynamic->file,
		span_make(bytes.data + segment->p_offset, n_entries * entry_size),
		ELF_T_DYN);
	if (!data)
		return 0;
	find_places(dynamic, data, n_entries);
	find_strings(dynamic);
	r = read_names(dynamic, data, n_entries);
	if (r == 0 && dynamic->needed_versions_at)
		r = read_needed_versions(dynamic);
	if (r == 0 && dynamic->defined_versions_at)
		r = read_defined_versions(dynamic);
	if (dynamic->strings.outside)
		dynamic->info->faults |= ELF_FAULT_BAD_DYNAMIC;
	if (r == -E2BIG)
		return error_set(error, r, "names more than %" PRIu64 " bytes of strings",
				 LIMIT_ELF_STRINGS);
	return r < 0 ? error_memory(error) : 0;
}

/*
 * One segment of each kind counts: the first interpreter, as in fs/binfmt_elf.c of Linux,
 * and the last dynamic section, as in the dynamic linker of glibc.
 */
static int read_segments(struct dynamic *dynamic, struct error *error)
{
	GElf_Phdr section = {.p_type = PT_NULL};

	for (size_t i = 0; i < dynamic->file->n_segments; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(dynamic->file->native, (int)i, &segment))
			return error_bad(error, dynamic->file->header.e_phoff,
					 "program header %zu is broken: %s", i,
					 elf_errmsg(-1));
		if (segment.p_type == PT_INTERP && !dynamic->info->interpreter &&
		    read_interpreter(dynamic, &segment) < 0)
			return error_memory(error);
		if (segment.p_type == PT_DYNAMIC)
			section = segment;
	}
	return section.p_type == PT_DYNAMIC ? read_dynamic(dynamic, &section, error) : 0;
}

int elfinfo_read(struct arena *arena, const struct source *source, struct elfinfo **ret,
		 struct error *error)
{
	_cleanup_(elf_file_done) struct elf_file file = {0};
	struct elfinfo *info = arena_alloc(arena, sizeof(*info));
	struct dynamic dynamic = {.file = &file, .arena = arena, .info = info};
	int r;

	if (!info)
		return error_memory(error);
	r = elf_file_open(source, &file, error);
	if (r < 0)
		return r;
	info->class_bits = file.header.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	info->big_endian = file.header.e_ident[EI_DATA] == ELFDATA2MSB;
	info->machine = file.header.e_machine;
	info->type = file.header.e_type;
	if (elf_describe_machine(arena, info) < 0)
		return error_memory(error);
	r = read_segments(&dynamic, error);
	if (r < 0)
		return r;
	*ret = info;
	return 0;
}
