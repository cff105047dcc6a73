/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is known of a base: the initrd that is to be extended, in one or more layers, each
 * a file or a directory. Facts only; the checks of topic "base" call something wrong.
 */

#include "formats/authenticode.h"
#include "formats/initrd.h"
#include "formats/key.h"
#include "formats/ksymtab.h"
#include "formats/uki.h"
#include "sysext-verify/model/release.h"
#include "sysext-verify/model/tree.h"

enum base_kind { BASE_INITRD, BASE_DIRECTORY, BASE_UKI, BASE_ADDON };

const char *base_kind_name(enum base_kind kind); /* "initrd" */

/* Whether the kernel of the base has a facility, as far as its module directory tells. */
enum facility_state {
	FACILITY_ABSENT,
	FACILITY_BUILTIN,  /* named in modules.builtin */
	FACILITY_MODULE,   /* a module that is there and in the index */
	FACILITY_NO_INDEX, /* the module is there, but modules.dep does not name it */
	FACILITY_UNKNOWN,  /* no module directory: nothing can be said */
};

enum facility {
	FACILITY_LOOP,
	FACILITY_OVERLAY,
	FACILITY_SQUASHFS,
	FACILITY_EROFS,
	FACILITY_DM_MOD,
	FACILITY_DM_VERITY,
	N_FACILITIES,
};

struct base_facility {
	const char *module; /* "dm_verity" */
	enum facility_state state;
	const char *path; /* of the module, or NULL */
};

struct base_certificate {
	const char *path;                /* where it was read */
	struct certificate *certificate; /* NULL if it cannot be used */
	struct error error;              /* why */
	unsigned faults;                 /* enum certificate_fault */
};

enum profile_signature {
	PROFILE_NOT_SIGNED, /* also where the base is no profile, or an embedded one */
	PROFILE_SIGNATURE_NOT_CHECKED, /* there is one, but nobody said whose it must be
					*/
	PROFILE_SIGNED,
};

/* What is to be read as a base. Everything is borrowed and must outlive it. */
struct base_request {
	/*
	 * Files and directories, of which a later one is unpacked over the earlier ones
	 * by the kernel's rules (model/tree.h). At most one may be a UKI. With it
	 * systemd-stub's order holds: microcode of the addons, the last one first, and of
	 * the UKI; what is given before the UKI; the UKI's initrd; what is given behind
	 * it; the initrds of the addons, which keep their order.
	 */
	const char *const *layers;
	size_t n_layers;

	bool symbols; /* of ELF files too: for a profile */

	/* An image of the kernel; NULL: that of the UKI, if there is one. */
	const char *kernel_path;

	/* Number or ID of the UKI's profile; NULL: 0, as if nobody asks for one. */
	const char *uki_profile;

	/* The certificate of whoever signed the profile that is the base, or NULL. */
	const char *profile_certificate;
};

/* What is known of the image of the kernel that boots the base. */
struct base_kernel {
	const char *path; /* of the file: an image of its own, or the UKI; NULL: none */
	const char *form; /* "bzImage"; NULL if it could not be read */
	const char *release;      /* what `uname -r` says; NULL if it is not known */
	const char *architecture; /* systemd's name; NULL if it is not known */
	struct error error;       /* why form or release is NULL */

	/*
	 * The certificates built into it, which its keyring .builtin_trusted_keys has
	 * from the start. Read of an image that was given, as it has to be unpacked for
	 * them.
	 */
	struct certificate **certificates; /* in the arena */
	size_t n_certificates;

	/* What it exports to modules. Read of such an image if symbols are asked for. */
	struct exported_symbols exported;
};

struct base_layer {
	const char *path; /* as the user wrote it */
	enum base_kind kind;

	struct source *source; /* NULL of BASE_DIRECTORY */

	/* Its offsets are those of the whole file, also of BASE_UKI and BASE_ADDON. */
	struct initrd initrd;
	bool not_unpacked; /* the kernel stopped at damage before all of it was read */

