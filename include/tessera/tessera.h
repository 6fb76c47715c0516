/* Tessera for C (C99) and for every language that can call C.
 *
 *     tessera_model* model = NULL;
 *     tessera_transcriber* transcriber = NULL;
 *     tessera_result* result = NULL;
 *     const char* text = NULL;
 *     if (tessera_model_load("", NULL, &model) == TESSERA_OK &&
 *         tessera_transcriber_create(model, NULL, &transcriber) == TESSERA_OK &&
 *         tessera_transcribe_file(transcriber, "talk.mp3", NULL, &result) == TESSERA_OK &&
 *         tessera_result_text(result, &text, NULL) == TESSERA_OK) {
 *       puts(text);
 *     } else {
 *       fprintf(stderr, "%s\n", tessera_last_error());
 *     }
 *     tessera_result_free(result);
 *     tessera_transcriber_free(transcriber);
 *     tessera_model_free(model);
 *
 * Status. Every function that can fail returns a tessera_status and gives its result through the
 * last parameters, which are NULL or 0 when it fails. The sentence that says why is
 * tessera_last_error() of the same thread. No C++ exception leaves the library.
 *
 * Pointers. NULL is TESSERA_BAD_ARGUMENT, except where a function says what it stands for.
 * `options` may always be NULL: the defaults. The functions that free take NULL and do nothing.
 * Handles that were freed may not be used.
 *
 * Ownership. What a function hands out as `const` belongs to the handle that it came from and lives
 * as long. Structures are only ever made by the library: later versions append members to them.
 * Texts are UTF-8 and end with a zero byte.
 *
 * Threads. Different handles may be used by different threads at the same time. A tessera_model, a
 * tessera_result and a tessera_list never change once they are made and may be read by any number
 * of threads at once. One tessera_options may be changed by one thread at a time; a call that takes
 * it copies it first, so it may be changed or freed while a transcription runs. One transcription
 * at a time per tessera_transcriber; a second one is TESSERA_BAD_ARGUMENT. A tessera_cancel_token
 * may be used by all threads at once. A handle may only be freed when no other thread uses it.
 * Callbacks come from the thread that called.
 */
#ifndef TESSERA_TESSERA_H
#define TESSERA_TESSERA_H

#include <stddef.h>
#include <stdint.h>

#include "tessera/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Status ---------------------------------------------------------------------------------- */

/* How a call ended. The numbers stay. */
typedef enum tessera_status {
  TESSERA_OK = 0,
  TESSERA_BAD_ARGUMENT = 1,  /* an option or parameter is wrong */
  TESSERA_BAD_FILE = 2,      /* a file is missing, damaged, or not what it claims to be */
  TESSERA_UNSUPPORTED = 3,   /* asked for something that this build or machine cannot do */
  TESSERA_OUT_OF_MEMORY = 4, /* an allocation failed */
  TESSERA_DEVICE_FAILED = 5, /* a device was lost or answered wrongly */
  TESSERA_CANCELLED = 6,     /* the caller asked to stop */
  TESSERA_INTERNAL = 7       /* a bug of ours, or a C++ exception out of a callback */
} tessera_status;

/* "ok", "bad_argument", "bad_file" ...; "unknown" for other numbers. */
TESSERA_API const char* tessera_status_name(tessera_status status);

/* One line about the last call of this thread that failed: what was wanted, what came, where. ""
 * before the first. Valid until the next call of this thread that fails. */
TESSERA_API const char* tessera_last_error(void);

/* "0.1.0" */
TESSERA_API const char* tessera_version(void);

/* Frees a text that a function says is the caller's. */
TESSERA_API void tessera_string_free(char* text);

/* ---- What transcriptions report -------------------------------------------------------------- */

/* A word and when it was said. */
typedef struct tessera_word {
  const char* text;  /* with its leading blank and its punctuation */
  size_t text_bytes; /* without the zero at the end */
  double start_s;    /* from the beginning of the recording */
  double end_s;
  double probability; /* mean of its tokens' probabilities */
} tessera_word;

