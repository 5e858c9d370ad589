# SPDX-License-Identifier: Apache-2.0
"""What crawlers publicly agree that robots.txt files mean: the cases that Google publishes with its parser, written as a
table of our own, and those of RFC 9309 where the two differ.

Not taken over: `index.html` standing for its folder (Google's own; the RFC knows no special names), and the check of what
a crawler may call itself.
"""

from typing import NamedTuple


class Case(NamedTuple):
    """One file, who asks, and what may be asked for."""

    about: str
    content: bytes
    token: str
    allowed: tuple[str, ...]
    disallowed: tuple[str, ...]


def _lines(*lines: str, end: str = "\n") -> bytes:
    return "".join(line + end for line in lines).encode("utf-8")


def _but(*rules: str) -> bytes:
    """Everything is forbidden but for the rules."""
    return _lines("user-agent: FooBot", "disallow: /", *rules)


_GROUPS = _lines(
    "allow: /foo/bar/", "", "user-agent: FooBot", "disallow: /", "allow: /x/",
    "user-agent: BarBot", "disallow: /", "allow: /y/", "", "", "allow: /w/",
    "user-agent: BazBot", "", "user-agent: FooBot", "allow: /z/", "disallow: /",
)  # fmt: skip
_NAMED = _lines("User-Agent: Foo Bar", "Allow: /x/", "Disallow: /")
_FISH = ("/fish", "/fish.html", "/fish/salmon.html", "/fishheads", "/fishheads/yummy.html", "/fish.html?id=anything")
_LONG = "/x/" + "a" * 16_649
_LONG_B = "/x/" + "b" * 16_652

