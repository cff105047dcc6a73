/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/profile.h"

#include "formats/core/limits.h"
#include "formats/profile.h"
#include "sysext-verify/model/facts.h"
#include "sysext-verify/model/units.h"
#include "test/lib/archive.h"
#include "test/lib/elf.h"
#include "test/lib/image.h"
#include "test/lib/keys.h"
#include "test/lib/run.h"

#define UNITS "usr/lib/systemd/system/"

static void add_text_files(struct strbuf *archive)
{
	cpio_add_file(archive, "usr/lib/os-release",
		      "ID=test\nPRETTY_NAME='Test \"1\"'\nodd\n");
	cpio_add(archive, .name = "etc/os-release", .mode = 0120777,
		 .content = "../usr/lib/os-release");
	cpio_add_file(archive, UNITS "a.service", "[Unit]\n# x\nWants=b.target \\\n c\n");
	cpio_add_file(archive, UNITS "a.service.d/x.conf",
		      "[Service]\nExecStart=/x -y\n");
	cpio_add_file(archive, UNITS "a.service.d/x.txt", "[Unit]\nsecret=1\n");
	cpio_add_file(archive, "usr/lib/modules/6.1/modules.dep",
		      "kernel/a-b.ko.xz: kernel/c.ko\nkernel/c.ko:\n");
	cpio_add_file(archive, "usr/lib/modules/6.1/modules.builtin", "");
	cpio_add_file(archive, "etc/secret", "a secret");
}

