# SPDX-License-Identifier: LGPL-2.1-or-later
"""The cases: each branch of systemd's rules that needs no device-mapper.

Each has one name, one or more entries and what differs in the base. What systemd makes of
it is not written here: the real program is asked.
"""

from dataclasses import dataclass, field

from images import Entry, Tree

RELEASES = "usr/lib/extension-release.d"
GOOD = "ID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n"
ROOT = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"
ROOT_ARM64 = "b921b045-1df0-41c3-af44-4c6f280d3fae"
ROOT_X86 = "44479540-f297-41b2-9af7-d131d5f0458a"
USR = "8484680c-9521-48c6-9c11-b0720656f69e"
GENERIC = "0fc63daf-8483-4772-8e79-3d69d8477de4"
HOME = "933ac7e1-2eb4-4f13-b844-0e14e2aef915"
ESP = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
SWAP = "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"
UNKNOWN = "12345678-1234-4234-8234-123456789abc"


@dataclass
class Case:
    name: str
    entries: list
    os_release: str = "ID=debian\nVERSION_ID=1\n"
    initrd_release: bool = True
    base: dict = field(default_factory=dict)  # further files of the base


def tree(name="hello", release=GOOD, more=None, **options):
    files = {f"usr/share/{name}/text": "hello\n"}
    if release is not None:
        files[f"{RELEASES}/extension-release.{name}"] = release
    files.update(more or {})
    return Tree(files=files, **options)


def entry(file="hello.raw", kind="squashfs", name=None, release=GOOD, place=None, **options):
    """@name is what the release file is called after; by default what the file is."""
    stem = file
    for suffix in (".raw", ".sysext", ".confext"):
        stem = stem[:-len(suffix)] if stem.endswith(suffix) else stem
    made = Entry(name=file, kind=kind, tree=tree(name or stem, release, **options))
    if place:
        made.place = place
    return made


def both(name, **options):
    """The same as an image and as a directory."""
    base = {key: options.pop(key) for key in ("os_release", "initrd_release", "base")
            if key in options}
    yield Case(f"{name}", [entry(**options)], **base)
    yield Case(f"{name}-directory", [entry("hello", "directory", **options)], **base)


def release_values():
    """The decision of extension_release_validate(), row by row."""
    values = {
        "good": GOOD,
        "empty": "",
        "comment-only": "# nothing\n",
        "no-id": "VERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "empty-id": "ID=\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "any": "ID=_any\nSYSEXT_SCOPE=initrd\n",
        "any-other-version": "ID=_any\nVERSION_ID=9\nSYSEXT_SCOPE=initrd\n",
        "other-id": "ID=fedora\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "id-case": "ID=Debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "own-id-like": "ID=mint\nID_LIKE=debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "no-version": "ID=debian\nSYSEXT_SCOPE=initrd\n",
        "empty-version": "ID=debian\nVERSION_ID=\nSYSEXT_SCOPE=initrd\n",
        "other-version": "ID=debian\nVERSION_ID=2\nSYSEXT_SCOPE=initrd\n",
        "longer-version": "ID=debian\nVERSION_ID=1.0\nSYSEXT_SCOPE=initrd\n",
        "level-only": "ID=debian\nSYSEXT_LEVEL=1\nSYSEXT_SCOPE=initrd\n",
        "level-and-version": "ID=debian\nSYSEXT_LEVEL=1\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "no-scope": "ID=debian\nVERSION_ID=1\n",
        "empty-scope": "ID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=\n",
        "system-scope": "ID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=system\n",
        "three-scopes": 'ID=debian\nVERSION_ID=1\nSYSEXT_SCOPE="system initrd portable"\n',
        "tab-scopes": 'ID=debian\nVERSION_ID=1\nSYSEXT_SCOPE="system\tinitrd"\n',
        "bare-scopes": "ID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=system initrd\n",
        "comma-scopes": "ID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=system,initrd\n",
        "scope-case": "ID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=Initrd\n",
        "confext-scope": "ID=debian\nVERSION_ID=1\nCONFEXT_SCOPE=initrd\n",
        "arch-any": GOOD + "ARCHITECTURE=_any\n",
        "arch-right": GOOD + "ARCHITECTURE=x86-64\n",
        "arch-uname": GOOD + "ARCHITECTURE=x86_64\n",
        "arch-debian": GOOD + "ARCHITECTURE=amd64\n",
        "arch-other": GOOD + "ARCHITECTURE=arm64\n",
        "arch-secondary": GOOD + "ARCHITECTURE=x86\n",
        "arch-empty": GOOD + "ARCHITECTURE=\n",
    }
    for name, text in values.items():
        yield from both(f"release-{name}", release=text)


