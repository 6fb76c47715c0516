/* Transcribes a recording and prints each segment as soon as it is known.
 *
 *     example_transcribe_c MODEL FILE
 *
 * MODEL is a directory or a name; "" is the model that ships.
 */
#include <stdio.h>

#include "tessera/tessera.h"

/* Everything that has to be freed, so that there is one place that does it. */
typedef struct {
  tessera_model* model;
  tessera_options* options;
  tessera_transcriber* transcriber;
  tessera_result* result;
  char* subtitles;
} handles;

static int print_segment(const tessera_segment* segment, void* user) {
  int* count = user;
  ++*count;
  printf("%6.2f s to %6.2f s:%s\n", segment->start_s, segment->end_s, segment->text);
  return 0; /* go on */
}

static int print_progress(double done_s, double total_s, void* user) {
  (void)user;
  fprintf(stderr, "%.1f of %.1f s\n", done_s, total_s);
  return 0;
}

static tessera_status transcribe(const char* model, const char* path, int* segments, handles* own) {
  tessera_status status = tessera_model_load(model, NULL, &own->model);
  if (status == TESSERA_OK) status = tessera_options_create(&own->options);
  if (status == TESSERA_OK) status = tessera_options_set_string(own->options, "language", "en");
  if (status == TESSERA_OK) status = tessera_options_set_int(own->options, "beam_size", 5);
  if (status == TESSERA_OK) {
    status = tessera_options_on_segment(own->options, print_segment, segments);
  }
  if (status == TESSERA_OK)
    status = tessera_options_on_progress(own->options, print_progress, NULL);
  if (status == TESSERA_OK) {
    status = tessera_transcriber_create(own->model, own->options, &own->transcriber);
  }
  if (status == TESSERA_OK) {
    status = tessera_transcribe_file(own->transcriber, path, own->options, &own->result);
  }
  return status;
}

static tessera_status print_result(int segments, handles* own) {
  const char* text = NULL;
  tessera_status status = tessera_result_text(own->result, &text, NULL);
  if (status == TESSERA_OK) printf("All of it, in %d segments:%s\n", segments, text);
  if (status == TESSERA_OK) {
    status = tessera_result_write(own->result, "srt", NULL, &own->subtitles, NULL);
  }
  if (status == TESSERA_OK) fputs(own->subtitles, stdout);
  return status;
}

int main(int argc, char** argv) {
  handles own = {NULL, NULL, NULL, NULL, NULL};
  int segments = 0;
  tessera_status status;

  if (argc != 3) {
    fputs("usage: example_transcribe_c MODEL FILE\n", stderr);
    return 2;
  }
  status = transcribe(argv[1], argv[2], &segments, &own);
  if (status == TESSERA_OK) status = print_result(segments, &own);
  if (status != TESSERA_OK) {
    fprintf(stderr, "%s: %s\n", tessera_status_name(status), tessera_last_error());
  }
  tessera_string_free(own.subtitles);
  tessera_result_free(own.result);
  tessera_transcriber_free(own.transcriber);
  tessera_options_free(own.options);
  tessera_model_free(own.model);
  return status == TESSERA_OK ? 0 : 1;
}
