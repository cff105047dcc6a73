/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What was read last, for those who read on: a piece of an index, and the bytes of one
 * cluster of a file, of one of the packed inode and of one of the metabox.
 */

#include "formats/core/limits.h"
#include "formats/erofs-image.h"

#define WINDOW_SIZE 4096

struct cluster {
	struct erofs_extent extent; /* size 0: empty */
	uint8_t *bytes;
};

struct erofs_cache {
	uint64_t window_at;
	size_t window_size;
	uint8_t window[WINDOW_SIZE];
	struct cluster clusters[3];
};

struct erofs_cache *erofs_cache_new(void)
{
	return calloc(1, sizeof(struct erofs_cache));
}

void erofs_cache_free(struct erofs_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(cache->clusters); i++)
		free(cache->clusters[i].bytes);
	free(cache);
}

/* Entries of an index are aligned, so that none crosses a window. */
int erofs_read_cached(const struct erofs_image *image, bool boxed, uint64_t offset,
		      void *buffer, size_t size, struct error *error)
{
	struct erofs_cache *cache = image->cache;
	uint64_t there = source_size(image->source),
		 at = offset / WINDOW_SIZE * WINDOW_SIZE;
	int r;

	if (boxed)
		return erofs_read_meta(image, boxed, offset, buffer, size, error);
	if (offset >= there || size > there - offset ||
	    size > WINDOW_SIZE - (offset - at))
		return source_read(image->source, offset, buffer, size, error);
	if (cache->window_size == 0 || cache->window_at != at) {
		size_t n = (size_t)MIN(there - at, (uint64_t)WINDOW_SIZE);

		cache->window_size = 0;
		r = source_read(image->source, at, cache->window, n, error);
		if (r < 0)
			return r;
		cache->window_at = at;
		cache->window_size = n;
	}
	memcpy(buffer, cache->window + (offset - at), size);
	return 0;
}

static bool is_cached(const struct cluster *cluster, const struct erofs_extent *extent)
{
	const struct erofs_extent *last = &cluster->extent;

	return last->size == extent->size && last->at == extent->at &&
	       last->stored == extent->stored && last->algorithm == extent->algorithm &&
	       last->partial == extent->partial && last->boxed == extent->boxed;
}

static size_t place_of(const struct erofs_image *image, const struct erofs_file *file)
{
	if (file == image->metabox)
		return 2;
	return file == image->packed ? 1 : 0;
}

/*
 * The metabox has a place of its own, for what is read of it may be a cluster of another
 * file.
 */
int erofs_read_cluster(const struct erofs_image *image, const struct erofs_file *file,
		       const struct erofs_extent *extent, const uint8_t **ret,
		       struct error *error)
{
	_cleanup_free_ uint8_t *in = NULL, *out = NULL;
	struct cluster *cluster = &image->cache->clusters[place_of(image, file)];
	int r;

	if (!is_cached(cluster, extent)) {
		in = malloc((size_t)extent->stored);
		out = malloc((size_t)extent->size);
		if (!in || !out)
			return error_memory(error);
		if (extent->boxed)
			r = erofs_read_meta(image, true, extent->at, in,
					    (size_t)extent->stored, error);
		else
			r = source_read(image->source, extent->at, in,
					(size_t)extent->stored, error);
		if (r == 0)
			r = erofs_decompress(image, extent, in, out, error);
		if (r < 0)
			return r;
		free(cluster->bytes);
		*cluster = (struct cluster){*extent, TAKE_PTR(out)};
	}
	*ret = cluster->bytes;
	return 0;
}
