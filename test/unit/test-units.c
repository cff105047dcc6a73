/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/units.h"

#include "formats/core/strbuf.h"
#include "sysext-verify/model/overlay.h"
#include "test/lib/world.h"

#define UNITS "usr/lib/systemd/system/"

static const char *const starts[] = {
	[UNIT_START_NOTHING] = "nothing",
	[UNIT_START_TEMPLATE] = "template",
	[UNIT_START_WANTS_ELSEWHERE] = "wants-elsewhere",
	[UNIT_START_WANTS_ONLY] = "wants-only",
	[UNIT_START_NO_RELOAD] = "no-reload",
	[UNIT_START_UNREACHED] = "unreached",
	[UNIT_START_EARLY] = "early",
	[UNIT_START_OLD_SYSTEMD] = "old-systemd",
	[UNIT_START_UPHELD] = "upheld",
	[UNIT_START_RESTARTED] = "restarted",
	[UNIT_START_TRIGGERED] = "triggered",
};

/* What an initrd of systemd has, as far as it matters for what is reached. */
static const char base_world[] =
	"f " UNITS
	"initrd.target [Unit]\\nRequires=basic.target\\nWants=initrd-fs.target\n"
	"l " UNITS "default.target -> initrd.target\n"
	"f " UNITS "basic.target [Unit]\\nRequires=sysinit.target\\n"
	"Wants=sockets.target timers.target paths.target\n"
	"f " UNITS "sysinit.target [Unit]\\nWants=early.target\n"
	"f " UNITS "multi-user.target [Unit]\\nRequires=basic.target\n"
	"l " UNITS "basic.target.wants/late.service -> ../late.service\n"
	"f " UNITS "late.service [Service]\\nExecStart=/usr/bin/old\n"
	"l " UNITS "basic.target.wants/raw.service -> ../raw.service\n"
	"f " UNITS "raw.service [Unit]\\nDefaultDependencies=no\n"
	"x usr/bin/old x\nx usr/sbin/tool x\nl bin -> usr/bin\n";

static void parse_release(struct arena *arena, const char *text, struct release *ret)
{
	*ret = (struct release){0};
	test_ok(env_file_parse(arena, span_string(text), 0, &ret->file, NULL), NULL);
	release_fill(ret, EXTENSION_SYSEXT);
}

static void read_world(struct arena *arena, struct tree *merged, const char *release_text,
		       unsigned version, struct units *ret)
{
	const struct release *releases[1];
	struct release release;
	struct error error = ERROR_INIT;

	parse_release(arena, release_text, &release);
	releases[0] = &release;
	test_ok(units_read(merged, releases, 1, version, ret, &error), &error);
}

/* Units, as "a.service upheld basic.target.upholds/a.service\n", and then programs. */
static char *describe(struct arena *arena, const struct units *units, bool programs)
{
	_cleanup_strbuf_ struct strbuf text = {0};
	size_t n_started = 0;

	for (size_t i = 0; i < units->n_units; i++) {
		const struct unit *unit = &units->units[i];
		const char *by = unit->started_by ? unit->started_by : "-";

		n_started += unit_start_works(unit->start);
		if (strncmp(by, UNITS, strlen(UNITS)) == 0)
			by += strlen(UNITS);
		if (!programs)
			strbuf_addf(&text, "%s %s %s\n", unit->name, starts[unit->start],
				    by);
	}
	assert_int_equal(units->n_started, n_started);
	for (size_t i = 0; programs && i < units->n_execs; i++) {
		const struct unit_exec *exec = &units->execs[i];

		strbuf_addf(&text, "%s:%u %s%s %s = %s\n", exec->unit->name, exec->line,
			    exec->key, exec->may_fail ? " -" : "", exec->program,
			    exec->provider ? exec->provider->entry.path : "missing");
	}
	return arena_strdup(arena, strbuf_text(&text));
}