CASES = [
    Case("an empty file allows everything", b"", "FooBot", ("/", "/x/y"), ()),
    Case("a whole site is forbidden", _lines("user-agent: FooBot", "disallow: /"), "FooBot", (), ("/", "/x/y")),
    Case("unknown records are no rules", _lines("foo: FooBot", "bar: /"), "FooBot", ("/x/y",), ()),
    Case("a missing colon is understood", _lines("user-agent FooBot", "disallow /"), "FooBot", (), ("/x/y",)),
    Case("groups: first and last of one agent are one", _GROUPS, "FooBot", ("/x/b", "/z/d"), ("/y/c", "/foo/bar/")),
    Case("groups: empty lines do not end one", _GROUPS, "BarBot", ("/y/c", "/w/a"), ("/z/d", "/foo/bar/")),
    Case("groups: agents named together share one", _GROUPS, "BazBot", ("/z/d",), ("/foo/bar/",)),
    Case("names in capitals", _lines("USER-AGENT: FooBot", "ALLOW: /x/", "DISALLOW: /"), "FooBot", ("/x/y",), ("/a/b",)),
    Case("names in camel", _lines("uSeR-aGeNt: FooBot", "AlLoW: /x/", "dIsAlLoW: /"), "FooBot", ("/x/y",), ("/a/b",)),
    Case("an agent in capitals", _NAMED.upper().replace(b"/X/", b"/x/"), "foo", ("/x/y",), ("/a/b",)),
    Case("an agent in small letters", _NAMED.lower(), "Foo", ("/x/y",), ("/a/b",)),
    Case("an agent is cut at the first space", b"User-Agent: *\nDisallow: /\n" + _NAMED, "Foo", ("/x/y",), ("/a",)),
    Case("a token is compared whole", b"User-Agent: *\nDisallow: /\n" + _NAMED, "Foo Bar", (), ("/x/y",)),
    Case("the group of all is for the others",
         _lines("user-agent: *", "allow: /", "user-agent: FooBot", "disallow: /"), "BarBot", ("/x/y",), ()),
    Case("the own group stands alone",
         _lines("user-agent: *", "allow: /", "user-agent: FooBot", "disallow: /"), "FooBot", (), ("/x/y",)),
    Case("no group fits", _lines("user-agent: BarBot", "disallow: /"), "QuxBot", ("/x/y",), ()),
    Case("paths have a case", _lines("user-agent: FooBot", "disallow: /X/"), "FooBot", ("/x/y",), ("/X/y",)),
    Case("the longer rule forbids",
         _lines("user-agent: FooBot", "disallow: /x/page.html", "allow: /x/"), "FooBot", ("/x/",), ("/x/page.html",)),
    Case("the longer rule allows",
         _lines("user-agent: FooBot", "allow: /x/page.html", "disallow: /x/"), "FooBot", ("/x/page.html",), ("/x/",)),
    Case("empty rules forbid nothing", _lines("user-agent: FooBot", "disallow: ", "allow: "), "FooBot", ("/x",), ()),
    Case("of equals the allowing one wins", _lines("user-agent: FooBot", "disallow: /", "allow: /"), "FooBot", ("/x",), ()),
    Case("a slash is an octet", _lines("user-agent: FooBot", "disallow: /x", "allow: /x/"), "FooBot", ("/x/",), ("/x",)),
    Case("equal long rules allow",
         _lines("user-agent: FooBot", "disallow: /x/page.html", "allow: /x/page.html"), "FooBot", ("/x/page.html",), ()),
    Case("a longer wildcard wins",
         _lines("user-agent: FooBot", "allow: /page", "disallow: /*.html"), "FooBot", ("/page",), ("/page.html",)),
    Case("a longer prefix wins over a wildcard",
         _lines("user-agent: FooBot", "allow: /x/page.", "disallow: /*.html"), "FooBot", ("/x/page.html",), ("/x/y.html",)),
    Case("the group of all does not add to the own",
         _lines("User-agent: *", "Disallow: /x/", "User-agent: FooBot", "Disallow: /y/"), "FooBot", ("/x/page",), ("/y/p",)),
    Case("a URL in the query", _but("Allow: /foo/bar?qux=taz&baz=http://foo.bar?tar&par"), "FooBot",
         ("/foo/bar?qux=taz&baz=http://foo.bar?tar&par",), ("/foo/bar?qux=taz",)),
    Case("a rule's letters beyond ASCII are encoded", _but("Allow: /foo/bar/ツ"), "FooBot", ("/foo/bar/%E3%83%84",), ("/foo/",)),
    Case("a rule that is encoded", _but("Allow: /foo/bar/%e3%83%84"), "FooBot", ("/foo/bar/%E3%83%84",), ("/foo/bar/%E3",)),
    Case("encoded plain letters in a rule", _but("Allow: /foo/bar/%62%61%7A"), "FooBot",
         ("/foo/bar/%62%61%7A", "/foo/bar/baz"), ("/foo/bar/BAZ",)),  # Google does not decode; RFC 9309 section 2.2.2 does
    Case("encoded plain letters in a URL", _lines("user-agent: FooBot", "disallow: /private"), "FooBot",
         ("/public",), ("/priv%61te", "/%70rivate")),
    Case("an encoded slash is none", _lines("user-agent: FooBot", "disallow: /a/b"), "FooBot", ("/a%2Fb",), ("/a/b",)),
    Case("a star in the middle", _lines("User-agent: FooBot", "Disallow: /foo/bar/quz", "Allow: /foo/*/qux"), "FooBot",
         ("/foo/quz", "/foo//quz", "/foo/bax/quz"), ("/foo/bar/quz",)),
    Case("a dollar at the end", _lines("User-agent: FooBot", "Disallow: /foo/bar$", "Allow: /foo/bar/qux"), "FooBot",
         ("/foo/bar/qux", "/foo/bar/", "/foo/bar/baz"), ("/foo/bar",)),
    Case("comments", _lines("User-agent: FooBot", "# Disallow: /", "Disallow: /foo/quz#qux", "Allow: /"), "FooBot",
         ("/foo/bar",), ("/foo/quz",)),
    Case("index.html is a name like others",
         _lines("User-Agent: *", "Allow: /a/index.html", "Disallow: /"), "foobot", ("/a/index.html",), ("/a/index.htm", "/a/")),
    Case("a forbidden line is cut at 16,663 octets",
         _lines("user-agent: FooBot", f"disallow: {_LONG}/qux"), "FooBot", ("/fux",), (_LONG + "/fux",)),
    Case("an allowing line is cut at 16,663 octets", _but(f"allow: {_LONG}/qux", f"allow: {_LONG_B}/qux"), "FooBot",
         (_LONG + "/qux", _LONG_B + "/fux"), ("/",)),
    Case("/fish", _but("allow: /fish"), "FooBot", _FISH, ("/bar", "/Fish.asp", "/catfish", "/?id=fish")),
    Case("/fish* is /fish", _but("allow: /fish*"), "FooBot", _FISH, ("/bar", "/Fish.bar", "/catfish", "/?id=fish")),
    Case("/fish/ is not /fish", _but("allow: /fish/"), "FooBot",
         ("/fish/", "/fish/salmon", "/fish/?salmon", "/fish/salmon.html", "/fish/?id=anything"),
         ("/bar", "/fish", "/fish.html", "/Fish/Salmon.html")),
    Case("/*.php", _but("allow: /*.php"), "FooBot",
         ("/filename.php", "/folder/filename.php", "/folder/filename.php?parameters", "//folder/any.php.file.html",
          "/filename.php/", "/index?f=filename.php/"), ("/bar", "/php/", "/index?php", "/windows.PHP")),
    Case("/*.php$", _but("allow: /*.php$"), "FooBot", ("/filename.php", "/folder/filename.php"),
         ("/bar", "/filename.php?parameters", "/filename.php/", "/filename.php5", "/php/", "/filename?php", "/aaaphpaaa",
          "//windows.PHP")),
    Case("/fish*.php", _but("allow: /fish*.php"), "FooBot", ("/fish.php", "/fishheads/catfish.php?parameters"),
         ("/bar", "/Fish.PHP")),
    Case("precedence: longer", _lines("user-agent: FooBot", "allow: /p", "disallow: /"), "FooBot", ("/page",), ("/x",)),
    Case("precedence: equal",
         _lines("user-agent: FooBot", "allow: /folder", "disallow: /folder"), "FooBot", ("/folder/page",), ()),
    Case("precedence: wildcard", _lines("user-agent: FooBot", "allow: /page", "disallow: /*.htm"), "FooBot", (), ("/page.htm",)),
    Case("precedence: the root alone",
         _lines("user-agent: FooBot", "allow: /$", "disallow: /"), "FooBot", ("/",), ("/page.html",)),
    *(
        Case(f"line ends {end!r}",
             _lines("User-Agent: foo", "Allow: /some/path", "User-Agent: bar", "", "", "Disallow: /", end=end),
             "bar", (), ("/some/path",))
        for end in ("\n", "\r\n", "\r")
    ),
    Case("mixed line ends and none at the end",
         b"User-Agent: foo\nAllow: /some/path\r\nUser-Agent: bar\n\r\n\nDisallow: /", "bar", (), ("/some/path",)),
    *(
        Case(f"a byte order mark {mark!r} is passed over", mark + b"User-Agent: foo\nDisallow: /\n", "foo", (), ("/a",))
        for mark in (b"\xef\xbb\xbf", b"\xef\xbb", b"\xef")
    ),
    Case("a broken mark spoils its line", b"\xef\x11\xbfUser-Agent: foo\nDisallow: /\n", "foo", ("/a",), ()),
    Case("a mark elsewhere spoils its line", b"User-Agent: foo\n\xef\xbb\xbfDisallow: /\n", "foo", ("/a",), ()),
    Case("a sitemap ends no group",
         _lines("User-agent: foo", "Sitemap: http://h/s", "User-agent: bar", "Disallow: /"), "foo", (), ("/a",)),
    Case("percent signs in small letters", _but("allow: /%aa"), "FooBot", ("/%AA", "/%aa"), ("/aa",)),
]  # fmt: skip
"""Google's cases, in the order of its suite."""