/* A stretch of speech with its text. */
typedef struct tessera_segment {
  int id;          /* position in the recording, from 0 */
  int seek_frames; /* where its window began, in frames of 10 ms */
  double start_s;  /* from the beginning of the recording */
  double end_s;
  const char* text; /* usually with a leading blank; empty when nothing was said */
  size_t text_bytes;
  const int* tokens; /* the tokens that it was decoded from, timestamps included */
  size_t token_count;
  double temperature;
  double avg_logprob;               /* of the window's tokens */
  double compression_ratio;         /* of the window's text: UTF-8 bytes by zlib's bytes */
  double no_speech_prob;            /* of the window */
  const tessera_word* const* words; /* word_count pointers; none without "word_timestamps" */
  size_t word_count;
} tessera_segment;

/* One try to decode a window. */
typedef struct tessera_window_attempt {
  double temperature;
  double avg_logprob;
  double compression_ratio;
  int too_repetitive; /* 1: above "compression_ratio_threshold" */
  int too_unlikely;   /* 1: below "logprob_threshold" */
} tessera_window_attempt;

/* What was done with one window of the recording. */
typedef struct tessera_window {
  int seek_frames;                               /* where it began, in frames of 10 ms */
  int frames;                                    /* how much of the recording it held */
  const tessera_window_attempt* const* attempts; /* attempt_count; the last one's text was taken */
  size_t attempt_count;
  double no_speech_prob;
  int silence;          /* 1: skipped as silence */
  int next_frames;      /* where the next window begins */
  int dropped_segments; /* left out by "hallucination_silence_threshold_s" */
  int retried;          /* 1: decoded once more, as all attempts were refused or repeated others */
  int repetition;       /* 1: left out by "max_repeated_windows" */
} tessera_window;

/* A stretch of the recording, or text of it, that is not in the transcript although it is in what
 * was asked for. */
typedef struct tessera_left_out {
  const char* reason; /* "no_speech": "vad_filter" heard none; "repetition": the same text over and
                         over, which was likely made up */
  double start_s;     /* from the beginning of the recording */
  double end_s;
  const char* text; /* that was left out */
  size_t text_bytes;
} tessera_left_out;

/* Seconds of work on the clock in each stage. */
typedef struct tessera_stage_seconds {
  double read;   /* file to samples */
  double mel;    /* samples to log-mel */
  double encode; /* log-mel to states */
  double decode; /* states to tokens and text */
} tessera_stage_seconds;

/* Callbacks get the pointer that was set with them. What they are given lives until they return.
 * Zero goes on; anything else ends the call with TESSERA_CANCELLED. They may not free
 * the transcriber that called them, nor use it: that is TESSERA_BAD_ARGUMENT. */

/* The language, as soon as it is known, and its probability (1 when it was given). */
typedef int (*tessera_language_callback)(const char* code, double probability, void* user);
/* Each segment when its window is done. Empty segments are reported too. */
typedef int (*tessera_segment_callback)(const tessera_segment* segment, void* user);
/* Each window when it has been decoded, before its segments. */
typedef int (*tessera_window_callback)(const tessera_window* window, void* user);
/* How much is done of how much: seconds of sound, or bytes of a model. */
typedef int (*tessera_progress_callback)(double done, double total, void* user);

/* ---- Cancelling ------------------------------------------------------------------------------ */

/* Lets one thread stop what another one does. */
typedef struct tessera_cancel_token tessera_cancel_token;

TESSERA_API tessera_status tessera_cancel_token_create(tessera_cancel_token** token);

/* Calls that were given the token end with TESSERA_CANCELLED within one layer's time; so do all
 * that are given it later. May be called by any thread, more than once, and from a callback. */