static void check(const char *extension_world, const char *release, unsigned version,
		  bool programs, const char *expected)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(tree_freep) struct tree *base = world_tree(arena, base_world);
	_cleanup_(tree_freep) struct tree *extension = world_tree(arena, extension_world);
	_cleanup_(tree_freep) struct tree *merged = NULL;
	struct units units;
	struct error error = ERROR_INIT;

	test_ok(overlay_merge(arena, base, &extension, 1, &merged, &error), &error);
	read_world(arena, merged, release, version, &units);
	assert_string_equal(describe(arena, &units, programs), expected);
}

#define check_starts(world, release, version, expected) \
	check(world, release, version, false, expected)
#define check_programs(world, expected) check(world, "", 257, true, expected)

#define RELOAD                          "EXTENSION_RELOAD_MANAGER=1\n"
#define SERVICE                         "f " UNITS "a.service [Service]\\nExecStart=/a\n"
#define LINK(at)                        "l " UNITS at " -> ../a.service\n"

static void check_lines(const char *text, const char *expected)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_strbuf_ struct strbuf listed = {0};
	struct unit_line *lines = NULL;
	size_t n_lines = 0;
	struct error error = ERROR_INIT;

	test_ok(unit_parse(arena, span_string(text), &lines, &n_lines, &error), &error);
	for (size_t i = 0; i < n_lines; i++)
		strbuf_addf(&listed, "%u [%s] %s=%s\n", lines[i].line, lines[i].section,
			    lines[i].key, lines[i].value);
	assert_string_equal(strbuf_ok(&listed) ? strbuf_text(&listed) : "", expected);
}

static void test_parse_sections(void **state)
{
	check_lines("", "");
	check_lines("[Unit]\n\nWants = a  b \n[Service]\nExecStart=x=y",
		    "3 [Unit] Wants=a  b\n5 [Service] ExecStart=x=y\n");
	check_lines("  [Unit]  \n\tWants=a\n", "2 [Unit] Wants=a\n");
	check_lines("A=1\n[B]\nA=\n", "1 [] A=1\n3 [B] A=\n");
	check_lines("[B]\nno assignment\nA=2\n", "3 [B] A=2\n");
}

static void test_parse_comments(void **state)
{
	check_lines("# A=1\n[B]\n  ; A=2\n#\nA=3 # no comment\n",
		    "5 [B] A=3 # no comment\n");
	check_lines("[B]\n# A=1 \\\nA=2\n", "3 [B] A=2\n");
}

static void test_parse_continuation(void **state)
{
	check_lines("[B]\nA=1 \\\n   2\\\n3\nC=4\n", "2 [B] A=1  2 3\n5 [B] C=4\n");
	check_lines("[B]\nA=1 \\\n# between\n ; and another \\\n2\n", "2 [B] A=1  2\n");
	check_lines("[B]\nA=1 \\\\\nC=2\n", "2 [B] A=1 \\\\\n3 [B] C=2\n");
	check_lines("[B]\nA=1 \\\\\\\n2\n", "2 [B] A=1 \\\\ 2\n");
	check_lines("[B]\nA=1 \\\n\nC=2\n", "2 [B] A=1\n4 [B] C=2\n");
	check_lines("[B]\nA=1 \\", "2 [B] A=1\n");
}

/* config_parse() reads with read_line(), for which CR LF is one end of a line. */
static void test_parse_line_ends(void **state)
{
	check_lines("[B]\r\nA=1 \\\r\n2\r\nC=3\r\n", "2 [B] A=1  2\n4 [B] C=3\n");
}

static void test_upheld_with_reload(void **state)
{
	check_starts(SERVICE LINK("basic.target.upholds/a.service"), RELOAD, 257,
		     "a.service upheld basic.target.upholds/a.service\n");
	check_starts(SERVICE LINK("basic.target.upholds/a.service"), RELOAD, 262,
		     "a.service upheld basic.target.upholds/a.service\n");
	check_starts(SERVICE LINK("late.service.upholds/a.service"), RELOAD, 257,
		     "a.service upheld late.service.upholds/a.service\n");
}

