"""The cluster's parts that need no cluster: which recordings there are, where they are cut, what is
kept of a job, how pieces become one transcript."""

import wave

import numpy as np
import pytest
import tessera
from tessera.cluster.__main__ import _options, _parser
from tessera.cluster.job import transcribe
from tessera.cluster.joining import joined, moved
from tessera.cluster.manifest import FILE_NAME, Manifest
from tessera.cluster.nodes import Nodes
from tessera.cluster.pieces import RATE_HZ, Piece, Unreadable, Whole, cut, quiet_moment, units
from tessera.cluster.recordings import Recording, find_recordings


def write_wav(path, samples):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def noise(seconds, seed=1):
    return np.random.default_rng(seed).integers(-3000, 3000, round(seconds * RATE_HZ), np.int16)


def result(text, duration_s=10.0):
    word = tessera.Word(text, 1.0, 2.0, 0.5)
    segment = tessera.Segment(0, 0, 1.0, 2.0, text, [1], 0.0, -0.1, 1.0, 0.0, [word])
    left_out = tessera.LeftOut("no_speech", 3.0, 4.0, "")
    return tessera.Result(text, [segment], "en", 0.9, True, duration_s, [left_out], warnings=["w"])


class TestRecordings:
    def test_of_a_folder_are_those_below_it(self, tmp_path):
        for name in ("b.mp3", "sub/a.WAV", "notes.txt", "same.wav", "same.flac"):
            write_wav(tmp_path / name, noise(0.1))
        found = find_recordings(tmp_path)
        assert [(r.stem, r.path) for r in found] == [
            ("b", f"{tmp_path}/b.mp3"),
            ("same.flac", f"{tmp_path}/same.flac"),
            ("same.wav", f"{tmp_path}/same.wav"),
            ("sub/a", f"{tmp_path}/sub/a.WAV"),
        ]
        assert found[0].size_bytes == (tmp_path / "b.mp3").stat().st_size

    def test_of_a_list_are_relative_to_it(self, tmp_path):
        for name in ("x/1.wav", "y/2.xyz"):
            write_wav(tmp_path / name, noise(0.1))
        (tmp_path / "list.txt").write_text(f"x/1.wav\n\n{tmp_path}/y/2.xyz\n")
        assert [r.stem for r in find_recordings(tmp_path / "list.txt")] == ["x/1", "y/2"]

    def test_that_are_not_there_are_an_error(self, tmp_path):
        listed = tmp_path / "list.txt"
        with pytest.raises(ValueError, match="expected a folder or a list of files"):
            find_recordings(listed)
        with pytest.raises(ValueError, match="found none"):
            find_recordings(tmp_path)
        listed.write_text("no.wav\n")
        with pytest.raises(ValueError, match=r"no\.wav: No such file"):
            find_recordings(listed)
        listed.write_text("no.wav\nno.wav\n")
        with pytest.raises(ValueError, match=r"no\.wav is listed 2 times"):
            find_recordings(listed)
        listed.write_bytes(b"\xff\xfe")
        with pytest.raises(ValueError, match="UTF-8"):
            find_recordings(listed)


