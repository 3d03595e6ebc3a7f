"""What paths let others ask for."""

from headwater.bridge.names import provided


def test_pkgconfig_has_its_version_with_variables_put_in() -> None:
    path = "/usr/lib/x86_64-linux-gnu/pkgconfig/z.pc"
    assert provided([path], {path: "base=1.3\nv=${base}.1\nName: z\nVersion: ${v}\n"}) == ("pkgconfig(z) = 1.3.1",)


def test_a_version_that_rpm_cannot_read_is_left_out() -> None:
    path = "/usr/share/pkgconfig/x.pc"
    assert provided([path], {path: "Version: %{lua:x}\n"}) == ("pkgconfig(x)",)


def test_python_perl_and_cmake() -> None:
    metadata = "/usr/lib/python3/dist-packages/Foo_Bar-1.0.dist-info/METADATA"
    paths = ["/usr/share/perl5/Text/Wrap.pm", "/usr/lib/cmake/fmt/fmt-config.cmake", metadata, "/usr/bin/x"]
    assert provided(paths, {metadata: "Metadata-Version: 2.1\nName: Foo_Bar\nVersion: 1.0\n\nVersion: 9\n"}) == (
        "cmake(fmt)",
        "perl(Text::Wrap)",
        "python3.14dist(foo-bar) = 1.0",
        "python3dist(foo-bar) = 1.0",
    )


def test_a_hostile_name_provides_nothing() -> None:
    assert provided(["/usr/share/pkgconfig/a) b = 1.pc", "/usr/share/perl5/%{x}.pm"], {}) == ()
