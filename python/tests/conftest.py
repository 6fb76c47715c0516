"""What the tests share: the model that ships, its sample, and longer sounds made of it."""

import os
import pathlib
import sys

import numpy as np
import pytest
import tessera

SOURCE_DIR = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(SOURCE_DIR / "tests/cli"))  # what the tests of the program make, these need too
TEXT = " Hello from Tessera. Please bring me coffee and cake."


@pytest.fixture(scope="session")
def pebble() -> pathlib.Path:
    return SOURCE_DIR / "models/pebble"


@pytest.fixture(scope="session")
def sample(pebble) -> str:
    return str(pebble / "sample.wav")


@pytest.fixture(scope="session")
def model(pebble) -> tessera.Model:
    return tessera.Model(pebble, threads=2)


@pytest.fixture(scope="session")
def samples(sample) -> np.ndarray:
    """The sample's sound in int16."""
    return np.frombuffer(pathlib.Path(sample).read_bytes()[44:], np.int16)


@pytest.fixture(scope="session")
def long_sound(samples) -> np.ndarray:
    """The sample and five minutes of silence, of which no test waits for the end."""
    return np.concatenate([samples, np.zeros(300 * 16000, np.int16)])


@pytest.fixture
def own_cache(tmp_path, monkeypatch) -> pathlib.Path:
    """A folder for models that nobody else has put anything into, and no way to the network."""
    monkeypatch.setenv("TESSERA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TESSERA_MIRROR", "http://127.0.0.1:9")
    models = tmp_path / "cache/models"
    os.makedirs(models)
    return models
