"""What is legal in a project of azldev and not read yet: told apart from what nobody knows, and never ignored."""

from __future__ import annotations

from headwater.config import model, written
from headwater.config.ground import Rule

KEYS: dict[type[Rule], frozenset[str]] = {
    written.ProjectFile: frozenset({
        "resources", "tools", "default-package-config", "package-groups", "test-suites", "tests", "test-groups",
    }),
    written.ComponentGroup: frozenset({"specs", "excluded-paths"}),
    model.Distro: frozenset({"dist-git-base-uri", "lookaside-base-uri", "repos", "disable-origins"}),
    model.DistroVersion: frozenset({
        "dist-git-branch", "mock-config", "mock-config-x86_64", "mock-config-aarch64", "inputs", "kiwi-config-override",
    }),
    model.SpecSource: frozenset({"upstream-distro", "upstream-name", "upstream-commit"}),
    model.Component: frozenset({"tests"}),
    model.BuildRule: frozenset({"emit-upstream-provenance", "failure", "hints"}),
    model.ImageRule: frozenset({"definition", "tests", "publish", "architectures"}),
    model.PublishRule: frozenset({"channel"}),
}  # fmt: skip

VALUES: frozenset[object] = frozenset({"custom", model.SpecType.UPSTREAM.value})  # of `type`


def is_pending(kind: type[Rule], key: str) -> bool:
    return key in KEYS.get(kind, frozenset())
