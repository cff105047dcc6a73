/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The tables of exported symbols in an image without section headers.
 *
 * RO_DATA of include/asm-generic/vmlinux.lds.h puts them one behind the other, without
 * gaps: __ksymtab, __ksymtab_gpl, __kcrctab, __kcrctab_gpl, __ksymtab_strings (6.12), or
 * __ksymtab, __kcrctab, __kflagstab, __ksymtab_strings (7.2). The entries of a table are
 * sorted by name, since the kernel searches them by halves. So a long run of entries that
 * point to ascending names is a table, and the bytes between the end of the last table
 * and the first string must be exactly those of the checksums and flags. Anything else is
 * refused: a wrong list would be worse than none.
 */

#include <ctype.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/kernel-native.h"

/* A kernel with modules exports thousands. */
#define SHORTEST_TABLE KSYMTAB_NO_CHANCE

/* KSYM_NAME_LEN of include/linux/kallsyms.h */
#define LONGEST_NAME   512

/* What looking may cost, in bytes of strings: for each byte of the image, and at least.
 */
#define STEPS_A_BYTE   2
#define STEPS_AT_LEAST (64 * KIB)

/*
 * Where the first byte is in memory, for those without
 * CONFIG_HAVE_ARCH_PREL32_RELOCATIONS: their tables hold addresses.
 */
static const struct {
	const char *architecture;
	uint64_t address;
} addresses[] = {
	/* arch/riscv/include/asm/pgtable.h: KERNEL_LINK_ADDR */
	{"riscv64", 0xffffffff80000000},
	/* arch/loongarch/Makefile: load-y */
	{"loongarch64", 0x9000000000200000},
};

struct flat {
	struct span image;
	size_t field_size;       /* bytes: KSYMTAB_RELATIVE, or 8 for addresses */
	uint64_t address;        /* of the first byte of the image, for addresses */
	uint64_t steps, allowed; /* bytes of strings: looked at, at most */
};

/* One or two tables, and what lies behind them. */
struct group {
	size_t at;         /* of the first entry in the image */
	size_t n_plain;    /* entries of the first table */
	size_t n_gpl;      /* of the second, or 0 */
	size_t checksums;  /* bytes */
	size_t flags;      /* bytes */
	size_t strings_at; /* of the first string */
};

static size_t entry_size(const struct flat *flat)
{
	return KSYMTAB_FIELDS * flat->field_size;
}

/* Where the field at @at points to; 0 if not behind itself: strings follow the tables. */
static size_t target(const struct flat *flat, size_t at)
{
	uint64_t value = 0;

	for (size_t i = flat->field_size; i > 0; i--)
		value = value << 8 | flat->image.data[at + i - 1];
	if (flat->field_size == KSYMTAB_RELATIVE)
		return value <= INT32_MAX && value > 0 && value < flat->image.size - at
			       ? at + (size_t)value
			       : 0;
	value -= flat->address;
	return value > at && value < flat->image.size ? (size_t)value : 0;
}

static bool is_name_character(uint8_t c)
{
	return isalnum(c) || c == '_' || c == '.' || c == '$';
}

/* Whether a string of such characters ends in time; an empty one is for namespaces. */
static bool is_string(struct flat *flat, size_t at, bool name)
{
	size_t end = MIN(flat->image.size, at + LONGEST_NAME), from = at;
	const uint8_t *bytes = flat->image.data;

	while (at < end && (name ? is_name_character(bytes[at]) : isgraph(bytes[at])))
		at++;
	flat->steps += at - from + 1;
	return at < end && bytes[at] == 0 && (!name || at > from);
}

/* Whether the field has a namespace, or is 0, which says that there is none. */
static bool is_namespace(struct flat *flat, size_t at)
{
	size_t namespace = target(flat, at);

	for (size_t i = 0; !namespace && i < flat->field_size; i++)
		if (flat->image.data[at + i] != 0)
			return false;
	return !namespace || is_string(flat, namespace, false);
}

static bool is_entry(struct flat *flat, size_t at)
{
	size_t name;

	if (at > flat->image.size || flat->image.size - at < entry_size(flat))
		return false;
	name = target(flat, at + flat->field_size);
	return name && is_name_character(flat->image.data[name]) &&
	       is_namespace(flat, at + 2 * flat->field_size) &&
	       is_string(flat, name, true);
}

static const char *name_of(const struct flat *flat, size_t at)
{
	return (const char *)flat->image.data + target(flat, at + flat->field_size);
}

/* How many entries with ascending names begin at @at. */
static size_t run_length(struct flat *flat, size_t at)
{
	size_t n = 0;

	while (flat->steps < flat->allowed && is_entry(flat, at) &&
	       (n == 0 ||
		strcmp(name_of(flat, at - entry_size(flat)), name_of(flat, at)) < 0)) {
		at += entry_size(flat);
		n++;
	}
	return n;
}