static void add_certificates(struct strbuf *archive)
{
	EVP_PKEY *key = test_key_new("EC");
	X509 *certificate = test_certificate_new(key, "Test", 0x1234, true);
	struct strbuf pem = {0};

	test_certificate_pem(certificate, &pem);
	cpio_add_file(archive, "usr/lib/verity.d/b.crt", strbuf_text(&pem));
	test_certificate_pem(certificate, &pem);
	cpio_add_file(archive, "usr/lib/verity.d/c.crt", strbuf_text(&pem));
	cpio_add_file(archive, "usr/lib/verity.d/d.crt", "no certificate");
	cpio_add_file(archive, "usr/lib/verity.d/e.pem", "not looked at");
	strbuf_done(&pem);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

/* One of everything that a profile has a place for. */
static void make_archive(struct strbuf *archive)
{
	static const char *const directories[] = {"etc",
						  "usr",
						  "usr/bin",
						  "usr/lib",
						  "usr/lib/verity.d",
						  "usr/lib/systemd",
						  "usr/lib/systemd/system",
						  UNITS "a.service.d",
						  "usr/lib/modules",
						  "usr/lib/modules/6.1",
						  "dev"};
	struct test_elf elf = test_elf_make();

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		cpio_add(archive, .name = directories[i], .mode = 040755);
	add_text_files(archive);
	add_certificates(archive);
	cpio_add(archive, .name = "dev/null", .mode = 020666, .node_major = 1,
		 .node_minor = 3);
	cpio_add(archive, .name = "dev/disk", .mode = 060660, .gid = 6, .node_major = 8);
	cpio_add(archive, .name = "dev/pipe", .mode = 010600, .uid = 7);
	cpio_add(archive, .name = "usr/bin/\xff \\x", .mode = 0106755,
		 .content = "#!/x y\n");
	cpio_add(archive, .name = "usr/bin/elf", .mode = 0100755,
		 .content = (const char *)&elf, .content_size = sizeof(elf));
	cpio_add(archive, .name = "usr/bin/broken", .mode = 0100755,
		 .content = "\177ELF broken");
	cpio_add(archive, .name = "usr/lib/one", .mode = 0100644, .inode = 9,
		 .n_links = 2);
	cpio_add(archive, .name = "usr/lib/two", .mode = 0100644, .inode = 9,
		 .n_links = 2, .content = "linked");
	cpio_add(archive, .name = "no/parent", .mode = 0100644, .content = "lost");
	cpio_add_trailer(archive);
	strbuf_add_string(archive, "garbage behind it all");
}

struct pair {
	struct arena *arena;
	char *directory, *path, *profile_path;
	struct base *base, *profile;
	uint8_t *packed;
	size_t packed_size;
};

static void pair_make(struct pair *pair, const void *data, size_t size)
{
	struct error error = ERROR_INIT;
	struct base_request request = {.n_layers = 1, .symbols = true};

	*pair = (struct pair){.arena = arena_new(), .directory = test_directory_new()};
	pair->path = test_directory_write(pair->directory, "base", data, size);
	request.layers = (const char *const[]){pair->path};
	test_ok(base_read(pair->arena, &request, &pair->base, &error), &error);
	test_ok(profile_write(pair->base, "test", &pair->packed, &pair->packed_size,
			      &error),
		&error);
	pair->profile_path = test_directory_write(pair->directory, "profile",
						  pair->packed, pair->packed_size);
	test_ok(base_read_path(pair->arena, pair->profile_path, &pair->profile, &error),
		&error);
}

static void pair_done(struct pair *pair)
{
	base_free(pair->base);
	base_free(pair->profile);
	free(pair->packed);
	free(pair->path);
	free(pair->profile_path);
	test_directory_free(pair->directory);
	arena_free(pair->arena);
}

#define _cleanup_pair_ _cleanup_(pair_done)

static void pair_make_all(struct pair *pair)
{
	struct strbuf archive = {0};

	make_archive(&archive);
	pair_make(pair, archive.data, archive.size);
	strbuf_done(&archive);
}

static void describe_error(const char *name, const struct error *why, struct strbuf *text)
{
	if (why && why->code < 0)
		strbuf_addf(text, " %s=%d@%llu:%s", name, why->code,
			    (unsigned long long)why->offset, why->message);
}

static void describe_node(struct node *node, struct strbuf *text)
{
	const struct entry *entry = &node->entry;
	uint8_t digest[DIGEST_SHA256_SIZE] = {0};

	strbuf_addf(text, "%s %d %o %u:%u %u:%u %s %llu layer=%u script=%s", entry->path,
		    entry->type, entry->mode, entry->uid, entry->gid, entry->device_major,
		    entry->device_minor, entry->target ? entry->target : "-",
		    (unsigned long long)entry->size, node->base_layer,
		    node->interpreter ? node->interpreter : "-");
	if (entry->type == ENTRY_FILE)
		test_ok(node_digest(node, digest, NULL), NULL);
	for (size_t i = 0; i < sizeof(digest); i++)
		strbuf_addf(text, "%02x", digest[i]);
	describe_error("elf_error", node->elf_error, text);
	strbuf_add_char(text, '\n');
	if (node->elf)
		test_elf_describe(node->elf, text);
	if (node->elf)
		strbuf_addf(text, "%s %u\n", node->elf->machine_name, node->elf->faults);
}

static void describe_certificates(const struct base *base, struct strbuf *text)
{
	for (size_t i = 0; i < base->n_certificates; i++) {
		const struct base_certificate *certificate = &base->certificates[i];

		strbuf_addf(text, "certificate %s %s %u", certificate->path,
			    certificate->certificate
				    ? certificate_subject(certificate->certificate)
				    : "-",
			    certificate->faults);
		describe_error("error", &certificate->error, text);
		strbuf_add_char(text, '\n');
	}
	for (size_t i = 0; i < base->n_verity_d_ignored; i++)
		strbuf_addf(text, "ignored %s\n", base->verity_d_ignored[i]);
}

static void describe_lines(const struct tree *tree, const char *path, struct strbuf *text)
{
	struct unit_line *lines;
	size_t n;

	test_ok(node_lines(tree, tree_get(tree, path), &lines, &n, NULL), NULL);
	for (size_t i = 0; i < n; i++)
		strbuf_addf(text, "%s:%u: %s %s=%s\n", path, lines[i].line,
			    lines[i].section, lines[i].key, lines[i].value);
}

static void describe_index(const struct tree *tree, const char *path, struct strbuf *text)
{
	_cleanup_(map_freep) struct map *index = NULL;

	test_ok(node_module_index(tree, tree_get(tree, path), &index, NULL), NULL);
	for (size_t i = 0; i < map_size(index); i++)
		strbuf_addf(text, "%s: %s=%s\n", path, map_key_at(index, i),
			    (const char *)map_value_at(index, i));
}

static void describe_base(const struct base *base, struct strbuf *text)
{
	const struct env_file *release = &base->os_release->file;

	strbuf_addf(text, "%d %s %u %s %s %d lost %zu %s\n", base->kind,
		    base->architecture ? base->architecture : "-", base->systemd_version,
		    base->kernel_release ? base->kernel_release : "-",
		    base->uname ? base->uname : "-", base->without_initrd,
		    base->tree->n_lost, base->tree->first_lost);
	for (size_t i = 0; i < release->n_assignments; i++)
		strbuf_addf(text, "%u: %s=%s\n", release->assignments[i].line,
			    release->assignments[i].key, release->assignments[i].value);
	strbuf_addf(text, "faults %u in line %u\n", release->faults, release->fault_line);
	describe_certificates(base, text);
	describe_lines(base->tree, UNITS "a.service", text);
	describe_lines(base->tree, UNITS "a.service.d/x.conf", text);
	describe_index(base->tree, "usr/lib/modules/6.1/modules.dep", text);
	describe_index(base->tree, "usr/lib/modules/6.1/modules.builtin", text);
	TREE_FOREACH(node, base->tree)
		describe_node(node, text);
}

static void describe_layer(const struct base_layer *layer, struct strbuf *text)
{
	const struct initrd *initrd = &layer->initrd;

	strbuf_addf(text, "%d %u %llu %s\n", layer->kind, initrd->faults,
		    (unsigned long long)initrd->garbage_at, initrd->garbage);
	for (size_t i = 0; i < initrd->n_members; i++)
		strbuf_addf(text, "%llu %llu %llu %llu %d %u\n",
			    (unsigned long long)initrd->members[i].offset,
			    (unsigned long long)initrd->members[i].size,
			    (unsigned long long)initrd->members[i].unpacked_size,
			    (unsigned long long)initrd->members[i].n_entries,
			    initrd->members[i].compression, initrd->members[i].faults);
}

static void test_there_and_back(void **state)
{
	_cleanup_pair_ struct pair pair;
	_cleanup_strbuf_ struct strbuf expected = {0}, actual = {0};

	pair_make_all(&pair);
	assert_false(pair.base->from_profile);
	assert_true(pair.profile->from_profile);
	assert_string_equal(pair.profile->path, pair.profile_path);
	describe_layer(&pair.base->layers[0], &expected);
	describe_base(pair.base, &expected);
	describe_layer(&pair.profile->layers[0], &actual);
	describe_base(pair.profile, &actual);
	assert_string_equal(strbuf_text(&actual), strbuf_text(&expected));
	/* What is compared is there. */
	assert_non_null(strstr(strbuf_text(&actual), "usr/bin/\xff \\x 0 6755"));
	assert_non_null(strstr(strbuf_text(&actual), "elf_error=-74@"));
	assert_non_null(strstr(strbuf_text(&actual), "version libc.so.6:C_2.4 weak"));
	assert_non_null(strstr(strbuf_text(&actual), "a_b=kernel/a-b.ko.xz"));
	assert_non_null(strstr(strbuf_text(&actual), "Unit Wants=b.target  c"));
	assert_non_null(strstr(strbuf_text(&actual), "c.crt CN=Test 6"));
	assert_non_null(strstr(strbuf_text(&actual), "d.crt - 0 error=-74@0"));
	assert_non_null(strstr(strbuf_text(&actual), "ignored usr/lib/verity.d/e.pem"));
	assert_non_null(strstr(strbuf_text(&actual), "lost 1 no/parent"));
}

static void test_hard_links(void **state)
{
	_cleanup_pair_ struct pair pair;
	const struct tree *tree;

	pair_make_all(&pair);
	tree = pair.profile->tree;
	assert_ptr_equal(tree_get(tree, "usr/lib/one")->same,
			 tree_get(tree, "usr/lib/two"));
	assert_null(tree_get(tree, "etc/secret")->same);
}

/* No byte of a file that nobody parsed is in it, nor the path of the machine. */
static void test_no_contents(void **state)
{
	_cleanup_pair_ struct pair pair;
	_cleanup_(source_unrefp) struct source *source = NULL;
	_cleanup_free_ char *text = NULL;
	const struct node *node;
	struct span span;
	struct error error = ERROR_INIT;
	size_t size;

	pair_make_all(&pair);
	source = source_borrow_memory(pair.packed, pair.packed_size);
	test_ok(profile_unpack(source, &text, &size, &error), &error);
	assert_null(strstr(text, "a secret"));
	assert_null(strstr(text, "secret=1"));
	assert_null(strstr(text, pair.directory));
	node = tree_get(pair.profile->tree, "etc/secret");
	assert_int_equal(node_read(pair.profile->tree, node, &span, &error), -ENODATA);
	test_error(&error, -ENODATA, ERROR_NO_OFFSET,
		   "contents of 'etc/secret' were not kept");
}

static void test_same_bytes(void **state)
{
	_cleanup_pair_ struct pair pair;
	_cleanup_free_ uint8_t *again = NULL;
	struct error error = ERROR_INIT;
	size_t size;

	pair_make_all(&pair);
	test_ok(profile_write(pair.base, "test", &again, &size, &error), &error);
	assert_int_equal(size, pair.packed_size);
	assert_memory_equal(again, pair.packed, size);
	assert_int_equal(profile_write(pair.profile, "test", &again, &size, &error),
			 -EINVAL);
	assert_non_null(strstr(error.message, "is a profile already"));
}

static void test_uki(void **state)
{
	_cleanup_pair_ struct pair pair;
	struct strbuf archive = {0};
	struct image image;

	cpio_add_file(&archive, "etc", "x");
	cpio_add_trailer(&archive);
	image = image_make(
		(const struct image_part[]){{".linux", "kernel", 0},
					    {".uname", "6.1\n", 0},
					    {".initrd", archive.data, archive.size}},
		3, true);
	pair_make(&pair, image.data, image.size);
	assert_int_equal(pair.profile->kind, BASE_UKI);
	assert_string_equal(pair.profile->uname, "6.1");
	assert_string_equal(pair.profile->architecture, "x86-64");
	assert_int_equal(pair.profile->layers[0].initrd.members[0].offset,
			 pair.base->layers[0].initrd.members[0].offset);
	image_done(&image);
	strbuf_done(&archive);
}

/* Another layer comes over a profile as over the base itself. */
static void test_layers(void **state)
{
	_cleanup_pair_ struct pair pair;
	_cleanup_(base_freep) struct base *base = NULL, *none = NULL;
	struct strbuf archive = {0};
	struct error error = ERROR_INIT;
	const char *paths[2];
	char *second;

	pair_make_all(&pair);
	cpio_add_file(&archive, "etc/secret", "another");
	cpio_add_trailer(&archive);
	second = test_directory_write(pair.directory, "second", archive.data,
				      archive.size);
	paths[0] = pair.profile_path;
	paths[1] = second;
	test_ok(base_read(pair.arena,
			  &(struct base_request){.layers = paths, .n_layers = 2}, &base,
			  &error),
		&error);
	assert_int_equal(base->n_layers, 2);
	assert_int_equal(tree_get(base->tree, "etc/secret")->base_layer, 1);
	assert_int_equal(tree_get(base->tree, "etc/secret")->entry.size, 7);
	assert_int_equal(base->tree->n_nodes, pair.base->tree->n_nodes);
	paths[0] = second;
	paths[1] = pair.profile_path;
	assert_int_equal(base_read(pair.arena,
				   &(struct base_request){.layers = paths, .n_layers = 2},
				   &none, &error),
			 -EINVAL);
	assert_non_null(strstr(error.message, "can be the first layer only"));
	free(second);
	strbuf_done(&archive);
}

static int read_packed(const void *data, size_t size, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(base_freep) struct base *base = calloc(1, sizeof(*base));

	return profile_read(arena, source, "p", base, error);
}

static void test_truncation(void **state)
{
	_cleanup_pair_ struct pair pair;

	pair_make_all(&pair);
	for (size_t size = 0; size < pair.packed_size; size++) {
		struct error error = ERROR_INIT;

		assert_int_equal(read_packed(pair.packed, size, &error), -EBADMSG);
		assert_true(error.offset <= size);
	}
}

static void test_behind_the_end(void **state)
{
	_cleanup_pair_ struct pair pair;
	_cleanup_free_ uint8_t *longer = NULL;
	struct error error = ERROR_INIT;

	pair_make_all(&pair);
	longer = calloc(1, pair.packed_size + 1);
	memcpy(longer, pair.packed, pair.packed_size);
	assert_int_equal(read_packed(longer, pair.packed_size + 1, &error), -EBADMSG);
	test_error(&error, -EBADMSG, pair.packed_size,
		   "1 bytes behind the profile's end");
}

static void test_probe(void **state)
{
	static const char other[] = "{\"format\":\"x\",\"schema\":1}";
	_cleanup_pair_ struct pair pair;
	_cleanup_(source_unrefp) struct source *good = NULL, *bad = NULL, *none = NULL;
	_cleanup_free_ uint8_t *packed = NULL;
	size_t size;

	pair_make_all(&pair);
	good = test_source(pair.packed, pair.packed_size);
	assert_true(profile_probe(good));
	test_ok(profile_pack(span_string(other), &packed, &size, NULL), NULL);
	bad = test_source(packed, size);
	assert_false(profile_probe(bad));
	none = test_source(other, sizeof(other));
	assert_false(profile_probe(none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_hard_links),
		cmocka_unit_test(test_no_contents),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_uki),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_behind_the_end),
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