TESSERA_API tessera_status tessera_cancel(tessera_cancel_token* token);

/* A token may be freed while a call that was given it runs. */
TESSERA_API void tessera_cancel_token_free(tessera_cancel_token* token);

/* ---- Options --------------------------------------------------------------------------------- */

/* Everything that can be chosen, by name. The names, types, meanings and defaults are those of the
 * members in tessera/options.h ("language", "beam_size", "temperatures" ...), of DeviceOptions in
 * tessera/transcriber.h ("device", "precision", "threads"), of SubtitleLayout in tessera/writers.h
 * ("max_line_width" ...), of ConvertOptions in tessera/convert.h ("model_dir", "dtype",
 * "overwrite") and of DownloadOptions in tessera/download.h ("mirror", "local_files_only" ...). A
 * call looks at those that concern it, and checks their values. */
typedef struct tessera_options tessera_options;

typedef enum tessera_option_type {
  TESSERA_OPTION_STRING = 0,
  TESSERA_OPTION_INT = 1,
  TESSERA_OPTION_DOUBLE = 2,
  TESSERA_OPTION_BOOL = 3,
  TESSERA_OPTION_DOUBLE_LIST = 4
} tessera_option_type;

/* The defaults. */
TESSERA_API tessera_status tessera_options_create(tessera_options** options);
TESSERA_API void tessera_options_free(tessera_options* options);

/* How many options there are, and the name and type of each, for bindings that list them. */
TESSERA_API tessera_status tessera_option_count(size_t* count);
TESSERA_API tessera_status tessera_option_at(size_t index, const char** name,
                                             tessera_option_type* type);

/* Set one option. TESSERA_BAD_ARGUMENT: there is none of that name, it is of another type, or the
 * number does not fit it; the option keeps its value. "task" takes "transcribe" or "translate". */
TESSERA_API tessera_status tessera_options_set_string(tessera_options* options, const char* name,
                                                      const char* value);
TESSERA_API tessera_status tessera_options_set_int(tessera_options* options, const char* name,
                                                   int64_t value);
TESSERA_API tessera_status tessera_options_set_double(tessera_options* options, const char* name,
                                                      double value);
/* 0 is false, anything else true. */
TESSERA_API tessera_status tessera_options_set_bool(tessera_options* options, const char* name,
                                                    int value);
/* `values` may be NULL when `count` is 0. */
TESSERA_API tessera_status tessera_options_set_double_list(tessera_options* options,
                                                           const char* name, const double* values,
                                                           size_t count);
/* Takes a threshold, bound or penalty away, for the options that can be without a value. */
TESSERA_API tessera_status tessera_options_unset(tessera_options* options, const char* name);

/* What is called while a call with these options runs; NULL: nothing. */
TESSERA_API tessera_status tessera_options_on_language(tessera_options* options,
                                                       tessera_language_callback callback,
                                                       void* user);
TESSERA_API tessera_status tessera_options_on_segment(tessera_options* options,
                                                      tessera_segment_callback callback,
                                                      void* user);
TESSERA_API tessera_status tessera_options_on_window(tessera_options* options,
                                                     tessera_window_callback callback, void* user);
TESSERA_API tessera_status tessera_options_on_progress(tessera_options* options,
                                                       tessera_progress_callback callback,
                                                       void* user);

/* The token that stops calls with these options; NULL: none. */
TESSERA_API tessera_status tessera_options_set_cancel_token(tessera_options* options,
                                                            const tessera_cancel_token* token);

/* ---- Models ---------------------------------------------------------------------------------- */

/* A model's weights, vocabulary and configuration. */
typedef struct tessera_model tessera_model;

/* Loads a model by path or name; "" is the one that ships (see Model::load in tessera/model.h).
 * Looks at "model_dir". TESSERA_BAD_ARGUMENT: no such model; TESSERA_BAD_FILE: it is damaged;
 * TESSERA_UNSUPPORTED: not a Whisper that we can run. */
