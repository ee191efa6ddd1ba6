"""Grafana's provisioning files as it reads them, but strictly: it passes over a key that it does not know."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel


class _File(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class CustomSetting(_File):
    """A ClickHouse setting; the plugin panics on a value that is no text."""

    setting: str
    value: str


class SourceSettings(_File):
    """What the ClickHouse plugin (4.20.0) reads; lengths are texts."""

    host: str = Field(min_length=1)
    port: int | str
    protocol: Literal["native", "http"]
    secure: bool | str
    username: str = Field(min_length=1)
    default_database: str
    path: str = ""
    dial_timeout: str = "10"
    query_timeout: str = "60"
    max_open_conns: str = "50"
    max_idle_conns: str = "25"
    conn_max_lifetime: str = "5"
    custom_settings: list[CustomSetting] = []


class Secrets(_File):
    """What Grafana encrypts; it comes from the environment, never from the file."""

    password: str = Field(pattern=r"^\$\{?[A-Z_]+\}?$")


class Datasource(_File):
    """One datasource."""

    name: str
    uid: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,40}$")
    type: Literal["grafana-clickhouse-datasource"]
    access: Literal["proxy"]
    is_default: bool
    editable: Literal[False]
    json_data: SourceSettings
    secure_json_data: Secrets


class DatasourceFile(_File):
    """`provisioning/datasources/*.yaml`; with `prune` a datasource that leaves the file leaves Grafana."""

    api_version: Literal[1]
    prune: Literal[True]
    datasources: list[Datasource] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_default(self) -> "DatasourceFile":
        if sum(one.is_default for one in self.datasources) != 1:
            raise ValueError("one datasource must be the default")
        return self


class FileOptions(_File):
    """Where a provider's boards lie."""

    path: str = Field(pattern="^/")
    folders_from_files_structure: bool = False


class Provider(_File):
    """A provider of boards from files, which nobody changes or deletes in Grafana."""

    name: str
    org_id: int
    folder: str = ""
    folder_uid: str = Field("", pattern=r"^[a-zA-Z0-9_-]{0,40}$")
    type: Literal["file"]
    disable_deletion: Literal[True]
    allow_ui_updates: Literal[False]
    update_interval_seconds: int = Field(ge=10)
    options: FileOptions

    @model_validator(mode="after")
    def _one_way_to_folders(self) -> "Provider":
        if self.options.folders_from_files_structure and (self.folder or self.folder_uid):
            raise ValueError("a folder, or those of the files, not both")
        return self


class ProviderFile(_File):
    """`provisioning/dashboards/*.yaml`."""

    api_version: Literal[1]
    providers: list[Provider] = Field(min_length=1)


#: The model of each folder of the provisioning that is no alerting.
FOLDERS: dict[str, Any] = {"datasources": DatasourceFile, "dashboards": ProviderFile}
