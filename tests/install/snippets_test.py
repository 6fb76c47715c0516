"""The programs in README.md and docs/*.md compile without a warning and print what the page says."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import unittest

SOURCE_DIR = pathlib.Path(os.environ["TESSERA_SOURCE_DIR"])
LIBRARY_FOLDER = pathlib.Path(os.environ["TESSERA"]).parent.parent / "lib"
PAGES = sorted([SOURCE_DIR / "README.md", *SOURCE_DIR.glob("docs/*.md")])
# A program, and what it prints if the page goes on to say that.
PROGRAM = re.compile(r"^```(c|cpp)\n(.*?)^```\n(?:\nprints\n\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def setting(name: str) -> str:
    script = SOURCE_DIR / "tests/install/build_setting"
    return subprocess.run([script, name], check=True, stdout=subprocess.PIPE).stdout.decode().strip()


# Instruction sets round bytes differently, which may move an end by some of the decoder's steps of 0.02 s.
MOST_SECONDS_APART = 0.1
TIME = re.compile(r"(\d+[.,]\d{2,3})")


class Snippets(unittest.TestCase):
    def assert_prints(self, printed: str, said: str):
        got, wanted = TIME.split(printed), TIME.split(said)
        self.assertEqual(got[::2], wanted[::2], printed)
        for time, other in zip(got[1::2], wanted[1::2]):
            self.assertAlmostEqual(float(time.replace(",", ".")), float(other.replace(",", ".")), delta=MOST_SECONDS_APART, msg=printed)

    def build(self, language: str, program: str) -> pathlib.Path:
        source = pathlib.Path("snippet." + language)
        source.write_text(program)
        compiler = [setting("CMAKE_C_COMPILER"), "-std=c99"] if language == "c" else [setting("CMAKE_CXX_COMPILER"), "-std=c++20"]
        subprocess.run([*compiler, "-pedantic", "-Wall", "-Wextra", "-Werror", *shlex.split(setting("flags")), source,
                        f"-I{SOURCE_DIR}/include", f"-L{LIBRARY_FOLDER}", f"-Wl,-rpath,{LIBRARY_FOLDER}", "-ltessera",
                        "-o", "snippet"], check=True)
        return pathlib.Path("snippet").resolve()

    def test_every_program_prints_what_the_page_says(self):
        (sample,) = SOURCE_DIR.glob("models/*/sample.wav")
        for name in ("talk.wav", "talk.mp3"):  # a file is known by its contents
            shutil.copy(sample, name)
        found = 0
        for page in PAGES:
            for language, program, output in PROGRAM.findall(page.read_text()):
                found += 1
                with self.subTest(page=page.name, program=program):
                    done = subprocess.run([self.build(language, program)], check=True, stdout=subprocess.PIPE)
                    self.assertNotEqual(done.stdout, b"")
                    if output:
                        self.assert_prints(done.stdout.decode(), output)
        self.assertGreaterEqual(found, 5, "programs in the pages")


if __name__ == "__main__":
    unittest.main()