def env_syntax():
    """What basic/env-file.c makes of a line."""
    values = {
        "double-quotes": 'ID="debian"\nVERSION_ID="1"\nSYSEXT_SCOPE="initrd"\n',
        "single-quotes": "ID='debian'\nVERSION_ID='1'\nSYSEXT_SCOPE='initrd'\n",
        "comment-behind": "ID=debian # base\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "comment-behind-quotes": 'ID="debian" # base\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n',
        "comment-hash": "#ID=x\nID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "comment-semicolon": ";ID=x\nID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "comment-continued": "# x \\\nID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "comment-indented": "  # x\nID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "crlf": "ID=debian\r\nVERSION_ID=1\r\nSYSEXT_SCOPE=initrd\r\n",
        "cr": "ID=debian\rVERSION_ID=1\rSYSEXT_SCOPE=initrd\r",
        "bom": "\ufeffID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "export": "export ID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "blank-before-equals": "ID =debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "blank-after-equals": "ID= debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "indented": "  ID=debian\n\tVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "trailing-blanks": "ID=debian  \nVERSION_ID=1\t\nSYSEXT_SCOPE=initrd \n",
        "no-newline": "ID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd",
        "no-equals": "nonsense\nID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "duplicate-last": "ID=x\nID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "duplicate-wrong": "ID=debian\nID=x\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "escaped": "ID=deb\\ian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "continued": "ID=deb\\\nian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "continued-quoted": 'ID="deb\\\nian"\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n',
        "escape-in-double": 'ID="deb\\ian"\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n',
        "dollar-in-double": 'ID="debian\\$"\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n',
        "escape-in-single": "ID='deb\\ian'\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "quote-inside": "ID=deb'ian'\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "two-quotes": "ID='deb''ian'\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "quote-then-text": "ID='deb'ian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "open-quote": 'VERSION_ID=1\nSYSEXT_SCOPE=initrd\nID="debian',
        "open-quote-first": 'ID="debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n',
        "newline-in-quotes": 'ID="deb\nian"\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n',
        "lower-case-key": "id=debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "expansion": "X=debian\nID=$X\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "utf8-value": GOOD + "NAME=Gr\u00fc\u00dfe\n",
        "bad-utf8-value": GOOD.encode() + b"NAME=\xff\n",
        "bad-utf8-key": GOOD.encode() + b"N\xff=x\n",
        "nul": GOOD.encode() + b"NAME=a\0b\n",
        "nul-at-end": GOOD.encode() + b"\0",
        "backslash-at-end": "ID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\\",
        "blank-lines": "\n\n  \nID=debian\n\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n\n",
        "equals-in-value": GOOD + "NAME=a=b\n",
        "empty-key": "=x\n" + GOOD,
        "vertical-tab": "ID=debian\v\nVERSION_ID=1\nSYSEXT_SCOPE=initrd\n",
        "form-feed-scope": "ID=debian\nVERSION_ID=1\nSYSEXT_SCOPE=system\finitrd\n",
    }
    for name, text in values.items():
        yield Case(f"env-{name}", [entry("hello", "directory", release=text)])
    for name in ("crlf", "bad-utf8-value", "nul", "open-quote", "bom"):
        yield Case(f"env-{name}-image", [entry(release=values[name])])