OURS = [
    Case("UTF-16 with its mark", "User-agent: *\r\nDisallow: /a\r\n".encode("utf-16"), "colophon", ("/b",), ("/a",)),
    Case("UTF-16, big end first", b"\xfe\xff" + "User-agent: *\nDisallow: /a".encode("utf-16-be"), "colophon", (), ("/a",)),
    Case("UTF-16 without its mark", "User-agent: *\nDisallow: /a\n".encode("utf-16-le"), "colophon", ("/b",), ("/a",)),
    Case("NULs", b"User-agent: *\0\nDis\0allow: /a\0\n", "colophon", ("/b",), ("/a",)),
    Case("Latin-1 letters are octets", b"User-agent: *\nDisallow: /caf\xe9\n", "colophon", ("/caf",), ("/caf%E9",)),
    Case("a page in HTML", b"<!DOCTYPE html><html><body>Disallow: /</body>\n", "colophon", ("/", "/a"), ()),
    Case("a version behind the token", _lines("User-agent: Colophon/2.1", "Disallow: /"), "colophon", (), ("/a",)),
    Case("the start of our token is another's", _lines("User-agent: colo", "Disallow: /"), "colophon", ("/a",), ()),
    Case("our token is the start of another's", _lines("User-agent: colophon-news", "Disallow: /"), "colophon", ("/a",), ()),
    Case("an agent of no letters is nobody", _lines("User-agent: 9", "Disallow: /", "User-agent: *", "Disallow: /b"),
         "colophon", ("/a",), ("/b",)),
    Case("an own group without rules", _lines("User-agent: *", "Disallow: /", "User-agent: colophon", "Disallow:"),
         "colophon", ("/a",), ()),
    Case("several groups of all", _lines("User-agent: *", "Disallow: /a", "User-agent: x", "Disallow: /", "User-agent: *",
         "Disallow: /b"), "colophon", ("/c",), ("/a", "/b")),
    Case("an agent named twice in a group", _lines("User-agent: *", "User-agent: *", "Disallow: /a"), "colophon", (), ("/a",)),
    Case("misspelt", _lines("Useragent: *", "Dissallow: /a", "disalow: /b"), "colophon", ("/c",), ("/a", "/b")),
    Case("spaces around", b"  User-agent :\t*  \n\tDisallow\t:  /a  # why\n", "colophon", ("/b",), ("/a",)),
    Case("a rule without a leading slash", _lines("User-agent: *", "Disallow: a"), "colophon", ("/a", "/b"), ()),
    Case("a rule that begins with a star", _lines("User-agent: *", "Disallow: *.pdf$"), "colophon", ("/a.pdf?x",), ("/a.pdf",)),
    Case("stars in a row", _lines("User-agent: *", "Disallow: /a***b**$"), "colophon", ("/a",), ("/ab", "/axxb", "/abxx")),
    Case("the parts of a wildcard do not overlap", _lines("User-agent: *", "Disallow: /aba*ba$"), "colophon", ("/aba",),
         ("/ababa", "/aba/ba")),
    Case("an encoded star is a star", _lines("User-agent: *", "Disallow: /a%2A"), "colophon", ("/ab",), ("/a*", "/a%2a")),
    Case("a dollar inside is a dollar", _lines("User-agent: *", "Disallow: /a$b"), "colophon", ("/a", "/ab"), ("/a$b", "/a%24b")),
    Case("a quote in a query", _lines("User-agent: *", "Disallow: /a?q='x'"), "colophon", ("/a",), ("/a?q=%27x%27",)),
    Case("a space in a rule", _lines("User-agent: *", "Disallow: /a b"), "colophon", ("/a",), ("/a%20b",)),
    Case("only a star", _lines("User-agent: *", "Disallow: *"), "colophon", (), ("/", "/a")),
    Case("only a dollar", _lines("User-agent: *", "Disallow: $"), "colophon", ("/", "/a"), ()),
    Case("the file itself may be asked for", _lines("User-agent: *", "Disallow: /"), "colophon", ("/robots.txt",), ("/a",)),
    Case("an equal wildcard that allows", _lines("User-agent: *", "Disallow: /ab", "Allow: /*b"), "colophon", ("/ab",), ()),
    Case("an equal wildcard that forbids",
         _lines("User-agent: *", "Allow: /ab", "Disallow: /*b"), "colophon", ("/ab",), ("/xb",)),
    Case("an equal dollar that allows", _lines("User-agent: *", "Disallow: /a*$", "Allow: /a*b"), "colophon", ("/ab",), ("/ac",)),
    Case("a whole target against a longer wildcard", _lines("User-agent: *", "Allow: /a$", "Disallow: /*a*"), "colophon", (),
         ("/a",)),
    Case("a shorter target than the rules",
         _lines("User-agent: *", "Disallow: /", "Allow: /abc"), "colophon", ("/abc",), ("/ab",)),
]  # fmt: skip
