"""deploy/k8s: what kustomize makes of it keeps to Kubernetes' schemas, and names only what there is."""

import shutil
import subprocess
from base64 import b64decode
from pathlib import Path
from typing import Any, Literal

import kubernetes_validate
import pytest
import yaml
from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict

from streams.cli import COMMANDS
from streams.resources import checkout
from streams.settings import Settings

_FOLDER = checkout() / "deploy/k8s"
_SETTINGS = {f"KPI_{name.upper()}" for name in Settings.model_fields}
_VERSION = "1.34"
_SECRET_FILES = (
    "ca.pem",
    "operator.env",
    "setup.env",
    "worker.env",
    "alerts.env",
    "wall.env",
    "ingest.env",
    "http-tokens.toml",
)


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Give all objects of the overlay, as `kubectl apply -k` would send them."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl, which brings kustomize, is not installed")
    copy = tmp_path_factory.mktemp("k8s") / "k8s"
    shutil.copytree(_FOLDER, copy)
    for name in _SECRET_FILES:
        shutil.copyfile(copy / f"production/{name}.example", copy / f"production/{name}")
    shutil.copyfile(checkout() / "deploy/registry.toml", copy / "production/registry.toml")
    command = ["kubectl", "kustomize", str(copy / "production")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return list(yaml.safe_load_all(done.stdout))


def test_every_file_keeps_to_the_schemas_of_kubernetes() -> None:
    """No field that Kubernetes does not know, before anything is put together."""
    files = [path for path in _FOLDER.rglob("*.yaml") if path.stem not in {"kustomization", "scaling"}]
    found = [part for path in files for part in yaml.safe_load_all(path.read_text())]

    assert len(found) > 10
    for part in found:
        kubernetes_validate.validate(part, _VERSION, strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**found[0], "spek": {}}, _VERSION, strict=True)


def test_the_overlay_keeps_to_them_too(objects: list[dict[str, Any]]) -> None:
    """What is sent is whole: each object in the namespace, each name that is referred to there."""
    for part in objects:
        if part["apiVersion"].partition("/")[0] != "keda.sh":
            kubernetes_validate.validate(part, _VERSION, strict=True)
    names = {(part["kind"], part["metadata"]["name"]) for part in objects}
    for pod in _pods(objects):
        for container in _containers(pod):
            for source in container["envFrom"]:
                [(kind, reference)] = source.items()
                assert (_KINDS[kind], reference["name"]) in names
        for volume in pod["volumes"]:
            assert _named_by(volume) <= names


def _named_by(volume: dict[str, Any]) -> set[tuple[str, str]]:
    """Name the objects that a volume is made of."""
    parts = (volume, *volume.get("projected", {}).get("sources", []))
    found = {("ConfigMap", one["configMap"]["name"]) for one in parts if "configMap" in one}
    found |= {("Secret", one["secret"]["secretName"]) for one in parts if "secret" in one}
    claims = [one["persistentVolumeClaim"] for one in parts if "persistentVolumeClaim" in one]
    return found | {("PersistentVolumeClaim", claim["claimName"]) for claim in claims}


def test_every_container_has_the_certificates_and_the_registry_of_the_site(
    objects: list[dict[str, Any]],
) -> None:
    """Where the settings look for them: TLS trusts nobody else, and a gate is added without a new image."""
    [settings] = [part["data"] for part in objects if "KPI_KAFKA_CA" in part.get("data", {})]
    files = {Path(settings[f"KPI_{name}"]) for name in ("KAFKA_CA", "CLICKHOUSE_CA", "REGISTRY")}
    data = {part["metadata"]["name"]: part["data"] for part in objects if part["kind"] == "ConfigMap"}

    for pod in _pods(objects):
        [site] = [volume["projected"] for volume in pod["volumes"] if volume["name"] == "site"]
        there = {name for source in site["sources"] for name in data[source["configMap"]["name"]]}
        for container in _containers(pod):
            [folder] = [one["mountPath"] for one in container["volumeMounts"] if one["name"] == "site"]
            assert files == {Path(folder, name) for name in there}


