"""The command line: both families' spellings, and what is refused."""

import re
import unittest

from fixtures import SOURCE_DIR, ProgramTest


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
                               "--condition_on_previous_text", "True", "--temperature", "0", "--best_of", "5",
                               "--beam_size", "5", "--patience", "1.0", "--length_penalty", "1.0", "--initial_prompt",
                               "Names: -Ann, [Bob]", "--carry_initial_prompt", "False", "--fp16", "False",
                               "--temperature_increment_on_fallback", "0.2", "--compression_ratio_threshold", "2.4",
                               "--word_timestamps", "False", "--prepend_punctuations", "\"'“¿([{-", "--append_punctuations",
                               "\"'.。,，!！?？:：”)]}、", "--highlight_words", "False", "--max_line_width", "None",
                               "--max_line_count", "None", "--max_words_per_line", "None", "--clip_timestamps", "0",
                               "--hallucination_silence_threshold", "None")
        self.assert_done(done)
        self.assertEqual(done.out, "")
        self.assertEqual(len(self.names("out")), 5)

    def test_whole_command_line_of_whisper_cpp(self):
        done = self.transcribe("-f", "talk.wav", "-l", "auto", "-t", "1", "-otxt", "-of", "new", "-np", "-nth", "0.5",
                               "-lpt", "-1.5", "-tp", "0.0", "-tpi", "0.2", "-bo", "5", "-bs", "5", "-et", "2.4", "-mc", "-1",
                               "-ml", "0", "-sow", "-ot", "0", "-d", "0", "--prompt", "Hello", "--carry-initial-prompt",
                               "-sns", "-ocsv", "-olrc")
        self.assert_done(done)
        self.assertEqual(self.names(), ["new.csv", "new.lrc", "new.txt", "talk.wav"])

    def test_whole_command_line_of_faster_whisper(self):
        done = self.transcribe("talk.wav", "--model_directory", self.shared, "--local_files_only", "True", "--compute_type",
                               "auto", "--repetition_penalty", "1", "--no_repeat_ngram_size", "0", "--hotwords", "Tessera",
                               "--prompt_reset_on_temperature", "0.5", "--suppress_blank", "True", "--max_new_tokens", "100",
                               "--language_detection_segments", "1", "--language_detection_threshold", "0.5", "--batch_size", "8",
                               "-q")
        self.assert_done(done)

    def test_words_in_both_spellings(self):
        sample = SOURCE_DIR / "models/pebble/sample.wav"
        for arguments in (["--word_timestamps", "True", "--highlight_words", "True", "--max_line_width", "42",
                           "--max_line_count", "2", "--output_format", "srt", "--output_dir", "out"],
                          ["--word-timestamps", "--highlight-words", "--max-words-per-line=3", "-osrt", "-of", "out/sample"]):
            done = self.run_program("transcribe", sample, "-q", "--beam_size", "1", "--device", "cpu", "--precision", "f32", *arguments)
            self.assertEqual((done.returncode, done.err), (0, ""), arguments)
            self.assertIn("Hello from Tessera.", done.out)
            self.assertIn("\n<u>Hello</u> from Tessera.", (self.folder / "out/sample.srt").read_text())
            (self.folder / "out/sample.srt").unlink()

    def test_options_without_effect_say_so(self):
        done = self.transcribe("talk.wav", "-l", "en", "-et", "2.4", "--fp16", "True")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.err, r"^--fp16 has no effect: .*\n--entropy-thold has no effect: .*\n$")

    def test_refused(self):
        for arguments, message in (
                ([], "no input file"),
                (["talk.wav", "--vad_fitler", "True"], "unknown option --vad_fitler"),
                (["talk.wav", "-vx", "x"], "unknown option -vx"),
                (["talk.wav", "-ml", "1"], "--max-len: needs --split-on-word"),
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
                (["talk.wav", "--beam-size", "wide"], "--beam-size: expected a whole number, got 'wide'"),
                (["talk.wav", "-tp", "1.01"], "--temperature: expected 0 to 1"),
                (["talk.wav", "--clip_timestamps", "1;2"], "--clip-timestamps: expected numbers"),
                (["talk.wav", "-mc", "64"], "--max-context: expected 0"),
                (["talk.wav", "--seed", "-1"], "--seed"),
                (["talk.wav", "--initial_prompt", "--quiet"], "--initial-prompt: expected a value"),
                (["talk.wav", "--max_line_width", "42"], "--max-line-width: requires --word-timestamps True"),
                (["talk.wav", "--word_timestamps", "True", "--max_line_count", "2"], "--max-line-count: needs"),
                (["talk.wav", "--word_timestamps=maybe"], "--word-timestamps: expected True or False, got 'maybe'"),
                (["talk.wav", "-ot", "1", "--clip-timestamps", "2"], "--offset-t: not together"),
                (["talk.wav", "-dl", "-l", "de"], "--detect-language: not together"),
                (["talk.wav", "-dl", "-otxt"], "--detect-language: writes no files"),
                (["talk.wav", "--karaoke", "--word-timestamps", "-otxt"], "--karaoke: needs the output format vtt"),
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

    def test_every_option_is_documented(self):
        options = set(re.findall(r"(?m)^  (?:-\w, )?(--[a-z0-9-]+)", self.run_program("--help").out))
        self.assertGreater(len(options), 40)
        documented = set(re.findall(r"--[a-z0-9-]+", (SOURCE_DIR / "docs/cli.md").read_text()))
        self.assertEqual(options - documented - {"--help", "--version"}, set())

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
