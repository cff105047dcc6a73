/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/verity.h"

/* Work is handed out in pieces of this many bytes: few enough calls, still in the cache.
 */
#define PIECE_SIZE  (256 * KIB)
#define MAX_THREADS 64

/*
 * A tree of 64 KiB blocks of 16-byte digests over 2^64 bytes has 4 levels; 512 and 64
 * have 17.
 */
#define MAX_LEVELS  32

struct layout {
	const struct source *data, *hash;
	const struct verity_superblock *superblock;
	size_t digest_size;
	size_t slot_size;   /* of a digest in a hash block: the next power of two */
	uint64_t per_block; /* digests in one hash block */
	unsigned n_levels;  /* level 0 is the one over the data */
	uint64_t n_blocks[MAX_LEVELS]; /* hash blocks of each level */
	uint64_t offset[MAX_LEVELS];   /* of each level in @hash, bytes */
	uint64_t tree_size;
};

/* dm-verity puts the top level first, right behind the superblock's block. */
static int lay_out(struct layout *layout, struct error *error)
{
	const struct verity_superblock *superblock = layout->superblock;
	uint64_t n = superblock->n_data_blocks, at = superblock->hash_block_size;

	layout->slot_size = 1;
	while (layout->slot_size < layout->digest_size)
		layout->slot_size *= 2;
	layout->per_block = superblock->hash_block_size / layout->slot_size;
	if (layout->per_block < 2)
		return error_bad(
			error, 68,
			"hash block size is %u, must hold two digests of %zu bytes",
			superblock->hash_block_size, layout->digest_size);
	while (n > 1) {
		n = n / layout->per_block + (n % layout->per_block != 0);
		layout->n_blocks[layout->n_levels++] = n;
	}
	for (unsigned level = layout->n_levels; level > 0; level--) {
		uint64_t size;

		layout->offset[level - 1] = at;
		if (__builtin_mul_overflow(layout->n_blocks[level - 1],
					   (uint64_t)superblock->hash_block_size,
					   &size) ||
		    __builtin_add_overflow(at, size, &at))
			return error_bad(error, 72,
					 "%" PRIu64
					 " data blocks, whose tree no file can hold",
					 superblock->n_data_blocks);
	}
	layout->tree_size = at;
	return 0;
}

static int check_sizes(const struct layout *layout, struct error *error)
{
	const struct verity_superblock *superblock = layout->superblock;
	uint64_t data_size = superblock->n_data_blocks * superblock->data_block_size;

	if (source_size(layout->data) < data_size)
		return error_bad(error, 72,
				 "data has %" PRIu64 " bytes, must have %" PRIu64
				 " (%" PRIu64 " blocks of %u)",
				 source_size(layout->data), data_size,
				 superblock->n_data_blocks, superblock->data_block_size);
	if (source_size(layout->hash) < layout->tree_size)
		return error_bad(error, 72,
				 "hash partition has %" PRIu64
				 " bytes, superblock and tree need %" PRIu64,
				 source_size(layout->hash), layout->tree_size);
	return 0;
}

/* One row of blocks that is checked against the level above it. */
struct row {
	const struct source *source;
	uint64_t offset; /* of the first block, bytes */
	uint64_t n_blocks;
	uint32_t block_size; /* bytes */
	unsigned parent;     /* the level that holds the digests */
};

struct bad {
	uint64_t *blocks;
	size_t n, n_allocated;
	uint64_t n_total;
};

struct job {
	const struct layout *layout;
	const struct row *row;
	atomic_uint_fast64_t next; /* the next block that nobody took */
	pthread_mutex_t lock;      /* of everything below */
	struct bad *bad;
	struct error error;
};

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Sorts, and keeps the first that are listed. */
static void bad_trim(struct bad *bad)
{
	if (bad->n > 1)
		qsort(bad->blocks, bad->n, sizeof(*bad->blocks), compare_numbers);
	bad->n = MIN(bad->n, (size_t)LIMIT_BAD_BLOCKS);
}

/* Threads find them in any order: twice the limit is kept, so that the first can be told.
 */
static bool bad_append(struct bad *bad, uint64_t block)
{
	bad->n_total++;
	if (bad->n == 2 * LIMIT_BAD_BLOCKS)
		bad_trim(bad);
	if (bad->n == bad->n_allocated) {
		size_t n = bad->n_allocated ? bad->n_allocated * 2 : 16;
		uint64_t *blocks = reallocarray(bad->blocks, n, sizeof(*blocks));

		if (!blocks)
			return false;
		bad->blocks = blocks;
		bad->n_allocated = n;
	}
	bad->blocks[bad->n++] = block;
	return true;
}

static void bad_done(struct bad *bad)
{
	free(bad->blocks);
}

