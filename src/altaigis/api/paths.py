"""What stands in a path where no segment does: the id of a feature, which a source may have written with slashes."""

from starlette.convertors import Convertor, register_url_convertor


class _FeatureId(Convertor[str]):
    """Whatever follows; but the history of a feature is no feature."""

    regex = "(?!.+/history$).+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("fid", _FeatureId())

#: A feature, and what people have made of it, below the items of a collection.
FEATURE_PATH, HISTORY_PATH = "{feature_id:fid}", "{feature_id:path}/history"