TESSERA_API tessera_status tessera_model_load(const char* name, const tessera_options* options,
                                              tessera_model** model);
TESSERA_API void tessera_model_free(tessera_model* model);

TESSERA_API tessera_status tessera_model_name(const tessera_model* model, const char** name);
/* One line: sizes of the network and number of parameters. */
TESSERA_API tessera_status tessera_model_describe(const tessera_model* model,
                                                  const char** description);
TESSERA_API tessera_status tessera_model_is_multilingual(const tessera_model* model,
                                                         int* is_multilingual);
TESSERA_API tessera_status tessera_model_vocabulary_size(const tessera_model* model, int* tokens);

/* Writes a model (any that tessera_model_load takes) as a folder in Hugging Face layout, which
 * appears complete or not at all. Looks at "dtype", "model_dir", "overwrite", the progress callback
 * and the cancel token. */
TESSERA_API tessera_status tessera_convert(const char* name, const char* directory,
                                           const tessera_options* options);

/* Fetches an official model by name ("tiny.en" ... "turbo", see tessera_list_downloadable_models)
 * if it is not there yet. `path` is its file, and the caller's (tessera_string_free);
 * tessera_model_load takes its name from then on. Looks at "model_dir", "mirror",
 * "local_files_only" and their neighbours, the progress callback and the cancel token.
 * TESSERA_BAD_FILE: the network, the disk or the checksum says no. */
TESSERA_API tessera_status tessera_download(const char* name, const tessera_options* options,
                                            char** path);

/* ---- Transcribing ---------------------------------------------------------------------------- */

/* One model on one device. */
typedef struct tessera_transcriber tessera_transcriber;
/* The transcript of one recording. */
typedef struct tessera_result tessera_result;

/* Opens a device and prepares the model for it; the model may be freed afterwards. Looks at
 * "device", "precision" and "threads". TESSERA_UNSUPPORTED: the device or precision is not to be
 * had. */
TESSERA_API tessera_status tessera_transcriber_create(const tessera_model* model,
                                                      const tessera_options* options,
                                                      tessera_transcriber** transcriber);
TESSERA_API void tessera_transcriber_free(tessera_transcriber* transcriber);
/* One line: device, precision, threads. */
TESSERA_API tessera_status tessera_transcriber_describe(const tessera_transcriber* transcriber,
                                                        const char** description);

/* Transcribes a sound file, or the sound of a video; "-" reads standard input. TESSERA_BAD_FILE:
 * not sound that can be decoded; TESSERA_BAD_ARGUMENT: an option is wrong; TESSERA_CANCELLED: the
 * token or a callback asked for it. The transcriber can be used again after every status. */
TESSERA_API tessera_status tessera_transcribe_file(tessera_transcriber* transcriber,
                                                   const char* path, const tessera_options* options,
                                                   tessera_result** result);

/* Transcribes an encoded file that lies in memory. `name` stands for it in messages, and its
 * extension helps to tell the format. */
TESSERA_API tessera_status tessera_transcribe_memory(tessera_transcriber* transcriber,
                                                     const void* file, size_t bytes,
                                                     const char* name,
                                                     const tessera_options* options,
                                                     tessera_result** result);

/* Transcribes samples: mono, 16 kHz, in [-1, 1]. `samples` may be NULL when `count` is 0. */
TESSERA_API tessera_status tessera_transcribe_samples(tessera_transcriber* transcriber,
                                                      const float* samples, size_t count,
                                                      const tessera_options* options,
                                                      tessera_result** result);

/* The language that is spoken in a sound file: its code, which is the caller's
 * (tessera_string_free), and its probability, which may be NULL. */
TESSERA_API tessera_status tessera_detect_language(tessera_transcriber* transcriber,
                                                   const char* path, const tessera_options* options,
                                                   char** code, double* probability);