def test_metrics_are_open_to_the_scraper_alone(objects: list[dict[str, Any]]) -> None:
    """A token, a port and a policy: who listens for others has all three."""
    [policy] = [part["spec"] for part in objects if part["metadata"]["name"] == "kpi-metrics"]
    [chosen] = policy["podSelector"]["matchExpressions"]
    listening = {
        part["metadata"]["name"]
        for part in objects
        for one in (_containers(part["spec"]["template"]["spec"]) if part["kind"] == "Deployment" else [])
        if any(env["name"] == "KPI_METRICS_HOST" for env in one.get("env", []))
        and any(port["name"] == "metrics" for port in one["ports"])
    }

    assert set(chosen["values"]) == listening == {"kpi-worker", "kpi-alerts", "kpi-ingest"}
    assert policy["ingress"][0]["from"]
    for name in listening:
        example = dotenv_values(_FOLDER / f"production/{name.removeprefix('kpi-')}.env.example")
        assert len(example["KPI_METRICS_TOKEN"] or "") >= 16


_WORK = {"Deployment", "Job", "CronJob"}
_KINDS = {"configMapRef": "ConfigMap", "secretRef": "Secret"}


def test_containers_run_our_commands_with_settings_that_exist(objects: list[dict[str, Any]]) -> None:
    """What an operator would misspell, a test reads; and no service's address comes in as a setting."""
    given = {
        name
        for part in objects
        if part["metadata"]["name"].startswith("kpi-")
        for name in part.get("data", {})
    }
    given |= {env["name"] for pod in _pods(objects) for one in _containers(pod) for env in one.get("env", [])}

    assert not any(pod["enableServiceLinks"] for pod in _pods(objects))
    assert {name for name in given if name.startswith("KPI_")} <= _SETTINGS
    for name in (name for name in _SECRET_FILES if name.endswith(".env")):
        assert set(dotenv_values(_FOLDER / f"production/{name}.example")) <= _SETTINGS
    started = [one for pod in _pods(objects) for one in _containers(pod) if "command" not in one]
    assert {one["args"][0] for one in started} <= set(COMMANDS)


