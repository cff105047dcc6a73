/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Each bound that this project puts on its input, with its reason. An input over a bound
 * is answered with -E2BIG and a message that names the bound; systemd's and the kernel's
 * own bounds stand with the code that mirrors them.
 */

#define KIB                     (UINT64_C(1) << 10)
#define MIB                     (UINT64_C(1) << 20)
#define GIB                     (UINT64_C(1) << 30)

/* All files of one tree: a full Debian root has 300,000; an initrd 2,000. */
#define LIMIT_TREE_ENTRIES      UINT32_C(4000000)

/* A path: PATH_MAX of Linux, which also bounds what the kernel unpacks from an initrd. */
#define LIMIT_PATH_SIZE         4096

/* Directories below each other: PATH_MAX / 2; deeper trees cannot be named. */
#define LIMIT_TREE_DEPTH        2048

/* Symbolic links followed in one lookup: systemd's CHASE_MAX is 32, Linux allows 40. */
#define LIMIT_LINKS             40

/* What an initrd may unpack to. It has to fit into memory at boot beside everything else.
 */
#define LIMIT_INITRD_UNPACKED   (4 * GIB)

/* Names in the directories of one image, together; the longest path is 4096. */
#define LIMIT_IMAGE_NAMES       (512 * MIB)

/* Members of an initrd: dracut writes 2, systemd-stub adds one for each kind of side car.
 */
#define LIMIT_INITRD_MEMBERS    4096

/*
 * One file that is read whole into memory to be parsed: unit, release, index,
 * certificate.
 */
#define LIMIT_TEXT_FILE         (16 * MIB)

/* One ELF file that is parsed; the largest library of Debian (libLLVM) has 140 MB. */
#define LIMIT_ELF_FILE          (512 * MIB)

/* Dynamic entries, version records and needed libraries of one ELF file. */
#define LIMIT_ELF_RECORDS       UINT32_C(1000000)

/* A window of decompression: xz -9 wants 64 MiB, zstd --ultra --long=27 128 MiB. */
#define LIMIT_DECOMPRESS_WINDOW (128 * MIB)

/* The extended attributes of one file; Linux allows 64 KiB each. */
#define LIMIT_XATTRS            256

/*
 * GPT entries: systemd takes what libblkid takes, which is at most 4096 entries of 128
 * bytes.
 */
#define LIMIT_GPT_ENTRIES       4096

/* A verity signature partition: systemd reads at most 4 MiB (VERITY_SIG_SIZE). */
#define LIMIT_VERITY_SIGNATURE  (4 * MIB)

/* A manifest, a key, a certificate: people write kilobytes. */
#define LIMIT_MANIFEST          (1 * MIB)
#define LIMIT_KEY               (1 * MIB)

/* Bad blocks that a verity check lists; the others are counted. More than anybody reads.
 */
#define LIMIT_BAD_BLOCKS        4096

/*
 * Sections of a PE image: ukify writes up to 15, 12 more a profile and one a device tree.
 * Signatures of one: a shim has two, of 2 KiB each.
 */
#define LIMIT_PE_SECTIONS       1024
#define LIMIT_PE_CERTIFICATES   64
#define LIMIT_PE_CERT_TABLE     (1 * MIB)

/* A text in a UKI: the kernel's command line has at most 4 KiB. */
#define LIMIT_UKI_TEXT          (1 * MIB)
