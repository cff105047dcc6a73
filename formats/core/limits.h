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

/*
 * All files of one tree: a full Debian root has 300,000; an initrd 2,000. One takes 400
 * bytes of memory, and an attacker packs a million of them into 3 MB.
 */
#define LIMIT_TREE_ENTRIES      UINT32_C(400000)

/*
 * Changes of a file with several names, times its names, in one tree: n names may cost n
 * times n; an initrd that dracut has linked has 100.
 */
#define LIMIT_TREE_SHARED       UINT32_C(4000000)

/* A path: PATH_MAX of Linux, which also bounds what the kernel unpacks from an initrd. */
#define LIMIT_PATH_SIZE         4096

/* Directories below each other: PATH_MAX / 2; deeper trees cannot be named. */
#define LIMIT_TREE_DEPTH        2048

/* Symbolic links followed in one lookup: systemd's CHASE_MAX is 32, Linux allows 40. */
#define LIMIT_LINKS             40

/* What an initrd may unpack to. It has to fit into memory at boot beside everything else.
 */
#define LIMIT_INITRD_UNPACKED   (4 * GIB)

/*
 * Paths and link targets of one tree, or names in the directories of one image, together:
 * a full Debian root has 25 MB.
 */
#define LIMIT_IMAGE_NAMES       (64 * MIB)

/*
 * Contents that are kept of an initrd, together: units, settings, indexes. Debian's have
 * 3 MB.
 */
#define LIMIT_TREE_CONTENTS     (16 * MIB)

/*
 * Block lists of the files of one image, together: 4 bytes a block, so 8 TiB of 128 KiB
 * blocks.
 */
#define LIMIT_IMAGE_BLOCK_LISTS (256 * MIB)

/* Extended attributes of one image, together: 40 bytes of SELinux a file make 12 MB. */
#define LIMIT_IMAGE_XATTRS      (32 * MIB)

/*
 * Pieces of files that are looked up in one image: 64 GiB in chunks of 4 KiB, the
 * smallest that are made.
 */
#define LIMIT_IMAGE_EXTENTS     UINT32_C(16000000)

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

/*
 * One ELF file of a base, which is in memory while it is read: half of what the base
 * unpacks to, and 64 MiB, is what reading it may take. A Debian initrd's largest has 10
 * MB.
 */
#define LIMIT_BASE_ELF          (64 * MIB)

/* Dynamic entries, version records and needed libraries of one ELF file. */
#define LIMIT_ELF_RECORDS       UINT32_C(1000000)

/* The names and versions of one ELF file, together; libLLVM's have 4 KB. */
#define LIMIT_ELF_STRINGS       (16 * MIB)

/* A window of decompression: xz -9 wants 64 MiB, zstd --ultra --long=27 128 MiB. */
#define LIMIT_DECOMPRESS_WINDOW (128 * MIB)

/* The extended attributes of one file; Linux allows 64 KiB each. */
#define LIMIT_XATTRS            256

/*
 * GPT entries: systemd takes what libblkid takes, which is at most 4096 entries of 128
 * bytes.
 */
#define LIMIT_GPT_ENTRIES       4096

/* Entries of a versioned directory: one for each release that is kept. */
#define LIMIT_VERSIONS          4096

/* A file or attribute with a root hash, of which the first line counts: 128 digits. */
#define LIMIT_ROOT_HASH_FILE    (64 * KIB)

/*
 * A verity signature partition: systemd reads at most 4 MiB (VERITY_SIG_SIZE). A side
 * car with a signature has no more reason to be larger.
 */
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

/*
 * A base profile, unpacked: that of a Debian initrd of 55 MB has 4 MB. How many
 * values of JSON it may have: each takes up to 250 bytes while it is read.
 */
#define LIMIT_PROFILE           (32 * MIB)
#define LIMIT_PROFILE_VALUES    500000
#define LIMIT_PROFILE_DEPTH     16

/* A text in a UKI: the kernel's command line has at most 4 KiB. */
#define LIMIT_UKI_TEXT          (1 * MIB)

/* A file of waivers: a line of 200 bytes for each of 5,000 findings. */
#define LIMIT_WAIVERS           (1 * MIB)

/* A report that is read again: one of 100,000 findings has 40 MB. */
#define LIMIT_REPORT            (64 * MIB)

/* What a kernel may unpack to: Debian's has 62 MB, one with KASAN three times that. */
#define LIMIT_KERNEL_UNPACKED   (256 * MIB)

/* One module: the largest of Debian (amdgpu) has 45 MB, for riscv64 58 MB. */
#define LIMIT_MODULE            (128 * MIB)

/*
 * What is unpacked may have this many times its compressed bytes and 16 MiB more: a
 * kernel, a module or an initrd has 5 times as many, a bomb 1000 times and more. Without
 * it 150 KB of zstd keep the reader busy for 4 GiB.
 */
#define LIMIT_UNPACK_RATIO      64
#define LIMIT_UNPACK_SMALL      (16 * MIB)

/* Exported symbols of one kernel or module: Debian's kernel has 13,000. */
#define LIMIT_KERNEL_SYMBOLS    UINT32_C(250000)

/* The name and namespace of one: KSYM_NAME_LEN of Linux is 512. */
#define LIMIT_KERNEL_SYMBOL     1024

/* Sections of one ELF file: a module with one for each of its functions has thousands. */
#define LIMIT_ELF_SECTIONS      UINT32_C(65536)

/* Fields of .modinfo and needed symbols of one module: aliases make up to 2000. */
#define LIMIT_MODULE_RECORDS    UINT32_C(250000)

/* Certificates built into one kernel: distributions have 1 to 5. */
#define LIMIT_KERNEL_CERTS      1024
