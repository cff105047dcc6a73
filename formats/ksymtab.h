/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The symbols that a kernel or a module exports, from the tables that the kernel's own
 * loader of modules uses.
 *
 * Specification: Linux, include/linux/export-internal.h,
 * include/asm-generic/vmlinux.lds.h and kernel/module/main.c, 6.12 and 7.2. Each entry of
 * a table is a struct kernel_symbol: value, name and namespace, as offsets from their own
 * place (32 bits) or as addresses.
 *
 *   5.4 to 6  __ksymtab and __ksymtab_gpl, checksums in __kcrctab and __kcrctab_gpl
 *   from 7.0  __ksymtab alone, checksums in __kcrctab, flags in __kflagstab, of a byte
 *
 * Checksums are there with CONFIG_MODVERSIONS only. Before 5.19 those of a module are
 * filled in when it is loaded, from its symbols. Not read: the entries without a
 * namespace of Linux before 5.4, the tables for unused and future symbols before 5.13,
 * checksums of a kernel with CONFIG_MODULE_REL_CRCS before 5.19.
 */

#include "formats/core/arena.h"
#include "formats/core/error.h"

struct exported_symbol {
	const char *name;
	const char *namespace; /* "" for none; "module:a,b": for these modules only */
	uint32_t checksum;     /* 0 without exported_symbols.has_checksums */
	bool gpl_only;
};

struct exported_symbols {
	struct exported_symbol *symbols; /* sorted by name */
	size_t n_symbols;
	bool has_checksums; /* the kernel was built with CONFIG_MODVERSIONS */
};

/* NULL if there is none of this name. */
const struct exported_symbol *
exported_symbols_find(const struct exported_symbols *symbols, const char *name);
