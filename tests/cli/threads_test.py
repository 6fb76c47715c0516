"""How many threads run where few cores may be used, and that their number changes no word."""

import os
import pathlib
import re
import unittest

from fixtures import ProgramTest

MODEL = pathlib.Path(os.environ["TESSERA_SOURCE_DIR"]) / "models/pebble"


class Threads(ProgramTest):
    def hear(self, *arguments, **options):
        """The number of threads that the program says it has, and what it heard."""
        environment = {name: value for name, value in os.environ.items() if name != "TESSERA_THREADS"}
        done = self.run_program(MODEL / "sample.wav", "-m", MODEL, "-l", "en", "--device", "cpu", "-v", *arguments,
                                env=environment, **options)
        self.assertEqual(done.returncode, 0, done.err)
        threads = re.search(r"on (\d+) threads? in int8", done.err)
        self.assertIsNotNone(threads, done.err)
        return int(threads[1]), done.out

    def test_a_process_that_may_use_one_core_has_one_thread(self):
        one = min(os.sched_getaffinity(0))
        threads, words = self.hear(preexec_fn=lambda: os.sched_setaffinity(0, {one}))
        self.assertEqual(threads, 1)
        self.assertEqual(self.hear("-t", "64", preexec_fn=lambda: os.sched_setaffinity(0, {one})), (64, words))
        for asked in (1, 3, 64):
            self.assertEqual(self.hear("-t", asked), (asked, words))


if __name__ == "__main__":
    unittest.main()