static void test_upheld_without_reload(void **state)
{
	check_starts(SERVICE LINK("basic.target.upholds/a.service"), "", 257,
		     "a.service no-reload basic.target.upholds/a.service\n");
	check_starts(SERVICE LINK("basic.target.upholds/a.service"),
		     "EXTENSION_RELOAD_MANAGER=0\n", 262,
		     "a.service no-reload basic.target.upholds/a.service\n");
}

static void test_upheld_by_what_is_not_reached(void **state)
{
	check_starts(SERVICE LINK("multi-user.target.upholds/a.service"), RELOAD, 257,
		     "a.service unreached multi-user.target.upholds/a.service\n");
	check_starts(SERVICE LINK("early.target.upholds/a.service"), RELOAD, 257,
		     "a.service early early.target.upholds/a.service\n");
	check_starts(SERVICE LINK("raw.service.upholds/a.service"), RELOAD, 257,
		     "a.service early raw.service.upholds/a.service\n");
}

/* A .wants/ or .requires/ of the base is not looked at again, even after a reload. */
static void test_wants(void **state)
{
	check_starts(SERVICE LINK("sysinit.target.wants/a.service"), RELOAD, 257,
		     "a.service wants-only sysinit.target.wants/a.service\n");
	check_starts(SERVICE LINK("initrd.target.requires/a.service"), RELOAD, 262,
		     "a.service wants-only initrd.target.requires/a.service\n");
	check_starts(SERVICE LINK("multi-user.target.wants/a.service"), RELOAD, 257,
		     "a.service wants-elsewhere multi-user.target.wants/a.service\n");
	check_starts(SERVICE, RELOAD, 257, "a.service nothing -\n");
	check_starts(SERVICE LINK("basic.target.upholds/a.service")
			     LINK("sysinit.target.wants/a.service"),
		     RELOAD, 257, "a.service upheld basic.target.upholds/a.service\n");
}

static void test_restart_units(void **state)
{
	static const char *const keys[] = {"EXTENSION_RESTART_UNITS",
					   "EXTENSION_RELOAD_OR_RESTART_UNITS"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new();
		const char *release =
			arena_printf(arena, "%s='b.service a.service'\n", keys[i]);

		check_starts(SERVICE, release, 257,
			     arena_printf(arena, "a.service old-systemd %s\n", keys[i]));
		check_starts(SERVICE, release, 262,
			     arena_printf(arena, "a.service restarted %s\n", keys[i]));
	}
}

/* 262 reloads when units are to be restarted; 257 does not know the key. */
static void test_restart_units_reload(void **state)
{
	static const char world[] = SERVICE LINK("basic.target.upholds/a.service");

	check_starts(world, "EXTENSION_RESTART_UNITS=x.service\n", 262,
		     "a.service upheld basic.target.upholds/a.service\n");
	check_starts(world, "EXTENSION_RESTART_UNITS=x.service\n", 257,
		     "a.service no-reload basic.target.upholds/a.service\n");
	check_starts(world, "EXTENSION_RESTART_UNITS=\n", 262,
		     "a.service no-reload basic.target.upholds/a.service\n");
}

