"""All that is odd in the build root of one component."""

from __future__ import annotations

from headwater.build.findings import Finding, links, owners, providers, unknown
from headwater.build.line import Line
from headwater.engine import File


def odd(line: Line, name: str) -> tuple[Finding, ...]:
    """Owners that nobody defines, links that lead nowhere, what several packages give. What it needs must be built."""
    requires = (*line.workshop.specs.facts[name].build_requires, *line.asked(name))
    job, roots, forest = line.job(name), line.workshop.roots, line.engine.forest
    contested = roots.contested(requires, job.packages)

    def database(path: str) -> str:
        """A file of the root, where the project says what is in it."""
        entry = forest.lookup(job.action.root, path)
        content = [made.content[entry.digest] for made in job.made if isinstance(entry, File) and entry.digest in made.content]
        return content[0].decode(errors="replace") if content and isinstance(content[0], bytes) else ""

    headers = {rpm: roots.headers[rpm] for rpm in job.packages}
    return (
        *owners(headers, database("etc/passwd"), database("etc/group")),
        *links(forest, job.action.root, [(rpm.name, roots.tree(rpm)) for rpm in job.packages]),
        *providers(contested, roots.preferred),
        *unknown(roots.preferred, roots.headers),
    )
