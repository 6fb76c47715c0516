// Transcribes a recording and prints each segment as soon as it is known.
//
//     example_transcribe MODEL FILE
//
// MODEL is a directory or a name; "" is the model that ships.
#include <iostream>

#include "tessera/model.h"
#include "tessera/transcriber.h"
#include "tessera/writers.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: example_transcribe MODEL FILE\n";
    return 2;
  }
  try {
    tessera::Transcriber transcriber(tessera::Model::load(argv[1]));

    tessera::Options options;
    options.language = "en";

    tessera::Callbacks callbacks;
    callbacks.on_segment = [](const tessera::Segment& segment) {
      std::cout << tessera::format_timestamp(segment.start_s) << segment.text << std::endl;
    };

    const tessera::Result result = transcriber.transcribe_file(argv[2], options, callbacks);
    std::cout << "All of it:" << result.text << '\n';
    tessera::write_result(result, tessera::OutputFormat::srt, std::cout);
  } catch (const tessera::Error& error) {
    std::cerr << tessera::error_code_name(error.code()) << ": " << error.what() << '\n';
    return 1;
  }
}
