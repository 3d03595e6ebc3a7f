"""Tests of components and images, in both of azldev's generations: `test-suites`, then `tests` and `test-groups`."""

from headwater.config.ground import Given, LocalPath, Reasoned, Rule


class GitSource(Rule, frozen=True, kw_only=True):
    """A revision of a git repository: 40 hexadecimal digits."""

    git_url: str
    ref: str


class Pytest(Rule, frozen=True, kw_only=True):
    """`install` is `pyproject`, `requirements` or `none`; the first two need `working-dir`."""

    working_dir: LocalPath = ""
    test_paths: tuple[str, ...] = ()
    extra_args: tuple[str, ...] = ()
    install: str = ""


class Lisa(Rule, frozen=True, kw_only=True):
    framework: GitSource
    test_cases: tuple[str, ...]
    pip_pre_install: tuple[str, ...] = ()
    pip_extras: tuple[str, ...] = ()
    extra_args: tuple[str, ...] = ()


class Tmt(Rule, frozen=True, kw_only=True):
    source: GitSource
    plan: str = ""


class TestSuite(Rule, frozen=True, kw_only=True):
    """The older generation: tests that images name as a whole."""

    name: Given = ""
    description: str = ""
    type: str
    pytest: Pytest | None = None
    lisa: Lisa | None = None


class Test(Rule, frozen=True, kw_only=True):
    """`kind` is `functional` or `performance`; `required-capabilities` are keys of an image's `capabilities`."""

    name: Given = ""
    description: str = ""
    type: str
    kind: str = ""
    long_running: bool = False
    metrics_enabled: bool = False
    required_capabilities: tuple[str, ...] = ()
    pytest: Pytest | None = None
    lisa: Lisa | None = None
    tmt: Tmt | None = None


class TestRef(Rule, frozen=True, kw_only=True):
    """Names a test or a group of tests: one of the two."""

    name: str = ""
    group: str = ""


class TestGroup(Rule, frozen=True, kw_only=True):
    description: str = ""
    tests: tuple[TestRef, ...] = ()


class PackageTest(Reasoned, frozen=True, kw_only=True):
    """A test of built packages (ours): `command`, a script for /bin/sh, is run where `packages` and what they require are.

    Without `packages` it is the one that bears the component's name. Exit code `code` is expected, and output matching the RE2
    `match` if given; the command has `timeout` seconds.
    """

    name: str
    command: str
    packages: tuple[str, ...] = ()
    code: int = 0
    match: str = ""
    timeout: int = 60