	struct uki *image; /* the sections of BASE_UKI and BASE_ADDON, or NULL */
	const char *uname; /* what these say of the kernel, or NULL */
	bool ignored;      /* an addon that the stub leaves out: its uname is another */

	/* Of BASE_UKI and BASE_ADDON, if they are signed. */
	struct authenticode authenticode;
};

/* A profile of the UKI. */
struct base_profile {
	const char *id, *title; /* NULL: not given */

	/*
	 * The first section, of those that decide what is read here, that is not the one
	 * of profile 0: ".initrd"; NULL if there is none.
	 */
	const char *differs;
};

struct base {
	/* Of the layer that names the whole: the UKI if there is one, or else the first.
	 */
	const char *path;
	enum base_kind kind;
	struct base_layer *layers; /* in the order of the request; in the arena */
	size_t n_layers;
	struct uki *uki;              /* image of the layer that is a UKI, or NULL */
	const char *uname;            /* what the UKI says of its kernel, or NULL */
	const char *uki_architecture; /* what the UKI's header says, or NULL */
	bool without_initrd; /* a UKI that carries none, and no other layer does */
	struct base_profile *profiles; /* of the UKI; in the arena */
	uint32_t n_profiles, profile;  /* the one that is read */
	bool profile_asked_for;

	/*
	 * The kernel command line of the UKI and its addons, as the stub joins them; what
	 * a boot loader and the firmware add is not in it. NULL without a UKI.
	 */
	const char *cmdline;
	struct base_kernel kernel;
	bool from_profile; /* no file has contents, but facts: see facts.h */
	enum profile_signature profile_signature;
	struct tree *tree;

	const struct node *systemd;        /* /usr/lib/systemd/systemd, or NULL */
	const struct node *sysext;         /* /usr/bin/systemd-sysext, or NULL */
	const struct node *shared_library; /* libsystemd-shared-N.so, or NULL */
	unsigned systemd_version;          /* 257; 0 if unknown */

	const struct node
		*initrd_release;          /* what /etc/initrd-release leads to, or NULL */
	bool initrd_release_dangles;      /* it is there, but leads nowhere */
	const struct release *os_release; /* NULL if there is none */

	/* Of PID 1's ELF header, or of the UKI: "x86-64"; NULL if unknown. */
	const char *architecture;

	const char *unit;               /* the unit that merges: by version */
	const struct node *unit_node;   /* NULL: not there */
	const char *unit_enabled_by;    /* path of the link that pulls it in, or NULL */
	const struct node *unit_masked; /* the link to /dev/null, or NULL */

	/* The only directory of /usr/lib/modules, or else what uname says; or NULL. */
	const char *kernel_release;
	unsigned n_kernel_releases;  /* directories of /usr/lib/modules */
	const char *modules_release; /* the last of them; the only one, if there is one */
	bool uname_without_modules;  /* there are some, but none for the kernel */
	struct base_facility facilities[N_FACILITIES];
	const struct node *modprobe; /* or NULL */

	const struct node *libcryptsetup; /* libcryptsetup.so.12, or NULL */
	struct base_certificate
		*certificates; /* of verity.d, in systemd's order, masked ones left out */
	size_t n_certificates;
	const char *
		*verity_d_ignored; /* files in a verity.d that systemd does not read */
	size_t n_verity_d_ignored;
};

/*
 * Reads a base of at least one layer into @arena. -EINVAL (layers that do not go
 * together), -EBADMSG, -EOPNOTSUPP, -ENODATA (a PE image that is no UKI) and the
 * operating system's word, each with the name of the layer; without base there is no
 * verdict, so each of them ends the run.
 */
int base_read(struct arena *arena, const struct base_request *request, struct base **ret,
	      struct error *error);

/* The same for one layer and nothing else. */
int base_read_path(struct arena *arena, const char *path, struct base **ret,
		   struct error *error);

/* The layer that @node of the base's tree comes from. */
const struct base_layer *base_layer_of(const struct base *base, const struct node *node);

void base_free(struct base *base);
DEFINE_CLEANUP(struct base *, base_free);
