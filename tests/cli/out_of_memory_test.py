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


def is_sanitized() -> bool:
    cache = pathlib.Path(PROGRAM).parent.parent / "CMakeCache.txt"
    return re.search(r"^TESSERA_SANITIZE:\w+=.", cache.read_text(), re.MULTILINE) is not None


def limit_memory():
    limit = LIMIT_MEGABYTES << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


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


if __name__ == "__main__":
    unittest.main()
