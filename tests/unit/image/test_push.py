"""Referrers of others are kept when ours come."""

import pytest

from headwater.errors import Failure, Kind
from headwater.image.push import join, name_of

OURS, THEIRS, OLD = ({"digest": f"sha256:{letter}"} for letter in "abc")


def test_what_others_left_there_stays_before_ours():
    assert join({"manifests": [THEIRS]}, {"manifests": [OURS]}) == {"manifests": [THEIRS, OURS]}


def test_what_both_have_is_there_once():
    assert join({"manifests": [THEIRS, OURS]}, {"manifests": [OURS]}) == {"manifests": [THEIRS, OURS]}


def test_a_signature_by_another_key_of_the_same_text_stays():
    theirs, ours = ({**OURS, "annotations": {"signature": name}} for name in ("theirs", "ours"))
    assert join({"layers": [theirs]}, {"layers": [ours], "subject": OLD}) == {"layers": [theirs, ours], "subject": OLD}


def test_what_is_no_list_of_referrers_is_replaced():
    assert join({"config": {}}, {"manifests": [OURS]}) == {"manifests": [OURS]}


@pytest.mark.parametrize(
    ("reference", "name"),
    [("host/a:1", "host/a"), ("127.0.0.1:5000/a/b", "127.0.0.1:5000/a/b"), ("host:5000/a:1.2-3", "host:5000/a")],
)
def test_a_name_is_a_reference_without_its_tag(reference, name):
    assert name_of(reference) == name


def test_what_is_no_reference_is_refused():
    with pytest.raises(Failure) as caught:
        name_of("small")
    assert caught.value.kind is Kind.USAGE
