"""While the work goes on: callbacks, generators, cancelling, interrupts and threads."""

import gc
import os
import signal
import subprocess
import sys
import threading

import pytest
import tessera
from conftest import TEXT


def test_callbacks(model, sample):
    told = []
    result = model.transcribe(
        sample,
        on_language=lambda language: told.append(language),
        on_segment=lambda segment: told.append(segment),
        on_window=lambda window: told.append(window),
        on_progress=lambda done, total: told.append((done, total)),
    )
    kinds = [type(one).__name__ for one in told]
    assert kinds[:2] == ["LanguageDetection", "tuple"]
    assert kinds[2:] == ["WindowReport", "Segment", "Segment", "tuple"]
    assert [one for one in told if isinstance(one, tessera.Segment)] == result.segments
    assert told[1] == (0, result.duration_s)
    assert told[-1] == (result.duration_s, result.duration_s)
    assert told[2].attempts[-1].temperature == 0


def test_what_a_callback_raises_ends_the_call(model, long_sound):
    def refuse(segment):
        raise KeyError(segment.id)

    with pytest.raises(KeyError, match="0"):
        model.transcribe(long_sound, on_segment=refuse)
    with pytest.raises(TypeError, match="positional argument"):
        model.transcribe(long_sound, on_segment=lambda: None)


def test_callbacks_come_from_the_thread_that_called(model, sample):
    threads = []
    model.transcribe(sample, on_segment=lambda _: threads.append(threading.current_thread()))
    assert set(threads) == {threading.current_thread()}


def test_generator_yields_while_the_work_goes_on(model, sample, long_sound):
    assert [segment.text for segment in model.segments(sample)] == [
        " Hello from Tessera.",
        " Please bring me coffee and cake.",
    ]
    segments = model.segments(long_sound)
    assert next(segments).start_s < 30
    segments.close()
    assert list(segments) == []
    del segments
    next(model.segments(long_sound))  # dropped in the middle
    gc.collect()
    assert model.transcribe(sample).text == TEXT  # nobody has the model any more


def test_generator_returns_the_result(model, sample):
    def collect():
        return (yield from model.segments(sample))

    generator = collect()
    with pytest.raises(StopIteration) as stopped:
        while True:
            next(generator)
    assert stopped.value.value.text == TEXT


def test_wrong_options_are_raised_before_the_first_segment_is_asked_for(model, sample):
    with pytest.raises(TypeError):
        model.segments(sample, beam_sise=1)
    with pytest.raises(TypeError):
        model.segments(3)
    with pytest.raises(TypeError):
        model.transcribe_many([sample], beam_sise=1)


def test_cancel(model, sample, long_sound):
    cancel = threading.Event()
    heard = []

    def stop_at_first(segment):
        heard.append(segment)
        cancel.set()

    with pytest.raises(tessera.CancelledError) as raised:
        model.transcribe(long_sound, on_segment=stop_at_first, cancel=cancel)
    assert raised.value.code == "cancelled"
    assert heard[0].id == 0
    with pytest.raises(tessera.CancelledError):  # from the beginning
        model.transcribe(long_sound, cancel=cancel)
    with pytest.raises(tessera.CancelledError):
        list(model.segments(long_sound, cancel=cancel))
    with pytest.raises(tessera.CancelledError):
        list(model.transcribe_many([sample] * 100, cancel=cancel))
    with pytest.raises(tessera.CancelledError):
        model.detect_language(long_sound, cancel=cancel)
    assert model.transcribe(sample).text == TEXT


class WhenBegun:
    """Calls a function from another thread as soon as a transcription is at work."""

    def __init__(self, function, *arguments):
        self.begun = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(function, *arguments))
        self.thread.start()

    def run(self, function, *arguments):
        self.begun.wait()
        function(*arguments)

    def __call__(self, language):
        self.begun.set()


def test_cancel_from_another_thread(model, long_sound):
    cancel = threading.Event()
    when_begun = WhenBegun(cancel.set)
    with pytest.raises(tessera.CancelledError):
        model.transcribe(long_sound, on_language=when_begun, cancel=cancel)
    when_begun.thread.join()


def test_interrupt(model, sample, long_sound):
    done = []
    when_begun = WhenBegun(os.kill, os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        model.transcribe(
            long_sound, on_language=when_begun, on_progress=lambda at, end: done.append(at == end)
        )
    when_begun.thread.join()
    assert not any(done)
    assert model.transcribe(sample).text == TEXT


def test_two_models_run_side_by_side(pebble, sample, model):
    other = tessera.Model(pebble, threads=1)
    both_run = threading.Barrier(2, timeout=60)
    texts = []

    def transcribe(one):
        # Each waits in the middle for the other, which it cannot if one has to end first.
        result = one.transcribe(sample, on_segment=lambda s: s.id or both_run.wait())
        texts.append(result.text)

    threads = [threading.Thread(target=transcribe, args=(one,)) for one in (model, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == [TEXT, TEXT]


def test_threads_take_turns_on_one_model(model, sample):
    texts = []
    threads = [
        threading.Thread(target=lambda: texts.append(model.transcribe(sample).text))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == [TEXT] * 3


def test_other_threads_run_meanwhile(model, long_sound):
    """A thread that needs Python's lock gets it while the library works."""
    cancel, counted = threading.Event(), []

    def count():
        for number in range(1000):
            counted.append(number)
        cancel.set()

    thread = threading.Thread(target=count)
    thread.start()
    with pytest.raises(tessera.CancelledError):
        model.transcribe(long_sound, cancel=cancel)
    thread.join()
    assert len(counted) == 1000


def test_a_program_may_end_in_the_middle(sample):
    """Neither a generator nor a thread that is still at work keeps Python from ending."""
    program = (
        "import sys, numpy, tessera\n"
        "sound = numpy.append(numpy.fromfile(sys.argv[1], 'int16'), numpy.zeros(5000000, 'int16'))\n"
        "segments = tessera.Model().segments(sound)\n"
        "print(next(segments).text)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, sample], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout != ""
