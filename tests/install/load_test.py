"""The shared library in a program that was not linked with it, as other languages load it."""

import ctypes
import os
import pathlib
import unittest

LIBRARY = pathlib.Path(os.environ["TESSERA"]).parent.parent / "lib/libtessera.so"


class Load(unittest.TestCase):
    def test_by_dlopen(self):
        library = ctypes.CDLL(str(LIBRARY))
        library.tessera_last_error.restype = ctypes.c_char_p
        self.assertEqual(library.tessera_last_error(), b"")
        model = ctypes.c_void_p()
        self.assertNotEqual(library.tessera_model_load(b"random:none", None, ctypes.byref(model)), 0)
        self.assertIn(b"random:none", library.tessera_last_error())


if __name__ == "__main__":
    unittest.main()
