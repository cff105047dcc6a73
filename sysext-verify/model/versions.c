/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/versions.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "formats/core/cleanup.h"
#include "formats/core/path.h"
#include "formats/core/version.h"

/* A name of a file has at most 255 bytes. */
#define NAME_SIZE 256

/* basic/architecture.c, architecture_from_string(), 257 and 262. */
static const char *const architectures[] = {
	"alpha",     "arc",     "arc-be",      "arm",   "arm-be",  "arm64",  "arm64-be",
	"cris",      "ia64",    "m68k",        "mips",  "mips-le", "mips64", "nios2",
	"mips64-le", "parisc",  "parisc64",    "ppc",   "ppc-le",  "ppc64",  "ppc64-le",
	"riscv32",   "riscv64", "s390",        "s390x", "sh",      "sh64",   "sparc",
	"sparc64",   "tilegx",  "loongarch64", "x86",   "x86-64",
};

/* basic/architecture.h, ARCHITECTURE_SECONDARY. */
static const struct {
	const char *native, *secondary;
} secondaries[] = {
	{"x86-64", "x86"}, {"ppc64", "ppc"}, {"ppc64-le", "ppc-le"},
	{"s390x", "s390"}, {"arm64", "arm"},
};

/* What make_choice() makes of one name. */
struct parsed {
	const struct version_entry *entry;
	char version[NAME_SIZE];
	unsigned left, done; /* UINT_MAX where they are not counted */
	unsigned preference; /* 2: native, 1: secondary, 0: no architecture */
};

bool version_suffix_is_raw(const char *suffix)
{
	return string_ends_with(suffix, ".raw");
}

/* safe_atou(): as strtoul() with base 0, so that a leading 0 means octal. */
static bool parse_count(const char *digits, unsigned *ret)
{
	char *end;
	unsigned long value;

	if (*digits == 0 || digits[strspn(digits, "0123456789")])
		return false;
	errno = 0;
	value = strtoul(digits, &end, 0);
	if (errno || *end || value > UINT_MAX)
		return false;
	*ret = (unsigned)value;
	return true;
}

/* parse_tries(): "+3" or "+3-1"; anything else belongs to the version. */
static bool parse_tries(const char *text, unsigned *ret_left, unsigned *ret_done)
{
	char left[NAME_SIZE];
	size_t size = strspn(text + 1, "0123456789");
	unsigned n_left, n_done = 0;

	memcpy(left, text + 1, size);
	left[size] = 0;
	if (!parse_count(left, &n_left))
		return false;
	if (text[1 + size] == '-' && !parse_count(text + 1 + size + 1, &n_done))
		return false;
	if (text[1 + size] && text[1 + size] != '-')
		return false;
	*ret_left = n_left;
	*ret_done = n_done;
	return true;
}

/* version_is_valid(), 257 and 262. */
static bool version_is_valid(const char *version, enum version_rules rules)
{
	static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *signs = rules == VERSION_RULES_257 ? ".,_-+" : ".-~^";

	if (*version == 0 || strcmp(version, ".") == 0 || strcmp(version, "..") == 0)
		return false;
	for (const char *c = version; *c; c++)
		if (!strchr(letters, *c) && !strchr(signs, *c))
			return false;
	return true;
}

static bool is_architecture(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(architectures); i++)
		if (strcmp(text, architectures[i]) == 0)
			return true;
	return false;
}

static bool is_secondary(const char *native, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(secondaries); i++)
		if (strcmp(native, secondaries[i].native) == 0)
			return strcmp(text, secondaries[i].secondary) == 0;
	return false;
}

/* A name that is no architecture counts as none, and is cut off all the same. */
static bool take_architecture(struct parsed *parsed, const char *native, bool *ret_needs)
{
	char *underscore = strrchr(parsed->version, '_');

	if (!underscore)
		return true;
	*underscore = 0;
	if (!is_architecture(underscore + 1))
		return true;
	if (!native) {
		*ret_needs = true;
		return false;
	}
	if (strcmp(underscore + 1, native) == 0)
		parsed->preference = 2;
	else if (is_secondary(native, underscore + 1))
		parsed->preference = 1;
	else
		return false;
	return true;
}

static bool parse(const struct version_entry *entry,
		  const struct version_pattern *pattern, struct parsed *ret,
		  bool *ret_needs)
{
	size_t name_size = strlen(pattern->name), suffix_size = strlen(pattern->suffix);
	size_t size = strlen(entry->name);
	const char *rest = entry->name + name_size + 1;
	char *plus;

	*ret = (struct parsed){.entry = entry, .left = UINT_MAX, .done = UINT_MAX};
	if (size >= NAME_SIZE || size < name_size + 1 + suffix_size ||
	    !string_starts_with(entry->name, pattern->name) ||
	    entry->name[name_size] != '_' || !string_ends_with(rest, pattern->suffix))
		return false;
	memcpy(ret->version, rest, size - name_size - 1 - suffix_size);
	plus = strrchr(ret->version, '+');
	if (plus && parse_tries(plus, &ret->left, &ret->done))
		*plus = 0;
	return take_architecture(ret, pattern->architecture, ret_needs) &&
	       version_is_valid(ret->version, pattern->rules);
}

static int compare_numbers(unsigned a, unsigned b)
{
	return a < b ? -1 : a > b;
}

/* pick_result_compare(), 262, and the same in 257. */
static int compare(const struct parsed *a, const struct parsed *b)
{
	int order = compare_numbers(a->left != 0, b->left != 0);

	if (order == 0)
		order = version_compare(a->version, b->version);
	if (order == 0)
		order = compare_numbers(a->preference, b->preference);
	if (order == 0)
		order = compare_numbers(a->left, b->left);
	if (order == 0)
		order = -compare_numbers(a->done, b->done);
	return order ? order : strcmp(a->entry->name, b->entry->name);
}

static bool has_type(const struct version_entry *entry,
		     const struct version_pattern *pattern)
{
	return entry->type == (version_suffix_is_raw(pattern->suffix)
				       ? VERSION_FILE
				       : VERSION_DIRECTORY);
}

static struct version_choice failed(const struct version_entry *entry)
{
	return (struct version_choice){.answer = VERSION_FAILED, .entry = entry};
}

struct version_choice version_choose(const struct version_entry *entries, size_t n,
				     const struct version_pattern *pattern)
{
	struct version_choice choice = {.answer = VERSION_NONE};
	struct parsed best = {0}, parsed;

	for (size_t i = 0; i < n; i++) {
		if (!parse(&entries[i], pattern, &parsed, &choice.needs_architecture))
			continue;
		/* 262 opens each entry, 257 the best one only. */
		if (pattern->rules == VERSION_RULES_262) {
			if (entries[i].type == VERSION_GONE)
				return failed(&entries[i]);
			if (!has_type(&entries[i], pattern))
				continue;
		}
		if (!best.entry || compare(&parsed, &best) > 0)
			best = parsed;
	}
	if (best.entry && !has_type(best.entry, pattern))
		return failed(best.entry);
	choice.answer = best.entry ? VERSION_FOUND : VERSION_NONE;
	choice.entry = best.entry;
	return choice;
}
