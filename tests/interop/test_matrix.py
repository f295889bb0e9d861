"""Every cell of doc/interop.md: works, or the peer says in known words that it cannot."""
import pytest

import peers
from matrix import CANNOT, COLUMNS, KINDS, Pair


@pytest.fixture(scope="module", params=[(p, k) for p in peers.PEERS for k in KINDS], ids=lambda p: f"{p[0].name}-{p[1]}")
def pair(request, tmp_path_factory):
    peer, kind = request.param
    for program in {peer, peers.OpenSSL}:
        if reason := peers.missing(program):
            pytest.skip(reason)
    made = Pair(tmp_path_factory.mktemp("i"), peer, kind)
    yield made
    made.close()


@pytest.mark.parametrize("column", COLUMNS)
def test_cell(pair, column):
    said = pair.cell(column)
    if said is None:
        return
    known = CANNOT.get((pair.peer.name, pair.kind), {}).get(column)
    assert known is not None and any(words in said for words in known.split("|")), f"{pair.peer.name} says: {said}"
    pytest.skip(f"{pair.peer.name} cannot: {said}")
