"""The configuration: defaults, checks with one clear line, and its reference table.

Imports neither torch nor numpy: the Snakefile uses it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import yaml

from highlow.errors import HighlowError, nearest

Schema = Mapping[str, Any]


def validated(given: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Return a configuration with the defaults of the schema filled in.

    Raises
    ------
    HighlowError
        If a key is unknown (the message names the nearest one) or a value does not fit.
    """
    given = _typed(given, schema)
    _check_keys(given, schema, "")
    filled = _with_defaults(given, schema)
    errors = list(jsonschema.Draft202012Validator(schema).iter_errors(filled))
    if errors:
        # The deepest says most: a wrong value inside an entry rather than that the entry does not fit.
        error = max(errors, key=lambda item: (len(item.path), item.validator != "oneOf"))
        key = ".".join(str(part) for part in error.path) or "the configuration"
        hint = _property(schema, [str(part) for part in error.path]).get("description", "")
        message = error.message
        if error.validator == "oneOf":
            wanted = " or ".join(_form(form) for form in error.validator_value)
            message = f"it must be {wanted}" + (
                "" if isinstance(error.instance, Mapping) else f", not {error.instance!r}"
            )
        raise HighlowError(f"config key {key}: {message}. {hint}".strip())
    return filled


def keys(schema: Schema, prefix: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield every leaf key, dotted, with its schema."""
    for name, item in schema.get("properties", {}).items():
        if "properties" in item:
            yield from keys(item, f"{prefix}{name}.")
        else:
            yield prefix + name, item


def reference_table(schema: Schema) -> str:
    """Return the Markdown table of all keys."""
    lines = ["| key | default | values | meaning |", "| --- | --- | --- | --- |"]
    for key, item in keys(schema):
        default = "null" if item["default"] is None else item["default"]
        meaning = " ".join(item["description"].split())
        lines.append(f"| `{key}` | `{default}` | {_values(item)} | {meaning} |")
    return "\n".join(lines) + "\n"


def _form(form: Schema) -> str:
    """Return one alternative of a value in words."""
    if "required" in form:
        others = [name for option in form.get("anyOf", []) for name in option["required"]]
        return "given with " + " and ".join([*form["required"], *([f"one of {', '.join(others)}"] if others else [])])
    if "const" in form:
        return repr(form["const"])
    if "enum" in form:
        return " or ".join(map(repr, form["enum"]))
    return "a list of different integers from 0" if _holds_integers(form) else "a list of different names"


def _values(item: Schema) -> str:
    if "oneOf" in item:
        constants, items = item["oneOf"]
        words = [f"`{constant}`" for constant in constants.get("enum", [constants.get("const")])]
        return f"{', '.join(words)} or a list of {'integers' if _holds_integers(items) else 'names'}"
    if "enum" in item:
        return ", ".join(f"`{value}`" for value in item["enum"])
    kinds = [item["type"]] if isinstance(item["type"], str) else list(item["type"])
    text = " or ".join(kinds)
    return f"{text} >= {item['minimum']}" if "minimum" in item else text


def _holds_integers(form: Schema) -> bool:
    return bool(form["items"]["type"] == "integer")


def _typed(value: Any, schema: Schema) -> Any:
    """Return a value with the strings of the command line read as what the schema wants.

    Snakemake leaves every leaf of `--config key={a: 1}` a string.
    """
    if isinstance(value, Mapping):
        return {key: _typed(item, _property(schema, [str(key)])) for key, item in value.items()}
    if isinstance(value, list):
        options = [schema, *schema.get("oneOf", [])]
        items: Schema = next((option["items"] for option in options if "items" in option), {})
        return [_typed(item, items) for item in value]
    if isinstance(value, str) and schema.get("type") not in (None, "string"):
        try:
            return yaml.safe_load(value)
        except yaml.YAMLError:
            return value
    return value


def _check_keys(given: Mapping[str, Any], schema: Schema, prefix: str) -> None:
    for key, value in given.items():
        if not isinstance(key, str):
            raise HighlowError(f"config key {prefix}{key}: a name is wanted, write it in quotes")
        if key not in schema.get("properties", {}) and schema.get("additionalProperties") is False:
            known = list(schema["properties"])
            raise HighlowError(f"unknown config key {prefix + str(key)!r}; {nearest(str(key), known)}")
        if isinstance(value, Mapping):
            _check_keys(value, _property(schema, [str(key)]), f"{prefix}{key}.")


def _with_defaults(given: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    filled = dict(given)
    for key, item in schema.get("properties", {}).items():
        if key not in filled:
            filled[key] = item["default"]
        if "properties" in item and isinstance(filled[key], Mapping):
            filled[key] = _with_defaults(filled[key], item)
    return filled


def _property(schema: Schema, path: list[str]) -> Schema:
    """Return the schema of a key; of a name that the user chose, that of any such name."""
    for part in path:
        free = schema.get("additionalProperties", {})
        schema = schema.get("properties", {}).get(part, free if isinstance(free, Mapping) else {})
    return schema
