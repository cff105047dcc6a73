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
	bool weak;
};

enum elf_fault {
	ELF_FAULT_BAD_DYNAMIC =
		1 << 0, /* entries that point outside: what could be read is given */
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
	size_t n_defined_versions;
};

/* Whether @head begins with 7f 'E' 'L' 'F'. */
bool elf_probe(struct span head);

/* Whether ld.so of the one would load the other: class, machine and byte order. */
bool elf_same_machine(const struct elfinfo *a, const struct elfinfo *b);

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
 * Absolute paths that stand as whole NUL-terminated strings in the read-only data of a
 * program: candidates for the helpers that it runs. Calls @found for each, in order of
 * the file.
 */
int elf_find_paths(const struct source *source,
		   int (*found)(void *context, const char *path), void *context,
		   struct error *error);
