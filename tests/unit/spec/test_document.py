"""The spec as a value: lossless, and split as rpm 6.1 was seen to split it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.spec import Role, parse
from headwater.spec.document import package_of

HEAD = "Name: a\nVersion: 1\n"
PIECES = st.sampled_from(
    [
        "Name: a", "Requires(post) : b", "%description", "%package -n x", "%build", " %build", "%if 1", "%else", "%elif 0",
        "%endif", "%endif # x", "%define a \\", "%global b %{expand:", "}", "%{lua:", "make \\", "\\", "# c", "", "  ", "%{",
        "%(", "%[", "]", ")", "%%{", "%files -f l devel", "%patchlist", "%ldconfig_scriptlets libs", "\x0c", "\x85",
        "\u2028", "a\rb", "\udcff", "%dnl x", "%changelog",
    ]
)  # fmt: skip
SPECS = st.lists(st.tuples(PIECES | st.text(max_size=8), st.sampled_from(["\n", "\r\n", "", "\n\n"]))).map(
    lambda parts: "".join(text + end for text, end in parts)
)


@given(SPECS)
def test_prints_back_byte_for_byte(text: str) -> None:
    document = parse(text)
    assert document.text == text
    assert parse(document.text) == document


@given(SPECS)
def test_sections_and_guards_fit_the_lines(text: str) -> None:
    document = parse(text)
    assert len(document.roles) == len(document.lines)
    ends = [0, *(section.end for section in document.sections)]
    assert [section.start for section in document.sections] == ends[:-1]
    assert ends[-1] == len(document.lines)
    for section in document.sections:
        assert section.start <= section.body <= document.tail(section) <= section.end
    marks = [mark for guard in document.guards for mark in guard.marks] + list(document.stray)
    kinds = {Role.OPEN, Role.BRANCH, Role.CLOSE}
    assert sorted(marks) == [index for index, role in enumerate(document.roles) if role in kinds]


@given(SPECS, st.data())
def test_an_edit_leaves_all_other_lines_alone(text: str, data: st.DataObject) -> None:
    document = parse(text)
    start = data.draw(st.integers(0, len(document.lines)))
    stop = data.draw(st.integers(start, len(document.lines)))
    edited = document.splice(start, stop, ["one", "two"])
    assert edited.lines == [*document.lines[:start], "one", "two", *document.lines[stop:]]


def test_last_line_without_its_end_stays_so_when_it_is_replaced() -> None:
    assert parse("a\nb").splice(1, 2, ["c"]).text == "a\nc"
    assert parse("a\nb").splice(2, 2, ["c"]).text == "a\nb\nc\n"
    assert parse("a\r\nb\r\n").splice(1, 1, ["c"]).text == "a\r\nc\r\nb\r\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("%description\nd\n%package\tx\n", ["%description", "%package"]),
        ("%Build\nmake\n", ["%build"]),
        (" %build\nmake\n", []),  # rpm wants column 1
        ("%build\nmake \\\n%files\n", ["%build", "%files"]),  # a continued command hides nothing from rpm
        ("%define x \\\n%package y \\\nSummary: z\n%files\n", ["%files"]),
        ("  %global x \\\n%package y \\\n\n%files\n", ["%files"]),
        ("# %define x \\\n%package y\n%files\n", ["%files"]),  # rpm expands macros in comments
        ("# about \\\n%files\n", ["%files"]),
        ("%define x \\\\\n%files\n", ["%files"]),  # an escaped backslash goes on with nothing
        ("%global x %{expand:\n%check\nmake\n}\n%files\n", ["%files"]),
        ("%{lua:\nprint('{')}\n%check\n}\n%files\n", ["%files"]),
        ("%{?x:\n%check\n}\n", []),
        ("%(\n%check\n)\n%files\n", ["%files"]),
        ("%%{\n%files\n", ["%files"]),
        ("%verifyscript -n a\n%sepolicy\n%transfiletriggerpostun -P 5 a -- /x\n", None),
        ("%package -n %{expand:b\n}\n%files\n", ["%package", "%files"]),
        ("%{never closed\n%files\n", ["%files"]),  # rpm refuses it; we go on line by line
        ("%files\n%license x\n%doc y\n%end\n", ["%files"]),
        ("%{?ldconfig_scriptlets}\n%ldconfig_post libs\n", ["%ldconfig_scriptlets", "%ldconfig_post"]),
    ],
)
def test_sections_as_rpm_sees_them(text: str, names: list[str] | None) -> None:
    found = [section.name for section in parse(HEAD + text).sections][1:]
    assert found == (names if names is not None else ["%verifyscript", "%sepolicy", "%transfiletriggerpostun"])


@pytest.mark.parametrize(
    ("header", "package"),
    [
        ("%files", ""),
        ("%files devel", "devel"),
        ("%files -n foo-libs", "foo-libs"),
        ("%files -f list -n foo", "foo"),
        ("%files -f list", ""),
        ("%files devel -f list", "devel"),
        ("%post -p /sbin/ldconfig libs", "libs"),
        ("%post libs -p <lua>", "libs"),
        ("%description -l de", ""),
        ("%description -l de devel", "devel"),
        ("%triggerin libs -- other > 2", "libs"),
        ("%triggerin -- other", ""),
        ("%filetriggerin -P 100 x -- /usr", "x"),
        ("%package %{name}+xen", "%{name}+xen"),
        ("%package -nx", "x"),
    ],
)
def test_package_of_a_header(header: str, package: str) -> None:
    assert package_of(header) == package


def test_options_of_main_sections_are_no_packages() -> None:
    assert parse("%build -a\nmake\n").sections[1].package == ""


def test_guards_nest_and_strays_are_told() -> None:
    document = parse("%endif\n%if 1\n%ifarch x\n%else # y\n%endif # z\n%elif 0\n%endif\n%if(1)\n%ifos linux\n")
    assert [guard.marks for guard in document.guards] == [(1, 5, 6), (2, 3, 4)]
    assert document.stray == (0, 8)


def test_conditions_in_macro_bodies_are_none() -> None:
    assert parse("%{?x:\n%if 1\n}\n%define y \\\n%endif \\\n\n").stray == ()


def test_a_continued_condition_is_one_statement() -> None:
    document = parse("%if 1 && \\\n 0\nx\n%endif\n")
    assert document.roles[:3] == [Role.OPEN, Role.BODY, Role.TEXT]


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("%build\nmake\n\n%if 0\n%files\n%endif\n", 2),
        ("%build\nmake\n\n# about files\n%files\n", 2),
        ("%build\nmake\n# done\n\n%files\n", 3),
        ("%build\nmake\n%if 1\ntest\n%endif\n\n%files\n", 5),
        ("%if 1\n%build\nmake\n%else\n%build\nfake\n%endif\n", 3),
        ("%if 1\n%build\nmake\n%endif\nmore\n%files\n", 5),
        ("%build\n%files\n", 1),
        ("%build\nmake \\\n\n%files\n", 3),
    ],
)
def test_where_a_section_ends(text: str, tail: int) -> None:
    document = parse(text)
    build = next(section for section in document.sections if section.name == "%build")
    assert document.tail(build) == tail


def test_many_unclosed_braces_are_read_in_linear_time() -> None:
    assert len(parse("%{x\n" * 100_000).lines) == 100_000
