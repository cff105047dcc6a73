/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What writing and reading a profile share; nobody else includes it. */

#include "formats/record.h"
#include "sysext-verify/model/facts.h"
#include "sysext-verify/model/profile.h"
#include "sysext-verify/model/units.h"

/* Which facts of a text file a profile carries. */
enum profile_fact {
	PROFILE_FACT_LINES = 1 << 0,
	PROFILE_FACT_ASSIGNMENTS = 1 << 1,
	PROFILE_FACT_INDEX = 1 << 2,
	PROFILE_FACT_CERTIFICATE = 1 << 3,
	PROFILE_FACT_MODPROBE = 1 << 4,
	PROFILE_FACT_USERS = 1 << 5,
	PROFILE_FACT_GROUPS = 1 << 6,
	PROFILE_FACT_SHADOWS = 1 << 7,
};

/* Path of a node -> enum profile_fact, as a pointer. The map is the caller's. -ENOMEM. */
int profile_select(const struct tree *tree, struct map **ret, struct error *error);

/* Names as they stand in a profile. */
struct profile_names {
	const struct record_flag *names;
	size_t n;
};
extern const struct profile_names profile_member_faults, profile_initrd_faults,
	profile_elf_faults, profile_certificate_faults, profile_env_faults,
	profile_module_faults, profile_passwords, profile_entry_types,
	profile_compressions, profile_kinds, profile_errors;

/* NULL if there is no such value; false if there is no such name. */
const char *profile_name_of(const struct profile_names *names, unsigned value);
bool profile_value_of(const struct profile_names *names, const char *name, unsigned *ret);

/* All files of the tree, as the member "files". */
int profile_write_files(const struct tree *tree, struct record_writer *writer,
			struct error *error);
void profile_write_elf(const struct elfinfo *elf, struct record_writer *writer);
void profile_write_exported(const struct exported_symbols *exported,
			    struct record_writer *writer);
void profile_write_module(const struct module *module, bool has_signature,
			  struct record_writer *writer);
void profile_write_users(const struct passwd_users *users, struct record_writer *writer);
void profile_write_groups(const struct passwd_groups *groups,
			  struct record_writer *writer);
void profile_write_shadows(const struct passwd_shadows *shadows,
			   struct record_writer *writer);
void profile_write_error(const char *name, const struct error *why,
			 struct record_writer *writer);
int profile_write_facts(const struct tree *tree, const struct node *node, unsigned wanted,
			struct record_writer *writer, struct error *error);

int profile_read_files(const struct record *files, unsigned n_layers, struct tree *tree,
		       struct error *error);
int profile_read_elf(struct arena *arena, const struct record *record,
		     struct elfinfo **ret, struct error *error);
int profile_read_error(struct arena *arena, const struct record *record,
		       struct error *ret, struct error *error);

int profile_read_exported(struct arena *arena, const struct record *record,
			  struct exported_symbols *ret, struct error *error);
int profile_read_module(struct arena *arena, const struct record *record,
			struct node_facts *facts, struct error *error);

int profile_read_users(struct arena *arena, const struct record *array,
		       struct node_facts *facts, struct error *error);
int profile_read_groups(struct arena *arena, const struct record *array,
			struct node_facts *facts, struct error *error);
int profile_read_shadows(struct arena *arena, const struct record *array,
			 struct node_facts *facts, struct error *error);

int profile_write_kernel(const struct base_kernel *kernel, struct record_writer *writer,
			 struct error *error);
/* On failure too, @kernel may have certificates to be freed. */
int profile_read_kernel(struct arena *arena, const struct record *record,
			const char *path, struct base_kernel *kernel,
			struct error *error);

/* The members of a file that hold facts; all NULL if there are none. */
struct profile_fact_members {
	const struct record *lines, *assignments, *certificate, *module, *users, *groups,
		*shadows;
	struct record_words index;
};
int profile_read_facts(struct arena *arena, const struct profile_fact_members *members,
		       struct node *node, struct error *error);