def bases():
    """What the base's os-release says, against a few extensions."""
    good, level = GOOD, "ID=debian\nSYSEXT_LEVEL=2\nSYSEXT_SCOPE=initrd\n"
    both_keys = "ID=debian\nVERSION_ID=1\nSYSEXT_LEVEL=2\nSYSEXT_SCOPE=initrd\n"
    any_id = "ID=_any\nSYSEXT_SCOPE=initrd\n"
    plain = "ID=debian\nSYSEXT_SCOPE=initrd\n"
    hosts = {
        "rolling": "ID=debian\n",
        "empty-version": "ID=debian\nVERSION_ID=\n",
        "level": "ID=debian\nSYSEXT_LEVEL=2\n",
        "level-and-version": "ID=debian\nVERSION_ID=1\nSYSEXT_LEVEL=2\n",
        "other-level": "ID=debian\nVERSION_ID=1\nSYSEXT_LEVEL=3\n",
        "id-like": 'ID=mint\nID_LIKE="ubuntu debian"\nVERSION_ID=1\n',
        "id-like-other": "ID=mint\nID_LIKE=ubuntu\nVERSION_ID=1\n",
        "id-like-version": "ID=mint\nID_LIKE=debian\nVERSION_ID=21\n",
        "no-id": "VERSION_ID=1\n",
        "empty-id": "ID=\nVERSION_ID=1\n",
        "empty": "",
        "any-id": "ID=_any\nVERSION_ID=1\n",
        "bad-utf8": b"ID=debian\nVERSION_ID=1\nNAME=\xff\n",
        "crlf": "ID=debian\r\nVERSION_ID=1\r\n",
        "quoted": 'ID="debian"\nVERSION_ID="1"\n',
    }
    for host, text in hosts.items():
        for name, release in (("good", good), ("level", level), ("both", both_keys),
                              ("any", any_id), ("plain", plain)):
            yield Case(f"base-{host}-{name}", [entry("hello", "directory", release=release)],
                       os_release=text)
    yield Case("base-no-os-release", [entry("hello", "directory")], os_release=None)


def names():
    """Names of files and of release files."""
    for file in ("hello.sysext.raw", "hello.RAW", "hello.img", "hello", "hello.raw.xz",
                 "hello.raw.raw", ".hello.raw", ".#hello.raw", "a:b.raw", "a,b.raw",
                 "a\\b.raw", "a b.raw", "a+b.raw", "a_b.raw", "a%b.raw", "a~b.raw",
                 "a@b.raw", "\u00fc.raw", "a\"b.raw", "a=b.raw", "a#b.raw", "-a.raw",
                 ".raw", "x" * 200 + ".raw", "x" * 237 + ".raw",
                 "hello.img.raw", "hello.qcow2.raw", "hello.bin.raw", "hello.xz.raw",
                 "hello.confext.raw", "hello.sysext.sysext.raw", "hello_1.raw",
                 "hello_1.2-3.raw", "hello+1.raw", "hello.1.raw", "a\tb.raw", "a\nb.raw"):
        yield Case(f"name-{file!r}", [entry(file)])
    for folder in ("hello.sysext", "hello.raw", ".hello", "a:b", "a,b", "a_b", "hello.mstack",
                   "hello.confext", "x" * 237, "hello.img", "a b", "hello.v"):
        stem = folder[:-len(".sysext")] if folder.endswith(".sysext") else folder
        yield Case(f"name-{folder!r}-directory", [entry(folder, "directory", name=stem)])
    yield Case("name-bad-utf8", [Entry("a\udcffb.raw", tree=tree("a\udcffb"))])
    for file, name in (("hello_1.raw", "hello"), ("hello+1.raw", "hello"),
                       ("hello_1.2+3.raw", "hello"), ("hello-1.raw", "hello"),
                       ("hello.1.raw", "hello"), ("hello.img.raw", "hello"),
                       ("hello.sysext.raw", "hello.sysext"), ("hello.raw", "other"),
                       ("hello.raw", "hello.raw"), ("hello.raw", "Hello"),
                       ("hello.raw", "hello_1"), ("hello.confext.raw", "hello"),
                       ("hello.raw.raw", "hello"), ("hello.bin.raw", "hello"),
                       ("hello.gz.raw", "hello"), ("hello.sysext.sysext.raw", "hello")):
        yield Case(f"name-{file!r}-release-{name!r}", [entry(file, name=name)])
    for folder, name in (("hello_1", "hello"), ("hello", "other"), ("hello.sysext", "hello"),
                         ("hello-1", "hello")):
        yield Case(f"name-{folder!r}-release-{name!r}-directory",
                   [entry(folder, "directory", name=name)])