static void test_triggers(void **state)
{
	check_starts(SERVICE "f " UNITS "a.socket [Socket]\\nListenStream=1\n"
			     "l " UNITS
			     "sockets.target.upholds/a.socket -> ../a.socket\n",
		     RELOAD, 257,
		     "a.service triggered a.socket\n"
		     "a.socket upheld sockets.target.upholds/a.socket\n");
	check_starts(SERVICE "f " UNITS "b.timer [Timer]\\nUnit=a.service\n"
			     "l " UNITS "timers.target.upholds/b.timer -> ../b.timer\n",
		     RELOAD, 257,
		     "a.service triggered b.timer\n"
		     "b.timer upheld timers.target.upholds/b.timer\n");
	check_starts(SERVICE "f " UNITS "b.path [Path]\\nUnit=a.service\n", RELOAD, 257,
		     "a.service nothing -\nb.path nothing -\n");
	check_starts("f " UNITS "s.socket [Socket]\\nAccept=yes\n"
		     "f " UNITS "s@.service [Service]\n"
		     "l " UNITS "sockets.target.upholds/s.socket -> ../s.socket\n",
		     RELOAD, 257,
		     "s.socket upheld sockets.target.upholds/s.socket\n"
		     "s@.service triggered s.socket\n");
}

/* A chain is followed to its end, in whatever order the units have. */
static void test_units_of_the_extension(void **state)
{
	static const char world[] =
		"f " UNITS "z.target [Unit]\\nWants=m.service\n"
		"f " UNITS "m.service [Unit]\\nUpholds=b.service\n"
		"f " UNITS "b.service [Service]\n"
		"f " UNITS "a.service [Service]\n"
		"l " UNITS "b.service.wants/a.service -> ../a.service\n"
		"l " UNITS "basic.target.upholds/z.target -> ../z.target\n";

	check_starts(world, RELOAD, 257,
		     "a.service triggered b.service.wants/a.service\n"
		     "b.service triggered m.service\n"
		     "m.service triggered z.target\n"
		     "z.target upheld basic.target.upholds/z.target\n");
}

static void test_templates_and_instances(void **state)
{
	static const char template[] = "f " UNITS "t@.service [Service]\n";
	_cleanup_(arena_freep) struct arena *arena = arena_new();

	check_starts(template, RELOAD, 257, "t@.service template -\n");
	check_starts(arena_printf(arena, "%sl %s -> ../t@.service\n", template,
				  UNITS "basic.target.upholds/t@1.service"),
		     RELOAD, 257, "t@.service upheld basic.target.upholds/t@1.service\n");
	check_starts(arena_printf(arena, "%sl %s -> ../t@.service\n", template,
				  UNITS "basic.target.wants/t@1.service"),
		     RELOAD, 257,
		     "t@.service wants-only basic.target.wants/t@1.service\n");
}

static void test_aliases(void **state)
{
	check_starts(SERVICE "l " UNITS "other.service -> a.service\n"
			     "l " UNITS "basic.target.upholds/other.service -> "
			     "../other.service\n",
		     RELOAD, 257,
		     "a.service upheld basic.target.upholds/other.service\n");
	check_starts(SERVICE "l " UNITS "other.service -> a.service\n",
		     "EXTENSION_RESTART_UNITS=other.service\n", 262,
		     "a.service restarted EXTENSION_RESTART_UNITS\n");
}

static void test_drop_ins(void **state)
{
	static const char drop_in[] = SERVICE "f " UNITS "basic.target.d/x.conf "
					      "[Unit]\\nUpholds=b.service a.service\n";

	check_starts(drop_in, RELOAD, 257, "a.service upheld basic.target.d/x.conf\n");
	check_starts(drop_in, "", 257, "a.service no-reload basic.target.d/x.conf\n");
	check_starts(SERVICE "f " UNITS "basic.target.d/x [Unit]\\nUpholds=a.service\n",
		     RELOAD, 257, "a.service nothing -\n");
}

static void test_programs(void **state)
{
	check_programs(
		"f " UNITS "a.service [Service]\\nExecStartPre=-/usr/bin/none -x\\n"
		"ExecStart=/bin/old a b\\nExecStartPost=tool\\nExecCondition=none\\n"
		"ExecStop=/usr/bin/none\\n[Install]\\nExecStart=/usr/bin/none\n",
		"a.service:2 ExecStartPre - /usr/bin/none = missing\n"
		"a.service:3 ExecStart /bin/old = usr/bin/old\n"
		"a.service:4 ExecStartPost tool = usr/sbin/tool\n"
		"a.service:5 ExecCondition none = missing\n");
	check_programs("f " UNITS "a.service [Service]\\nExecStart=/opt/x\nx opt/x x\n",
		       "a.service:2 ExecStart /opt/x = opt/x\n");
}