def test_no_container_may_do_more_than_ours_in_compose(objects: list[dict[str, Any]]) -> None:
    """The namespace enforces the restricted standard: all of them keep to it, with a limit of memory."""
    for pod in _pods(objects):
        assert (True, 10001) == (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"])
        for one in _containers(pod):
            wanted = {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert wanted == one["securityContext"]
            assert one["resources"]["limits"]["memory"]
            assert not one["image"].endswith(":latest")


def test_every_deployment_has_a_budget_and_is_let_out_by_a_policy(objects: list[dict[str, Any]]) -> None:
    """A node that is emptied takes one instance at a time; what no policy names stays shut."""
    chosen = {
        part["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
        for part in objects
        if part["kind"] == "PodDisruptionBudget"
    }
    deployments = {
        part["metadata"]["name"]
        for part in objects
        if part["kind"] == "Deployment" and part["spec"].get("replicas") != 0
    }
    policies = {part["metadata"]["name"]: part["spec"] for part in objects if part["kind"] == "NetworkPolicy"}

    assert deployments == chosen
    assert {"Ingress", "Egress"} == set(policies["kpi-none"]["policyTypes"])
    assert not {"ingress", "egress"} & policies["kpi-none"].keys()
    assert {"kpi-wall", "kpi-ingest", "kpi-metrics"} == {
        name for name, spec in policies.items() if "ingress" in spec
    }


def test_a_budget_lets_every_node_be_emptied(objects: list[dict[str, Any]]) -> None:
    """Of the wall there is one, for a browser's page lives in the process that made it."""
    replicas = {
        part["metadata"]["name"]: part["spec"].get("replicas", 2)
        for part in objects
        if part["kind"] == "Deployment"
    }
    budgets = [part for part in objects if part["kind"] == "PodDisruptionBudget"]

    assert 1 == replicas["kpi-wall"]
    for budget in budgets:
        least = budget["spec"].get("minAvailable", 0)
        assert least < replicas[budget["metadata"]["name"]]


_LOGINS = {
    "migrate": ("kpi_migrate", "kpi-setup"),
    "worker": ("kpi_writer", "kpi-worker"),
    "alerts": ("kpi_writer", "kpi-alerts"),
    "wall": ("kpi_writer", None),
    "ingest": (None, "kpi-ingest"),
    "toolbox": ("kpi_writer", "kpi-operator"),
    "backup": ("kpi_migrate", "kpi-setup"),
}


@pytest.mark.parametrize("name", _LOGINS)
def test_each_process_knows_its_own_logins_alone(objects: list[dict[str, Any]], name: str) -> None:
    """Who breaks into the ingest may send events and read nothing; tables are made by the setup alone."""
    [container] = [one for pod in _pods(objects) for one in _containers(pod) if one["name"] == name]
    [secret] = [source["secretRef"]["name"] for source in container["envFrom"] if "secretRef" in source]
    [data] = [part["data"] for part in objects if part["metadata"]["name"] == secret and "data" in part]
    known = {key: b64decode(value).decode() for key, value in data.items()}

    assert _LOGINS[name] == (known.get("KPI_CLICKHOUSE_USER"), known.get("KPI_KAFKA_USER"))
    assert all(known.get(f"{key.removesuffix('USER')}PASSWORD") for key in known if key.endswith("_USER"))


def _pods(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    jobs = [part["spec"].get("jobTemplate", part)["spec"] for part in objects if part["kind"] in _WORK]
    return [job["template"]["spec"] for job in jobs]


def _containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", []), *pod["containers"]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Target(_Strict):
    name: str


class _Lag(_Strict):
    """Of KEDA's Kafka scaler, values are text."""

    bootstrapServers: str  # noqa: N815 - KEDA's name
    consumerGroup: str  # noqa: N815
    lagThreshold: str  # noqa: N815
    offsetResetPolicy: Literal["earliest", "latest"]  # noqa: N815
    tls: Literal["enable"]
    sasl: Literal["scram_sha512"]


class _Trigger(_Strict):
    type: Literal["kafka"]
    metadata: _Lag
    authenticationRef: _Target  # noqa: N815


class _Fallback(_Strict):
    failureThreshold: int  # noqa: N815
    replicas: int


class _Autoscaler(_Strict):
    behavior: dict[str, Any]


class _Advanced(_Strict):
    horizontalPodAutoscalerConfig: _Autoscaler  # noqa: N815


class _Scaling(_Strict):
    """The fields of a ScaledObject's spec that are used here."""

    scaleTargetRef: _Target  # noqa: N815
    minReplicaCount: int  # noqa: N815
    maxReplicaCount: int  # noqa: N815
    pollingInterval: int  # noqa: N815
    cooldownPeriod: int  # noqa: N815
    fallback: _Fallback
    advanced: _Advanced
    triggers: list[_Trigger]


def test_workers_scale_by_the_lag_of_their_own_group() -> None:
    """The group, the deployment and the number of partitions are those that the rest says."""
    part, login = yaml.safe_load_all((_FOLDER / "production/scaling.yaml").read_text())
    scaling = _Scaling.model_validate(part["spec"])
    overlay = yaml.safe_load((_FOLDER / "production/kustomization.yaml").read_text())
    settings = dict(one.split("=", 1) for one in overlay["configMapGenerator"][0]["literals"])
    behavior = scaling.advanced.horizontalPodAutoscalerConfig.behavior
    autoscaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "kpi-worker"},
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": "kpi-worker", "apiVersion": "apps/v1"},
            "maxReplicas": 1,
            "behavior": behavior,
        },
    }

    kubernetes_validate.validate(autoscaler, _VERSION, strict=True)
    assert ("keda.sh/v1alpha1", "ScaledObject") == (part["apiVersion"], part["kind"])
    assert "kpi-worker" == scaling.scaleTargetRef.name
    assert Settings(_env_file=None).worker_group == scaling.triggers[0].metadata.consumerGroup
    assert settings["KPI_KAFKA_BOOTSTRAP"] == scaling.triggers[0].metadata.bootstrapServers
    assert int(settings["KPI_PARTITIONS"]) == scaling.maxReplicaCount
    known = dotenv_values(_FOLDER / "production/worker.env.example")
    assert scaling.triggers[0].authenticationRef.name == login["metadata"]["name"]
    [ca] = login["spec"]["configMapTargetRef"]
    [trusted] = [one for one in overlay["configMapGenerator"] if one["name"] == ca["name"]]
    assert ("ca", ["ca.pem"], True) == (
        ca["parameter"],
        trusted["files"],
        trusted["options"]["disableNameSuffixHash"],
    )
    assert ca["key"] in trusted["files"]
    assert {("kpi-worker", one["key"]) for one in login["spec"]["secretTargetRef"]} == {
        (one["name"], key) for one in login["spec"]["secretTargetRef"] for key in known if "KAFKA" in key
    }


def test_secrets_stay_out_of_the_repository() -> None:
    """The files with the real ones are ignored by git, and no part of the image."""
    ignored = (_FOLDER / "production/.gitignore").read_text().split()
    left_out = (checkout() / ".dockerignore").read_text().split()

    assert ["*.env", "http-tokens.toml", "ca.pem", "registry.toml"] == ignored
    assert {"deploy/k8s/production/*.env", "**/http-tokens.toml"} <= set(left_out)
    assert not any((_FOLDER / "production" / name).exists() for name in _SECRET_FILES)