class TestPieces:
    def test_are_cut_at_the_quietest_moment(self):
        samples = noise(10)
        for begin in (2.0, 7.0, 8.0):  # the first is too early, the last of equals counts
            samples[round(begin * RATE_HZ) : round((begin + 0.5) * RATE_HZ)] = 0
        at = quiet_moment(samples, 5 * RATE_HZ)
        assert 8.15 <= at / RATE_HZ <= 8.35
        assert at % 160 == 0  # times of segments are in hundredths

    def test_make_the_recording_again(self, tmp_path):
        samples = noise(190)
        for second in (35, 50, 85, 120, 140):
            samples[second * RATE_HZ : second * RATE_HZ + 8000] = 0
        path = str(write_wav(tmp_path / "a.wav", samples))
        pieces = list(cut(7, path, 60, 30))
        assert np.array_equal(np.concatenate([p.samples for p in pieces]), samples)
        assert [(p.recording, p.index, p.is_last) for p in pieces] == [
            (7, 0, False),
            (7, 1, False),
            (7, 2, False),
            (7, 3, True),
        ]
        starts = [p.start_s for p in pieces]
        assert starts[0] == 0
        assert all(abs(s - t - 0.25) < 0.11 for s, t in zip(starts[1:], (50, 85, 140), strict=True))
        assert all(p.samples.size <= 60 * RATE_HZ for p in pieces)
        assert all(np.array_equal(p.opening, samples[: 30 * RATE_HZ]) for p in pieces)
        again = list(cut(7, path, 60, 30, done=frozenset([0, 2])))
        assert [(p.index, p.start_s) for p in again] == [(1, starts[1]), (3, starts[3])]

    @pytest.mark.parametrize("more", [0, 1])
    def test_of_a_length_at_the_bound(self, tmp_path, more):
        samples = np.append(noise(60), np.zeros(more, np.int16))
        pieces = list(cut(0, str(write_wav(tmp_path / "a.wav", samples)), 60, 30))
        assert len(pieces) == 1 + more
        assert np.array_equal(np.concatenate([p.samples for p in pieces]), samples)

    def test_and_short_recordings_together_are_units(self, tmp_path):
        paths = {
            name: str(write_wav(tmp_path / name, noise(seconds)))
            for name, seconds in (("a.wav", 25), ("b.wav", 30), ("c.wav", 10), ("d.wav", 70))
        }
        bad = tmp_path / "e.wav"
        bad.write_bytes(b"no sound")
        work = [(n, path, frozenset()) for n, path in enumerate([*paths.values(), str(bad)])]
        found = list(units(work, 60, 30))
        assert [u for u in found if isinstance(u, list)] == [
            [Whole(0, paths["a.wav"]), Whole(1, paths["b.wav"])],
            [Whole(2, paths["c.wav"])],
        ]
        assert [(u.recording, u.index) for u in found if isinstance(u, Piece)] == [(3, 0), (3, 1)]
        (unreadable,) = [u for u in found if isinstance(u, Unreadable)]
        assert unreadable.recording == 4
        assert "e.wav: not a sound file" in unreadable.error

    def test_of_a_truncated_recording_end_with_its_error(self, tmp_path):
        path = write_wav(tmp_path / "a.wav", noise(130))
        path.write_bytes(path.read_bytes()[: -RATE_HZ * 60])
        found = list(units([(0, str(path), frozenset())], 60, 30))
        assert isinstance(found[-1], Unreadable)
        assert "a.wav" in found[-1].error


class TestManifest:
    RECORDINGS = [Recording("/a.wav", "a", 10, 1), Recording("/b.wav", "b", 20, 2)]

    def test_remembers_what_is_done(self, tmp_path):
        with Manifest(tmp_path) as manifest:
            manifest.adopt_recordings(self.RECORDINGS, False)
            (a, _, _), (b, _, _) = manifest.waiting()
            assert not manifest.add_piece(a, 1, True, result("two"))
            assert not manifest.add_piece(a, 1, True, result("two, again"))
            manifest.set_failed(b, "b is bad")
        with Manifest(tmp_path) as manifest:
            manifest.adopt_recordings(self.RECORDINGS, False)
            assert manifest.waiting() == [(a, "/a.wav", frozenset([1]))]
            assert manifest.counts() == {"waiting": 1, "done": 0, "failed": 1}
            assert manifest.add_piece(a, 0, False, result("one"))
            assert manifest.pieces(a) == [result("one"), result("two")]
            manifest.set_done(a, 20.0)
            assert manifest.counts() == {"waiting": 0, "done": 1, "failed": 1}
            assert manifest.failed() == [("/b.wav", "b is bad")]
            assert not manifest.is_waiting(a)

    def test_does_what_has_changed_anew(self, tmp_path):
        with Manifest(tmp_path) as manifest:
            manifest.adopt_recordings(self.RECORDINGS, False)
            for number, _, _ in manifest.waiting():
                manifest.set_done(number, 1.0)
            changed = Recording("/b.wav", "b", 20, 3)
            manifest.adopt_recordings([changed, Recording("/c.wav", "c", 1, 1)], False)
            assert [path for _, path, _ in manifest.waiting()] == ["/b.wav", "/c.wav"]
            assert manifest.counts()["done"] == 0  # a is no longer asked for

    def test_tries_again_what_failed_when_that_is_asked_for(self, tmp_path):
        with Manifest(tmp_path) as manifest:
            manifest.adopt_recordings(self.RECORDINGS, False)
            manifest.set_failed(manifest.waiting()[0][0], "bad")
            manifest.adopt_recordings(self.RECORDINGS, False)
            assert len(manifest.waiting()) == 1
            manifest.adopt_recordings(self.RECORDINGS, True)
            assert len(manifest.waiting()) == 2

    def test_refuses_other_settings_and_other_jobs(self, tmp_path):
        with Manifest(tmp_path) as manifest:
            manifest.adopt_settings({"model": "typo"})
            manifest.adopt_settings(
                {"model": "a", "piece_s": 300}
            )  # nothing was done with the typo
            manifest.adopt_recordings(self.RECORDINGS, False)
            manifest.set_done(manifest.waiting()[0][0], 1.0)
            manifest.adopt_settings({"model": "a", "piece_s": 300})
            with pytest.raises(ValueError, match='model: .* begun with "a", got "b"'):
                manifest.adopt_settings({"model": "b", "piece_s": 300})
            with pytest.raises(BlockingIOError):
                Manifest(tmp_path)
            manifest.forget()
            manifest.adopt_settings({"model": "b", "piece_s": 300})

    def test_that_is_none_is_an_error(self, tmp_path):
        (tmp_path / FILE_NAME).write_bytes(b"no database, but long enough to look like one" * 100)
        with pytest.raises(ValueError, match="expected the manifest of a job"):
            Manifest(tmp_path)