/* Hash type 1: the salt comes before the block. */
static void hash_block(struct digest *digest, const struct verity_superblock *superblock,
		       const uint8_t *block, size_t size, uint8_t *ret)
{
	digest_add(digest, superblock->salt, superblock->salt_size);
	digest_add(digest, block, size);
	digest_finish(digest, ret);
}

/* What one thread needs, allocated once. */
struct worker {
	struct job *job;
	struct digest *digest;
	uint8_t *piece;   /* blocks to be checked */
	uint8_t *digests; /* their digests in the level above */
	uint64_t per_piece;
	struct error error;
};

/* The digests of blocks @first to @first + @n: they may lie in several hash blocks. */
static int read_digests(struct worker *worker, uint64_t first, uint64_t n)
{
	const struct layout *layout = worker->job->layout;
	uint32_t block_size = layout->superblock->hash_block_size;
	uint64_t level_offset = layout->offset[worker->job->row->parent];
	uint8_t *to = worker->digests;

	while (n > 0) {
		uint64_t slot = first % layout->per_block;
		uint64_t count = MIN(n, layout->per_block - slot);
		int r = source_read(
			layout->hash,
			level_offset + first / layout->per_block * block_size +
				slot * layout->slot_size,
			to, (size_t)(count * layout->slot_size), &worker->error);

		if (r < 0)
			return r;
		to += count * layout->slot_size;
		first += count;
		n -= count;
	}
	return 0;
}

static int check_piece(struct worker *worker, uint64_t first, uint64_t n)
{
	const struct layout *layout = worker->job->layout;
	const struct row *row = worker->job->row;
	uint8_t digest[DIGEST_MAX_SIZE];
	int r;

	r = source_read(row->source, row->offset + first * row->block_size, worker->piece,
			(size_t)(n * row->block_size), &worker->error);
	if (r == 0)
		r = read_digests(worker, first, n);
	for (uint64_t i = 0; r == 0 && i < n; i++) {
		bool ok;

		hash_block(worker->digest, layout->superblock,
			   worker->piece + i * row->block_size, row->block_size, digest);
		if (memcmp(digest, worker->digests + i * layout->slot_size,
			   layout->digest_size) == 0)
			continue;
		(void)pthread_mutex_lock(&worker->job->lock);
		ok = bad_append(worker->job->bad, first + i);
		(void)pthread_mutex_unlock(&worker->job->lock);
		if (!ok)
			r = error_memory(&worker->error);
	}
	return r;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct job *job = worker->job;
	int r = 0;

	while (r == 0) {
		uint64_t first = atomic_fetch_add(&job->next, worker->per_piece);

		if (first >= job->row->n_blocks)
			break;
		r = check_piece(worker, first,
				MIN(worker->per_piece, job->row->n_blocks - first));
	}
	if (r < 0) {
		/* The others stop at their next piece. */
		atomic_store(&job->next, job->row->n_blocks);
		(void)pthread_mutex_lock(&job->lock);
		if (job->error.code == 0)
			job->error = worker->error;
		(void)pthread_mutex_unlock(&job->lock);
	}
	return NULL;
}

static void worker_done(struct worker *worker)
{
	digest_free(worker->digest);
	free(worker->piece);
	free(worker->digests);
}

static int worker_init(struct worker *worker, struct job *job, struct error *error)
{
	const struct layout *layout = job->layout;

	*worker = (struct worker){.job = job, .error = ERROR_INIT};
	worker->per_piece = MAX(PIECE_SIZE / job->row->block_size, UINT64_C(1));
	worker->piece = malloc((size_t)(worker->per_piece * job->row->block_size));
	worker->digests = malloc((size_t)worker->per_piece * layout->slot_size);
	if (!worker->piece || !worker->digests)
		return error_memory(error);
	return digest_new(layout->superblock->algorithm, &worker->digest, error);
}

/* sysconf() would open files for it, which a sandbox refuses. */
static unsigned count_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set)
							    : 1;
}

static unsigned count_threads(const struct row *row, unsigned max_threads)
{
	uint64_t n = count_processors();
	uint64_t n_pieces = row->n_blocks * row->block_size / PIECE_SIZE + 1;

	n = MIN(MIN(n, n_pieces), (uint64_t)MAX_THREADS);
	return (unsigned)(max_threads ? MIN(n, (uint64_t)max_threads) : n);
}

