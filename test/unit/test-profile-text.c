/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A text with every member there is, read and written again, is the same text. */

#include "formats/core/strbuf.h"
#include "formats/module.h"
#include "formats/profile.h"
#include "sysext-verify/model/facts.h"
#include "sysext-verify/model/profile.h"
#include "test/lib/test.h"

#define HEAD                                                                    \
	"{\"format\":\"sysext base profile\",\"schema\":1,\"writer\":\"test\"," \
	"\"identity\":{},\"layers\":["
#define LAYERS                                                                       \
	"{\"kind\":\"directory\",\"faults\":\"trailing-garbage\",\"garbage_at\":7,"  \
	"\"garbage\":\"odd\",\"members\":[{\"offset\":0,\"size\":9,"                 \
	"\"unpacked_size\":10,\"entries\":2,\"compression\":\"gzip\","               \
	"\"faults\":\"no-trailer checksum unsafe-name\"}]},{\"kind\":\"directory\"}" \
	"],\"uname\":\"6.1\",\"uki_architecture\":\"arm64\","
#define KERNEL                                                                     \
	"\"kernel\":{\"form\":\"bzImage\",\"release\":\"6.1\","                    \
	"\"architecture\":\"x86-64\",\"error\":{\"kind\":\"broken\",\"offset\":1," \
	"\"message\":\"m\"},\"exported\":{\"has_checksums\":true,"                 \
	"\"symbols\":\"a=00000001 !b=00000002\"}},"
#define REST "\"lost\":2,\"first_lost\":\"a/b\",\"files\":["
#define FILES                                                                          \
	"{\"path\":\"\",\"type\":\"directory\",\"mode\":\"0755\"},"                    \
	"{\"path\":\"a\",\"mode\":\"4755\",\"layer\":1,\"uid\":1,\"gid\":2,"           \
	"\"size\":3,\"xattrs\":[{\"name\":\"user.x\",\"value\":\"00ff\"}],"            \
	"\"sha256\":\"" DIGEST "\",\"script\":\"/x\"},"                                \
	"{\"path\":\"d\",\"type\":\"character\",\"mode\":\"0600\",\"major\":1,"        \
	"\"minor\":3}," ETC                                                            \
	"{\"path\":\"l\",\"type\":\"link\",\"mode\":\"0777\",\"target\":\"\\\\xff\"}," \
	"{\"path\":\"m\",\"mode\":\"0644\",\"inode\":11},"                             \
	"{\"path\":\"n\",\"mode\":\"0644\",\"inode\":11},"
#define DIGEST "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define ELF                                                                           \
	"{\"path\":\"p\",\"mode\":\"0755\",\"elf\":{\"bits\":32,\"big_endian\":true," \
	"\"machine\":8,\"type\":3,\"faults\":\"dynamic symbols\","                    \
	"\"interpreter\":\"/ld\",\"soname\":\"p.so\",\"rpath\":\"/r\","               \
	"\"runpath\":\"/s\",\"needed\":\"b.so c\\\\x20d\",\"needed_versions\":[{"     \
	"\"library\":\"b.so\",\"versions\":\"B_1 !B_2\"}],"                           \
	"\"defined_versions\":\"P_1\",\"defined\":[{\"symbols\":\"x\"},{"             \
	"\"version\":\"P_1\",\"symbols\":\"f !g\"}],\"undefined\":[{"                 \
	"\"symbols\":\"!h\"},{\"library\":\"b.so\",\"version\":\"B_1\","              \
	"\"symbols\":\"i\"}]}},"                                                      \
	"{\"path\":\"q\",\"mode\":\"0755\",\"elf_error\":{\"kind\":\"too-big\","      \
	"\"message\":\"m\"}},"                                                        \
	"{\"path\":\"r\",\"mode\":\"0644\",\"read_error\":{\"kind\":\"unreadable\","  \
	"\"offset\":7,\"message\":\"m\"}},"
#define FACTS                                                                       \
	"{\"path\":\"s.service\",\"mode\":\"0644\",\"lines\":[{\"line\":2,"         \
	"\"section\":\"Unit\",\"key\":\"After\",\"value\":\"a b\"}]},"              \
	"{\"path\":\"t.service\",\"mode\":\"0644\",\"lines\":[]},"                  \
	"{\"path\":\"usr\",\"type\":\"directory\",\"mode\":\"0755\"},"              \
	"{\"path\":\"usr/lib\",\"type\":\"directory\",\"mode\":\"0755\"},"          \
	"{\"path\":\"usr/lib/os-release\",\"mode\":\"0644\",\"assignments\":{"      \
	"\"faults\":\"nul utf-8 unterminated no-assignment\",\"fault_line\":3,"     \
	"\"values\":[{\"line\":1,\"key\":\"ID\",\"value\":\"x\"}]}},"               \
	"{\"path\":\"usr/lib/verity.d\",\"type\":\"directory\",\"mode\":\"0755\"}," \
	"{\"path\":\"usr/lib/verity.d/x.crt\",\"mode\":\"0644\",\"certificate\":{"  \
	"\"error\":{\"kind\":\"broken\",\"offset\":0,\"message\":\"m\"}}},"
