/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <lzo/lzo1x.h>

#include "formats/squashfs-image.h"

/*
 * The compressor that libsquashfs lacks where it was built without lzo, as in Debian: a
 * block is one stream of lzo1x (fs/squashfs/lzo_wrapper.c of Linux). Options only matter
 * to who compresses.
 */

static void get_configuration(const sqfs_compressor_t *compressor,
			      sqfs_compressor_config_t *ret)
{
	*ret = (sqfs_compressor_config_t){.id = SQFS_COMP_LZO};
}

static int write_options(sqfs_compressor_t *compressor, sqfs_file_t *file)
{
	return SQFS_ERROR_UNSUPPORTED;
}

static int read_options(sqfs_compressor_t *compressor, sqfs_file_t *file)
{
	return 0;
}

static sqfs_s32 do_block(sqfs_compressor_t *compressor, const sqfs_u8 *in, sqfs_u32 size,
			 sqfs_u8 *out, sqfs_u32 out_size)
{
	lzo_uint written = out_size;

	if (lzo1x_decompress_safe(in, size, out, &written, NULL) != LZO_E_OK)
		return SQFS_ERROR_COMPRESSOR;
	return (sqfs_s32)written;
}

static void destroy(sqfs_object_t *object)
{
}

sqfs_compressor_t *squashfs_lzo(void)
{
	static sqfs_compressor_t lzo = {
		.base = {.destroy = destroy},
		.get_configuration = get_configuration,
		.write_options = write_options,
		.read_options = read_options,
		.do_block = do_block,
	};

	return lzo_init() == LZO_E_OK ? &lzo : NULL;
}