static int check_row(const struct layout *layout, const struct row *row,
		     unsigned max_threads, struct bad *bad, struct error *error)
{
	struct job job = {.layout = layout,
			  .row = row,
			  .bad = bad,
			  .error = ERROR_INIT,
			  .lock = PTHREAD_MUTEX_INITIALIZER};
	unsigned n = count_threads(row, max_threads), n_started = 0;
	struct worker workers[MAX_THREADS] = {0};
	pthread_t threads[MAX_THREADS];
	int r = 0;

	for (unsigned i = 0; i < n && r == 0; i++)
		r = worker_init(&workers[i], &job, error);
	/*
	 * The first worker is this thread; one that cannot be started leaves its work to
	 * others.
	 */
	for (unsigned i = 1; r == 0 && i < n; i++) {
		if (pthread_create(&threads[n_started], NULL, work, &workers[i]) != 0)
			break;
		n_started++;
	}
	if (r == 0)
		(void)work(&workers[0]);
	for (unsigned i = 0; i < n_started; i++)
		(void)pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < n; i++)
		worker_done(&workers[i]);
	if (r == 0 && job.error.code < 0) {
		if (error)
			*error = job.error;
		r = job.error.code;
	}
	return r;
}

/* Hash blocks against the level above, from the top; their offsets go to @bad. */
static int check_levels(const struct layout *layout, unsigned max_threads,
			struct bad *bad, struct error *error)
{
	uint32_t block_size = layout->superblock->hash_block_size;

	for (unsigned level = layout->n_levels; level > 1; level--) {
		struct row row = {.source = layout->hash,
				  .offset = layout->offset[level - 2],
				  .n_blocks = layout->n_blocks[level - 2],
				  .block_size = block_size,
				  .parent = level - 1};
		_cleanup_(bad_done) struct bad found = {0};
		int r = check_row(layout, &row, max_threads, &found, error);

		if (r < 0)
			return r;
		for (size_t i = 0; i < found.n; i++)
			if (!bad_append(bad, row.offset + found.blocks[i] * block_size))
				return error_memory(error);
	}
	bad_trim(bad);
	return 0;
}

/* The digest of the top block, or of the only data block where there is no tree at all.
 */
static int hash_root(const struct layout *layout, uint8_t *ret, struct error *error)
{
	const struct verity_superblock *superblock = layout->superblock;
	bool has_tree = layout->n_levels > 0;
	size_t size =
		has_tree ? superblock->hash_block_size : superblock->data_block_size;
	_cleanup_(digest_freep) struct digest *digest = NULL;
	_cleanup_free_ uint8_t *block = malloc(size);
	int r;

	if (!block)
		return error_memory(error);
	r = digest_new(superblock->algorithm, &digest, error);
	if (r == 0)
		r = source_read(has_tree ? layout->hash : layout->data,
				has_tree ? layout->offset[layout->n_levels - 1] : 0,
				block, size, error);
	if (r < 0)
		return r;
	hash_block(digest, superblock, block, size, ret);
	return 0;
}

static int check_all(const struct layout *layout, unsigned max_threads, struct bad *data,
		     struct bad *hashes, struct error *error)
{
	struct row row = {.source = layout->data,
			  .n_blocks = layout->superblock->n_data_blocks,
			  .block_size = layout->superblock->data_block_size};
	int r = check_levels(layout, max_threads, hashes, error);

	if (r == 0 && layout->n_levels > 0)
		r = check_row(layout, &row, max_threads, data, error);
	bad_trim(data);
	return r;
}

int verity_check(const struct source *data, const struct source *hash,
		 const struct verity_superblock *superblock, unsigned max_threads,
		 struct verity_report *ret, struct error *error)
{
	struct layout layout = {.data = data, .hash = hash, .superblock = superblock};
	struct verity_report report = {0};
	struct bad bad_data = {0}, bad_hashes = {0};
	struct digest *digest;
	int r;

	r = digest_new(superblock->algorithm, &digest, error);
	if (r < 0)
		return r;
	layout.digest_size = digest_size(digest);
	digest_free(digest);
	r = lay_out(&layout, error);
	if (r == 0)
		r = check_sizes(&layout, error);
	if (r == 0)
		r = hash_root(&layout, report.root_hash, error);
	if (r == 0)
		r = check_all(&layout, max_threads, &bad_data, &bad_hashes, error);
	report.bad_blocks = bad_data.blocks;
	report.bad_hash_offsets = bad_hashes.blocks;
	if (r < 0) {
		verity_report_done(&report);
		return r;
	}
	report.root_hash_size = layout.digest_size;
	report.tree_size = layout.tree_size;
	report.n_bad_blocks = bad_data.n;
	report.n_bad_total = bad_data.n_total;
	report.n_bad_hashes = bad_hashes.n;
	*ret = report;
	return 0;
}

void verity_report_done(struct verity_report *report)
{
	free(report->bad_blocks);
	free(report->bad_hash_offsets);
	*report = (struct verity_report){0};
}