#define ETC                                                                        \
	"{\"path\":\"etc\",\"type\":\"directory\",\"mode\":\"0755\"},"             \
	"{\"path\":\"etc/group\",\"mode\":\"0644\",\"groups\":[{\"name\":\"g\","   \
	"\"gid\":5,\"members\":\"a,b\"}]},"                                        \
	"{\"path\":\"etc/modprobe.d\",\"type\":\"directory\",\"mode\":\"0755\"},"  \
	"{\"path\":\"etc/modprobe.d/x.conf\",\"mode\":\"0644\",\"lines\":[{"       \
	"\"line\":1,\"section\":\"\",\"key\":\"blacklist\",\"value\":\"x\"}]},"    \
	"{\"path\":\"etc/passwd\",\"mode\":\"0644\",\"users\":[{\"name\":\"u\","   \
	"\"uid\":0,\"gid\":4294967295,\"home\":\"/\",\"shell\":\"\","              \
	"\"password\":\"shadow\"}]},"                                              \
	"{\"path\":\"etc/shadow\",\"mode\":\"0600\",\"shadows\":[{\"name\":\"u\"," \
	"\"password\":\"locked\"},{\"name\":\"v\",\"password\":\"none\"},{"        \
	"\"name\":\"w\",\"password\":\"set\"}]},"
#define MODULE                                                                       \
	"{\"path\":\"z.ko\",\"mode\":\"0644\",\"module\":{"                          \
	"\"faults\":\"no-symbols signature fields\",\"name\":\"z\","                 \
	"\"architecture\":\"x86-64\",\"vermagic\":\"6.1 SMP \",\"depends\":\"x y\"," \
	"\"has_checksums\":true,\"has_signature\":true,\"fields\":[{"                \
	"\"key\":\"softdep\",\"value\":\"pre: a\"}],\"exported\":{"                  \
	"\"has_checksums\":true,\"symbols\":\"!a=0123abcd b=00000000\","             \
	"\"namespaces\":[{\"symbol\":\"b\",\"namespace\":\"N\"}]},"                  \
	"\"needed\":\"!c=ffffffff d=\",\"layout\":\"module_layout=00000001\"}},"     \
	"{\"path\":\"zz.ko\",\"mode\":\"0644\",\"module\":{\"exported\":{"           \
	"\"symbols\":\"a=b\"},\"needed\":\"c\"}}]}\n"

static void parse(struct arena *arena, const char *text, struct base *base)
{
	struct error error = ERROR_INIT;

	test_ok(profile_parse(arena, span_string(text), "p", base, &error), &error);
}

static void check(const char *text)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(base_freep) struct base *base = calloc(1, sizeof(*base));
	_cleanup_(source_unrefp) struct source *source = NULL;
	_cleanup_free_ uint8_t *packed = NULL;
	_cleanup_free_ char *again = NULL;
	struct error error = ERROR_INIT;
	size_t size;

	parse(arena, text, base);
	/* As if the files had been read: nothing of it needs them here. */
	base->from_profile = false;
	test_ok(profile_write(base, "test", &packed, &size, &error), &error);
	source = test_source(packed, size);
	test_ok(profile_unpack(source, &again, &size, &error), &error);
	assert_string_equal(again, text);
}

static void test_all(void **state)
{
	check(HEAD LAYERS REST FILES ELF FACTS MODULE);
	check(HEAD LAYERS KERNEL REST FILES ELF FACTS MODULE);
	check(HEAD LAYERS "\"without_initrd\":true," REST FILES ELF FACTS MODULE);
}

static void test_module(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(base_freep) struct base *base = calloc(1, sizeof(*base));
	const struct exported_symbol *symbol;
	const struct module *module;

	parse(arena, HEAD LAYERS REST FILES ELF FACTS MODULE, base);
	module = tree_get(base->tree, "z.ko")->facts->module;
	assert_string_equal(module->vermagic, "6.1 SMP ");
	symbol = exported_symbols_find(&module->exported, "a");
	assert_int_equal(symbol->checksum, 0x0123abcd);
	assert_true(symbol->gpl_only);
	assert_string_equal(symbol->namespace, "");
	symbol = exported_symbols_find(&module->exported, "b");
	assert_string_equal(symbol->namespace, "N");
	assert_false(symbol->gpl_only);
	assert_int_equal(module->n_needed, 3);
	assert_true(module->needed[0].weak);
	assert_int_equal(module->needed[0].checksum, 0xffffffff);
	assert_false(module->needed[1].has_checksum);
	assert_true(module->needed[2].layout);
	module = tree_get(base->tree, "zz.ko")->facts->module;
	assert_string_equal(module->exported.symbols[0].name, "a=b");
	assert_false(module->exported.has_checksums);
}

static void test_index(void **state)
{
	static const char text[] =
		HEAD "{\"kind\":\"directory\"}],\"files\":[{\"path\":\"\","
		     "\"type\":\"directory\",\"mode\":\"0755\"},{\"path\":\"x\","
		     "\"mode\":\"0644\",\"index\":\"kernel/a-b.ko kernel/c.ko.xz\"}]}\n";
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(base_freep) struct base *base = calloc(1, sizeof(*base));
	_cleanup_(map_freep) struct map *index = NULL;

	parse(arena, text, base);
	test_ok(node_module_index(base->tree, tree_get(base->tree, "x"), &index, NULL),
		NULL);
	assert_int_equal(map_size(index), 2);
	assert_string_equal(map_get(index, "a_b"), "kernel/a-b.ko");
	assert_string_equal(map_get(index, "c"), "kernel/c.ko.xz");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_module),
		cmocka_unit_test(test_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