def fallbacks():
    """Release files of other names, with and without the attribute."""
    other = f"{RELEASES}/extension-release.other"
    third = f"{RELEASES}/extension-release.third"
    for kind, file in (("squashfs", "hello.raw"), ("directory", "hello")):
        tag = "" if kind == "squashfs" else "-directory"
        for value in ("0", "1", "no", "false", "true", "", "00", "n", "No", "off", "maybe"):
            made = tree(release=None, more={other: GOOD}, xattrs={other: value})
            yield Case(f"fallback-strict-{value!r}{tag}", [Entry(file, kind, made)])
        made = tree(release=None, more={other: GOOD, third: GOOD},
                    xattrs={other: "0", third: "0"})
        yield Case(f"fallback-two{tag}", [Entry(file, kind, made)])
        made = tree(release=None, more={other: GOOD, third: GOOD}, xattrs={other: "0"})
        yield Case(f"fallback-one-of-two{tag}", [Entry(file, kind, made)])
        made = tree(more={other: "ID=x\n"}, xattrs={other: "0"})
        yield Case(f"fallback-beside-exact{tag}", [Entry(file, kind, made)])
        exact = f"{RELEASES}/extension-release.hello"
        yield Case(f"release-link{tag}", [Entry(file, kind, tree(
            release=None, more={"usr/share/r": GOOD}, links={exact: "../../share/r"}))])
        yield Case(f"release-absolute-link{tag}", [Entry(file, kind, tree(
            release=None, more={"usr/share/r": GOOD}, links={exact: "/usr/share/r"}))])
        yield Case(f"release-dangling-link{tag}", [Entry(file, kind, tree(
            release=None, links={exact: "nowhere"}))])
        yield Case(f"release-escaping-link{tag}", [Entry(file, kind, tree(
            release=None, more={"usr/share/r": GOOD},
            links={exact: "../../../../../../usr/share/r"}))])
        yield Case(f"release-is-directory{tag}", [Entry(file, kind, tree(
            release=None, directories=(exact,)))])
        yield Case(f"release-none{tag}", [Entry(file, kind, tree(release=None))])
        yield Case(f"release-in-etc{tag}", [Entry(file, kind, tree(
            release=None,
            more={"etc/extension-release.d/extension-release.hello": GOOD}))])
        yield Case(f"release-in-both{tag}", [Entry(file, kind, tree(
            more={"etc/extension-release.d/extension-release.hello": GOOD}))])


def contents():
    """What an extension may not hold, and what it holds besides."""
    for kind, file in (("squashfs", "hello.raw"), ("directory", "hello")):
        tag = "" if kind == "squashfs" else "-directory"

        def case(name, made):
            return Case(f"{name}{tag}", [Entry(file, kind, made)])

        yield case("os-release", tree(more={"usr/lib/os-release": "ID=debian\n"}))
        yield case("os-release-etc", tree(more={"etc/os-release": "ID=debian\n"}))
        yield case("os-release-dangling", tree(links={"usr/lib/os-release": "nowhere"}))
        yield case("os-release-is-directory", tree(directories=("usr/lib/os-release",)))
        yield case("os-release-lib-link", tree(
            release=None,
            more={"usr/lib64/extension-release.d/extension-release.hello": GOOD,
                  "usr/lib64/os-release": "ID=debian\n"}, links={"usr/lib": "lib64"}))
        yield case("opt-only", Tree(files={"opt/x": "x"}))
        yield case("opt-and-usr", tree(more={"opt/x": "x"}))
        yield case("etc-and-usr", tree(more={"etc/x": "x"}))
        yield case("usr-is-file", Tree(files={"usr": "x"}))
        yield case("opt-is-file", tree(more={"opt": "x"}))
        yield case("opt-is-link", tree(links={"opt": "usr/share"}))
        yield case("opt-is-dangling", tree(links={"opt": "nowhere"}))
        yield case("usr-is-link", Tree(
            files={f"real/lib/extension-release.d/extension-release.hello": GOOD,
                   "real/share/x": "x"}, links={"usr": "real"}))
        yield case("nothing", Tree())
        yield case("opt-empty", tree(directories=("opt",)))


def filesystems():
    """What images are made of."""
    yield Case("fs-erofs", [entry(kind="erofs")])
    for name, content in (("empty", b""), ("zeros", bytes(1 << 20)), ("text", b"hello\n" * 999),
                          ("small", b"x"), ("magic-only", b"hsqs"),
                          ("gzip", b"\x1f\x8b\x08" + bytes(9000))):
        yield Case(f"fs-{name}", [Entry("hello.raw", "bytes", content=content)])