static size_t first_string(const struct flat *flat, size_t at, size_t n)
{
	size_t first = SIZE_MAX;

	for (size_t i = 0; i < n; i++, at += entry_size(flat)) {
		size_t namespace = target(flat, at + 2 * flat->field_size);

		first = MIN(first, target(flat, at + flat->field_size));
		if (namespace)
			first = MIN(first, namespace);
	}
	return first;
}

/* Whether the bytes behind the tables are those that one of the layouts has there. */
static bool check_layout(const struct flat *flat, struct group *group)
{
	size_t n = group->n_plain + group->n_gpl;
	size_t end = group->at + n * entry_size(flat), gap;

	group->strings_at = first_string(flat, group->at, n);
	if (group->strings_at < end)
		return false;
	gap = group->strings_at - end;
	group->flags = group->n_gpl > 0 ? 0 : n;
	if (gap < group->flags)
		return false;
	group->checksums = gap - group->flags;
	return group->checksums == 0 || group->checksums == KSYMTAB_CHECKSUM * n;
}

static bool find_group(struct flat *flat, size_t at, size_t n, struct group *ret)
{
	struct group group = {.at = at, .n_plain = n};

	group.n_gpl = run_length(flat, at + n * entry_size(flat));
	if (group.n_gpl > 0 && check_layout(flat, &group)) {
		*ret = group;
		return true;
	}
	/* Checksums or flags may look like one more entry. */
	group.n_gpl = 0;
	if (!check_layout(flat, &group))
		return false;
	*ret = group;
	return true;
}

static int find_tables(struct flat *flat, struct group *ret, struct error *error)
{
	size_t at = 0, n_found = 0;

	while (flat->image.size - at >= entry_size(flat)) {
		size_t n = run_length(flat, at);

		if (flat->steps >= flat->allowed)
			return error_set(error, -EOPNOTSUPP,
					 "has too many bytes that look like exported "
					 "symbols to tell which are");
		if (n >= SHORTEST_TABLE)
			n_found += find_group(flat, at, n, ret);
		at += n >= SHORTEST_TABLE ? n * entry_size(flat) : flat->field_size;
	}
	if (n_found == 1)
		return 0;
	return error_set(error, -EOPNOTSUPP,
			 n_found == 0
				 ? "has no section headers, and no table of "
				   "exported symbols is found in it for certain"
				 : "has no section headers, and several places in it "
				   "look like the table of exported symbols");
}

static const char *flat_string(void *context, const struct ksymtab *table,
			       uint64_t offset)
{
	const struct flat *flat = context;
	size_t at = target(flat, (size_t)(table->at + offset));

	return at ? (const char *)flat->image.data + at : NULL;
}

static int read_group(struct flat *flat, const struct group *group, struct arena *arena,
		      struct exported_symbols *symbols, struct error *error)
{
	const uint8_t *at = flat->image.data + group->at;
	size_t n[] = {group->n_plain, group->n_gpl};
	const uint8_t *checksums = at + (n[0] + n[1]) * entry_size(flat);

	for (size_t i = 0; i < ARRAY_SIZE(n); i++) {
		size_t sums_size = group->checksums > 0 ? KSYMTAB_CHECKSUM * n[i] : 0;
		struct ksymtab table = {
			.name = i == 0 ? "__ksymtab" : "__ksymtab_gpl",
			.entries = span_make(at, n[i] * entry_size(flat)),
			.checksums = span_make(checksums, sums_size),
			.gpl_only = i == 1,
			.field_size = flat->field_size,
			.at = (uint64_t)(at - flat->image.data),
		};
		int r;

		at += table.entries.size;
		checksums += sums_size;
		if (i == 0)
			table.flags = span_make(checksums, group->flags);
		r = kernel_check_checksums(&table, flat->image.size, error);
		if (r < 0)
			return r;
		r = ksymtab_add(&table, flat_string, flat, arena, symbols, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static void set_layout(struct flat *flat, const char *architecture)
{
	flat->field_size = KSYMTAB_RELATIVE;
	for (size_t i = 0; architecture && i < ARRAY_SIZE(addresses); i++)
		if (strcmp(addresses[i].architecture, architecture) == 0) {
			flat->field_size = sizeof(uint64_t);
			flat->address = addresses[i].address;
		}
}

int kernel_read_flat_symbols(struct span image, const char *architecture,
			     struct arena *arena, struct exported_symbols *ret,
			     struct error *error)
{
	struct flat flat = {.image = image,
			    .allowed =
				    STEPS_AT_LEAST + STEPS_A_BYTE * (uint64_t)image.size};
	struct exported_symbols symbols = {0};
	struct group group = {0};
	int r;

	set_layout(&flat, architecture);
	r = find_tables(&flat, &group, error);
	if (r == 0)
		r = read_group(&flat, &group, arena, &symbols, error);
	if (r < 0)
		return r;
	ksymtab_finish(&symbols);
	*ret = symbols;
	return 0;
}
