"""The configuration: defaults, checks with one clear line, and its reference table.

Imports neither torch nor numpy: the Snakefile uses it.
"""

import math
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any

import jsonschema
import yaml

from highlow.runs.errors import UNPRINTABLE, HighlowError, nearest

Schema = Mapping[str, Any]
MOST_VALUES = 5000
DEEPEST = 3  # networks.<name>.<field>
LONGEST_TEXT = 4096  # a path of Linux
LARGEST_BITS = 64
NULLS = ("~", "null", "Null", "NULL")  # of YAML
PATHS = ("images", "weights_dir")  # files may be called anything


def validated(given: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """Return a configuration with the defaults of the schema filled in.

    Raises
    ------
    HighlowError
        If a key is unknown (the message names the nearest one), a value does not fit, or it is too large or too deep to
        be a configuration.
    """
    _check_plain(given)
    given = _typed(given, schema)
    _check_plain(given)  # what a word of the command line was read as
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
        if error.validator == "anyOf":
            message = (
                f"it must have one of {', '.join(name for form in error.validator_value for name in form['required'])}"
            )
        raise HighlowError(f"config key {key}: {message}. {hint}".strip())
    return filled


def check_not_empty(given: Mapping[str, Any]) -> None:
    """Raise a HighlowError if a key has nothing or an empty text for its value, which `null` is not.

    `images=$PHOTOGRAPHS` gives that while the variable is not set, and the run would go on without the photographs.
    """
    for key, value in given.items():
        if value is None or (isinstance(value, str) and not value.strip()):
            raise HighlowError(f"config key {key}: empty, as a variable leaves it that is not set; null means none")


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
    if form["type"] == "number":
        return f"a number from {form['minimum']} to {form['maximum']}"
    return "a list of different integers from 0" if _holds_integers(form) else "a list of different names"


def _values(item: Schema) -> str:
    if "oneOf" in item:
        constants, other = item["oneOf"]
        words = [f"`{constant}`" for constant in constants.get("enum", [constants.get("const")])]
        if other["type"] == "number":
            return f"{', '.join(words)} or {_values(other)}"
        return f"{', '.join(words)} or a list of {'integers' if _holds_integers(other) else 'names'}"
    if "enum" in item:
        return ", ".join(f"`{value}`" for value in item["enum"])
    if "items" in item:
        return "list of names"
    kinds = [item["type"]] if isinstance(item["type"], str) else list(item["type"])
    text = " or ".join(kinds)
    return f"{text}, {item['minimum']} to {item['maximum']}" if "minimum" in item else text


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
    number = [option for option in schema.get("oneOf", []) if option.get("type") == "number"]
    kinds = schema.get("type", "number" if number else "string")
    if isinstance(value, str) and "string" in kinds:  # a folder may be called 2020 or on
        return None if "null" in kinds and value in NULLS else value
    if isinstance(value, str):
        try:
            value = yaml.safe_load(value)
        except (yaml.YAMLError, ValueError, RecursionError):  # a date that is none is a ValueError
            return value
    if isinstance(value, float) and value.is_integer() and "integer" in kinds:
        return int(value)  # JSON's schema takes 9.0 for an integer, the scripts do not
    return value


def _check_plain(given: Mapping[str, Any]) -> None:
    """Check that a configuration is small and made of plain values, before anything goes through all of it.

    A few lines of YAML can stand for billions of values, or for a list that contains itself.

    Raises
    ------
    HighlowError
        If it nests deeper than any key, or holds too many values, a list of lists, a text that is too long or has
        control characters, or a number that is not finite or beyond 64 bits.
    """
    waiting: list[tuple[str, Any, int]] = [("the configuration", given, 0)]
    seen = 0
    while waiting:
        key, value, depth = waiting.pop()
        where = "the configuration" if not depth else f"config key {key}"
        seen += 1
        if seen > MOST_VALUES or (isinstance(value, Mapping | list) and len(value) > MOST_VALUES):
            raise HighlowError(f"the configuration holds more than {MOST_VALUES} values; leave some out")
        if isinstance(value, Mapping):
            if depth > DEEPEST:
                raise HighlowError(f"{where}: it nests deeper than any key; take a level out")
            for name, item in value.items():
                _check_scalar(f"the name of {where}", name, "")
                waiting.append((f"{key}.{name}" if depth else str(name), item, depth + 1))
        elif isinstance(value, list):
            if any(isinstance(item, Mapping | list) for item in value):
                raise HighlowError(f"{where}: a list of lists or mappings; only names and numbers can stand in it")
            waiting += [(key, item, depth + 1) for item in value]
        else:
            _check_scalar(where, value, key)


def _check_scalar(where: str, value: Any, key: str) -> None:
    if isinstance(value, str):
        check_not_empty({key: value})
        if len(value) > LONGEST_TEXT:
            raise HighlowError(f"{where}: a text of {len(value)} characters; at most {LONGEST_TEXT} are read")
        if "\0" in value or (key not in PATHS and UNPRINTABLE.search(value)):
            raise HighlowError(f"{where}: {value!r} has a character that cannot be printed; take it out")
    elif isinstance(value, int) and value.bit_length() > LARGEST_BITS:
        raise HighlowError(f"{where}: a number of {value.bit_length()} bits; at most {LARGEST_BITS} are read")
    elif isinstance(value, float) and not math.isfinite(value):
        raise HighlowError(f"{where}: {value} is not a finite number")
    elif not isinstance(value, str | int | float | NoneType):
        raise HighlowError(f"{where}: {type(value).__name__} is no kind of value here; write a name or a number")


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
