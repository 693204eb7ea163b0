"""Widgets for declared parameters: bounds, choices and help come from the signature of the metric or selector."""

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import streamlit as st

from core.params import Param


def param_widgets(
    params: Mapping[str, Param], key: str, given: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """A widget for each parameter, which begins with what is given; returns those that differ from their defaults."""
    chosen = {
        name: _widget(replace(param, default=given.get(name, param.default)), f"{key}:{name}")
        for name, param in params.items()
    }
    return {name: value for name, value in chosen.items() if value != params[name].default}


def _widget(param: Param, key: str) -> Any:
    label = param.name.replace("_", " ").capitalize()
    words = f"{param.help} ({param.allowed})" if param.help else param.allowed
    if param.choices:
        return st.selectbox(label, param.choices, index=param.choices.index(param.default), key=key, help=words)
    if param.kind is bool:
        return st.checkbox(label, value=param.default, key=key, help=words)
    if param.kind is str:
        return st.text_input(label, value=param.default or "", key=key, help=words) or None
    if param.optional or (param.range is not None and param.range.infinite):
        return _number_as_text(param, label, key, words)
    low, high = (param.range.low, param.range.high) if param.range else (-math.inf, math.inf)
    bounds: dict[str, Any] = {}
    if math.isfinite(low):
        bounds["min_value"] = param.kind(low)
    if math.isfinite(high):
        bounds["max_value"] = param.kind(high)
    value = param.kind(param.default)
    if param.kind is int:
        return st.number_input(label, value=value, step=1, key=key, help=words, **bounds)
    step = min(0.05, abs(value) or 0.05)  # of a small number the usual step, and two decimals, would make nothing
    return st.number_input(label, value=value, step=step, format="%.4g", key=key, help=words, **bounds)


def _number_as_text(param: Param, label: str, key: str, words: str) -> Any:
    """A number that may also be none or inf is typed in; what it may be stands in the help."""
    shown = "none" if param.default is None else f"{param.default:g}"
    if shown != "none" and float(shown) != param.default:  # six digits do not say it
        shown = repr(param.default)
    text = st.text_input(label, value=shown, key=key, help=words)
    return param.parse(text, label)