class TestJoining:
    def test_gives_the_times_of_the_recording(self):
        whole = joined([moved(result(" one"), 0.0), moved(result(" two"), 10.0)])
        assert whole.text == " one two"
        assert [(s.id, s.seek_frames, s.start_s, s.end_s) for s in whole.segments] == [
            (0, 0, 1.0, 2.0),
            (1, 1000, 11.0, 12.0),
        ]
        assert [(w.start_s, w.end_s) for s in whole.segments for w in s.words] == [
            (1.0, 2.0),
            (11.0, 12.0),
        ]
        assert [(left.start_s, left.end_s) for left in whole.left_out] == [(3.0, 4.0), (13.0, 14.0)]
        assert (whole.duration_s, whole.warnings, whole.has_words) == (20.0, ["w"], True)
        assert "00:00:11,000 --> 00:00:12,000" in whole.to_srt()


class TestErrors:
    """What is wrong is told before there is a cluster."""

    @pytest.mark.parametrize(
        ("keywords", "message"),
        [
            ({"formats": ["pdf"]}, "formats: expected .*, got 'pdf'"),
            ({"formats": []}, "formats: expected one"),
            ({"piece_s": 5}, "piece_s: expected 60 or more, got 5"),
            ({"clip_timestamps_s": [1.0]}, "clip_timestamps_s"),
            ({"beam_size": 1000}, "beam_size"),
        ],
    )
    def test_of_options(self, tmp_path, keywords, message):
        write_wav(tmp_path / "in/a.wav", noise(0.1))
        with pytest.raises(ValueError, match=message):
            transcribe(
                tmp_path / "in", tmp_path / "out", model="random:tiny,width=64,layers=1", **keywords
            )

    def test_of_names(self, tmp_path):
        write_wav(tmp_path / "in/a.wav", noise(0.1))
        with pytest.raises(TypeError, match="beam_sise"):
            transcribe(
                tmp_path / "in",
                tmp_path / "out",
                model="random:tiny,width=64,layers=1",
                beam_sise=1,
            )
        with pytest.raises(tessera.BadArgumentError, match="no-such-model"):
            transcribe(tmp_path / "in", tmp_path / "other", model="no-such-model")

    @pytest.mark.parametrize(
        "keywords",
        [{"count": 0}, {"count": 2}, {"threads_per_worker": 0}, {"workers_per_node": -1}],
    )
    def test_of_nodes(self, keywords):
        with pytest.raises(ValueError, match=next(iter(keywords))):
            Nodes(**keywords)


def test_the_command_lines_values_are_pythons_or_anybodys():
    arguments = _parser().parse_args(
        ["transcribe", "in", "out", "--model", "m", "--batch-size", "2"]
        + [f"--option={text}" for text in ("a=false", "b=TRUE", "c=None", "d=[0, 0.2]", "e=a word")]
    )
    assert _options(arguments) == {
        "batch_size": 2,
        "a": False,
        "b": True,
        "c": None,
        "d": [0, 0.2],
        "e": "a word",
    }
