"""Sound files as samples."""

import numpy as np
import pytest
import tessera


def test_samples_are_those_of_the_file(sample, samples):
    read = tessera.read_audio(sample)
    assert read.dtype == np.float32
    assert np.array_equal(read * 32768, samples)
    reader = tessera.AudioReader(sample)
    assert reader.sample_rate_hz == 16000
    assert reader.duration_s == pytest.approx(samples.size / 16000)
    pieces = []
    while not pieces or pieces[-1].size == 1000:
        pieces.append(reader.read(1000))
    assert np.array_equal(np.concatenate(pieces), read)
    assert reader.read(10).size == 0


def test_errors(sample, tmp_path):
    with pytest.raises(tessera.BadFileError, match="none"):
        tessera.AudioReader(tmp_path / "none")
    with pytest.raises(tessera.BadArgumentError, match="channel 1"):
        tessera.read_audio(sample, channel=1)
