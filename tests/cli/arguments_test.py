"""The command line: both families' spellings, and what is refused."""

import unittest

from fixtures import ProgramTest


class Arguments(ProgramTest):
    def outputs_of(self, *arguments) -> list:
        self.assert_done(self.transcribe(*arguments, "-q"))
        made = [name for name in self.names() if name != "talk.wav"]
        for name in made:
            (self.folder / name).unlink()
        return made

    def test_both_spellings(self):
        for arguments in (["talk.wav", "--output_format", "srt"], ["talk.wav", "--output-format=srt"],
                          ["-f", "talk.wav", "-osrt"], ["talk.wav", "-f", "srt"], ["--file", "talk.wav", "--output-srt"],
                          ["transcribe", "talk.wav", "-f", "srt"], ["--output_format", "srt", "talk.wav"]):
            self.assertEqual(self.outputs_of(*arguments), ["talk.srt"], arguments)

    def test_lists_of_formats(self):
        self.assertEqual(self.outputs_of("talk.wav", "--output-format", "txt,json"), ["talk.json", "talk.txt"])
        self.assertEqual(self.outputs_of("talk.wav", "-otxt", "-oj"), ["talk.json", "talk.txt"])

    def test_names_of_outputs(self):
        self.assertEqual(self.outputs_of("talk.wav", "-of", "other.name", "-ovtt"), ["other.name.vtt"])

    def test_switches_take_values(self):
        self.assertEqual(self.outputs_of("--condition_on_previous_text", "False", "--suppress_blank", "talk.wav", "-otxt"),
                         ["talk.txt"])

    def test_whole_command_line_of_openai(self):
        done = self.transcribe("talk.wav", "--task", "transcribe", "--language", "English", "--output_dir", "out",
                               "--output_format", "all", "--verbose", "False", "--logprob_threshold", "-1.0",
                               "--no_speech_threshold", "None", "--suppress_tokens", "-1", "--threads", "1",
                               "--condition_on_previous_text", "True")
        self.assert_done(done)
        self.assertEqual(done.out, "")
        self.assertEqual(len(self.names("out")), 5)

    def test_whole_command_line_of_whisper_cpp(self):
        done = self.transcribe("-f", "talk.wav", "-l", "auto", "-t", "1", "-otxt", "-of", "new", "-np", "-nth", "0.5",
                               "-lpt", "-1.5")
        self.assert_done(done)
        self.assertIn("new.txt", self.names())

    def test_refused(self):
        for arguments, message in (
                ([], "no input file"),
                (["talk.wav", "--beam_size", "5"], "unknown option --beam_size"),
                (["talk.wav", "-bs", "5"], "unknown option -bs"),
                (["talk.wav", "-ml", "1"], "unknown option -ml"),
                (["talk.wav", "-z"], "unknown option -z"),
                (["talk.wav", "--language", "klingon"], "unknown language 'klingon'"),
                (["talk.wav", "--output-format", "doc"], "unknown output format 'doc'"),
                (["talk.wav", "--output-format", ""], "output"),
                (["talk.wav", "--device", "tpu"], "'tpu'"),
                (["talk.wav", "--precision", "f64"], "'f64'"),
                (["talk.wav", "--task", "sing"], "sing"),
                (["talk.wav", "-t", "many"], "many"),
                (["talk.wav", "-t", "-1"], "-1"),
                (["talk.wav", "--no-speech-threshold", "nan"], "'nan'"),
                (["talk.wav", "--channels", "left"], "'left'"),
                (["talk.wav", "--suppress-tokens", "x"], "x"),
                (["talk.wav", "-o"], "--output-dir: expected a value, got the option -m"),
                (["talk.wav", "-l", "--quiet"], "--language: expected a value, got the option --quiet"),
                (["talk.wav", "-o", ""], "--output-dir"),
                (["talk.wav", "-of", "a", "-of", "b"], "expected one name for each input"),
                (["talk.wav", "other/talk.mp3", "-otxt"], "would both be written"),
                (["talk.wav", "--verbose", "False"], "--verbose False"),
                (["info", "--kernel"], "unknown option --kernel"),
                (["info", "talk.wav"], "unexpected argument talk.wav")):
            model = [] if "info" in arguments else ["-m", self.model]
            done = self.run_program(*arguments, *model)
            self.assert_fails(done, message, status=2)
            self.assertEqual((done.out, self.names()), ("", ["talk.wav"]), arguments)

    def test_value_is_missing_at_the_end(self):
        self.assert_fails(self.run_program("talk.wav", "-l"), "--language: expected a value", status=2)
        self.assert_fails(self.run_program("talk.wav", "--output_format"), "--output-format: expected a value", status=2)

    def test_model_is_not_there(self):
        self.assert_fails(self.run_program("talk.wav", "-m", "no-such-model"), "no-such-model", status=2)
        self.assert_fails(self.run_program("talk.wav", "-m", "./none"), "./none")

    def test_help_and_version(self):
        for arguments in (["--help"], ["-h"], ["transcribe", "--help"], ["info", "--help"], ["--version"]):
            done = self.run_program(*arguments)
            self.assert_done(done)
            self.assertNotEqual(done.out, "")
            self.assertLessEqual(max(map(len, done.out.splitlines())), 100)

    def test_info(self):
        done = self.run_program("info", "--model-dir", self.shared)
        self.assert_done(done)
        for word in ("version ", "threads ", "isa ", "devices ", "reference: ", "model: "):
            self.assertIn(word, done.out)
        languages = self.run_program("info", "--languages")
        self.assert_done(languages)
        self.assertEqual(len(languages.out.splitlines()), 100)
        self.assertRegex(languages.out, r"(?m)^de +german$")


if __name__ == "__main__":
    unittest.main()
