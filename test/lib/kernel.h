/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Small images of kernels: each part that is read, and nothing that would run. */

#include "formats/kernel.h"
#include "test/lib/pieces.h"

#define TEST_KERNEL_RELEASE "6.12.9-test"
#define TEST_KERNEL_ADDRESS 0xffffffff81000000

enum test_kernel_flag {
	TEST_KERNEL_CHECKSUMS = 1 << 0, /* as with CONFIG_MODVERSIONS */
	TEST_KERNEL_FLAGS = 1 << 1,     /* __kflagstab, and no __ksymtab_gpl */
	TEST_KERNEL_ABSOLUTE = 1 << 2,  /* addresses, not offsets */
	TEST_KERNEL_CONFIG = 1 << 3,    /* as with CONFIG_IKCONFIG */
};

/* What every one of them exports, sorted by name. */
extern const struct exported_symbol test_kernel_symbols[];
extern const size_t test_kernel_n_symbols;

/* The pieces, with room for a header in front. */
void test_kernel_pieces(struct test_pieces *pieces, unsigned flags);

/* The pieces as ELF file. */
void test_kernel_vmlinux(struct test_pieces *pieces, unsigned flags);

/* The pieces as Image of arm64. */
void test_kernel_image(struct test_pieces *pieces, unsigned flags);

/*
 * Around a payload that is compressed with gzip if @gzip. The release is that of
 * TEST_KERNEL_RELEASE.
 */
void test_kernel_bzimage(struct strbuf *image, struct span payload, bool gzip);
void test_kernel_zboot(struct strbuf *image, struct span payload);

/* Adds the bytes, compressed with gzip. */
void test_gzip(struct strbuf *to, struct span bytes);
