"""A cluster that is not ours is never touched; nothing here starts a daemon."""

import pytest

from tests.slurm import cluster


@pytest.fixture
def system(monkeypatch, tmp_path):
    """A machine with Slurm, with a folder in the place of /etc/slurm."""
    monkeypatch.setattr(cluster, "SYSTEM", tmp_path / "etc")
    monkeypatch.setattr(cluster.shutil, "which", lambda name, path: f"/usr/sbin/{name}")
    monkeypatch.setattr(cluster.os, "geteuid", lambda: 0)
    (tmp_path / "etc").mkdir()
    return tmp_path / "etc"


def test_an_empty_folder_and_files_of_a_dead_run_are_no_hindrance(system, tmp_path):
    assert cluster.why_not() == ""
    (system / "slurm.conf").write_text(f"{cluster.OURS}SlurmctldPidFile={tmp_path}/slurmctld.pid\n")
    assert cluster.why_not() == ""


@pytest.mark.parametrize("name", ["slurm.conf", "gres.conf"])
def test_the_configuration_of_another_slurm_is_left_alone(system, tmp_path, name):
    (system / name).write_text("ClusterName=university\n")
    assert cluster.why_not() == f"{system / name} belongs to another Slurm, which is left alone"
    ours = cluster.Cluster(tmp_path / "state")
    with pytest.raises(cluster.ForeignConfigurationError):
        ours.start()
    ours.stop()
    assert [path.name for path in system.iterdir()] == [name]
    assert (system / name).read_text() == "ClusterName=university\n"


def test_a_living_controller_of_another_run_is_named(system, tmp_path):
    (tmp_path / "slurmctld.pid").write_text(str(cluster.os.getpid()))
    (system / "slurm.conf").write_text(f"{cluster.OURS}SlurmctldPidFile={tmp_path}/slurmctld.pid\n")
    assert str(tmp_path) in cluster.why_not()


def test_what_is_missing_is_named(system, monkeypatch):
    monkeypatch.setattr(cluster.os, "geteuid", lambda: 1000)
    assert cluster.why_not() == "only root can start Slurm's daemons"
    monkeypatch.setattr(cluster.shutil, "which", lambda name, path: None)
    assert "apt-get install slurm-wlm munge" in cluster.why_not()
