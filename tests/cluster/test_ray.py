"""A Ray cluster of two nodes, started once for all that runs on one: statistics in parts, and a study."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import softgate as sg
from lab import standin
from lab.test_runner import TESTS, ends, go
from softgate import lab
from streaming.corpus import batches, count

# Ray's own, of the processes that it starts.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where workers on the cluster leave their lines: of a folder that nodes know from their start."""
    return tmp_path_factory.mktemp("log")


@pytest.fixture(scope="module")
def cluster(log: Path) -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        patch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), *sys.path]))
        patch.setenv(standin.LOG, str(log))
        found = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        yield found
        found.shutdown()


@pytest.fixture
def second(cluster: Any) -> Iterator[Any]:
    """Another node."""
    node = cluster.add_node(num_cpus=1)
    yield node
    if node in cluster.list_all_nodes():
        cluster.remove_node(node, allow_graceful=False)


@pytest.mark.usefixtures("second")
def test_statistics_of_parts_counted_on_two_nodes_are_the_same_bits(cluster: Any) -> None:
    import joblib
    import ray
    from ray.util.joblib import register_ray

    ray.init(address=cluster.address, log_to_driver=False)
    try:
        register_ray()
        with joblib.parallel_backend("ray", n_jobs=2):
            found = joblib.Parallel()(joblib.delayed(count)([b]) for b in batches())
    finally:
        ray.shutdown()
    assert sg.Statistics.merge(found) == count(batches())


def test_a_study_on_two_nodes_one_of_which_is_killed_half_way(
    tmp_path: Path, log: Path, cluster: Any, second: Any
) -> None:
    def watch(standing: lab.Standing) -> None:
        if standing.done == 4:
            standin.wait(lambda: len(list(log.glob("*.begun"))) == 2)  # each node has a piece of seed 1
            cluster.remove_node(second, allow_graceful=False)
            (log / f"{second.node_id}.gone").touch()

    handler = signal.getsignal(signal.SIGTERM)
    outcome = go(tmp_path / "r", "lingering", backend="ray", address=cluster.address, progress=watch, nets=1)
    frame = lab.load(tmp_path / "r")
    assert (outcome.made, outcome.failed, len(frame), frame["key"].nunique()) == (12, 0, 12, 12)
    assert len(list(log.glob("*.log"))) == 2  # both nodes have worked
    assert outcome.deaths == 1
    assert signal.getsignal(signal.SIGTERM) is handler
    assert set(ends(log).values()) == {1}