/* Number of channels of a recording, for callers that transcribe each on its own ("channel"). */
TESSERA_API tessera_status tessera_channel_count(const char* path, int* channels);

/* ---- Results --------------------------------------------------------------------------------- */

TESSERA_API void tessera_result_free(tessera_result* result);

/* The text of all segments, leading blank included. `bytes` (its length) may be NULL. */
TESSERA_API tessera_status tessera_result_text(const tessera_result* result, const char** text,
                                               size_t* bytes);
/* The language's code, e.g. "en". `probability` (1 when it was given) may be NULL. */
TESSERA_API tessera_status tessera_result_language(const tessera_result* result, const char** code,
                                                   double* probability);
TESSERA_API tessera_status tessera_result_duration(const tessera_result* result,
                                                   double* duration_s);
/* 1 when word times were asked for. */
TESSERA_API tessera_status tessera_result_has_words(const tessera_result* result, int* has_words);
TESSERA_API tessera_status tessera_result_stage_seconds(const tessera_result* result,
                                                        const tessera_stage_seconds** seconds);

TESSERA_API tessera_status tessera_result_segment_count(const tessera_result* result,
                                                        size_t* count);
TESSERA_API tessera_status tessera_result_segment(const tessera_result* result, size_t index,
                                                  const tessera_segment** segment);

/* What was left out, by its beginnings. */
TESSERA_API tessera_status tessera_result_left_out_count(const tessera_result* result,
                                                         size_t* count);
TESSERA_API tessera_status tessera_result_left_out(const tessera_result* result, size_t index,
                                                   const tessera_left_out** left_out);

/* What was wrong with the recording without keeping it from being transcribed, a line each. */
TESSERA_API tessera_status tessera_result_warning_count(const tessera_result* result,
                                                        size_t* count);
TESSERA_API tessera_status tessera_result_warning(const tessera_result* result, size_t index,
                                                  const char** warning);

/* Writes the transcript as a file of `format` ("txt", "srt" ..., see tessera_list_formats), which
 * appears complete or not at all. Looks at "max_line_width" and its neighbours. */
TESSERA_API tessera_status tessera_result_save(const tessera_result* result, const char* format,
                                               const char* path, const tessera_options* options);

/* The same into memory. The text is the caller's: tessera_string_free. `bytes` (its length) may be
 * NULL. */
TESSERA_API tessera_status tessera_result_write(const tessera_result* result, const char* format,
                                                const tessera_options* options, char** text,
                                                size_t* bytes);

/* ---- What there is --------------------------------------------------------------------------- */

typedef struct tessera_list tessera_list;

typedef struct tessera_list_item {
  const char* name;
  const char* detail;
  int available; /* 1; 0 for a device that this machine does not have and for a model of which
                    something is missing */
} tessera_list_item;

/* Devices by the names that "device" takes, the one that "auto" takes first, with a description of
 * each or why it is not available. */
TESSERA_API tessera_status tessera_list_devices(tessera_list** list);
/* Models that tessera_model_load finds by name, and where they lie. Looks at "model_dir". */
TESSERA_API tessera_status tessera_list_models(const tessera_options* options, tessera_list** list);
/* What tessera_download fetches; no details. */
TESSERA_API tessera_status tessera_list_downloadable_models(tessera_list** list);
/* Codes of languages ("en") and their names ("english"). */
TESSERA_API tessera_status tessera_list_languages(tessera_list** list);
/* Output formats ("srt") and what such files' names end with (".srt"). */
TESSERA_API tessera_status tessera_list_formats(tessera_list** list);

TESSERA_API tessera_status tessera_list_count(const tessera_list* list, size_t* count);
TESSERA_API tessera_status tessera_list_item_at(const tessera_list* list, size_t index,
                                                const tessera_list_item** item);
TESSERA_API void tessera_list_free(tessera_list* list);

#ifdef __cplusplus
}
#endif

#endif
