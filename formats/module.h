/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One kernel module (.ko, or compressed as .ko.gz, .ko.xz, .ko.zst): what it says of
 * itself, which symbols it exports and which it needs, with their checksums.
 *
 * Specification: Linux 6.12 and 7.2: kernel/module/main.c (load_module(),
 * simplify_symbols()), kernel/module/version.c (check_version()), include/linux/module.h
 * (struct modversion_info), scripts/mod/modpost.c, scripts/module.lds.S,
 * include/linux/module_signature.h; ksymtab.h for the exported symbols.
 *
 * Read: .modinfo; __ksymtab and its parallel tables; the symbols that are not defined;
 * their checksums from __version_ext_crcs and __version_ext_names where these are there,
 * as the kernel prefers them, else from __versions; the signature behind the end. The
 * signature is found, not verified.
 */

#include "formats/core/source.h"
#include "formats/ksymtab.h"

/* One line of .modinfo: "alias=pci:v*" has the key "alias". */
struct module_field {
	const char *key, *value;
};

struct needed_symbol {
	const char *name;
	uint32_t checksum; /* 0 without has_checksum */
	bool has_checksum;
	bool weak; /* the module is loaded without it too */
	/* Compared only, not called: module_layout, which says how struct module looks.
	 */
	bool layout;
};

enum module_fault {
	/* No table of symbols: the kernel does not load it. */
	MODULE_FAULT_NO_SYMBOLS = 1 << 0,
	/* The last line says that there is a signature, but it is none. */
	MODULE_FAULT_SIGNATURE = 1 << 1,
	/* Bytes of .modinfo that are no line "key=value"; they are left out. */
	MODULE_FAULT_FIELDS = 1 << 2,
};

struct module {
	unsigned faults;          /* enum module_fault */
	const char *architecture; /* systemd's name, "x86-64"; NULL if it has none */
	const char *name;         /* NULL if .modinfo does not say it */
	const char *vermagic;     /* NULL: likewise */
	const char **depends;     /* names of modules, as written */
	size_t n_depends;
	struct module_field *fields; /* all of .modinfo, in order */
	size_t n_fields;
	struct exported_symbols exported;
	struct needed_symbol *needed; /* sorted by name */
	size_t n_needed;
	/* It was built with CONFIG_MODVERSIONS: all that is needed has a checksum. */
	bool has_checksums;
	struct span signature; /* PKCS#7 in DER; empty: not signed */
};

/*
 * The next value of @key from *@at on, or NULL; start with *@at = 0. Keys that come
 * several times: alias, firmware, softdep, import_ns, parm.
 */
const char *module_next_field(const struct module *module, const char *key, size_t *at);

/*
 * Reads into @arena; nothing of @source is kept. -ENODATA if it is no module; -EBADMSG if
 * it is broken, or its table of exported symbols is that of Linux before 5.4; -E2BIG over
 * LIMIT_MODULE and the other limits; errors of decompressor_read().
 */
int module_read(struct arena *arena, struct source *source, struct module **ret,
		struct error *error);
