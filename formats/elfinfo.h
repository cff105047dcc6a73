/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the dynamic linker would read of an ELF program or library, through libelf.
 *
 * Specification: System V ABI, gABI 4.1; GNU symbol versions (LSB 5.0, "Symbol
 * Versioning").
 */

#include "formats/core/arena.h"
#include "formats/core/source.h"

struct elf_needed_version {
	const char *library; /* soname of the library that must define it */
	const char *version; /* "GLIBC_2.38" */
	uint16_t index;      /* of the version in this file */
	bool weak;
};

struct elf_symbol {
	const char *name;
	const char *version; /* NULL: of no version */
	const char *library; /* of one that is needed: who must define it; or NULL */
	bool weak;           /* of one that is needed: it may be missing */
	bool hidden; /* of one that is defined: found only by those who ask for it */
};

struct elf_symbols {
	struct elf_symbol *defined, *needed; /* by library, version, name */
	size_t n_defined, n_needed;
};

enum elf_fault {
	ELF_FAULT_BAD_DYNAMIC =
		1 << 0, /* entries that point outside: what could be read is given */
	ELF_FAULT_BAD_SYMBOLS = 1 << 1, /* the same of the symbols, if they were read */
};

struct elfinfo {
	unsigned faults;    /* enum elf_fault */
	uint8_t class_bits; /* 32 or 64 */
	bool big_endian;
	uint16_t machine; /* EM_X86_64, ... */
	const char
		*machine_name;   /* "x86-64", or "machine 243 (64 bits)" : for messages */
	uint16_t type;           /* ET_EXEC, ET_DYN, ET_REL, ET_CORE */
	const char *interpreter; /* absolute path, or NULL */
	const char *soname;      /* or NULL */
	const char *rpath, *runpath; /* as written, or NULL */
	const char **needed;         /* sonames in order */
	size_t n_needed;
	struct elf_needed_version *needed_versions;
	size_t n_needed_versions;
	const char **defined_versions; /* names this library defines, its base excluded */
	uint16_t *defined_indexes;     /* of these versions in this file */
	size_t n_defined_versions;
	struct elf_symbols *symbols; /* NULL until elf_read_symbols() */
};

/* Whether @head begins with 7f 'E' 'L' 'F'. */
bool elf_probe(struct span head);

/* Whether ld.so of the one would load the other: class, machine and byte order. */
bool elf_same_machine(const struct elfinfo *a, const struct elfinfo *b);

/* Fills machine_name from the other fields. -ENOMEM. */
int elf_describe_machine(struct arena *arena, struct elfinfo *info);

/* systemd's name for the machine ("x86-64", "arm64"), NULL if it has none. */
const char *elf_architecture(const struct elfinfo *info);

/*
 * Reads from @source into @arena. -EBADMSG for a broken header or a header that reaches
 * over the end; -E2BIG over LIMIT_ELF_FILE. A relocatable file (a kernel module) gives
 * only class, machine and type.
 */
int elfinfo_read(struct arena *arena, const struct source *source, struct elfinfo **ret,
		 struct error *error);

/*
 * Reads the dynamic symbols of the file that @info was read from: what other objects see
 * and what it wants of them, local and hidden ones left out. -EBADMSG, -E2BIG over
 * LIMIT_ELF_RECORDS or LIMIT_ELF_STRINGS; @info then stays without symbols.
 */
int elf_read_symbols(struct arena *arena, const struct source *source,
		     struct elfinfo *info, struct error *error);

/*
 * Absolute paths that stand as whole NUL-terminated strings in the read-only data of a
 * program: candidates for the helpers that it runs. Calls @found for each, in order of
 * the file.
 */
int elf_find_paths(const struct source *source,
		   int (*found)(void *context, const char *path), void *context,
		   struct error *error);
