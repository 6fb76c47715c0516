"""Options by keyword: the library's table of names, checked as Python users expect."""

import ast
import copy
import pathlib
import pickle

import numpy as np
import pytest
import tessera

PACKAGE = pathlib.Path(tessera.__file__).parent


def annotations(stub: str, name: str) -> dict[str, str]:
    """The annotated members of a class in a stub."""
    tree = ast.parse((PACKAGE / stub).read_text())
    (found,) = [node for node in tree.body if getattr(node, "name", "") == name]
    members = [node for node in found.body if isinstance(node, ast.AnnAssign)]
    return {member.target.id: ast.unparse(member.annotation) for member in members}


def test_stubs_name_every_option_in_order():
    names = list(tessera.Options().to_dict())
    assert len(names) > 40
    assert list(annotations("_native.pyi", "Options")) == names
    assert list(annotations("_typing.pyi", "OptionValues")) == names


def test_stubs_tell_what_may_be_none():
    for name, annotation in annotations("_typing.pyi", "OptionValues").items():
        if "None" in annotation:
            assert getattr(tessera.Options(**{name: None}), name) in (None, "")
        else:
            with pytest.raises(TypeError, match=name):
                tessera.Options(**{name: None})


def test_values():
    options = tessera.Options(beam_size=np.int64(3), temperatures=0, patience=1, language=None)
    assert (options.beam_size, options.temperatures, options.language) == (3, [0.0], "")
    assert isinstance(options.patience, float)
    options.temperatures = (0, np.float32(0.5))
    assert options.temperatures == [0, 0.5]
    options.task = "translate"
    assert repr(options) == "Options(task='translate', temperatures=[0.0, 0.5], beam_size=3)"
    assert options.replace(beam_size=5).beam_size == 5
    assert options.beam_size == 3


def test_copies():
    options = tessera.Options(beam_size=1, hotwords="Tessera", max_repeated_windows=4)
    for other in (pickle.loads(pickle.dumps(options)), copy.deepcopy(options), options.replace()):
        assert other == options
        assert other is not options
    assert options != tessera.Options()
    assert options != 1


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("beam_sise", 1, TypeError, "no option is called 'beam_sise'; did you mean 'beam_size'"),
        ("temperature", 0, TypeError, "did you mean 'temperatures'"),
        ("zzz", 1, TypeError, "no option is called 'zzz'$"),
        ("beam_size", True, TypeError, r"beam_size: expected an int, got True \(bool\)"),
        ("beam_size", 2.0, TypeError, "beam_size: expected an int, got 2.0"),
        ("beam_size", 2**40, tessera.BadArgumentError, "beam_size: expected -2147483648 to"),
        ("seed", -1, tessera.BadArgumentError, "seed: expected 0 to"),
        ("patience", "1", TypeError, "patience: expected a float, got '1'"),
        ("patience", True, TypeError, "patience: expected a float"),
        ("timestamps", 1, TypeError, "timestamps: expected a bool, got 1"),
        ("language", b"en", TypeError, "language: expected a str"),
        ("task", "sing", tessera.BadArgumentError, "'transcribe' or 'translate', got 'sing'"),
        ("temperatures", "0", TypeError, "temperatures: expected floats, got '0'"),
        ("temperatures", [0, "1"], TypeError, "temperatures: expected a float, got '1'"),
        ("temperatures", None, TypeError, "temperatures: expected floats, got None"),
        ("initial_prompt", "\ud800", UnicodeEncodeError, "surrogates"),
    ],
)
def test_what_is_no_option(model, sample, name, value, error, message):
    with pytest.raises(error, match=message):
        tessera.Options(**{name: value})
    with pytest.raises(error, match=message):
        model.transcribe(sample, **{name: value})
    if hasattr(tessera.Options(), name):
        with pytest.raises(error, match=message):
            setattr(tessera.Options(), name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("beam_size", 0), ("language", "xx"), ("temperatures", [2.0]), ("temperatures", [])],
)
def test_what_is_out_of_range(model, sample, name, value):
    for call in (model.transcribe, lambda *a, **k: list(model.segments(*a, **k))):
        with pytest.raises(tessera.BadArgumentError, match=name.removesuffix("s")) as raised:
            call(sample, **{name: value})
        assert isinstance(raised.value, ValueError)
        assert raised.value.code == "bad_argument"


def test_keywords_replace_options(model, sample):
    options = tessera.Options(timestamps=False, language="en")
    assert len(model.transcribe(sample, options).segments) == 1
    assert len(model.transcribe(sample, options, timestamps=True).segments) == 2
    assert options.timestamps is False
    with pytest.raises(AttributeError):
        model.transcribe(sample, {"language": "en"})
