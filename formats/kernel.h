/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Images of the Linux kernel: what kind they are, which release, which symbols they
 * export to modules, and which certificates are built into them.
 *
 * Specification: Linux 6.12 and 7.2: Documentation/arch/x86/boot.rst ("The Real-Mode
 * Kernel Header", from protocol 2.08 on), drivers/firmware/efi/libstub/zboot-header.S,
 * Documentation/arch/arm64/booting.rst, Documentation/arch/riscv/boot-image-header.rst,
 * arch/loongarch/kernel/head.S, init/version-timestamp.c, certs/system_certificates.S,
 * kernel/configs.c; ksymtab.h for the symbols.
 *
 *   bzImage  x86; its payload is an ELF file with section headers and without symbols
 *   zboot    an EFI program whose payload is an Image: arm64, riscv64, loongarch64
 *   Image    a flat binary: arm64, riscv64, loongarch64
 *   vmlinux  the ELF file that all others are made from
 *
 * An Image or a vmlinux may be compressed as a whole. Without section headers the tables
 * of exported symbols are found by their order and sizes, for certain or not at all. Not
 * read: images of other machines, xipImage, the symbols of kallsyms. A UKI is not a
 * kernel: its section .linux is.
 *
 * kernel_open() reads headers only. What needs the unpacked image unpacks it, once.
 */

#include "formats/compress.h"
#include "formats/ksymtab.h"

enum kernel_form {
	KERNEL_BZIMAGE,
	KERNEL_ZBOOT,
	KERNEL_IMAGE,
	KERNEL_VMLINUX,
};

struct kernel {
	enum kernel_form form;
	enum compression compression; /* of the payload, or of the file as a whole */
	const char *architecture;     /* systemd's name, "x86-64"; NULL if it has none */
	char *header_release;         /* bzImage: of its header; NULL: none there */
	char *banner_release;         /* of the image; NULL until somebody asked for it */

	struct source *packed; /* what the image is unpacked from */
	uint64_t packed_at;    /* its offset in the source of kernel_open() */
	struct source *image;  /* ELF or flat; NULL until kernel_unpack() */
	struct error broken;   /* why it cannot be unpacked; code 0 if it can */
};

/* "bzImage" */
const char *kernel_form_name(enum kernel_form form);

/*
 * Keeps a reference to @source. -ENODATA if it is no kernel image; -EBADMSG, with the
 * offset, for one whose header cannot be right; -EOPNOTSUPP for a boot protocol before
 * 2.08, a compression that is not read, or a kernel of arm or s390x.
 */
int kernel_open(struct source *source, struct kernel **ret, struct error *error);
void kernel_free(struct kernel *kernel);
DEFINE_CLEANUP(struct kernel *, kernel_free);

/*
 * Fills @image. -E2BIG over LIMIT_KERNEL_UNPACKED or LIMIT_UNPACK_RATIO; -EBADMSG if the
 * payload is broken or is no kernel; errors of decompressor_read().
 */
int kernel_unpack(struct kernel *kernel, struct error *error);

/*
 * What `uname -r` says under this kernel, borrowed: of the header, and only where there
 * is none of the banner in the unpacked image. -ENODATA if neither has it.
 */
int kernel_read_release(struct kernel *kernel, const char **ret, struct error *error);

/* The same of the banner alone, to be compared with @header_release. */
int kernel_read_banner_release(struct kernel *kernel, const char **ret,
			       struct error *error);

/*
 * The symbols that are exported to modules, in @arena. -ENODATA if there is no table of
 * them (a kernel without modules); -EOPNOTSUPP if the tables are not found for certain,
 * or have a layout that is not read: then nothing is known of the symbols; -EBADMSG if
 * they are broken; -E2BIG over LIMIT_KERNEL_SYMBOLS.
 */
int kernel_read_symbols(struct kernel *kernel, struct arena *arena,
			struct exported_symbols *ret, struct error *error);

struct kernel_certificates {
	/* X.509 in DER, as they follow each other; certificate_read() takes one. */
	struct span *certificates;
	size_t n_certificates;
	bool modules; /* the first is for the signatures of the kernel's own modules */
};

/*
 * The certificates that are in .builtin_trusted_keys from the start, in @arena. -ENODATA
 * if the kernel has no such list; -EOPNOTSUPP if it has one that is not found for
 * certain, or that is empty: then nothing is known of them.
 */
int kernel_read_certificates(struct kernel *kernel, struct arena *arena,
			     struct kernel_certificates *ret, struct error *error);

/*
 * The text of /proc/config.gz, from malloc(), with one NUL byte behind it that @ret_size
 * does not count. -ENODATA if it is not built in (no CONFIG_IKCONFIG, as in Debian);
 * -EBADMSG if it is broken; -E2BIG over LIMIT_TEXT_FILE.
 */
int kernel_read_config(struct kernel *kernel, char **ret, size_t *ret_size,
		       struct error *error);