def tables():
    """Partition tables without a hash tree."""
    def case(name, *parts, patch=()):
        made = Entry("hello.raw", "gpt", tree(), table=tuple(parts))
        made.content = patch
        return Case(f"gpt-{name}", [made])

    root = (ROOT, "", "", "squashfs")
    yield case("root", root)
    yield case("root-erofs", (ROOT, "", "", "erofs"))
    yield case("generic", (GENERIC, "", "", "squashfs"))
    yield case("two-generic", (GENERIC, "", "", "squashfs"), (GENERIC, "", "", "squashfs"))
    yield case("root-and-generic", root, (GENERIC, "", "", "squashfs"))
    yield case("foreign", (ROOT_ARM64, "", "", "squashfs"))
    yield case("secondary", (ROOT_X86, "", "", "squashfs"))
    yield case("native-and-foreign", (ROOT_ARM64, "", "", "squashfs"), root)
    yield case("two-roots", (ROOT, "a_1", "", "squashfs"), (ROOT, "a_2", "", "squashfs"))
    yield case("no-auto", (ROOT, "", "GUID:63", "squashfs"))
    yield case("read-only", (ROOT, "", "GUID:60", "squashfs"))
    yield case("growfs", (ROOT, "", "GUID:59", "squashfs"))
    yield case("empty-label", (ROOT, "_empty", "", "squashfs"))
    yield case("home-only", (HOME, "", "", "squashfs"))
    yield case("root-and-home", root, (HOME, "", "", "squashfs"))
    yield case("root-and-esp", root, (ESP, "", "", b"x"))
    yield case("root-and-swap", root, (SWAP, "", "", b"x"))
    yield case("unknown-only", (UNKNOWN, "", "", "squashfs"))
    yield case("root-and-unknown", root, (UNKNOWN, "", "", b"x"))
    yield case("root-of-junk", (ROOT, "", "", b"junk"))
    yield case("no-partition")
    yield case("primary-broken", root, patch=((512 + 16, b"\xff\xff\xff\xff"),))
    yield case("entries-broken", root, patch=((1024 + 60, b"\xff\xff"),))
    yield case("backup-broken", root, patch=((-512 + 16, b"\xff\xff\xff\xff"),))
    yield case("both-broken", root, patch=((512 + 16, b"\xff" * 4), (-512 + 16, b"\xff" * 4)))
    yield case("no-mbr-signature", root, patch=((510, b"\0\0"),))
    yield case("no-mbr-entry", root, patch=((446, bytes(64)),))


def places():
    """The directories that systemd searches, and those of boot loaders."""
    for place in ("etc/extensions", "run/extensions", "var/lib/extensions",
                  "usr/lib/extensions", "usr/local/lib/extensions", ".extra/sysext",
                  ".extra/global_sysext"):
        for kind, file in (("squashfs", "hello.raw"), ("directory", "hello")):
            yield Case(f"place-{place.replace('/', '-')}-{kind}",
                       [entry(file, kind, place=place)])


def long_names(last):
    """17 directories, all but the last with names of 200 bytes."""
    return [entry(f"{number:02}" + "x" * (size - 2), "directory")
            for number, size in enumerate([200] * 16 + [last])]


def sets():
    """Several at once. With the witness the names make 4095 and 4096 bytes of options."""
    yield Case("set-two", [entry(), entry("other.raw")])
    yield Case("set-two-directories", [entry("a", "directory"), entry("b", "directory")])
    yield Case("set-one-left-out", [entry(), entry("other.raw", release="ID=x\n")])
    yield Case("set-one-junk", [entry(), Entry("junk.raw", "bytes", content=b"x" * 99999)])
    yield Case("set-one-without-release", [entry(), entry("other.raw", release=None)])
    yield Case("set-one-directory-without-release",
               [entry(), entry("other", "directory", release=None)])
    yield Case("set-same-name", [entry(), entry("hello.sysext.raw")])
    yield Case("set-same-name-directory", [entry(), entry("hello", "directory")])
    yield Case("set-same-path", [entry(more={"usr/share/both": "1"}),
                                 entry("other.raw", more={"usr/share/both": "2"})])
    yield Case("set-options-4095", long_names(198))
    yield Case("set-options-4096", long_names(199))


def all_cases():
    for group in (release_values, env_syntax, bases, names, fallbacks, contents, filesystems,
                  tables, places, sets):
        yield from group()