static void test_program_prefixes(void **state)
{
	check_programs("f " UNITS "a.service [Service]\\nExecStart=@/usr/bin/old zero\\n"
		       "ExecStart=!!/usr/bin/old\\nExecStart=:+/usr/bin/old $X\\n"
		       "ExecStart=|-/usr/bin/no\\nExecStart=\"/usr/bin/a b\" c\\n"
		       "ExecStart=/usr/bin/%p\\nExecStart=$PROGRAM\n",
		       "a.service:2 ExecStart /usr/bin/old = usr/bin/old\n"
		       "a.service:3 ExecStart /usr/bin/old = usr/bin/old\n"
		       "a.service:4 ExecStart /usr/bin/old = usr/bin/old\n"
		       "a.service:5 ExecStart - /usr/bin/no = missing\n"
		       "a.service:6 ExecStart /usr/bin/a b = missing\n");
}

/* A semicolon that is a word of its own separates commands. */
static void test_several_programs(void **state)
{
	check_programs("f " UNITS
		       "a.service [Service]\\nExecStart=/bin/old a ; -/bin/b ;\\n"
		       "ExecStart=/bin/old ';' ; /bin/c \\; /bin/d;e \"x ; y\" ; tool\n",
		       "a.service:2 ExecStart /bin/old = usr/bin/old\n"
		       "a.service:2 ExecStart - /bin/b = missing\n"
		       "a.service:3 ExecStart /bin/old = usr/bin/old\n"
		       "a.service:3 ExecStart /bin/c = missing\n"
		       "a.service:3 ExecStart tool = usr/sbin/tool\n");
}

static void test_programs_taken_back(void **state)
{
	check_programs("f " UNITS "a.service [Service]\\nExecStartPre=/usr/bin/p\\n"
		       "ExecStart=/usr/bin/none\n"
		       "f " UNITS
		       "a.service.d/10.conf [Service]\\nExecStart=\\nExecStart=old\n"
		       "f " UNITS "b.service [Service]\\nExecStart=/usr/bin/b\n",
		       "a.service:2 ExecStartPre /usr/bin/p = missing\n"
		       "a.service:3 ExecStart old = usr/bin/old\n"
		       "b.service:2 ExecStart /usr/bin/b = missing\n");
}

/* Only what an extension provides is looked at. */
static void test_units_of_the_base(void **state)
{
	check_starts("f usr/share/a.service x\nf " UNITS "README x\n"
		     "l " UNITS "masked.service -> /dev/null\n",
		     RELOAD, 257, "");
	check_programs("f " UNITS "late.service [Service]\\nExecStart=/usr/bin/new\n",
		       "late.service:2 ExecStart /usr/bin/new = missing\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_sections),
		cmocka_unit_test(test_parse_comments),
		cmocka_unit_test(test_parse_continuation),
		cmocka_unit_test(test_parse_line_ends),
		cmocka_unit_test(test_upheld_with_reload),
		cmocka_unit_test(test_upheld_without_reload),
		cmocka_unit_test(test_upheld_by_what_is_not_reached),
		cmocka_unit_test(test_wants),
		cmocka_unit_test(test_restart_units),
		cmocka_unit_test(test_restart_units_reload),
		cmocka_unit_test(test_triggers),
		cmocka_unit_test(test_units_of_the_extension),
		cmocka_unit_test(test_templates_and_instances),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_drop_ins),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_program_prefixes),
		cmocka_unit_test(test_several_programs),
		cmocka_unit_test(test_programs_taken_back),
		cmocka_unit_test(test_units_of_the_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
