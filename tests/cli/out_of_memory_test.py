"""A model that does not fit: one line and a status, as for everything else that fails."""

import os
import pathlib
import re
import resource
import unittest

from fixtures import PROGRAM, ProgramTest

# 1.5 GB in one piece.
LARGE_MODEL = "random:medium"
LIMIT_MEGABYTES = 1024
# A quarter of tiny: it is loaded a dozen times.
MODEL = "random:tiny,width=192,layers=2"


def is_sanitized() -> bool:
    cache = pathlib.Path(PROGRAM).parent.parent / "CMakeCache.txt"
    return re.search(r"^TESSERA_SANITIZE:\w+=.", cache.read_text(), re.MULTILINE) is not None


def limit_memory(megabytes: int = LIMIT_MEGABYTES):
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


class OutOfMemory(ProgramTest):
    def test_a_model_that_does_not_fit(self):
        options = {}
        if is_sanitized():
            # Sanitizers reserve terabytes of addresses, but can refuse large pieces themselves.
            environment = dict(os.environ)
            for name in ("ASAN_OPTIONS", "TSAN_OPTIONS"):
                environment[name] = (f"{os.environ.get(name, '')}:allocator_may_return_null=1:"
                                     f"max_allocation_size_mb={LIMIT_MEGABYTES}")
            options["env"] = environment
        else:
            options["preexec_fn"] = limit_memory
        done = self.run_program(self.talk, "-m", LARGE_MODEL, "-q", **options)
        lines = [line for line in done.err.splitlines() if not line.startswith("==")]  # the sanitizer's warning
        self.assertEqual(lines[:1], [f"tessera: model {LARGE_MODEL}: not enough memory"], done.err)
        self.assertEqual((done.returncode, done.out), (1, ""), done.err)

    @unittest.skipIf(is_sanitized(), "sanitizers reserve terabytes of addresses")
    def test_what_is_lacking_while_the_engines_are_made_or_work(self):
        """The device cpu packs weights and keeps windows and caches: each of them may be what does not fit."""
        def run(megabytes: int):
            return self.run_program(self.talk, "-m", MODEL, "-q", "-l", "en", "--device", "cpu",
                                    "--beam-size", "1", "--max-tokens", "5", "--temperature-increment-on-fallback",
                                    "None", preexec_fn=lambda: limit_memory(megabytes))

        little, enough, step = 200, 1224, 4
        text = run(enough).out
        self.assertNotEqual(text, "")
        while enough - little > step:
            middle = (little + enough) // 2
            little, enough = (little, middle) if run(middle).returncode == 0 else (middle, enough)
        lacking = set()
        for megabytes in range(enough, enough - 6 * step, -step):
            done = run(megabytes)
            with self.subTest(megabytes=megabytes):
                if done.returncode == 0:  # as threads begin in another order, some memory more or less is taken
                    self.assertEqual(done.out, text)
                    continue
                self.assertEqual((done.returncode, done.out), (1, ""), done.err)
                self.assertRegex(done.err, r"\Atessera: [^\n]*not enough memory\n\Z")
            lacking.add("model" if MODEL in done.err else "engines")
        self.assertIn("engines", lacking, "the model fits, and what is made of it does not")


if __name__ == "__main__":
    unittest.main()
