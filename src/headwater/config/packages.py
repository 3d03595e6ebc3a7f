"""Binary packages: into which channel each goes."""

from headwater.config.ground import Rule


class PublishRule(Rule, frozen=True, kw_only=True):
    """Channels; `none` keeps the packages back. `channel` is azldev's old word for `rpm-channel` of one package."""

    rpm_channel: str = ""
    srpm_channel: str = ""
    debuginfo_channel: str = ""
    channel: str = ""


class PackageRule(Rule, frozen=True, kw_only=True):
    publish: PublishRule = PublishRule()


class PackageGroup(Rule, frozen=True, kw_only=True):
    """Binary packages that share settings; a package is in one group at most."""

    description: str = ""
    packages: tuple[str, ...] = ()
    default_package_config: PackageRule = PackageRule()
