/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "sysext-verify/model/profile-parts.h"

#define NAMES(list)                    \
	{                              \
		list, ARRAY_SIZE(list) \
	}

static const struct record_flag member_faults[] = {
	{CPIO_FAULT_NO_TRAILER, "no-trailer"},
	{CPIO_FAULT_CHECKSUM, "checksum"},
	{CPIO_FAULT_UNSAFE_NAME, "unsafe-name"},
};

static const struct record_flag initrd_faults[] = {
	{INITRD_FAULT_TRAILING_GARBAGE, "trailing-garbage"},
	{INITRD_FAULT_STOPPED, "stopped"},
};

static const struct record_flag elf_faults[] = {
	{ELF_FAULT_BAD_DYNAMIC, "dynamic"},
	{ELF_FAULT_BAD_SYMBOLS, "symbols"},
};

static const struct record_flag module_faults[] = {
	{MODULE_FAULT_NO_SYMBOLS, "no-symbols"},
	{MODULE_FAULT_SIGNATURE, "signature"},
	{MODULE_FAULT_FIELDS, "fields"},
};

static const struct record_flag passwords[] = {
	{PASSWD_SHADOW, "shadow"},
	{PASSWD_LOCKED, "locked"},
	{PASSWD_NONE, "none"},
	{PASSWD_SET, "set"},
};

static const struct record_flag certificate_faults[] = {
	{CERTIFICATE_FAULT_DER, "der"},
	{CERTIFICATE_FAULT_SEVERAL, "several"},
	{CERTIFICATE_FAULT_CA, "ca"},
};

static const struct record_flag env_faults[] = {
	{ENV_FILE_FAULT_NUL, "nul"},
	{ENV_FILE_FAULT_UTF8, "utf-8"},
	{ENV_FILE_FAULT_UNTERMINATED, "unterminated"},
	{ENV_FILE_FAULT_NO_ASSIGNMENT, "no-assignment"},
};

static const struct record_flag entry_types[] = {
	{ENTRY_FILE, "file"},          {ENTRY_DIRECTORY, "directory"},
	{ENTRY_SYMLINK, "link"},       {ENTRY_CHARACTER_DEVICE, "character"},
	{ENTRY_BLOCK_DEVICE, "block"}, {ENTRY_FIFO, "fifo"},
	{ENTRY_SOCKET, "socket"},
};

static const struct record_flag compressions[] = {
	{COMPRESSION_NONE, "none"}, {COMPRESSION_GZIP, "gzip"},
	{COMPRESSION_XZ, "xz"},     {COMPRESSION_ZSTD, "zstd"},
	{COMPRESSION_LZMA, "lzma"}, {COMPRESSION_BZIP2, "bzip2"},
	{COMPRESSION_LZ4, "lz4"},   {COMPRESSION_LZO, "lzo"},
};

static const struct record_flag kinds[] = {
	{BASE_INITRD, "initrd"},
	{BASE_DIRECTORY, "directory"},
	{BASE_UKI, "uki"},
	{BASE_ADDON, "addon"},
};

/* Whatever else went wrong, the operating system could not read it. */
static const struct record_flag errors[] = {
	{EBADMSG, "broken"},    {EOPNOTSUPP, "unsupported"}, {E2BIG, "too-big"},
	{ENODATA, "not-there"}, {EIO, "unreadable"},
};

const struct profile_names profile_member_faults = NAMES(member_faults);
const struct profile_names profile_initrd_faults = NAMES(initrd_faults);
const struct profile_names profile_elf_faults = NAMES(elf_faults);
const struct profile_names profile_module_faults = NAMES(module_faults);
const struct profile_names profile_passwords = NAMES(passwords);
const struct profile_names profile_certificate_faults = NAMES(certificate_faults);
const struct profile_names profile_env_faults = NAMES(env_faults);
const struct profile_names profile_entry_types = NAMES(entry_types);
const struct profile_names profile_compressions = NAMES(compressions);
const struct profile_names profile_kinds = NAMES(kinds);
const struct profile_names profile_errors = NAMES(errors);

const char *profile_name_of(const struct profile_names *names, unsigned value)
{
	for (size_t i = 0; i < names->n; i++)
		if (names->names[i].flag == value)
			return names->names[i].name;
	return NULL;
}

bool profile_value_of(const struct profile_names *names, const char *name, unsigned *ret)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->names[i].name, name) != 0)
			continue;
		*ret = names->names[i].flag;
		return true;
	}
	return false;
}
