"""A style as its layer file declares it, in both languages: what the map of this server reads."""

from altaigis.encoders.styles.portrayal import Portrayal, StyleFormat


def encode(portrayal: Portrayal) -> bytes:
    return portrayal.style.model_dump_json().encode()


FORMAT = StyleFormat("JSON", "application/json", "json", encode, is_file=False)
