/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Small images of kernels: each part that is read, and nothing that would run. */

#include "formats/kernel.h"
#include "test/lib/pieces.h"

#define TEST_KERNEL_RELEASE "6.12.9-test"
/* Where riscv64 has its first byte; an address as good as any for the others. */
#define TEST_KERNEL_ADDRESS 0xffffffff80000000

enum test_kernel_flag {
	TEST_KERNEL_CHECKSUMS = 1 << 0, /* as with CONFIG_MODVERSIONS */
	TEST_KERNEL_FLAGS = 1 << 1,     /* __kflagstab, and no __ksymtab_gpl */
	TEST_KERNEL_ABSOLUTE = 1 << 2,  /* addresses, not offsets */
	TEST_KERNEL_LOONGARCH = 1 << 4, /* addresses of loongarch64, in an Image */
	TEST_KERNEL_CONFIG = 1 << 3,    /* CONFIG_MODULES=y, as with CONFIG_IKCONFIG */
};

/* What every one of them exports, sorted by name. */
const struct exported_symbol *test_kernel_symbols(size_t *ret_n);

/* The pieces, with room for a header in front. */
void test_kernel_pieces(struct test_pieces *pieces, unsigned flags);

/* The pieces as ELF file. */
void test_kernel_vmlinux(struct test_pieces *pieces, unsigned flags);

/* The pieces as Image of arm64; of riscv64 or loongarch64 where there are addresses. */
void test_kernel_image(struct test_pieces *pieces, unsigned flags);

/*
 * Around a payload, compressed as the kernel's makefiles do it: none, gzip, xz or lz4.
 * The release is TEST_KERNEL_RELEASE. A zboot image has gzip.
 */
void test_kernel_bzimage(struct strbuf *image, struct span payload,
			 enum compression compression);
void test_kernel_zboot(struct strbuf *image, struct span payload);

/*
 * Adds bytes of the form of certificates (30 82, a length, and nothing real), behind each
 * other, then @gap zeros, then their sizes as certs/system_certificates.S has them; that
 * of the first as the one of the modules, if @modules.
 */
void test_kernel_certificates(struct test_pieces *pieces, const size_t *sizes, size_t n,
			      size_t gap, bool modules);

/* Adds the bytes, compressed with gzip. */
void test_gzip(struct strbuf *to, struct span bytes);
